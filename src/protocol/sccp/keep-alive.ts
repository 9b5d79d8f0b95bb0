import { KEEP_ALIVE_MISSES, MAX_KEEP_ALIVE_SECONDS } from './limits.js';

/**
 * Keep-alives of one connection as a phone sends them (sccp.md 8). Times are milliseconds of any monotonic clock.
 */
export interface KeepAlive {
  readonly intervalMs: number;
  /** When the next one is sent, or the server given up. */
  readonly dueAt: number;
  /** Sent since the last KeepAliveAck. */
  readonly unanswered: number;
}

/** What a server granted in seconds, as milliseconds; `otherwise` where that is nonsense. */
export function grantedMs(seconds: number, otherwise: number): number {
  return 1000 * (seconds >= 1 && seconds <= MAX_KEEP_ALIVE_SECONDS ? seconds : otherwise);
}

/**
 * @param phase in [0, 1): the first keep-alive comes after the whole interval (0) down to half of it, so that the phones of
 * a fleet which registered in one burst do not send in one burst for ever (speed.md 8)
 */
export function startKeepAlive(intervalMs: number, phase: number, now: number): KeepAlive {
  return { intervalMs, dueAt: now + intervalMs * (1 - phase / 2), unanswered: 0 };
}

export function keepAliveAcked(state: KeepAlive): KeepAlive {
  return state.unanswered === 0 ? state : { ...state, unanswered: 0 };
}

/** The server left three keep-alives unanswered, and the next one would be due. */
export function keepAliveLost(state: KeepAlive, now: number): boolean {
  return now >= state.dueAt && state.unanswered >= KEEP_ALIVE_MISSES;
}

/** One more was sent. The pace is kept, except after a stall longer than an interval. */
export function keepAliveSent(state: KeepAlive, now: number): KeepAlive {
  const next = state.dueAt + state.intervalMs;
  return {
    intervalMs: state.intervalMs,
    dueAt: next > now ? next : now + state.intervalMs,
    unanswered: state.unanswered + 1,
  };
}
