import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { TlsVersion } from '../../src/device/security.js';
import type { TlsListenerOptions } from '../../src/net/tls-listener.js';
import type { JudgePeer, RegistrationAttempt } from '../../src/phone/world.js';
import { issueCertificate, spkiOf } from '../../src/pki/authority.js';
import type { Certificate } from '../../src/pki/certificate.js';
import { capfCertificate, serverCertificate } from '../../src/pki/cucm-certificates.js';
import {
  lscCertificate,
  manufacturingCertificate,
  micCertificate,
} from '../../src/pki/device-certificates.js';
import type { Identity } from '../../src/pki/keys.js';

const SINCE = new Date('2015-01-01T00:00:00Z');
const UNTIL = new Date('2049-01-01T00:00:00Z');
const ORGANISATION = { organisation: 'O', unit: 'U', locality: 'L', state: 'S', country: 'US' };

const rsa1024 = generateKeyPairSync('rsa', { modulusLength: 1024 });
const rsa2048 = generateKeyPairSync('rsa', { modulusLength: 2048 });
const second = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function selfSigned(pair: typeof rsa1024) {
  const dates = { notBefore: SINCE, notAfter: UNTIL, serial: serial() };
  return { organisation: ORGANISATION, ...pair, digest: 'sha256', ...dates } as const;
}

function serial(): Uint8Array {
  const octets = new Uint8Array(randomBytes(16));
  octets[0] = 0x41;
  return octets;
}

function identity(certificate: Certificate, pair: typeof rsa1024): Identity {
  return { certificate, privateKey: pair.privateKey };
}

/** The CallManager certificate of a node, and its successor. */
export const callManager = identity(serverCertificate('cucm-sub1', selfSigned(rsa2048)), rsa2048);
export const renewed = identity(serverCertificate('cucm-sub1', selfSigned(second)), second);

/** CAs: CAPF of this cluster and of another one, and a manufacturing CA with the oldest algorithms. */
export const capf = identity(capfCertificate('0badcafe', selfSigned(rsa2048)), rsa2048);
export const otherCapf = identity(capfCertificate('deadbeef', selfSigned(second)), second);
/** Says that it is CAPF, and is not. */
export const falseCapf = identity(capfCertificate('0badcafe', selfSigned(second)), second);
export const manufacturing = identity(
  manufacturingCertificate('Cisco Manufacturing CA', { ...selfSigned(rsa1024), digest: 'sha1' }),
  rsa1024,
);
/** CallManager-trust. */
export const TRUST = [capf.certificate, manufacturing.certificate];

export interface PhoneChoices {
  readonly issuer?: Identity;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly key?: typeof rsa1024;
  /** Default `CP-7962G-` and the device. */
  readonly commonName?: string;
}

/** An LSC: 2048 bits, SHA-256. */
export function lsc(device: string, choices: PhoneChoices = {}): Identity {
  const { issuer = capf, notBefore = SINCE, notAfter = UNTIL, key = rsa2048 } = choices;
  const request = {
    issuer,
    publicKey: key.publicKey,
    digest: 'sha256',
    serial: serial(),
    notBefore,
    notAfter,
  } as const;
  return identity(lscCertificate(device, choices.commonName ?? `CP-7962G-${device}`, request), key);
}

/** A MIC as 79xx have it: 1024 bits, SHA-1. */
export function mic(device: string): Identity {
  const request = {
    issuer: manufacturing,
    publicKey: rsa1024.publicKey,
    digest: 'sha1',
    serial: serial(),
    notBefore: SINCE,
    notAfter: UNTIL,
  } as const;
  return identity(micCertificate({ productName: '7962G', device }, 'FCH14098ABC', request), rsa1024);
}

/** A certificate without any extension, under CAPF. */
export function withoutPurpose(device: string): Identity {
  const certificate = issueCertificate({
    subject: [{ key: 'CN', value: `CP-8841-${device}` }],
    issuer: capf.certificate,
    publicKey: spkiOf(rsa2048.publicKey),
    signWith: capf.privateKey,
    digest: 'sha256',
    serial: serial(),
    notBefore: SINCE,
    notAfter: UNTIL,
    extensions: [],
  });
  return identity(certificate, rsa2048);
}

/** A CallManager and a phone with EC keys. */
export const ecCallManager = identity(serverCertificate('cucm-sub2', selfSigned(ec)), ec);
export const elliptic = ec;

/** */
export const CIPHERS = {
  authenticated: 'NULL-SHA',
  legacy: 'AES256-SHA:AES128-SHA',
  modern: 'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA:AES128-SHA',
} as const;

/** Believes exactly these, as a CTL does. */
export function believes(...known: readonly Identity[]): JudgePeer {
  return (der) =>
    known.some(({ certificate }) => Buffer.compare(certificate.der, der) === 0)
      ? { trusted: true }
      : { trusted: false, rule: 'R-76', reason: 'not-in-ctl' };
}

type AttemptTls = NonNullable<RegistrationAttempt['tls']>;

/** What an encrypted 8841 with an LSC brings to this cluster. */
export function tls(shown: Identity | null, choices: Partial<AttemptTls> = {}): AttemptTls {
  return {
    min: '1.0',
    max: '1.2',
    ciphers: CIPHERS.modern,
    judge: believes(callManager),
    ...choices,
    identity: shown,
  };
}

/** The TLS port of a CallManager with these certificates. */
export function listener(choices: Partial<TlsListenerOptions> = {}): TlsListenerOptions {
  return { port: 0, identity: callManager, versions: { min: '1.0', max: '1.3' }, trust: TRUST, ...choices };
}

export const ALL_VERSIONS: readonly TlsVersion[] = ['1.0', '1.1', '1.2', '1.3'];

/** A signal that aborts nothing. */
export function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

export function closing(what: { close(): unknown }): void {
  onTestFinished(async () => {
    await what.close();
  });
}
