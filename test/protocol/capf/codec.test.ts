import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../../src/errors.js';
import { decodeCapf, encodeCapf } from '../../../src/protocol/capf/codec.js';
import type { ElementField } from '../../../src/protocol/capf/elements.js';
import { keyOfSpki } from '../../../src/protocol/capf/keys.js';
import { type CapfCommand, type CapfMessage, MESSAGES } from '../../../src/protocol/capf/message.js';
import { CapfStream } from '../../../src/protocol/capf/stream.js';
import { keyFor } from './support.js';

const octets = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((value) => Buffer.from(value));
const uint8 = fc.integer({ min: 0, max: 0xff });
const uint16 = fc.integer({ min: 0, max: 0xffff });
/** One character an octet; a text that ends in NUL would lose it only with the one that is added. */
const text = octets(30).map((value) => value.toString('latin1'));

const VALUES: Readonly<Record<ElementField, fc.Arbitrary<unknown>>> = {
  reason: uint8,
  reasonInfo: text,
  certificateType: uint8,
  certificate: octets(300),
  signedData: octets(300),
  version: uint8,
  authType: uint8,
  publicKey: octets(300),
  keySize: uint16,
  password: text,
  retryDelaySeconds: uint16,
  deviceName: text,
  sudi: fc.array(fc.record({ hash: uint8, value: octets(100) }), { maxLength: 4 }),
  keyType: uint8,
  curve: uint8,
  digestType: uint8,
  sha2SignedData: fc.record({ hash: uint8, signature: octets(100) }),
};

const COMMANDS = Object.keys(MESSAGES) as CapfCommand[];

function messageOf(command: CapfCommand): fc.Arbitrary<CapfMessage> {
  const fields: readonly ElementField[] = MESSAGES[command].elements;
  return fc.record(
    {
      command: fc.constant(command),
      sessionId: fc.integer({ min: 0, max: 0xffff_ffff }),
      ...Object.fromEntries(fields.map((field) => [field, VALUES[field]])),
      extra: fc.array(fc.record({ tag: fc.integer({ min: 21, max: 255 }), value: octets(20) }), {
        minLength: 1,
        maxLength: 3,
      }),
    },
    { requiredKeys: ['command', 'sessionId'] },
  ) as unknown as fc.Arbitrary<CapfMessage>;
}

describe('the table of messages (capf.md 5, 7)', () => {
  it('has the 23 commands, each code once', () => {
    expect(COMMANDS.map((command) => MESSAGES[command].code)).toEqual(
      Array.from({ length: 23 }, (_, index) => index + 1),
    );
  });

  it.each(COMMANDS)('%s: what is written is read again', (command) => {
    fc.assert(
      fc.property(messageOf(command), (message) => {
        const written = encodeCapf(message);
        expect(written.readUInt8(0)).toBe(0x55);
        expect(written.readUInt8(1)).toBe(MESSAGES[command].code);
        expect(written.readUInt16BE(6)).toBe(written.length - 8);
        expect(decodeCapf(written)).toEqual(message);
      }),
      { numRuns: 50 },
    );
  });

  it('a stream of messages is the same however it is cut', () => {
    const messages = fc.array(fc.constantFrom(...COMMANDS).chain(messageOf), { maxLength: 6 });
    fc.assert(
      fc.property(messages, fc.array(fc.nat(400), { maxLength: 20 }), (sent, cuts) => {
        const whole = Buffer.concat(sent.map(encodeCapf));
        const stream = new CapfStream();
        const read: CapfMessage[] = [];
        let at = 0;
        for (const cut of [...cuts, whole.length]) {
          stream.push(whole.subarray(at, at + cut));
          at += cut;
          for (let next = stream.next(); next !== undefined; next = stream.next()) {
            read.push(decodeCapf(next));
          }
        }
        expect(read).toEqual(sent);
      }),
    );
  });
});

