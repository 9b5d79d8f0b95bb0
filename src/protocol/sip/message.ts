import { Buffer } from 'node:buffer';
import { TrustfleetError } from '../../errors.js';

/** A header as it stands on the wire: name in the sender's spelling (`Call-ID`, `i`), value unfolded and trimmed. */
export interface SipHeader {
  readonly name: string;
  readonly value: string;
}

export interface SipRequest {
  readonly kind: 'request';
  /** As sent, e.g. `REGISTER`; methods are case-sensitive. */
  readonly method: string;
  readonly uri: string;
  /** In wire order, which the writer keeps. */
  readonly headers: readonly SipHeader[];
  readonly body: Uint8Array;
}

export interface SipResponse {
  readonly kind: 'response';
  /** 100 to 699. */
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly SipHeader[];
  readonly body: Uint8Array;
}

export type SipMessage = SipRequest | SipResponse;

export const NO_BODY: Uint8Array = new Uint8Array(0);

/** Short forms of header names (RFC 3261 7.3.3, 20; RFC 3515, 3265, 3892): other servers use them. */
const SHORT_FORMS: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  k: 'supported',
  l: 'content-length',
  c: 'content-type',
  e: 'content-encoding',
  s: 'subject',
  r: 'refer-to',
  b: 'referred-by',
  o: 'event',
  u: 'allow-events',
};

/** Header names in lower case and long form; the usual spellings are looked up, not computed, for each message. */
const CANONICAL = new Map<string, string>();
for (const name of [
  'Via',
  'From',
  'To',
  'Call-ID',
  'Max-Forwards',
  'Session-ID',
  'Date',
  'CSeq',
  'User-Agent',
  'Contact',
  'Supported',
  'Reason',
  'Expires',
  'Content-Type',
  'Content-Length',
  'Mime-Version',
  'Server',
]) {
  CANONICAL.set(name, name.toLowerCase());
}

/** `Call-ID`, `call-id` and `i` -> `call-id`. */
export function canonicalName(name: string): string {
  const known = CANONICAL.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  return SHORT_FORMS[lower] ?? lower;
}

/** Value of the first header of that name; `canonical` is lower case and long form, e.g. `call-id`. */
export function headerValue(message: SipMessage, canonical: string): string | undefined {
  for (const { name, value } of message.headers) {
    if (canonicalName(name) === canonical) return value;
  }
  return undefined;
}

/** Values of all headers of that name, in wire order. */
export function headerValues(message: SipMessage, canonical: string): readonly string[] {
  const values: string[] = [];
  for (const { name, value } of message.headers) {
    if (canonicalName(name) === canonical) values.push(value);
  }
  return values;
}

/** Number of a header such as Expires or Retry-After; comments and parameters behind it are left out. */
export function headerSeconds(message: SipMessage, canonical: string): number | undefined {
  return decimal(headerValue(message, canonical));
}

/** The unsigned decimal number at the beginning of `text`, or undefined; at most 10 digits. */
export function decimal(text: string | undefined): number | undefined {
  const match = text === undefined ? null : /^\s*(\d{1,10})(?=$|[\s;(,])/.exec(text);
  return match === null ? undefined : Number(match[1]);
}

/** First line of a message without its CRLF. */
export function startLine(message: SipMessage): string {
  return message.kind === 'request'
    ? `${message.method} ${message.uri} SIP/2.0`
    : `SIP/2.0 ${message.status} ${message.reason}`;
}

/**
 * Writes a message; header order is kept, nothing is added. Text is UTF-8.
 * @throws TrustfleetError TF_SIP_MALFORMED when a header holds a line break (it would begin a header of its own) or
 *   Content-Length is not the body's.
 */
export function encodeMessage(message: SipMessage): Uint8Array {
  let head = `${clean(startLine(message), 'first line')}\r\n`;
  for (const { name, value } of message.headers) {
    if (canonicalName(name) === 'content-length' && Number(value) !== message.body.length) {
      throw new TrustfleetError(
        'TF_SIP_MALFORMED',
        `Content-Length says ${value}, the body has ${message.body.length} octets`,
      );
    }
    head += `${clean(name, 'header name')}: ${clean(value, name)}\r\n`;
  }
  const octets = Buffer.from(`${head}\r\n`, 'utf8');
  return message.body.length === 0 ? octets : Buffer.concat([octets, message.body]);
}

/**
 * Returns `text` when it may stand inside a header.
 * @throws TrustfleetError TF_SIP_MALFORMED for CR, LF and NUL, which a configuration file could smuggle in.
 */
export function clean(text: string, what: string): string {
  if (text.includes('\n') || text.includes('\r') || text.includes('\0')) {
    throw new TrustfleetError(
      'TF_SIP_MALFORMED',
      `${what} ${JSON.stringify(text.slice(0, 60))} holds a line break; one line was expected`,
    );
  }
  return text;
}
