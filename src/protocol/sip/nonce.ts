import { createHmac } from 'node:crypto';

/** Seconds that a nonce is good for (sip.md 4.3). */
export const NONCE_SECONDS = 600;

/**
 * A nonce of 32 hex digits that needs no memory: eight of its time, the rest a keyed hash of them.
 * @param secret known to this registrar only
 */
export function makeNonce(secret: string, epochMs: number): string {
  const time = Math.floor(epochMs / 1000)
    .toString(16)
    .padStart(8, '0');
  return `${time}${createHmac('sha256', secret).update(time).digest('hex').slice(0, 24)}`;
}

/** `stale`: ours, but too old; `foreign`: never ours. */
export function judgeNonce(
  secret: string,
  nonce: string,
  epochMs: number,
  lifeSeconds: number,
): 'good' | 'stale' | 'foreign' {
  const madeAt = Number.parseInt(nonce.slice(0, 8), 16);
  if (!Number.isFinite(madeAt) || makeNonce(secret, madeAt * 1000) !== nonce) return 'foreign';
  const age = Math.floor(epochMs / 1000) - madeAt;
  return age >= 0 && age <= lifeSeconds ? 'good' : 'stale';
}
