import { generateKeyPairSync } from 'node:crypto';
import { TrustfleetError } from '../errors.js';
import type { KeyPair, KeySource } from '../pki/keys.js';
import { type PooledBits, PrimePool } from '../pki/prime-pool.js';
import { testPrimes } from '../pki/test-primes.js';
import type { CapfKey } from '../protocol/capf/keys.js';
import type { Device } from './devices.js';
import { micKinds, type PhonePrimes } from './phone-primes.js';

/**
 * Keys of virtual time: made of primes that come with the package, so that a run has to draw none. Everybody knows them;
 * nothing that has such a key ever stands on a network.
 */
const SIZES: readonly PooledBits[] = [512, 1024, 2048, 4096];

function isPooled(bits: number): bits is PooledBits {
  return SIZES.includes(bits as PooledBits);
}

/** Keys of a cluster, each once, in the order of asking: the same ones in every shard that asks in the same order. */
export function testKeys(): KeySource {
  const pools = new Map<PooledBits, { readonly pool: PrimePool; next: number }>();
  return {
    rsa: async (bits) => {
      if (!isPooled(bits)) {
        throw new TrustfleetError(
          'TF_CERT_UNSUPPORTED',
          `virtual time has no RSA keys of ${bits} bits, expected ${SIZES.join(', ')}`,
        );
      }
      let entry = pools.get(bits);
      if (entry === undefined) {
        entry = { pool: PrimePool.fromPrimes(bits, testPrimes(bits)), next: 0 };
        pools.set(bits, entry);
      }
      const index = entry.next;
      entry.next += 1;
      return entry.pool.sharedPair(index);
    },
  };
}

/**
 * Keys for LSCs. They are there at once: whatever is waited for outside of virtual time would let that go on without the phone.
 * Sizes that come with no primes are drawn.
 */
export function testLscKeys(): (key: CapfKey) => Promise<KeyPair> {
  const source = testKeys();
  return (key) => {
    if (key.type === 'ec') return Promise.resolve(generateKeyPairSync('ec', { namedCurve: key.curve }));
    if (isPooled(key.bits)) return source.rsa(key.bits);
    return Promise.resolve(generateKeyPairSync('rsa', { modulusLength: key.bits }));
  };
}

/** Primes of the phones' MICs and LSCs in virtual time; phones share keys, which no rule looks at. */
export function testPhonePrimes(devices: readonly Device[]): PhonePrimes {
  const sizes = new Set(micKinds(devices).map(({ keyBits }) => keyBits));
  const mics = [...sizes]
    .filter(isPooled)
    .sort((a, b) => a - b)
    .map((bits) => ({ bits, primes: testPrimes(bits) }));
  const needsLscs = devices.some(({ kind }) => kind.lsc !== 'none');
  return { mics, lscs: needsLscs ? testPrimes(2048) : null, shared: true };
}
