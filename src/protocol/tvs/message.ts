import { TrustfleetError } from '../../errors.js';

/** First octet of every message (tvs.md 4). */
export const TVS_PROTOCOL_ID = 0x57;
export const TVS_VERSION = 1;
export const TVS_HEADER_OCTETS = 10;

/** The body's length is a 16-bit field; nothing longer can be announced. */
export const MAX_TVS_BODY_OCTETS = 65_535;

/** Commands by name (tvs.md 5). */
export const TVS_COMMANDS = {
  VERIFY_REQUEST: 1,
  VERIFY_RESPONSE: 2,
  QUERY_REQUEST: 3,
  QUERY_RESPONSE: 4,
} as const;

export type TvsCommand = keyof typeof TVS_COMMANDS;

/** STATUS of a certificate that may be trusted; everything else is not trusted (tvs.md 6). */
export const TVS_STATUS_VALID = 0;
export const TVS_STATUS_INVALID = 1;

/** Certificate of a QUERY as the header of a trust file names it. */
export interface TvsSigner {
  readonly subject: string;
  readonly issuer: string;
  /** Lower-case hex of the raw octets. */
  readonly serial: string;
}

interface Common {
  /** Chosen by the phone, counted from 1001; 32 bits. */
  readonly sessionId: number;
  /** Octet 3: CUCM leaves rubbish there. 0 where it is missing. */
  readonly reserved?: number;
}

/** Is this very certificate to be trusted, and for what? */
export interface TvsVerifyRequest extends Common {
  readonly command: 'VERIFY_REQUEST';
  /** `CP-8861-SEP020000000301`. */
  readonly deviceName: string;
  /** DER. */
  readonly certificate: Uint8Array;
}

/** Which certificate has this name and number, and for what is it to be trusted? */
export interface TvsQueryRequest extends Common {
  readonly command: 'QUERY_REQUEST';
  readonly deviceName: string;
  readonly signer: TvsSigner;
}

export interface TvsVerifyResponse extends Common {
  readonly command: 'VERIFY_RESPONSE';
  /** 0 valid, 1 invalid. */
  readonly status: number;
  /** Codes of `device/role.ts`. */
  readonly roles?: readonly number[];
  /** How long the phone may keep the answer. */
  readonly ttlSeconds?: number;
}

export interface TvsQueryResponse extends Common {
  readonly command: 'QUERY_RESPONSE';
  readonly status: number;
  /** DER. */
  readonly certificate?: Uint8Array;
  readonly roles?: readonly number[];
  readonly ttlSeconds?: number;
}

export type TvsRequest = TvsVerifyRequest | TvsQueryRequest;
export type TvsResponse = TvsVerifyResponse | TvsQueryResponse;
export type TvsMessage = TvsRequest | TvsResponse;

/** An error about a message, with the offset in it where there is one. */
export function tvsMalformed(message: string, offset?: number): TrustfleetError {
  return offset === undefined
    ? new TrustfleetError('TF_TVS_MALFORMED', message)
    : new TrustfleetError('TF_TVS_MALFORMED', `${message} at offset ${offset}`, { context: { offset } });
}
