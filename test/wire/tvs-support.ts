import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { AskTvsOptions } from '../../src/net/tvs-client.js';
import { serverCertificate } from '../../src/pki/cucm-certificates.js';
import type { Identity } from '../../src/pki/keys.js';
import type { TvsRequest, TvsResponse } from '../../src/protocol/tvs/index.js';

/** Tests of this room keep to addresses of their own. */
export const TVS_ADDRESS = '127.91.0.1';
export const PHONE_ADDRESS = '127.91.1.1';

export function makeIdentity(
  host: string,
  pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
  digest: 'sha1' | 'sha256' = 'sha256',
): Identity {
  const certificate = serverCertificate(host, {
    organisation: { organisation: 'O', unit: 'U', locality: 'L', state: 'S', country: 'US' },
    ...pair,
    digest,
    serial: Uint8Array.from(Buffer.from(host.padEnd(16).slice(0, 16))),
    notBefore: new Date('2020-01-01T00:00:00Z'),
    notAfter: new Date('2060-01-01T00:00:00Z'),
  });
  return { certificate, privateKey: pair.privateKey };
}

export const tvsIdentity = makeIdentity('tvs', generateKeyPairSync('rsa', { modulusLength: 2048 }));
/** The oldest that there is: 1024 bits, SHA-1. */
export const oldIdentity = makeIdentity('old', generateKeyPairSync('rsa', { modulusLength: 1024 }), 'sha1');
export const phoneIdentity = makeIdentity(
  'phone',
  generateKeyPairSync('rsa', { modulusLength: 1024 }),
  'sha1',
);
export const ecIdentity = makeIdentity('ec', generateKeyPairSync('ec', { namedCurve: 'P-256' }));

export const knownSigner = {
  subject: 'CN=cucm-pub;OU=U;O=O;L=L;ST=S;C=US',
  issuer: 'CN=cucm-pub;OU=U;O=O;L=L;ST=S;C=US',
  serial: '6f96aa44',
};

/** Knows exactly `knownSigner`. */
export function answerKnown(request: TvsRequest): TvsResponse | undefined {
  if (request.command !== 'QUERY_REQUEST') return undefined;
  const { sessionId, signer } = request;
  if (signer.serial !== knownSigner.serial) return { command: 'QUERY_RESPONSE', sessionId, status: 1 };
  return {
    command: 'QUERY_RESPONSE',
    sessionId,
    status: 0,
    certificate: tvsIdentity.certificate.der,
    roles: [0, 2],
    ttlSeconds: 86_400,
  };
}

export function question(port: number, part: Partial<AskTvsOptions> = {}): AskTvsOptions {
  return {
    server: { address: TVS_ADDRESS, port },
    sessionId: 1001,
    deviceName: 'CP-8861-SEP001F9E266369',
    signer: knownSigner,
    certificate: null,
    tls: { min: '1.0', max: '1.2', identity: null },
    judge: () => ({ trusted: true }),
    connectTimeoutMs: 5_000,
    answerTimeoutMs: 10_000,
    localAddress: PHONE_ADDRESS,
    signal: new AbortController().signal,
    ...part,
  };
}
