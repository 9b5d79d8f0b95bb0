import type { ElementField, ElementValues } from './elements.js';

/** First octet of every message (capf.md 4). */
export const CAPF_PROTOCOL_ID = 0x55;
export const CAPF_HEADER_OCTETS = 8;
/** Protocol version of VERSION; older ones are still taken (capf.md 14). */
export const CAPF_VERSION = 3;

/** Values of REASON (capf.md 6.1). */
export const CAPF_REASONS = {
  NO_ACTION: 0,
  UPDATE_CERTIFICATE: 1,
  INVALID_ELEMENT: 7,
  UNKNOWN_DEVICE: 9,
} as const;

/** Values of CERTIFICATE_TYPE (capf.md 6). */
export const CERTIFICATE_TYPES = { LSC: 1, MIC: 2 } as const;

/** Hash numbers of tags 16, 19 and 20 (capf.md 6.1). */
export const CAPF_HASHES = { certificate: 0, sha1: 1, sha256: 2, sha512: 3 } as const;

/** Value of AUTH_TYPE that every known server sends, whatever the device needs (capf.md 6.1). */
export const AUTH_TYPE_NONE = 0;

/**
 * Every message: its code and its elements in the order of the wire (capf.md 5, 7). All elements are optional here; which
 * ones must be there is the sessions' to say. Those that a command does not list are kept unread, as `extra`.
 *
 * ```
 * 55 | command | session id, 4 octets | length of the body, 2 octets | elements: tag, length (2 octets), value
 * ```
 */
export const MESSAGES = {
  // server: VERSION, AUTH_TYPE; Cisco's servers leave AUTH_TYPE out
  AUTH_REQUEST: { code: 1, elements: ['version', 'authType'] },
  // phone: REASON=1, CERTIFICATE (o), SIGNED_DATA (o), VERSION, PASSWORD, DEVICE_NAME, SUDI_DATA (o), SHA2_SIGNED_DATA (o)
  AUTH_RESPONSE: {
    code: 2,
    elements: [
      'reason',
      'certificate',
      'signedData',
      'version',
      'password',
      'deviceName',
      'sudi',
      'sha2SignedData',
    ],
  },
  // server: KEY_SIZE, KEY_TYPE=0 for RSA; KEY_TYPE=1, CURVE for EC; Cisco's servers leave KEY_TYPE out for RSA
  KEY_GENERATE_REQUEST: { code: 3, elements: ['keySize', 'keyType', 'curve'] },
  // phone: PUBLIC_KEY, or REASON=7
  KEY_GENERATE_RESPONSE: { code: 4, elements: ['reason', 'publicKey'] },
  // names only, no octets are known (capf.md 5)
  ENCRYPT_RESPONSE: { code: 5, elements: [] },
  ENCRYPT_REQUEST: { code: 6, elements: [] },
  DECRYPT_REQUEST: { code: 7, elements: [] },
  DECRYPT_RESPONSE: { code: 8, elements: [] },
  // server: CERTIFICATE_TYPE=1, CERTIFICATE
  STORE_CERTIFICATE_REQUEST: { code: 9, elements: ['certificateType', 'certificate'] },
  // phone: REASON=1 stored
  STORE_CERTIFICATE_RESPONSE: { code: 10, elements: ['reason'] },
  // server: nothing; a CERTIFICATE_TYPE would say which one (capf.md 17)
  FETCH_CERTIFICATE_REQUEST: { code: 11, elements: ['certificateType'] },
  // phone: REASON=1, CERTIFICATE; or REASON=7
  FETCH_CERTIFICATE_RESPONSE: { code: 12, elements: ['reason', 'certificate'] },
  // server: nothing
  DELETE_CERTIFICATE_REQUEST: { code: 13, elements: [] },
  // phone: REASON=1 deleted, 7 there was none
  DELETE_CERTIFICATE_RESPONSE: { code: 14, elements: ['reason'] },
  // server: REASON
  END_SESSION: { code: 15, elements: ['reason', 'reasonInfo'] },
  // server, inferred: come back when the offline CA has signed; RETRY_DELAY (o)
  RETRY_LATER: { code: 16, elements: ['retryDelaySeconds'] },
  // phone: nothing
  REQUEST_IN_PROGRESS: { code: 17, elements: ['retryDelaySeconds'] },
  // names only
  STATUS_REQUEST: { code: 18, elements: [] },
  STATUS_RESPONSE: { code: 19, elements: [] },
  ABORT_REQUEST: { code: 20, elements: [] },
  ABORT_RESPONSE: { code: 21, elements: [] },
  // inferred, elements and all (csr.ts): DIGEST_TYPE, CERTIFICATE = what the phone is to sign
  SIGN_CERTIFICATE_REQUEST: { code: 22, elements: ['certificate', 'digestType'] },
  // inferred: REASON=1, SIGNED_DATA; or REASON=7
  SIGN_CERTIFICATE_RESPONSE: { code: 23, elements: ['reason', 'signedData'] },
} as const satisfies Record<string, { readonly code: number; readonly elements: readonly ElementField[] }>;

export type CapfCommand = keyof typeof MESSAGES;

/** An element that its message does not list, kept as it came. */
export interface ExtraElement {
  readonly tag: number;
  readonly value: Uint8Array;
}

type MessageOf<C extends CapfCommand> = {
  readonly command: C;
  /** Chosen by the server, 32 bits, the same in every message of a connection. */
  readonly sessionId: number;
  /** Written after the others; absent where there are none. */
  readonly extra?: readonly ExtraElement[];
} & Partial<Pick<ElementValues, (typeof MESSAGES)[C]['elements'][number]>>;

/** A message by its command. */
export type CapfMessage<C extends CapfCommand = CapfCommand> = { [K in C]: MessageOf<K> }[C];

const COMMAND_BY_CODE: ReadonlyMap<number, CapfCommand> = new Map(
  (Object.keys(MESSAGES) as CapfCommand[]).map((command) => [MESSAGES[command].code, command]),
);

/** The command with this code, undefined where there is none. */
export function commandOf(code: number): CapfCommand | undefined {
  return COMMAND_BY_CODE.get(code);
}
