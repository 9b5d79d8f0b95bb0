import {
  type DrawnPrimes,
  freshEc,
  freshKeys,
  type KeyPair,
  type KeySource,
  pooledKeys,
} from '../pki/keys.js';
import type { CapfKey } from '../protocol/capf/keys.js';

/**
 * Where the keys come from that phones make at CAPF. `pooled`: RSA keys share primes, so that anyone who has two of them can
 * factor both; thousands a second (`PrimePool`). `fresh`: every key has primes of its own, 0.2 to 0.3 s of a core at 2048 bits.
 */
export type PhoneKeys = 'pooled' | 'fresh';

/** RSA keys for the phones of one worker; **pooled ones are test keys only**. */
export function phoneKeySource(keys: PhoneKeys, drawn: readonly DrawnPrimes[]): KeySource {
  return keys === 'fresh' ? freshKeys : pooledKeys(drawn);
}

/** Keys for the LSCs of one worker's phones, each once; EC keys are always drawn afresh, which is cheap (speed.md 5). */
export function lscKeys(source: KeySource = pooledKeys()): (key: CapfKey) => Promise<KeyPair> {
  return (key) => (key.type === 'rsa' ? source.rsa(key.bits) : freshEc(key.curve));
}
