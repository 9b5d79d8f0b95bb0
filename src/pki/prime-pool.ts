import { createPrivateKey, createPublicKey, generatePrime, type KeyObject } from 'node:crypto';
import { TrustfleetError } from '../errors.js';
import { inverse } from './modular-inverse.js';

/** A private key and its public half. */
export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** RSA sizes that the phones of this world use, bits. */
export type PooledBits = 512 | 1024 | 2048 | 4096;

/** Primes generated at once: as many as libuv's default pool has threads. */
const PARALLEL = 4;

/** Primes of a pool at most: 2,000 make two million keys. */
const MAX_POOL_PRIMES = 2_000;

interface Prime {
  readonly p: bigint;
  /** d mod p-1. */
  readonly dp: bigint;
  readonly pText: string;
  readonly dpText: string;
}

const E = 65537n;
const E_TEXT = 'AQAB';

/**
 * **Test keys only: never for anything that has to be secret.** RSA keys made of pairs from a small set of primes: n primes
 * give n(n-1)/2 distinct valid keys at thousands a second, 200 times faster than drawing each (speed.md 5). But keys that
 * share a prime give it away: whoever has two public keys of a pool finds their private keys with one gcd.
 *
 * Pair k is the same pair for every pool with the same primes, so a phone keeps its key over workers and runs.
 */
export class PrimePool {
  /** Of a modulus. */
  readonly bits: PooledBits;
  readonly #primes: Prime[] = [];
  readonly #known = new Set<bigint>();
  readonly #made = new Map<number, KeyPair>();
  #growing: Promise<void> = Promise.resolve();

  private constructor(bits: PooledBits) {
    this.bits = bits;
  }

  /** Draws as many primes as `keys` keys need, in libuv's threads: 25 ms a 1024-bit prime with two cores. */
  static async create(bits: PooledBits, keys: number, signal?: AbortSignal): Promise<PrimePool> {
    const pool = new PrimePool(bits);
    await pool.grow(keys, signal);
    return pool;
  }

  /**
   * A pool of known primes: how a worker gets the pool of the main thread.
   *
   * @param primes big-endian, `bits / 16` octets each, one after the other.
   * @throws TrustfleetError TF_KEY_MALFORMED when they are not whole primes of that size. Primality is not tested again.
   */
  static fromPrimes(bits: PooledBits, primes: Uint8Array): PrimePool {
    const pool = new PrimePool(bits);
    const octets = bits / 16;
    if (primes.length % octets !== 0 || primes.length > octets * MAX_POOL_PRIMES) {
      throw new TrustfleetError(
        'TF_KEY_MALFORMED',
        `${primes.length} octets of primes, expected a multiple of ${octets} up to ${octets * MAX_POOL_PRIMES}`,
      );
    }
    for (let at = 0; at < primes.length; at += octets) {
      const p = toBigint(primes.subarray(at, at + octets));
      if (!pool.#add(p)) {
        throw new TrustfleetError(
          'TF_KEY_MALFORMED',
          `octets ${at} to ${at + octets - 1} are no prime of ${bits / 2} bits that stands alone`,
          { context: { offset: at } },
        );
      }
    }
    return pool;
  }

