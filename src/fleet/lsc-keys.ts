import { freshEc, type KeyPair, type KeySource, pooledKeys } from '../pki/keys.js';
import type { CapfKey } from '../protocol/capf/keys.js';

/**
 * Keys for the LSCs of one worker's phones, each once: RSA from pooled primes that this worker draws as it needs them, EC
 * afresh, which is cheap (speed.md 5). **Test keys only** (`PrimePool`).
 */
export function lscKeys(source: KeySource = pooledKeys()): (key: CapfKey) => Promise<KeyPair> {
  return (key) => (key.type === 'rsa' ? source.rsa(key.bits) : freshEc(key.curve));
}
