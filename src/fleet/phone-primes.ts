import type { MicProfile } from '../device/model.js';
import { TrustfleetError } from '../errors.js';
import { type DrawnPrimes, POOLED_BITS } from '../pki/keys.js';
import { type KeyPair, type PooledBits, PrimePool } from '../pki/prime-pool.js';
import type { Device, DeviceKind } from './devices.js';

/**
 * Primes that the phones' keys are made of, as they travel to the workers. Test keys only (`PrimePool`). Of a MIC pool key 0 is
 * the manufacturing CA's and key n + 1 that of the phone with ordinal n; of the LSC pool key n is that of the phone n.
 */
export interface PhonePrimes {
  readonly mics: readonly { readonly bits: PooledBits; readonly primes: Uint8Array }[];
  /** RSA-2048; null where no phone begins with an LSC. */
  readonly lscs: Uint8Array | null;
  /** Phones share keys where there are not enough for all (virtual time); each has its own when left out. */
  readonly shared?: boolean;
}

/** The key pair of a phone. */
export function pairOf(pool: PrimePool, index: number, shared: boolean): KeyPair {
  return shared ? pool.sharedPair(index) : pool.pair(index);
}

/** Size of LSC keys (cluster-operations.md 4.0). */
const LSC_BITS = 2048;

/** Draws what a fleet needs: the manufacturing CAs' primes at once, the phones' later, beside other work. */
export class PhonePrimeSource {
  readonly #mics: ReadonlyMap<PooledBits, PrimePool>;
  readonly #devices: readonly Device[];

  private constructor(mics: ReadonlyMap<PooledBits, PrimePool>, devices: readonly Device[]) {
    this.#mics = mics;
    this.#devices = devices;
  }

  /** The pools with the keys of the manufacturing CAs. */
  static async open(devices: readonly Device[], signal: AbortSignal): Promise<PhonePrimeSource> {
    const sizes = new Set(micKinds(devices).map(pooledBits));
    const pools = new Map<PooledBits, PrimePool>();
    for (const bits of [...sizes].sort()) pools.set(bits, await PrimePool.create(bits, 1, signal));
    return new PhonePrimeSource(pools, devices);
  }

  /** What there is now; enough for `MicMaker.roots`. */
  get mics(): PhonePrimes['mics'] {
    return [...this.#mics].map(([bits, { primes }]) => ({ bits, primes }));
  }

  /** Draws the rest, in libuv's threads. */
  async all(signal: AbortSignal): Promise<PhonePrimes> {
    const last = this.#devices.reduce((highest, { ordinal }) => Math.max(highest, ordinal), 0);
    for (const pool of this.#mics.values()) await pool.grow(last + 2, signal);
    const needsLscs = this.#devices.some(({ kind }) => kind.lsc !== 'none');
    const lscs = needsLscs ? (await PrimePool.create(LSC_BITS, last + 1, signal)).primes : null;
    return { mics: this.mics, lscs };
  }
}

/**
 * Primes for the keys that these phones will make at CAPF by the orders they begin with, so that none is drawn while they are
 * at it: what a phone's key takes is for its model to say, not for this machine. Keys of other orders draw their own.
 *
 * @param devices those of one shard: no other makes keys of these primes.
 */
export async function enrolmentPrimes(
  devices: readonly Device[],
  signal: AbortSignal,
): Promise<DrawnPrimes[]> {
  const drawn: DrawnPrimes[] = [];
  for (const bits of POOLED_BITS) {
    const keys = devices.filter(({ kind }) => ordersRsa(kind.capf, bits)).length;
    if (keys > 0) drawn.push({ bits, primes: (await PrimePool.create(bits, keys, signal)).primes });
  }
  return drawn;
}

function ordersRsa({ operation, key }: DeviceKind['capf'], bits: number): boolean {
  return operation === 'install' && key.order !== 'ec-only' && key.rsaBits === bits;
}

/** The pool of LSC keys. */
export function lscPool(primes: Uint8Array): PrimePool {
  return PrimePool.fromPrimes(LSC_BITS, primes);
}

/** MICs of a fleet by kind. */
export function micKinds(devices: readonly Device[]): MicProfile[] {
  const kinds = new Map(
    devices.flatMap(({ kind: { mic } }) => (mic === null ? [] : [[mic.issuer, mic] as const])),
  );
  return [...kinds.values()];
}

function pooledBits({ issuer, keyBits }: MicProfile): PooledBits {
  if (keyBits === 512 || keyBits === 1024 || keyBits === 2048 || keyBits === 4096) return keyBits;
  throw new TrustfleetError(
    'TF_PROFILE_INVALID',
    `MIC of ${issuer}: keyBits ${keyBits}, expected 512, 1024, 2048 or 4096`,
  );
}
