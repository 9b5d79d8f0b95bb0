import {
  grantedMs,
  type KeepAlive,
  keepAliveAcked,
  keepAliveLost,
  keepAliveSent,
  startKeepAlive,
} from './keep-alive.js';
import { SECONDARY_KEEP_ALIVE_SECONDS } from './limits.js';
import { type SccpMessage, sccp } from './message.js';

/**
 * The connection to the backup server, on which the phone is not registered (sccp.md 8, R-82): nothing but keep-alives at the
 * secondary interval. Some servers leave them to TCP and never acknowledge, so silence counts only after a first
 * KeepAliveAck. Times are milliseconds of any monotonic clock.
 */
export interface StandbyState {
  readonly keepAlive: KeepAlive;
  readonly acknowledges: boolean;
}

export type StandbyStep =
  | { readonly state: StandbyState; readonly send: SccpMessage<'KeepAlive'> | undefined }
  | { readonly lost: true };

const KEEP_ALIVE = sccp('KeepAlive', 0, {});

/** The connection stands; the first keep-alive goes out at once and tells the server what the connection is for. */
export function startStandby(
  seconds: number,
  phase: number,
  now: number,
): { readonly state: StandbyState; readonly send: SccpMessage<'KeepAlive'> } {
  const started = startKeepAlive(grantedMs(seconds, SECONDARY_KEEP_ALIVE_SECONDS), phase, now);
  return { state: { keepAlive: { ...started, unanswered: 1 }, acknowledges: false }, send: KEEP_ALIVE };
}

export function standbyHeard(state: StandbyState, message: SccpMessage): StandbyState {
  return message.type === 'KeepAliveAck'
    ? { keepAlive: keepAliveAcked(state.keepAlive), acknowledges: true }
    : state;
}

export function standbyTime(state: StandbyState, now: number): StandbyStep {
  const { keepAlive, acknowledges } = state;
  if (now < keepAlive.dueAt) {
    return { state, send: undefined };
  }
  if (acknowledges && keepAliveLost(keepAlive, now)) {
    return { lost: true };
  }
  return { state: { keepAlive: keepAliveSent(keepAlive, now), acknowledges }, send: KEEP_ALIVE };
}
