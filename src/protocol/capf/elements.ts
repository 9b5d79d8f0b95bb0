import { TrustfleetError } from '../../errors.js';

/** SIGNED_DATA with the number of its hash: 1 SHA-1, 2 SHA-256, 3 SHA-512 (capf.md 6.1). */
export interface HashedSignature {
  readonly hash: number;
  readonly signature: Uint8Array;
}

/** One record of SUDI_DATA: hash number, or 0 for the certificate itself (capf.md 9.3). */
export interface SudiPart {
  readonly hash: number;
  readonly value: Uint8Array;
}

/** What the elements of a body say. Octets are not looked into here: a session judges certificates and keys. */
export interface ElementValues {
  readonly reason: number;
  readonly reasonInfo: string;
  /** 1 LSC, 2 MIC. */
  readonly certificateType: number;
  /** DER, without the wrapper. */
  readonly certificate: Uint8Array;
  readonly signedData: Uint8Array;
  readonly version: number;
  readonly authType: number;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** Modulus, bits. */
  readonly keySize: number;
  readonly password: string;
  readonly retryDelaySeconds: number;
  readonly deviceName: string;
  readonly sudi: readonly SudiPart[];
  /** 0 RSA, 1 EC. */
  readonly keyType: number;
  /** 0 secp256r1, 1 secp384r1, 2 secp521r1. */
  readonly curve: number;
  readonly digestType: number;
  readonly sha2SignedData: HashedSignature;
}

export type ElementField = keyof ElementValues;

/** How one element looks on the wire (capf.md 6). */
interface ElementLayout<T> {
  readonly tag: number;
  readonly name: string;
  /** Octets of the value -> what it says; `offset` of the element in the message. */
  readonly decode: (value: Buffer, offset: number) => T;
  readonly encode: (value: T) => Uint8Array;
}

type Layouts = { readonly [F in ElementField]: ElementLayout<ElementValues[F]> };

/** An error about a message, with the offset in it where there is one. */
export function capfMalformed(message: string, offset?: number): TrustfleetError {
  return offset === undefined
    ? new TrustfleetError('TF_CAPF_MALFORMED', message)
    : new TrustfleetError('TF_CAPF_MALFORMED', `${message} at offset ${offset}`, { context: { offset } });
}

/** Octets before the DER: 0x01, length of the rest, certificate type unknown, LSC (capf.md 6.2). */
const WRAPPER_OCTETS = 5;

/** Most octets that RETRY_DELAY is read from; nobody knows its width (capf.md 6). */
const MAX_DELAY_OCTETS = 4;

export const ELEMENTS: Layouts = {
  // 01 00 01 | reason
  reason: uint8(1, 'REASON'),
  // 02 len len | text 00
  reasonInfo: text(2, 'REASON_INFO'),
  // 03 00 01 | type
  certificateType: uint8(3, 'CERTIFICATE_TYPE'),
  // 04 len len | 01 len len 00 01 | DER. Receivers skip the five octets of the wrapper without looking (capf.md 6.2).
  certificate: {
    tag: 4,
    name: 'CERTIFICATE',
    decode: (value, offset) => {
      if (value.length < WRAPPER_OCTETS) {
        throw capfMalformed(
          `CERTIFICATE of ${value.length} octets, expected a wrapper of ${WRAPPER_OCTETS}`,
          offset,
        );
      }
      return value.subarray(WRAPPER_OCTETS);
    },
    encode: (der) => {
      const rest = der.length + 2;
      return Buffer.concat([Uint8Array.of(0x01, (rest >> 8) & 0xff, rest & 0xff, 0x00, 0x01), der]);
    },
  },
  // 06 len len | signature
  signedData: octets(6, 'SIGNED_DATA'),
  // 07 00 01 | version
  version: uint8(7, 'VERSION'),
  // 08 00 01 | type
  authType: uint8(8, 'AUTH_TYPE'),
  // 09 len len | SubjectPublicKeyInfo
  publicKey: octets(9, 'PUBLIC_KEY'),
  // 0a 00 02 | bits
  keySize: {
    tag: 10,
    name: 'KEY_SIZE',
    decode: (value, offset) => {
      if (value.length !== 2) throw capfMalformed(`KEY_SIZE of ${value.length} octets, expected 2`, offset);
      return value.readUInt16BE(0);
    },
    encode: (bits) => uint16('KEY_SIZE', bits),
  },
  // 0b len len | text 00
  password: text(11, 'PASSWORD'),
  // 0c 00 02 | seconds: any width is read, two octets are written, four where two do not do (inferred, capf.md 6)
  retryDelaySeconds: {
    tag: 12,
    name: 'RETRY_DELAY',
    decode: (value, offset) => {
      if (value.length === 0 || value.length > MAX_DELAY_OCTETS) {
        throw capfMalformed(
          `RETRY_DELAY of ${value.length} octets, expected 1 to ${MAX_DELAY_OCTETS}`,
          offset,
        );
      }
      return value.readUIntBE(0, value.length);
    },
    // two octets as far as they reach; what was read from four is written in four again
    encode: (seconds) => (seconds <= 0xffff ? uint16('RETRY_DELAY', seconds) : uint32(seconds)),
  },
  // 0d len len | text 00
  deviceName: text(13, 'DEVICE_NAME'),
  // 10 len len | 00 len len DER | 01 len len SHA-1 signature | 03 len len SHA-512 signature
  sudi: { tag: 16, name: 'SUDI_DATA', decode: decodeSudi, encode: encodeSudi },
  // 11 00 01 | type
  keyType: uint8(17, 'KEY_TYPE'),
  // 12 00 01 | curve
  curve: uint8(18, 'CURVE'),
  // 13 00 01 | hash number (inferred, capf.md 6)
  digestType: uint8(19, 'DIGEST_TYPE'),
  // 14 len len | 03 | len len | signature
  sha2SignedData: {
    tag: 20,
    name: 'SHA2_SIGNED_DATA',
    decode: (value, offset) => {
      if (value.length < 3 || value.length !== 3 + value.readUInt16BE(1)) {
        throw capfMalformed(
          `SHA2_SIGNED_DATA of ${value.length} octets, expected hash, length and signature`,
          offset,
        );
      }
      return { hash: value.readUInt8(0), signature: value.subarray(3) };
    },
    encode: ({ hash, signature }) => numbered(hash, signature),
  },
};

