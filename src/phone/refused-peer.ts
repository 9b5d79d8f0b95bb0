import type { CapfServerVerdict } from './capf-world.js';
import type { PhoneWorld } from './world.js';

/** A server's certificate was refused: one trust failure, and one event for people. */
export function tellRefusedPeer(
  world: Pick<PhoneWorld, 'count' | 'refused'>,
  /** Service and node: `CAPF PUB`. */
  server: string,
  { rule, reason }: Pick<Extract<CapfServerVerdict, { readonly trusted: false }>, 'rule' | 'reason'>,
  why: string,
): void {
  world.count('trust_failures', { file: 'peer', reason, rule });
  world.refused({ what: 'peer', rule, reason, detail: `${server}: ${why}` });
}
