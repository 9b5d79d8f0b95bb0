import type { MicProfile, ModelProfile } from '../device/model.js';
import { TrustfleetError } from '../errors.js';
import type { KeyedCertificate } from '../phone/flash.js';
import {
  type Authority,
  type ManufacturingAuthority,
  manufacturingCertificate,
  micCertificate,
} from '../pki/device-certificates.js';
import { type PooledBits, PrimePool } from '../pki/prime-pool.js';
import type { Device } from './devices.js';
import { modelOfDevice } from './equipment.js';

/** Primes for the phones' MIC keys by key size, as they travel to the shards. Test keys only (`PrimePool`). */
export type MicPrimes = readonly { readonly bits: PooledBits; readonly primes: Uint8Array }[];

/** A MIC lives 10 years. */
const MIC_YEARS = 10;

/**
 * Draws the primes that the MIC keys of these phones are made of, one size after the other in libuv's threads. Key 0 of each
 * size is the manufacturing CA's, key n + 1 that of the n-th phone of the fleet.
 */
export async function drawMicPrimes(
  devices: readonly Device[],
  models: ReadonlyMap<string, ModelProfile>,
  signal: AbortSignal,
): Promise<MicPrimes> {
  const sizes = new Set(
    devices.flatMap((device) => {
      const { mic } = modelOfDevice(modelOf(models, device.model), device);
      return mic === null ? [] : [pooledBits(mic)];
    }),
  );
  const pools: { bits: PooledBits; primes: Uint8Array }[] = [];
  for (const bits of [...sizes].sort()) {
    const pool = await PrimePool.create(bits, devices.length + 1, signal);
    pools.push({ bits, primes: pool.primes });
  }
  return pools;
}

function pooledBits({ issuer, keyBits }: MicProfile): PooledBits {
  if (keyBits === 512 || keyBits === 1024 || keyBits === 2048 || keyBits === 4096) return keyBits;
  throw new TrustfleetError(
    'TF_PROFILE_INVALID',
    `MIC of ${issuer}: keyBits ${keyBits}, expected 512, 1024, 2048 or 4096`,
  );
}

function modelOf(models: ReadonlyMap<string, ModelProfile>, name: string): ModelProfile {
  const model = models.get(name);
  if (model === undefined) throw new TrustfleetError('TF_PROFILE_INVALID', `unknown model ${name}`);
  return model;
}

/** Makes MICs on demand: most phones of a fleet never show theirs. */
export class MicMaker {
  readonly #pools: ReadonlyMap<number, PrimePool>;
  readonly #authorities = new Map<string, Authority>();
  readonly #now: Date;

  /** @param now when all phones of the fleet were made */
  constructor(primes: MicPrimes, now: Date) {
    this.#pools = new Map(primes.map((pool) => [pool.bits, PrimePool.fromPrimes(pool.bits, pool.primes)]));
    this.#now = now;
  }

  /**
   * The MIC of a phone; the same device always gets the same one.
   *
   * @throws TrustfleetError TF_PROFILE_INVALID for a phone that has none
   */
  mic(device: Device, model: ModelProfile): KeyedCertificate {
    const { mic } = device;
    if (mic === null) throw new TrustfleetError('TF_PROFILE_INVALID', `${device.name} has no MIC`);
    const issuer = this.#authority(mic);
    const { publicKey, privateKey } = this.#pool(mic).pair(device.ordinal + 1);
    const certificate = micCertificate(
      { productName: model.productName, device: device.name },
      `TFL${device.mac.slice(4)}`,
      {
        issuer,
        publicKey,
        digest: mic.digest,
        // the MAC is unique within the fleet; the leading octet keeps the number positive
        serial: Buffer.from(`4a${device.mac}`, 'hex'),
        ...this.#validity(),
      },
    );
    return { certificate, privateKey };
  }

  #authority(mic: MicProfile): Authority {
    const { issuer, digest } = mic;
    const known = this.#authorities.get(issuer);
    if (known !== undefined) return known;
    const pair = this.#pool(mic).pair(0);
    const authority: Authority = {
      certificate: manufacturingCertificate(issuer as ManufacturingAuthority, {
        ...pair,
        digest,
        serial: Buffer.from('4a000000000001', 'hex'),
        ...this.#validity(),
      }),
      privateKey: pair.privateKey,
    };
    this.#authorities.set(issuer, authority);
    return authority;
  }

  #pool({ keyBits }: MicProfile): PrimePool {
    const pool = this.#pools.get(keyBits);
    if (pool === undefined) {
      throw new TrustfleetError('TF_PROFILE_INVALID', `no ${keyBits}-bit primes were drawn for MICs`);
    }
    return pool;
  }

  #validity(): { notBefore: Date; notAfter: Date } {
    const notAfter = new Date(this.#now);
    notAfter.setUTCFullYear(notAfter.getUTCFullYear() + MIC_YEARS);
    return { notBefore: this.#now, notAfter };
  }
}
