import { generateKeyPairSync } from 'node:crypto';
import { isIssuedBy } from '../../../src/pki/chain.js';
import { capfCertificate } from '../../../src/pki/cucm-certificates.js';
import { manufacturingCertificate, micCertificate } from '../../../src/pki/device-certificates.js';
import type { Identity, KeyPair } from '../../../src/pki/keys.js';
import { decodeCapf, encodeCapf } from '../../../src/protocol/capf/codec.js';
import type { CapfKey } from '../../../src/protocol/capf/keys.js';
import { issueLsc } from '../../../src/protocol/capf/lsc.js';
import type { CapfMessage } from '../../../src/protocol/capf/message.js';
import type {
  CapfIssueAnswer,
  CapfIssueRequest,
  CapfOrder,
  CapfServerEnd,
} from '../../../src/protocol/capf/order.js';
import type {
  CapfPhoneEnd,
  CapfPhoneOptions,
  CapfPhoneSession,
  CapfPhoneStep,
} from '../../../src/protocol/capf/phone-session.js';
import type {
  CapfServerOptions,
  CapfServerSession,
  CapfServerStep,
} from '../../../src/protocol/capf/server-session.js';
import { StringGuard } from '../../../src/protocol/capf/string-guard.js';

export const DEVICE = 'SEP020000000301';
/** The date of these tests. */
export const NOW = Date.parse('2026-07-01T12:00:00Z');

const VALIDITY = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2060-01-01T00:00:00Z') };

function rsa(bits = 1024): KeyPair {
  return generateKeyPairSync('rsa', { modulusLength: bits });
}

let drawn = 0;

/** Distinct serial numbers. */
function serial(): Uint8Array {
  drawn += 1;
  return Uint8Array.of(1, drawn >> 8, drawn & 0xff);
}

export function makeCapf(suffix: string, pair: KeyPair = rsa(2048)): Identity {
  const organisation = { organisation: 'O', unit: 'U', locality: 'L', state: 'S', country: 'US' };
  const request = { organisation, ...pair, digest: 'sha256', serial: serial(), ...VALIDITY } as const;
  return { certificate: capfCertificate(suffix, request), privateKey: pair.privateKey };
}

export const capf = makeCapf('0a1b2c3d');
export const otherCapf = makeCapf('ffffffff');

function makeManufacturer(): Identity {
  const pair = rsa(2048);
  const certificate = manufacturingCertificate('Cisco Manufacturing CA SHA2', {
    ...pair,
    digest: 'sha256',
    serial: serial(),
    ...VALIDITY,
  });
  return { certificate, privateKey: pair.privateKey };
}

export const manufacturer = makeManufacturer();

export function makeMic(device: string = DEVICE, pair: KeyPair = rsa()): Identity {
  const certificate = micCertificate({ productName: '7962G', device }, 'FCH14098ABC', {
    issuer: manufacturer,
    publicKey: pair.publicKey,
    digest: 'sha256',
    serial: serial(),
    ...VALIDITY,
  });
  return { certificate, privateKey: pair.privateKey };
}

export function makeLsc(
  part: { readonly device?: string; readonly by?: Identity; readonly unixMs?: number } = {},
  pair: KeyPair = rsa(),
): Identity {
  const { device = DEVICE, by = capf, unixMs = NOW - 1_000 } = part;
  const certificate = issueLsc({
    device,
    commonName: `CP-7962G-${device}`,
    publicKey: pair.publicKey.export({ type: 'spki', format: 'der' }),
    authority: by,
    digest: 'sha256',
    days: 365,
    serial: serial(),
    unixMs,
  });
  return { certificate, privateKey: pair.privateKey };
}

export const lsc = makeLsc();
export const mic = makeMic();

/** One key of each kind: sessions of tests need no fresh ones. */
const keys = new Map<string, KeyPair>();

export function keyFor(key: CapfKey): KeyPair {
  const name = key.type === 'rsa' ? `${key.bits}` : key.curve;
  let pair = keys.get(name);
  if (pair === undefined) {
    pair = key.type === 'rsa' ? rsa(key.bits) : generateKeyPairSync('ec', { namedCurve: key.curve });
    keys.set(name, pair);
  }
  return pair;
}

export const RSA_1024: CapfKey = { type: 'rsa', bits: 1024 };

export function anOrder(part: Partial<CapfOrder> = {}): CapfOrder {
  return {
    operation: 'install',
    authentication: { by: 'null-string' },
    keys: [RSA_1024],
    completesBy: null,
    ...part,
  };
}

/** CAPF as its own CA. */
export function issueOwn({ device, publicKey }: CapfIssueRequest): CapfIssueAnswer {
  const commonName = `CP-7962G-${device}`;
  return {
    certificate: issueLsc({
      device,
      commonName,
      publicKey,
      authority: capf,
      digest: 'sha256',
      days: 365,
      serial: serial(),
      unixMs: NOW,
    }),
  };
}

export function trustsOwn(certificate: Identity['certificate']): boolean {
  return [capf, manufacturer].some((issuer) => isIssuedBy(certificate, issuer.certificate));
}

export function phoneOptions(part: Partial<CapfPhoneOptions> = {}): CapfPhoneOptions {
  return {
    deviceName: DEVICE,
    credentials: { refusedAs: 'fail' },
    certificates: { lsc: null, mic: null },
    canGenerate: () => true,
    ...part,
  };
}

export function serverOptions(
  order: CapfOrder | undefined,
  part: Partial<CapfServerOptions> = {},
): CapfServerOptions {
  return {
    sessionId: 7,
    decide: { order: () => order, trusts: trustsOwn },
    strings: new StringGuard(),
    unixMs: () => NOW,
    ...part,
  };
}

export interface Joined {
  readonly phone: CapfPhoneEnd | undefined;
  readonly server: CapfServerEnd | undefined;
  /** Commands in the order of the wire. */
  readonly commands: readonly string[];
}

/** Both machines, joined through the octets of their messages, in no time at all. */
export function join(
  phone: CapfPhoneSession,
  server: CapfServerSession,
  issue: (request: CapfIssueRequest) => CapfIssueAnswer = issueOwn,
): Joined {
  let phoneEnd: CapfPhoneEnd | undefined;
  let serverEnd: CapfServerEnd | undefined;
  const commands: string[] = [];
  const over = (message: CapfMessage): Buffer => {
    commands.push(message.command);
    const octets = encodeCapf(message);
    if (encodeCapf(decodeCapf(octets)).equals(octets)) return octets;
    throw new Error(`${message.command} is not mirrored`);
  };
  const fromServer = (step: CapfServerStep): void => {
    serverEnd ??= step.end;
    for (const message of step.send) fromPhone(phone.receive(over(message), 0));
    if (step.issue !== undefined) fromServer(server.issued(issue(step.issue), 0));
  };
  const fromPhone = (step: CapfPhoneStep): void => {
    phoneEnd ??= step.end;
    for (const message of step.send) fromServer(server.receive(over(message), 0));
    if (step.generate !== undefined) {
      fromPhone(phone.generated(step.generate, keyFor(step.generate), 0));
    }
  };
  fromServer(server.start(0));
  if (phoneEnd === undefined) fromPhone(phone.closed('the server closed'));
  if (serverEnd === undefined) fromServer(server.closed('the phone closed'));
  return { phone: phoneEnd, server: serverEnd, commands };
}
