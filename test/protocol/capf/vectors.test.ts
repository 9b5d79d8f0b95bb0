import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../../src/errors.js';
import { Certificate } from '../../../src/pki/certificate.js';
import { decodeCapf, encodeCapf } from '../../../src/protocol/capf/codec.js';
import { ELEMENTS, type ElementField } from '../../../src/protocol/capf/elements.js';
import type { CapfMessage } from '../../../src/protocol/capf/message.js';
import {
  checkCertificateProof,
  proveCertificate,
  proveSudi,
  readSudi,
} from '../../../src/protocol/capf/proof.js';
import { CapfStream } from '../../../src/protocol/capf/stream.js';
import { fixture, missing, octetsOf, type VectorElement, vectors } from './vectors.js';

/** Messages of the vectors that were made with octets that no message has. */
const BROKEN = new Map([
  ['bad-protocol-id 1', 'protocol id'],
  ['truncated-element-header 1', 'stray'],
  ['server-bad-protocol-id 0', 'protocol id'],
]);

/** Messages that mean the same in other octets when we write them: another order, wrapper, clipped or missing NUL. */
const OTHER_OCTETS = new Set([
  'element-order 1',
  'password-no-nul 1',
  'password-any-last-byte 1',
  'device-no-nul 1',
  'element-overruns-body 1',
  'jabber-enrolment 1',
  'store-odd-wrapper 5',
]);

interface Sample {
  readonly name: string;
  readonly octets: Buffer;
  readonly command: string | undefined;
  readonly elements: readonly VectorElement[];
}

const everySample: readonly Sample[] = [
  ...vectors.sessions,
  ...vectors.constructed,
  ...vectors.serverErrorCases,
  ...vectors.clientErrorCases,
].flatMap(({ id, messages }) =>
  messages.flatMap((message, index) =>
    typeof message.hex !== 'string' || isCut(message.hex)
      ? []
      : [
          {
            name: `${id} ${index}`,
            octets: octetsOf(message.hex),
            command: message.decoded?.commandName ?? message.command,
            elements: message.decoded?.elements ?? message.elements ?? [],
          },
        ],
  ),
);

/** Each once: many conversations begin alike. */
const samples = [...new Map(everySample.map((one) => [one.octets.toString('hex'), one])).values()];

/** The client closed in the middle of it (capf.md 13.1). */
function isCut(hex: string): boolean {
  return hex.length < 16 || octetsOf(hex).readUInt16BE(6) !== hex.length / 2 - 8;
}

const FIELD_BY_TAG = new Map(
  (Object.keys(ELEMENTS) as ElementField[]).map((field) => [ELEMENTS[field].tag, field]),
);

/** What a message says of one element, in the words of the vectors. */
function said(message: CapfMessage, element: VectorElement): unknown {
  const { tag, parts } = element;
  const wanted = wantedOf(element);
  const field = FIELD_BY_TAG.get(tag);
  const value = field === undefined ? undefined : (message as unknown as Record<string, unknown>)[field];
  const hex = (octets: unknown): string => Buffer.from(octets as Uint8Array).toString('hex');
  if (value === undefined) {
    const extra = message.extra?.find((one) => one.tag === tag);
    if (extra === undefined) return undefined;
    if (typeof wanted === 'number') return Buffer.from(extra.value).readUInt8(0);
    const isText = tag === 11 || tag === 13;
    return isText ? Buffer.from(extra.value.subarray(0, -1)).toString('latin1') : hex(extra.value);
  }
  switch (field) {
    case 'reasonInfo':
      return Buffer.from(`${value}\0`).toString('hex');
    case 'retryDelaySeconds':
      return (value as number).toString(16).padStart(4, '0');
    case 'certificate':
      return Certificate.fromDer(value as Uint8Array).sha256;
    case 'signedData':
      return hex(value);
    case 'sha2SignedData':
      return hex((value as { signature: Uint8Array }).signature);
    case 'sudi':
      return (value as { hash: number; value: Uint8Array }[]).map((part, index) => [
        part.hash,
        parts?.[index]?.signatureHex === undefined ? part.value.length : hex(part.value),
      ]);
    case 'publicKey':
      return undefined;
    default:
      return value;
  }
}

function wantedOf(element: VectorElement): unknown {
  if (element.parts !== undefined) {
    return element.parts.map((part) => [part.type, part.signatureHex ?? part.length]);
  }
  return element.certificate?.sha256 ?? element.signatureHex ?? element.value ?? element.hex;
}

