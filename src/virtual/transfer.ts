import type { FetchResult } from '../phone/world.js';
import { TFTP_CLIENT_LIMITS } from '../protocol/tftp/client-session.js';
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

/** Blocks of a file, and one for the answer that there is none. */
export function blocksOf(bytes: Uint8Array | undefined): number {
  return 1 + Math.floor((bytes?.length ?? 0) / BLOCK_OCTETS);
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