describe('what cannot be a message', () => {
  const of =
    (hex: string): (() => CapfMessage) =>
    () =>
      decodeCapf(Buffer.from(hex, 'hex'));

  it.each([
    ['an empty one', '', /0 octets/],
    ['a header cut short', '55010000000100', /7 octets/],
    ['another protocol id', '5701000000010000', /protocol id 0x57/],
    ['command 0', '5500000000010000', /unknown command 0/],
    ['command 24', '5518000000010000', /unknown command 24/],
    ['a body shorter than it says', '550100000001000407', /body of 1 octets, the header says 4/],
    ['a body longer than it says', '5501000000010000070001', /body of 3 octets, the header says 0/],
    ['a stray octet', '550100000001000507000103aa', /1 stray octets/],
    ['a VERSION of 2 octets', '55010000000100050700020003', /VERSION of 2 octets/],
    ['a REASON without octets', '550f000000010003010000', /REASON of 0 octets/],
    ['a KEY_SIZE of 1 octet', '55030000000100040a000108', /KEY_SIZE of 1 octets/],
    ['a CERTIFICATE shorter than its wrapper', '5509000000010006040003010000', /CERTIFICATE of 3/],
    ['a SUDI_DATA that runs past its end', '5502000000010006100003000005', /SUDI_DATA/],
    ['a SHA2_SIGNED_DATA with a wrong length', '5502000000010006140003030005', /SHA2_SIGNED_DATA/],
    ['a RETRY_DELAY of 5 octets', '55100000000100080c00050000000001', /RETRY_DELAY of 5/],
  ])('%s', (_, hex, message) => {
    expect(of(hex)).toThrow(TrustfleetError);
    expect(of(hex)).toThrow(message);
  });

  it.each([
    ['a session id of 33 bits', { command: 'AUTH_REQUEST', sessionId: 2 ** 32 }, 'TF_CAPF_MALFORMED'],
    ['a reason of 9 bits', { command: 'END_SESSION', sessionId: 1, reason: 256 }, 'TF_CAPF_MALFORMED'],
    [
      'a name that is no text of octets',
      { command: 'AUTH_RESPONSE', sessionId: 1, deviceName: '\u4e2d' },
      'TF_CAPF_MALFORMED',
    ],
    [
      'a certificate that no body can hold',
      { command: 'STORE_CERTIFICATE_REQUEST', sessionId: 1, certificate: Buffer.alloc(65_528) },
      'TF_MESSAGE_TOO_LARGE',
    ],
  ] as const)('%s is not written', (_, message, code) => {
    expect(() => encodeCapf(message)).toThrow(expect.objectContaining({ code }));
  });

  it('the longest certificate that a body can hold is written and read', () => {
    const message = {
      command: 'STORE_CERTIFICATE_REQUEST',
      sessionId: 1,
      certificate: Buffer.alloc(65_527, 1),
    } as const;
    expect(decodeCapf(encodeCapf(message))).toEqual(message);
  });

  it('a stream that begins otherwise is known at its first octet', () => {
    const stream = new CapfStream();
    stream.push(Buffer.from('G'));
    expect(() => stream.next()).toThrow(/protocol id 0x47/);
  });
});

describe('PUBLIC_KEY (capf.md 6.3)', () => {
  it.each([
    [{ type: 'rsa', bits: 512 }, 94],
    [{ type: 'rsa', bits: 1024 }, 162],
    [{ type: 'rsa', bits: 2048 }, 294],
    [{ type: 'ec', curve: 'prime256v1' }, 91],
    [{ type: 'ec', curve: 'secp384r1' }, 120],
    [{ type: 'ec', curve: 'secp521r1' }, 158],
  ] as const)('%o has %d octets', (key, length) => {
    const spki = keyFor(key).publicKey.export({ type: 'spki', format: 'der' });
    expect(spki).toHaveLength(length);
    expect(keyOfSpki(spki)).toEqual(key);
    const malformed = expect.objectContaining({ code: 'TF_KEY_MALFORMED' });
    expect(() => keyOfSpki(Buffer.concat([spki, Buffer.of(0)]))).toThrow(malformed);
    expect(() => keyOfSpki(spki.subarray(0, -1))).toThrow(malformed);
  });
});