describe.skipIf(missing)('messages of the CAPF vectors', () => {
  const whole = samples.filter(({ name }) => !BROKEN.has(name));

  it.each(whole)('$name is read', ({ octets, command, elements }) => {
    const message = decodeCapf(octets);
    if (command !== undefined) expect(message.command).toBe(command);
    expect(message.sessionId).toBe(octets.readUInt32BE(2));
    for (const element of elements) {
      if (element.error !== undefined) continue;
      const isText = element.tag === 11 || element.tag === 13;
      if (isText && (element.hex?.endsWith('00') ?? false) === false) continue;
      expect(said(message, element), `element ${element.tag}`).toEqual(wantedOf(element));
    }
  });

  it.each(whole)('$name is written, and mirrored', ({ name, octets }) => {
    const message = decodeCapf(octets);
    const written = encodeCapf(message);
    expect(decodeCapf(written)).toEqual(message);
    if (OTHER_OCTETS.has(name)) expect(written).not.toEqual(octets);
    else expect(written).toEqual(octets);
  });

  it.each(whole)('$name is found however the stream is split', ({ octets }) => {
    for (let at = 0; at <= octets.length; at += 1) {
      const stream = new CapfStream();
      stream.push(octets.subarray(0, at));
      const first = stream.next();
      stream.push(octets.subarray(at));
      const message = first ?? stream.next();
      expect(message?.equals(octets), `split at ${at}`).toBe(true);
      expect(stream.pending).toBe(0);
    }
  });

  it.each(samples.filter(({ name }) => BROKEN.has(name)))('$name is refused', ({ name, octets }) => {
    const read = (): CapfMessage => decodeCapf(octets);
    expect(read).toThrow(TrustfleetError);
    expect(read).toThrow(BROKEN.get(name) ?? 'nothing');
  });

  it('there are as many as the vectors have', () => {
    expect(everySample.length).toBeGreaterThan(400);
    expect(samples.map(({ name }) => name)).toEqual(expect.arrayContaining([...OTHER_OCTETS]));
  });

  it('follow one another in one chunk, as many as come (capf.md 3)', () => {
    for (const { messages } of vectors.sessions) {
      const octets = messages.map(({ hex }) => octetsOf(hex ?? ''));
      const stream = new CapfStream();
      stream.push(Buffer.concat(octets));
      expect(octets.map(() => stream.next())).toEqual(octets);
      expect(stream.next()).toBeUndefined();
    }
  });
});

describe.skipIf(missing)('signatures of capf.md 9.5', () => {
  it('an RSA key signs the bare digest, octet for octet as the reference', () => {
    const { deviceName, certificateFixture, results } = vectors.signatures['rsa-auth'];
    const proof = proveCertificate(deviceName, fixture(certificateFixture));
    expect(Buffer.from(proof?.signedData ?? []).toString('hex')).toBe(results['SHA-1'].signatureHex);
    const { hash, signature } = proof?.sha2SignedData ?? { hash: 0, signature: new Uint8Array(0) };
    expect([hash, Buffer.from(signature).toString('hex')]).toEqual([3, results['SHA-512'].signatureHex]);
  });

  it('the SUDI certificate signs the session id in little-endian order', () => {
    const { sessionId, certificateFixture, results } = vectors.signatures['rsa-sudi'];
    const sudi = readSudi(proveSudi(sessionId, fixture(certificateFixture)) ?? []);
    expect(Buffer.from(sudi?.sha1 ?? []).toString('hex')).toBe(results['SHA-1'].signatureHex);
    expect(Buffer.from(sudi?.sha512 ?? []).toString('hex')).toBe(results['SHA-512'].signatureHex);
  });

  it('ECDSA signatures of the reference are good, with one octet changed they are not', () => {
    const { deviceName, certificateFixture, sha1SignatureHex, sha512SignatureHex } =
      vectors.signatures['ec-auth'];
    const { certificate } = fixture(certificateFixture);
    const check = (sha1: Buffer, sha512: Buffer): boolean =>
      checkCertificateProof(
        deviceName,
        {
          certificate: certificate.der,
          signedData: sha1,
          sha2SignedData: { hash: 3, signature: sha512 },
        },
        certificate.publicKey,
      );
    const sha1 = octetsOf(sha1SignatureHex);
    const sha512 = octetsOf(sha512SignatureHex);
    expect(check(sha1, sha512)).toBe(true);
    const spoilt = Buffer.from(sha1);
    spoilt[20] = (spoilt[20] ?? 0) ^ 1;
    expect(check(spoilt, sha512)).toBe(false);
    expect(check(sha1, Buffer.from('junk'))).toBe(false);
  });

  it('RSA 512 has no room for SHA-512: it cannot authenticate (capf.md 9.2)', () => {
    expect(proveCertificate('SEP020000000306', fixture('lsc-rsa512'))).toBeUndefined();
    expect(proveSudi(1, fixture('lsc-rsa512'))).toBeUndefined();
  });
});
