import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../../src/errors.js';
import { serverCertificate } from '../../../src/pki/cucm-certificates.js';
import { decodeTvs, encodeTvs } from '../../../src/protocol/tvs/codec.js';
import { TvsFrameReader } from '../../../src/protocol/tvs/frame-reader.js';
import type { TvsMessage } from '../../../src/protocol/tvs/message.js';

const { der } = serverCertificate('pub.example.test', {
  organisation: { organisation: 'O', unit: 'U', locality: 'L', state: 'S', country: 'US' },
  ...generateKeyPairSync('rsa', { modulusLength: 1024 }),
  digest: 'sha256',
  serial: Uint8Array.of(7),
  notBefore: new Date(0),
  notAfter: new Date(1e12),
});
const certificate = Buffer.from(der);

const malformed = expect.objectContaining({ code: 'TF_TVS_MALFORMED' });
const hex = (text: string): Buffer => Buffer.from(text.replace(/[^0-9a-f]/g, ''), 'hex');

/** A message of any command with the given elements. */
function message(
  command: number,
  ...elements: readonly (readonly [tag: number, value: Uint8Array])[]
): Buffer {
  const body = Buffer.concat(
    elements.flatMap(([tag, value]) => [Buffer.of(tag, value.length >> 8, value.length & 0xff), value]),
  );
  return Buffer.concat([
    Buffer.of(0x57, 1, command, 0, 0, 0, 3, 0xe9, body.length >> 8, body.length & 0xff),
    body,
  ]);
}

const name = (text: string): Buffer => Buffer.from(`\u0001${text}`, 'latin1');

const sessionId = fc.nat(0xffff_ffff);
const reserved = fc.option(fc.integer({ min: 1, max: 255 }), { nil: undefined });
const text = fc.string({ unit: 'grapheme', maxLength: 80 });
const octetsHex = fc.uint8Array({ maxLength: 20 }).map((octets) => Buffer.from(octets).toString('hex'));
const roles = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 10 });
const trusted = {
  status: fc.integer({ min: 0, max: 255 }),
  roles,
  ttlSeconds: fc.nat(0xffff_ffff),
};

const anyMessage: fc.Arbitrary<TvsMessage> = fc
  .oneof(
    fc.record({
      command: fc.constant('VERIFY_REQUEST' as const),
      sessionId,
      reserved,
      deviceName: text,
      certificate: fc.constant(certificate),
    }),
    fc.record({
      command: fc.constant('QUERY_REQUEST' as const),
      sessionId,
      reserved,
      deviceName: text,
      signer: fc.record({ subject: text, issuer: text, serial: octetsHex }),
    }),
    fc.record(
      { command: fc.constant('VERIFY_RESPONSE' as const), sessionId, reserved, ...trusted },
      { requiredKeys: ['command', 'sessionId', 'status'] },
    ),
    fc.record(
      {
        command: fc.constant('QUERY_RESPONSE' as const),
        sessionId,
        reserved,
        certificate: fc.constant(certificate),
        ...trusted,
      },
      { requiredKeys: ['command', 'sessionId', 'status'] },
    ),
  )
  .map(
    ({ reserved: value, ...rest }) =>
      (value === undefined ? rest : { ...rest, reserved: value }) as TvsMessage,
  );

describe('TVS messages', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(anyMessage, (made) => {
        expect(decodeTvs(encodeTvs(made))).toEqual(made);
      }),
    );
  });

  it('come out of a stream cut at any places', () => {
    fc.assert(
      fc.property(anyMessage, fc.array(fc.nat(200), { maxLength: 20 }), (made, sizes) => {
        const octets = encodeTvs(made);
        const reader = new TvsFrameReader();
        let at = 0;
        let found: Buffer | undefined;
        for (const size of [...sizes, octets.length]) {
          expect(found).toBeUndefined();
          found = reader.push(octets.subarray(at, at + size));
          at += size;
          if (at >= octets.length) break;
        }
        expect(found).toEqual(octets);
        expect(reader.pending).toBe(0);
        expect(reader.push(octets)).toBeUndefined();
      }),
    );
  });

  it('a positive answer has the octets of tvs.md 10', () => {
    const octets = hex('57 01 02 00 00 00 00 01 00 10  07 00 01 00  08 00 02 03 07  09 00 04 00 00 0e 10');
    const answer: TvsMessage = {
      command: 'VERIFY_RESPONSE',
      sessionId: 1,
      status: 0,
      roles: [3, 7],
      ttlSeconds: 3600,
    };
    expect(encodeTvs(answer)).toEqual(octets);
    expect(decodeTvs(octets)).toEqual(answer);
  });

  it('a negative answer is STATUS 1 alone (tvs.md 8)', () => {
    const octets = hex('57 01 04 00 00 00 03 e9 00 04  07 00 01 01');
    const answer: TvsMessage = { command: 'QUERY_RESPONSE', sessionId: 1001, status: 1 };
    expect(encodeTvs(answer)).toEqual(octets);
    expect(decodeTvs(octets)).toEqual(answer);
  });

  it('a request of a real 8861 begins as in the published trace: 153 octets (tvs.md 8)', () => {
    const octets = encodeTvs({
      command: 'QUERY_REQUEST',
      sessionId: 1001,
      deviceName: 'CP-8861-SEPB000B4BA0AEE',
      signer: {
        subject: 'CN=ucm11pub.example.test;OU=TAC12;O=Example;L=Bangalore12;ST=KN;C=IN'.slice(0, 65),
        issuer: 'CN=stormin-WIN2012-CA',
        serial: '61'.repeat(19),
      },
    });
    expect(octets.length).toBe(153);
    expect(octets.subarray(0, 14)).toEqual(hex('57 01 03 00 00 00 03 e9 00 8f 01 00 18 01'));
    expect(octets.subarray(37, 40)).toEqual(hex('03 00 42'));
    expect(octets.subarray(106, 109)).toEqual(hex('04 00 16'));
    expect(octets.subarray(131, 134)).toEqual(hex('05 00 13'));
  });

  it('keep names that are no UTF-8, octet for octet', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 30 }).map((octets) => octets.map((octet) => octet || 1)),
        (odd) => {
          const octets = message(
            3,
            [1, name('x')],
            [3, Buffer.of(...odd, 0)],
            [4, Buffer.of(0)],
            [5, Buffer.of(1)],
          );
          expect(encodeTvs(decodeTvs(octets))).toEqual(octets);
        },
      ),
    );
  });

  it('a name without its NUL is taken whole', () => {
    const octets = message(
      3,
      [1, name('x')],
      [3, Buffer.from('CN=a')],
      [4, Buffer.from('CN=b')],
      [5, Buffer.of(1)],
    );
    expect(decodeTvs(octets)).toMatchObject({ signer: { subject: 'CN=a', issuer: 'CN=b', serial: '01' } });
  });

  it('of responses, a status beyond 1 is kept and is not 0 (tvs.md 6)', () => {
    expect(decodeTvs(message(4, [7, Buffer.of(0x80)]))).toMatchObject({ status: 0x80 });
  });
});

