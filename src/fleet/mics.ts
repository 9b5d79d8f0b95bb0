import type { MicProfile, ModelProfile } from '../device/model.js';
import { macOf } from '../device/name.js';
import { TrustfleetError } from '../errors.js';
import type { KeyedCertificate } from '../phone/flash.js';
import { keyedSerial } from '../pki/authority.js';
import {
  type Authority,
  type ManufacturingAuthority,
  manufacturingCertificate,
  micCertificate,
} from '../pki/device-certificates.js';
import { PrimePool } from '../pki/prime-pool.js';
import type { Device } from './devices.js';
import { type PhonePrimes, pairOf } from './phone-primes.js';

/** A MIC lives 10 years. */
const MIC_YEARS = 10;

/** Makes MICs on demand: most phones of a fleet never show theirs. */
export class MicMaker {
  readonly #pools: ReadonlyMap<number, PrimePool>;
  readonly #authorities = new Map<string, Authority>();
  /** By ordinal, those that were asked for: a fleet of thousands seldom needs every MIC. */
  readonly #made = new Map<number, KeyedCertificate>();
  readonly #now: Date;
  readonly #shared: boolean;

  /**
   * @param now when all phones of the fleet were made
   * @param shared phones share keys where there are not enough for all
   */
  constructor(primes: PhonePrimes['mics'], now: Date, shared = false) {
    this.#shared = shared;
    this.#pools = new Map(primes.map((pool) => [pool.bits, PrimePool.fromPrimes(pool.bits, pool.primes)]));
    this.#now = now;
  }

  /**
   * The MIC of a phone; the same device always gets the same one.
   *
   * @throws TrustfleetError TF_PROFILE_INVALID for a phone that has none
   */
  mic(device: Device, model: ModelProfile): KeyedCertificate {
    const made = this.#made.get(device.ordinal);
    if (made !== undefined) return made;
    const { mic } = device.kind;
    const mac = macOf(device.name) ?? '';
    if (mic === null) throw new TrustfleetError('TF_PROFILE_INVALID', `${device.name} has no MIC`);
    const issuer = this.#authority(mic);
    const { publicKey, privateKey } = pairOf(this.#pool(mic), device.ordinal + 1, this.#shared);
    const certificate = micCertificate(
      { productName: model.productName, device: device.name },
      `TFL${mac.slice(4)}`,
      {
        issuer,
        publicKey,
        digest: mic.digest,
        // in virtual time phones share keys
        serial: keyedSerial(Buffer.from(device.name), publicKey),
        ...this.#validity(),
      },
    );
    const keyed = { certificate, privateKey };
    this.#made.set(device.ordinal, keyed);
    return keyed;
  }

  /** Certificates of the manufacturing CAs that issued these MICs, DER (OP-27). */
  roots(kinds: readonly MicProfile[]): Uint8Array[] {
    return [...new Set(kinds.map((kind) => this.#authority(kind)))].map(({ certificate }) => certificate.der);
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
        serial: keyedSerial(Buffer.from(issuer), pair.publicKey),
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
