import { TrustfleetError } from '../../errors.js';
import { Certificate } from '../../pki/certificate.js';
import { decodeOctetText, encodeOctetText } from '../../pki/octet-text.js';
import { tvsMalformed } from './message.js';

/** What the elements of a body say. */
export interface ElementValues {
  deviceName?: string;
  certificate?: Uint8Array;
  subject?: string;
  issuer?: string;
  serial?: string;
  status?: number;
  roles?: readonly number[];
  ttlSeconds?: number;
}

export type ElementField = keyof ElementValues;

/** How one element looks on the wire (tvs.md 6). */
interface ElementLayout<T> {
  readonly tag: number;
  readonly name: string;
  /** Octets of the value -> what it says; `offset` of the element in the message. */
  readonly decode: (value: Buffer, offset: number) => T;
  readonly encode: (value: T) => Uint8Array;
}

type Layouts = { readonly [F in ElementField]: ElementLayout<NonNullable<ElementValues[F]>> };

/** Format octet of DEVICE_NAME: only this one has been seen, and nobody looks at it. */
const DEVICE_NAME_FORMAT = 0x01;

export const ELEMENTS: Layouts = {
  // 01 len len | 01 | text without NUL
  deviceName: {
    tag: 1,
    name: 'DEVICE_NAME',
    decode: (value, offset) => {
      if (value.length === 0) throw tvsMalformed('DEVICE_NAME without its format octet', offset);
      return decodeOctetText(value.subarray(1));
    },
    encode: (text) => Buffer.concat([Uint8Array.of(DEVICE_NAME_FORMAT), encodeOctetText(text)]),
  },
  // 02 len len | DER, without the wrapper that CAPF has
  certificate: {
    tag: 2,
    name: 'CERTIFICATE',
    decode: (value, offset) => {
      try {
        return Certificate.fromDer(value).der;
      } catch (cause) {
        throw new TrustfleetError('TF_TVS_MALFORMED', `CERTIFICATE at offset ${offset} is none`, {
          context: { offset },
          cause,
        });
      }
    },
    encode: (der) => der,
  },
  // 03 len len | text 00
  subject: { tag: 3, name: 'SUBJECT_NAME', decode: decodeTerminated, encode: encodeTerminated },
  // 04 len len | text 00
  issuer: { tag: 4, name: 'ISSUER_NAME', decode: decodeTerminated, encode: encodeTerminated },
  // 05 len len | octets as in the certificate
  serial: {
    tag: 5,
    name: 'SERIAL_NUMBER',
    decode: (value) => value.toString('hex'),
    encode: (hex) => {
      if (!/^(?:[0-9a-f]{2})*$/i.test(hex)) {
        throw tvsMalformed(`serial number ${JSON.stringify(hex)}, expected octets in hex`);
      }
      return Buffer.from(hex, 'hex');
    },
  },
  // 07 00 01 | status
  status: {
    tag: 7,
    name: 'STATUS',
    decode: (value, offset) => {
      if (value.length !== 1) throw tvsMalformed(`STATUS of ${value.length} octets, expected 1`, offset);
      return value.readUInt8(0);
    },
    encode: (status) => Uint8Array.of(status),
  },
  // 08 len len | one octet a role
  roles: {
    tag: 8,
    name: 'ROLES',
    decode: (value) => [...value],
    encode: (roles) => Uint8Array.from(roles),
  },
  // 09 00 04 | seconds
  ttlSeconds: {
    tag: 9,
    name: 'TTL',
    decode: (value, offset) => {
      if (value.length !== 4) throw tvsMalformed(`TTL of ${value.length} octets, expected 4`, offset);
      return value.readUInt32BE(0);
    },
    encode: (seconds) => {
      const value = Buffer.alloc(4);
      value.writeUInt32BE(Math.min(Math.max(Math.trunc(seconds), 0), 0xffff_ffff));
      return value;
    },
  },
};

export const FIELD_BY_TAG: ReadonlyMap<number, ElementField> = new Map(
  (Object.keys(ELEMENTS) as ElementField[]).map((field) => [ELEMENTS[field].tag, field]),
);

/** Elements of each command in the order of the wire; those in `optional` may be missing (tvs.md 7, 8, 10). */
export const BODIES = {
  VERIFY_REQUEST: { fields: ['deviceName', 'certificate'], optional: [] },
  VERIFY_RESPONSE: { fields: ['status', 'roles', 'ttlSeconds'], optional: ['roles', 'ttlSeconds'] },
  QUERY_REQUEST: { fields: ['deviceName', 'subject', 'issuer', 'serial'], optional: [] },
  QUERY_RESPONSE: {
    fields: ['status', 'certificate', 'roles', 'ttlSeconds'],
    optional: ['certificate', 'roles', 'ttlSeconds'],
  },
} as const satisfies Record<
  string,
  { readonly fields: readonly ElementField[]; readonly optional: readonly ElementField[] }
>;

/** Text up to its NUL; one without NUL is taken whole. */
function decodeTerminated(value: Buffer): string {
  return decodeOctetText(value.at(-1) === 0 ? value.subarray(0, -1) : value);
}

function encodeTerminated(text: string): Uint8Array {
  if (text.includes('\0')) {
    throw tvsMalformed(`name ${JSON.stringify(text)} has a NUL, which would end it on the wire`);
  }
  return Buffer.concat([encodeOctetText(text), Uint8Array.of(0)]);
}
