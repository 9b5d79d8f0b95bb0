import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { TrustfleetError } from '../errors.js';
import { Certificate } from './certificate.js';
import { decodePem } from './pem.js';
import { type KeyPair, type PooledBits, PrimePool } from './prime-pool.js';

export type { KeyPair } from './prime-pool.js';

const generate = promisify(generateKeyPair);

/** Where the keys of a cluster come from: drawn afresh, or made of pooled primes. */
export interface KeySource {
  /** @param bits of the modulus, 512 to 4096. */
  rsa(bits: number): Promise<KeyPair>;
}

/** RSA sizes that are made at all, bits. */
const RSA_BITS = { min: 512, max: 4096 } as const;

/**
 * A new RSA key pair, drawn in libuv's threads: 0.2 s of a core at 2048 bits, 1.6 s at 4096 (speed.md 5).
 *
 * @throws TrustfleetError TF_CERT_UNSUPPORTED for a size outside 512 to 4096 bits.
 */
export async function freshRsa(bits: number): Promise<KeyPair> {
  if (!Number.isInteger(bits) || bits < RSA_BITS.min || bits > RSA_BITS.max) {
    throw new TrustfleetError(
      'TF_CERT_UNSUPPORTED',
      `RSA key of ${bits} bits, expected ${RSA_BITS.min} to ${RSA_BITS.max}`,
    );
  }
  return generate('rsa', { modulusLength: bits });
}

/** Curves of certificates in this world: P-256, P-384, P-521. */
export type CurveName = 'prime256v1' | 'secp384r1' | 'secp521r1';

/** A new EC key pair. */
export function freshEc(namedCurve: CurveName): Promise<KeyPair> {
  return generate('ec', { namedCurve });
}

/** Every key drawn afresh. */
export const freshKeys: KeySource = { rsa: freshRsa };

/** Sizes that pools have; keys of other sizes are drawn afresh. */
export const POOLED_BITS: readonly PooledBits[] = [512, 1024, 2048, 4096];

/** Primes of a pool, as they travel between workers. */
export interface DrawnPrimes {
  readonly bits: PooledBits;
  readonly primes: Uint8Array;
}

/**
 * Keys made of pooled primes, each once, in the order of asking: for clusters of tests, never for secrets (`PrimePool`).
 * Sizes that no pool has are drawn afresh.
 *
 * @param drawn primes that are there already, of which nobody else makes keys; more are drawn when they are used up.
 */
export function pooledKeys(drawn: readonly DrawnPrimes[] = []): KeySource {
  const pools = new Map<number, { readonly pool: Promise<PrimePool>; next: number }>(
    drawn.map(({ bits, primes }) => [
      bits,
      { pool: Promise.resolve(PrimePool.fromPrimes(bits, primes)), next: 0 },
    ]),
  );
  return {
    async rsa(bits) {
      const pooled = POOLED_BITS.find((size) => size === bits);
      if (pooled === undefined) return freshRsa(bits);
      let entry = pools.get(bits);
      if (entry === undefined) {
        entry = { pool: PrimePool.create(pooled, 0), next: 0 };
        pools.set(bits, entry);
      }
      const index = entry.next;
      entry.next += 1;
      const pool = await entry.pool;
      // all that was asked for meanwhile, so that primes are drawn side by side
      await pool.grow(entry.next);
      return pool.pair(index);
    },
  };
}

/** A certificate with its private key. */
export interface Identity {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

const KEY_LABELS = ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'];
const LOCKED_LABEL = 'ENCRYPTED PRIVATE KEY';

/**
 * A private key from PEM text: PKCS#8, PKCS#1 or SEC 1, the first of the text.
 *
 * @throws TrustfleetError TF_KEY_MALFORMED when there is none, it has a passphrase, or it is neither RSA nor EC.
 */
export function loadPrivateKey(pem: string): KeyObject {
  const block = decodePem(pem, [...KEY_LABELS, LOCKED_LABEL], 'TF_KEY_MALFORMED');
  if (block.label === LOCKED_LABEL || block.headers.some((header) => header.includes('ENCRYPTED'))) {
    throw new TrustfleetError(
      'TF_KEY_MALFORMED',
      'private key with a passphrase, expected one without: openssl pkey -in KEY -out PLAIN',
    );
  }
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: block.octets, format: 'der', ...keyForm(block.label) });
  } catch (cause) {
    throw new TrustfleetError('TF_KEY_MALFORMED', `"${block.label}" block that holds no private key`, {
      cause,
    });
  }
  if (key.asymmetricKeyType !== 'rsa' && key.asymmetricKeyType !== 'ec') {
    throw new TrustfleetError(
      'TF_KEY_MALFORMED',
      `private key of type ${key.asymmetricKeyType}, expected RSA or EC`,
    );
  }
  return key;
}

function keyForm(label: string): { readonly type: 'pkcs8' | 'pkcs1' | 'sec1' } {
  if (label === 'RSA PRIVATE KEY') return { type: 'pkcs1' };
  return { type: label === 'EC PRIVATE KEY' ? 'sec1' : 'pkcs8' };
}

/**
 * A certificate and its key from PEM text.
 *
 * @throws TrustfleetError TF_CERT_MALFORMED, TF_CERT_UNSUPPORTED, TF_KEY_MALFORMED, or TF_KEY_MISMATCH when the key is not
 *   that of the certificate.
 */
export function loadIdentity(certificatePem: string, keyPem: string): Identity {
  const certificate = Certificate.fromPem(certificatePem);
  const privateKey = loadPrivateKey(keyPem);
  if (!createPublicKey(privateKey).equals(certificate.publicKey)) {
    throw new TrustfleetError(
      'TF_KEY_MISMATCH',
      `private key (${privateKey.asymmetricKeyType}) is not that of certificate ${JSON.stringify(certificate.subject)}` +
        ` (${certificate.keyType}, ${certificate.keyBits} bits)`,
    );
  }
  return { certificate, privateKey };
}
