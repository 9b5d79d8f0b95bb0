import { TFTP_CLIENT_LIMITS } from '../protocol/tftp/client-session.js';
import type { VirtualSettings } from './settings.js';

/** What happens to datagrams (`fault: { datagrams: … }`); shares are in [0, 1]. */
export interface DatagramRules {
  readonly drop?: number | undefined;
  readonly duplicate?: number | undefined;
  readonly delayMs?: number | undefined;
  readonly delay?: number | undefined;
}

/** How bad the network is at all times. */
export type NetworkQuality = Pick<VirtualSettings, 'jitterMs' | 'loss'>;

/** What a bad network does to one transfer over TFTP: time lost, and packets sent again. */
export interface Trouble {
  /** Added to the way of the packets. */
  readonly delayMs: number;
  /** Waited for packets that were lost: the server works on other requests meanwhile. */
  readonly lostMs: number;
  readonly retransmissions: number;
}

export const NO_TROUBLE: Trouble = { delayMs: 0, lostMs: 0, retransmissions: 0 };

/**
 * Each block and each of its answers is lost or late for itself; five in a row end the transfer (phone-config.md 3).
 *
 * @param blocks that the file takes
 */
export function troubleOf(
  rules: DatagramRules | undefined,
  { jitterMs, loss }: NetworkQuality,
  blocks: number,
  source: { random(): number },
): Trouble | 'silence' {
  if (rules === undefined && loss === 0 && jitterMs === 0) return NO_TROUBLE;
  const { drop: dropped = 0, delayMs = 0, delay = 1 } = rules ?? {};
  const drop = 1 - (1 - dropped) * (1 - loss);
  const { attempts, retransmitMs } = TFTP_CLIENT_LIMITS;
  let late = 0;
  let lostMs = 0;
  let retransmissions = 0;
  for (let block = 0; block < blocks; block += 1) {
    let tries = 1;
    while (source.random() < drop || source.random() < drop) {
      tries += 1;
      if (tries > attempts) return 'silence';
      lostMs += retransmitMs;
      retransmissions += 1;
    }
    for (let way = 0; way < 2; way += 1) {
      if (delayMs > 0 && source.random() < delay) late += delayMs;
      if (jitterMs > 0) late += source.random() * jitterMs;
    }
  }
  return { delayMs: late, lostMs, retransmissions };
}

/** TCP sends again what nobody acknowledged after a second, then after twice as long each time (RFC 6298 2.1, 5.5). */
const RETRANSMISSION_MS = 1_000;

/** Time that packets of a TCP connection lose on so many ways, one after the other, milliseconds. */
export function lostOn(
  ways: number,
  { jitterMs, loss }: NetworkQuality,
  source: { random(): number },
): number {
  if (loss === 0 && jitterMs === 0) return 0;
  let lostMs = 0;
  for (let way = 0; way < ways; way += 1) {
    if (jitterMs > 0) lostMs += source.random() * jitterMs;
    for (let wait = RETRANSMISSION_MS; source.random() < loss; wait *= 2) lostMs += wait;
  }
  return lostMs;
}