describe('a sender cannot write', () => {
  const query: TvsMessage = {
    command: 'QUERY_REQUEST',
    sessionId: 1001,
    deviceName: 'CP-8861-SEP020000000301',
    signer: { subject: 'CN=a', issuer: 'CN=b', serial: '01' },
  };
  it.each<[string, TvsMessage, string]>([
    ['a session id of 33 bits', { ...query, sessionId: 2 ** 32 }, 'TF_TVS_MALFORMED'],
    ['a negative session id', { ...query, sessionId: -1 }, 'TF_TVS_MALFORMED'],
    ['a NUL in a name', { ...query, signer: { ...query.signer, subject: 'a\0b' } }, 'TF_TVS_MALFORMED'],
    ['half an octet of serial', { ...query, signer: { ...query.signer, serial: '123' } }, 'TF_TVS_MALFORMED'],
    [
      'a body beyond 16 bits',
      { ...query, signer: { ...query.signer, subject: 'x'.repeat(40_000), issuer: 'x'.repeat(40_000) } },
      'TF_MESSAGE_TOO_LARGE',
    ],
  ])('%s', (_, made, code) => {
    expect(() => encodeTvs(made)).toThrow(expect.objectContaining({ code }));
  });
});

describe('a receiver refuses', () => {
  it.each<[string, Buffer]>([
    ['no octet', Buffer.alloc(0)],
    ['a header of 9 octets', message(4, [7, Buffer.of(0)]).subarray(0, 9)],
    ['a body that is shorter than its length', message(4, [7, Buffer.of(0)]).subarray(0, 12)],
    ['octets after the body', Buffer.concat([message(4, [7, Buffer.of(0)]), Buffer.of(0)])],
    ['command 5', message(5, [7, Buffer.of(0)])],
    ['a response without STATUS (tvs.md 9.2)', message(4, [8, Buffer.of(0)])],
    ['an empty STATUS', message(4, [7, Buffer.alloc(0)])],
    ['a STATUS of 2 octets', message(4, [7, Buffer.alloc(2)])],
    ['a TTL of 3 octets', message(4, [7, Buffer.of(0)], [9, Buffer.alloc(3)])],
    ['a DEVICE_NAME without format octet', message(1, [1, Buffer.alloc(0)], [2, certificate])],
    ['a QUERY without SERIAL_NUMBER', message(3, [1, name('x')], [3, Buffer.of(0)], [4, Buffer.of(0)])],
    ['a QUERY without ISSUER_NAME', message(3, [1, name('x')], [3, Buffer.of(0)], [5, Buffer.of(1)])],
    ['a certificate cut off', message(1, [1, name('x')], [2, certificate.subarray(0, -1)])],
  ])('%s', (_, octets) => {
    expect(() => decodeTvs(octets)).toThrow(malformed);
  });

  it('the first octet that no message can have, before the rest has come', () => {
    expect(() => new TvsFrameReader().push(Buffer.of(0x16))).toThrow(malformed);
    const reader = new TvsFrameReader();
    expect(reader.push(Buffer.of(0x57))).toBeUndefined();
    expect(() => reader.push(Buffer.of(2))).toThrow(malformed);
  });

  it('any other octets with a TrustfleetError', () => {
    const whole = message(
      3,
      [1, name('x')],
      [3, Buffer.from('CN=a\0')],
      [4, Buffer.of(0)],
      [5, Buffer.of(1)],
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, octet]) => {
            const changed = Buffer.from(whole);
            changed[at] = octet;
            return changed;
          }),
        ),
        fc.constantFrom('lenient' as const, 'reference' as const),
        (octets, strictness) => {
          try {
            decodeTvs(octets, strictness);
          } catch (error) {
            expect(error).toBeInstanceOf(TrustfleetError);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
