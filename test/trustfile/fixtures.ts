import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.js';
import { issueCertificate } from '../../src/pki/authority.js';
import { Certificate } from '../../src/pki/certificate.js';
import { derWrap } from '../../src/pki/der.js';
import type { Signer } from '../../src/trustfile/index.js';

/** Reference vectors lie beside the checkout, never in it; tests that need them skip where they are not. */
export const VECTORS = join(packageRoot(), '..', 'shared', 'reference', 'vectors');
export const hasVectors = existsSync(VECTORS);

export function vector(name: string): Buffer {
  return readFileSync(join(VECTORS, name));
}

export function vectorJson<T>(name: string): T {
  return JSON.parse(vector(name).toString('utf8')) as T;
}

/** Certificate and key of one PEM file under `trust-samples/keys`. */
export function vectorPem(name: string): string {
  return vector(`trust-samples/keys/${name}.pem`).toString('latin1');
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const keys = new Map<string, KeyPair>();

/** Key pairs are dear: one a size and a worker. */
export function keyPair(kind: number | 'P-256' | 'P-384' | 'P-521'): KeyPair {
  let pair = keys.get(`${kind}`);
  if (pair === undefined) {
    pair =
      typeof kind === 'number'
        ? generateKeyPairSync('rsa', { modulusLength: kind })
        : generateKeyPairSync('ec', { namedCurve: kind });
    keys.set(`${kind}`, pair);
  }
  return pair;
}

/** A self-signed certificate in the attribute order of CUCM's own (C, O, OU, CN, ST, L), and its key. */
export function makeSigner(
  options: { kind?: Parameters<typeof keyPair>[0]; cn?: string; serial?: string } = {},
): Signer {
  const { publicKey, privateKey } = keyPair(options.kind ?? 1024);
  const certificate = issueCertificate({
    subject: [
      { key: 'C', value: 'NZ' },
      { key: 'O', value: 'Load Lab' },
      { key: 'OU', value: 'Voice' },
      { key: 'CN', value: options.cn ?? 'cucm-pub' },
      { key: 'ST', value: 'Auckland' },
      { key: 'L', value: 'Auckland' },
    ],
    issuer: 'self',
    publicKey,
    signWith: privateKey,
    digest: options.kind === 512 ? 'sha1' : 'sha256',
    serial: Buffer.from(options.serial ?? '24491f10703fea9b', 'hex'),
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2031-01-01T00:00:00Z'),
    extensions: [],
  });
  return { certificate, privateKey };
}

const EMPTY = derWrap(0x30);

/**
 * Octets that read as a certificate of exactly `length` octets: for arithmetic on lengths, where the original is a dump
 * without its certificates.
 */
export function certificateOfLength(length: number): Certificate {
  const tbs = derWrap(0x30, derWrap(0x02, Buffer.of(1)), EMPTY, EMPTY, EMPTY, EMPTY, EMPTY);
  for (let filling = 1; filling < length; filling += 1) {
    const der = derWrap(0x30, tbs, EMPTY, derWrap(0x03, Buffer.alloc(filling)));
    if (der.length === length) return Certificate.fromDer(der);
  }
  throw new Error(`no DER of ${length} octets found`);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function seconds(iso: string): number {
  return Date.parse(iso) / 1000;
}