export const FIELD_BY_TAG: ReadonlyMap<number, ElementField> = new Map(
  (Object.keys(ELEMENTS) as ElementField[]).map((field) => [ELEMENTS[field].tag, field]),
);

function uint8(tag: number, name: string): ElementLayout<number> {
  return {
    tag,
    name,
    decode: (value, offset) => {
      if (value.length !== 1) throw capfMalformed(`${name} of ${value.length} octets, expected 1`, offset);
      return value.readUInt8(0);
    },
    encode: (number) => {
      if (!Number.isInteger(number) || number < 0 || number > 0xff) {
        throw capfMalformed(`${name} ${number}, expected 8 bits`);
      }
      return Uint8Array.of(number);
    },
  };
}

function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(Math.min(value, 0xffff_ffff));
  return octets;
}

function uint16(name: string, number: number): Uint8Array {
  if (!Number.isInteger(number) || number < 0 || number > 0xffff) {
    throw capfMalformed(`${name} ${number}, expected 16 bits`);
  }
  return Uint8Array.of(number >> 8, number & 0xff);
}

function octets(tag: number, name: string): ElementLayout<Uint8Array> {
  return { tag, name, decode: (value) => value, encode: (value) => value };
}

/**
 * Text and NUL, one character an octet. Exactly one octet is stripped, and only if it is 0: the reference server drops the
 * last octet whatever it is, and so loses a character of who leaves the NUL out (capf.md 6).
 */
function text(tag: number, name: string): ElementLayout<string> {
  return {
    tag,
    name,
    decode: (value) => (value.at(-1) === 0 ? value.subarray(0, -1) : value).toString('latin1'),
    encode: (characters) => {
      for (const character of characters) {
        if ((character.codePointAt(0) ?? 0) > 0xff) {
          throw capfMalformed(`${name} with ${JSON.stringify(character)}, expected characters of one octet`);
        }
      }
      return Buffer.from(`${characters}\0`, 'latin1');
    },
  };
}

function decodeSudi(value: Buffer, offset: number): readonly SudiPart[] {
  const parts: SudiPart[] = [];
  for (let at = 0; at < value.length; ) {
    const end = at + 3 <= value.length ? at + 3 + value.readUInt16BE(at + 1) : Number.POSITIVE_INFINITY;
    if (end > value.length) {
      throw capfMalformed(`SUDI_DATA with a record that runs past octet ${value.length}`, offset);
    }
    parts.push({ hash: value.readUInt8(at), value: value.subarray(at + 3, end) });
    at = end;
  }
  return parts;
}

function encodeSudi(parts: readonly SudiPart[]): Uint8Array {
  return Buffer.concat(parts.map(({ hash, value }) => numbered(hash, value)));
}

/** Number, length, value. */
function numbered(number: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(number), uint16('length of a signature', value.length), value]);
}