  /** Distinct keys that the pool has. */
  get keys(): number {
    return (this.#primes.length * (this.#primes.length - 1)) / 2;
  }

  /** What `fromPrimes` takes. */
  get primes(): Buffer {
    return Buffer.concat(this.#primes.map(({ p }) => Buffer.from(hex(p, this.bits / 16), 'hex')));
  }

  /** Draws primes until there are `keys` keys. Keys that were there stay what they were. */
  async grow(keys: number, signal?: AbortSignal): Promise<void> {
    const wanted = primesFor(keys);
    if (!Number.isSafeInteger(keys) || keys < 0 || wanted > MAX_POOL_PRIMES) {
      throw new TrustfleetError(
        'TF_USAGE',
        `key pool for ${keys} keys, expected at most ${(MAX_POOL_PRIMES * (MAX_POOL_PRIMES - 1)) / 2}`,
      );
    }
    // one after the other, or two callers would both draw what one of them needs
    const grown = this.#growing.catch(() => undefined).then(() => this.#draw(wanted, signal));
    this.#growing = grown;
    await grown;
  }

  /**
   * The pair with this index, beginning again where there are no more: owners with indices `keys` apart share a key. For
   * virtual time, in which nobody can see whose key it is.
   */
  sharedPair(index: number): KeyPair {
    const at = index % this.keys;
    const pair = this.#made.get(at) ?? this.pair(at);
    this.#made.set(at, pair);
    return pair;
  }

  /**
   * The key pair with this index, from 0. Costs some 0.2 ms; the caller keeps it.
   *
   * @throws TrustfleetError TF_USAGE when the pool has fewer keys: `grow` comes first.
   */
  pair(index: number): KeyPair {
    // index = b(b-1)/2 + a with a < b: growing adds pairs at the end
    const b = Math.floor((1 + Math.sqrt(1 + 8 * index)) / 2);
    const first = this.#primes[index - (b * (b - 1)) / 2];
    const second = this.#primes[b];
    if (first === undefined || second === undefined) {
      throw new TrustfleetError('TF_USAGE', `key ${index} of a pool of ${this.keys} keys`);
    }
    return combine(first, second, this.bits);
  }

  async #draw(wanted: number, signal: AbortSignal | undefined): Promise<void> {
    while (this.#primes.length < wanted) {
      signal?.throwIfAborted();
      const count = Math.min(PARALLEL, wanted - this.#primes.length);
      const drawn = await Promise.all(Array.from({ length: count }, () => drawPrime(this.bits / 2)));
      for (const p of drawn) this.#add(p);
    }
  }

  /** False for a number that a pool cannot use, or has. */
  #add(p: bigint): boolean {
    if (!usable(p, this.bits) || this.#known.has(p)) return false;
    this.#known.add(p);
    this.#primes.push(prepare(p));
    return true;
  }
}

/** Primes that give at least `keys` pairs. */
function primesFor(keys: number): number {
  return keys === 0 ? 0 : Math.ceil((1 + Math.sqrt(1 + 8 * keys)) / 2);
}

function drawPrime(bits: number): Promise<bigint> {
  return new Promise((resolve, reject) => {
    // without an error Node passes undefined here, where its types promise null
    generatePrime(bits, { bigint: true }, (error, prime) => (error ? reject(error) : resolve(prime)));
  });
}

/** Odd, the two top bits set so that every product has the full length, and p-1 without the factor e. */
function usable(p: bigint, modulusBits: number): boolean {
  const half = BigInt(modulusBits / 2);
  return (p & 1n) === 1n && p >> (half - 2n) === 3n && p % E !== 1n;
}

function prepare(p: bigint): Prime {
  const dp = privateExponent(p - 1n);
  return { p, dp, pText: base64(p), dpText: base64(dp) };
}

/** p > q, as the CRT coefficient q^-1 mod p has it (RFC 8017 3.2). */
function combine(a: Prime, b: Prime, bits: number): KeyPair {
  const [p, q] = a.p > b.p ? [a, b] : [b, a];
  const n = base64(p.p * q.p);
  const d = base64(privateExponent((p.p - 1n) * (q.p - 1n)));
  try {
    return {
      privateKey: createPrivateKey({
        format: 'jwk',
        key: {
          kty: 'RSA',
          n,
          e: E_TEXT,
          d,
          p: p.pText,
          q: q.pText,
          dp: p.dpText,
          dq: q.dpText,
          qi: base64(inverse(q.p, p.p)),
        },
      }),
      publicKey: createPublicKey({ format: 'jwk', key: { kty: 'RSA', n, e: E_TEXT } }),
    };
  } catch (cause) {
    throw new TrustfleetError('TF_KEY_MALFORMED', `OpenSSL refuses a pooled RSA key of ${bits} bits`, {
      cause,
    });
  }
}

/** e^-1 mod m by one inverse of a small number: (1 + m k) / e with k = -(m mod e)^-1 mod e. */
function privateExponent(m: bigint): bigint {
  const k = (E - inverse(m % E, E)) % E;
  return (1n + m * k) / E;
}

function hex(value: bigint, octets: number): string {
  return value.toString(16).padStart(2 * octets, '0');
}

function base64(value: bigint): string {
  const text = value.toString(16);
  return Buffer.from(text.length % 2 === 0 ? text : `0${text}`, 'hex').toString('base64url');
}

function toBigint(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(octets).toString('hex')}`);
}
