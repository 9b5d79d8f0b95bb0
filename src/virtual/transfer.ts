import type { FetchResult } from '../phone/world.js';
import { TFTP_CLIENT_LIMITS } from '../protocol/tftp/client-session.js';
import type { DatagramRules } from './network.js';
import type { RunningTftp } from './services.js';

/** Octets of a TFTP block (phone-config.md 3: phones ask for no options). */
const BLOCK_OCTETS = 512;

/** A file over the virtual network: what came of it, and packets that were sent again. */
export interface Transfer {
  readonly result: FetchResult;
  readonly retransmissions: number;
}

/** Nobody answers a request and its repetitions. */
export const SILENCE_MS = TFTP_CLIENT_LIMITS.retransmitMs * TFTP_CLIENT_LIMITS.attempts;
export const SILENCE: Transfer = {
  result: { status: 'timeout' },
  retransmissions: TFTP_CLIENT_LIMITS.attempts - 1,
};

export function plain(result: FetchResult): Transfer {
  return { result, retransmissions: 0 };
}

/** What a bad network does to one transfer over TFTP: time lost, and packets sent again. */
export interface Trouble {
  /** Added to the way of the packets. */
  readonly delayMs: number;
  /** Waited for packets that were lost: the server works on other requests meanwhile. */
  readonly lostMs: number;
  readonly retransmissions: number;
}

export const NO_TROUBLE: Trouble = { delayMs: 0, lostMs: 0, retransmissions: 0 };

/** Each block and each of its answers is lost or late for itself; five in a row end the transfer (phone-config.md 3). */
export function troubleOf(
  rules: DatagramRules | undefined,
  bytes: Uint8Array | undefined,
  random: () => number,
): Trouble | 'silence' {
  if (rules === undefined) return NO_TROUBLE;
  const { drop = 0, delayMs = 0, delay = 1 } = rules;
  const { attempts, retransmitMs } = TFTP_CLIENT_LIMITS;
  let late = 0;
  let lostMs = 0;
  let retransmissions = 0;
  for (let blocks = 1 + Math.floor((bytes?.length ?? 0) / BLOCK_OCTETS); blocks > 0; blocks -= 1) {
    let tries = 1;
    while (random() < drop || random() < drop) {
      tries += 1;
      if (tries > attempts) return 'silence';
      lostMs += retransmitMs;
      retransmissions += 1;
    }
    for (let way = 0; way < 2; way += 1) if (delayMs > 0 && random() < delay) late += delayMs;
  }
  return { delayMs: late, lostMs, retransmissions };
}

/** Time that a file needs on its way: TFTP acknowledges block by block, HTTP sends it in one go. */
export function wayOf(transport: 'tftp' | 'http', octets: number, delayMs: number): number {
  return transport === 'http' ? 2 * delayMs : Math.floor(octets / BLOCK_OCTETS) * 2 * delayMs;
}

export function taken(
  service: RunningTftp,
  bytes: Uint8Array | undefined,
  transport: 'tftp' | 'http',
  waitedMs: number,
  lost: number,
): Transfer {
  const repeated = transport === 'tftp' ? Math.floor(waitedMs / TFTP_CLIENT_LIMITS.retransmitMs) : 0;
  const retransmissions = lost + repeated;
  if (!service.alive) {
    return transport === 'tftp' ? SILENCE : plain({ status: 'error', detail: 'the connection was closed' });
  }
  return { result: bytes === undefined ? { status: 'not-found' } : { status: 'ok', bytes }, retransmissions };
}
