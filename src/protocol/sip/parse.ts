import { Buffer, isUtf8 } from 'node:buffer';
import { TrustfleetError } from '../../errors.js';
import { SIP_LIMITS, type SipLimits } from './limits.js';
import { canonicalName, NO_BODY, type SipHeader, type SipMessage } from './message.js';

const CR = 0x0d;
const LF = 0x0a;

/** RFC 3261 25.1 `token`. */
const TOKEN = /^[\w.!%*+`'~-]+$/;
const STATUS_LINE = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/i;
const REQUEST_LINE = /^([\w.!%*+`'~-]+) (\S+) SIP\/2\.0$/i;
const LENGTH = /^\d{1,9}$/;

/** First line and headers of a message whose body has not been taken yet. */
export interface SipHead {
  readonly start:
    | { readonly kind: 'request'; readonly method: string; readonly uri: string }
    | { readonly kind: 'response'; readonly status: number; readonly reason: string };
  readonly headers: readonly SipHeader[];
  /** undefined where the message has no Content-Length. */
  readonly contentLength: number | undefined;
}

/**
 * Position behind the empty line that ends a head, or -1 while it has not arrived.
 * @param from where to go on looking; nothing before it is looked at again
 */
export function headEnd(bytes: Uint8Array, from: number, end: number): number {
  for (let at = bytes.indexOf(LF, from + 3); at !== -1 && at < end; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] === CR && bytes[at - 2] === LF && bytes[at - 3] === CR) return at + 1;
  }
  return -1;
}

/**
 * Reads first line and headers.
 * @param bytes from the first octet of the message to its empty line, that one included
 * @throws TrustfleetError TF_SIP_MALFORMED, TF_MESSAGE_TOO_LARGE
 */
export function parseHead(bytes: Uint8Array, limits: SipLimits = SIP_LIMITS): SipHead {
  if (bytes.length > limits.headOctets) throw tooLarge('head', bytes.length, limits.headOctets);
  if (!isUtf8(bytes)) throw malformed('the head is not UTF-8', 0);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  const firstEnd = text.indexOf('\r\n');
  const start = parseStartLine(text.slice(0, firstEnd));
  const headers: SipHeader[] = [];
  let contentLength: number | undefined;

  for (let at = firstEnd + 2; !text.startsWith('\r\n', at); ) {
    const [line, next] = unfoldedLine(text, at);
    if (headers.length === limits.headers) throw tooLarge('headers', headers.length + 1, limits.headers);
    const header = parseHeaderLine(line, at);
    if (header.value.length > limits.headerOctets) {
      throw tooLarge(`header ${header.name}`, header.value.length, limits.headerOctets);
    }
    if (canonicalName(header.name) === 'content-length') {
      contentLength = parseLength(header.value, contentLength, at, limits);
    }
    headers.push(header);
    at = next;
  }
  return { start, headers, contentLength };
}

/**
 * Reads one datagram. Without Content-Length the body is the rest; octets behind the body are dropped (RFC 3261 18.3).
 * @throws TrustfleetError TF_SIP_MALFORMED, TF_MESSAGE_TOO_LARGE
 */
export function parseDatagram(bytes: Uint8Array, limits: SipLimits = SIP_LIMITS): SipMessage {
  const from = skipLineEnds(bytes, 0, bytes.length);
  const bodyFrom = headEnd(bytes, from, bytes.length);
  if (bodyFrom === -1) throw malformed('no empty line ends the head', bytes.length);
  const head = parseHead(bytes.subarray(from, bodyFrom), limits);
  const present = bytes.length - bodyFrom;
  const length = head.contentLength ?? present;
  if (length > present) {
    throw malformed(`Content-Length says ${length}, the datagram has ${present} octets of body`, bodyFrom);
  }
  if (length > limits.bodyOctets) throw tooLarge('body', length, limits.bodyOctets);
  return withBody(head, bytes.subarray(bodyFrom, bodyFrom + length));
}

/** Position of the first octet that is no CR or LF: keep-alives and stray line ends before a message (sip.md 7). */
export function skipLineEnds(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (bytes[at] === CR || bytes[at] === LF)) at += 1;
  return at;
}

/** Two literals, so that every message of a kind has one shape (a spread costs ten times as much). */
export function withBody({ start, headers }: SipHead, octets: Uint8Array): SipMessage {
  const body = octets.length === 0 ? NO_BODY : octets;
  return start.kind === 'request'
    ? { kind: 'request', method: start.method, uri: start.uri, headers, body }
    : { kind: 'response', status: start.status, reason: start.reason, headers, body };
}

export function tooLarge(what: string, found: number, limit: number): TrustfleetError {
  return new TrustfleetError('TF_MESSAGE_TOO_LARGE', `SIP ${what}: ${found}, at most ${limit} is taken`, {
    context: { found, limit },
  });
}

export function malformed(what: string, offset: number): TrustfleetError {
  return new TrustfleetError('TF_SIP_MALFORMED', `SIP message: ${what}`, { context: { offset } });
}

function parseStartLine(line: string): SipHead['start'] {
  if (line.includes('\n') || line.includes('\r') || line.includes('\0')) {
    throw malformed('the first line holds a bare CR, LF or NUL', 0);
  }
  const status = STATUS_LINE.exec(line);
  if (status !== null) return { kind: 'response', status: Number(status[1]), reason: status[2] ?? '' };
  const request = REQUEST_LINE.exec(line);
  if (request === null) {
    const found = JSON.stringify(line.slice(0, 60));
    throw malformed(`the first line is ${found}, expected "METHOD uri SIP/2.0" or "SIP/2.0 status"`, 0);
  }
  const [, method = '', uri = ''] = request;
  return { kind: 'request', method, uri };
}

/** The line at `at` with its continuation lines joined by one space (RFC 3261 7.3.1), and where the next one begins. */
function unfoldedLine(text: string, at: number): readonly [line: string, next: number] {
  let end = text.indexOf('\r\n', at);
  let line = text.slice(at, end);
  while (text[end + 2] === ' ' || text[end + 2] === '\t') {
    const from = end + 2;
    end = text.indexOf('\r\n', from);
    line = `${line.trimEnd()} ${text.slice(from, end).trim()}`;
  }
  return [line, end + 2];
}

function parseHeaderLine(line: string, offset: number): SipHeader {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(colon, 0)).trimEnd();
  if (!TOKEN.test(name)) {
    throw malformed(`${JSON.stringify(line.slice(0, 60))} is no header, expected "Name: value"`, offset);
  }
  const value = line.slice(colon + 1).trim();
  if (value.includes('\n') || value.includes('\r') || value.includes('\0')) {
    throw malformed(`header ${name} holds a bare CR, LF or NUL`, offset);
  }
  return { name, value };
}

function parseLength(value: string, earlier: number | undefined, offset: number, limits: SipLimits): number {
  if (!LENGTH.test(value)) throw malformed(`Content-Length is ${JSON.stringify(value.slice(0, 40))}`, offset);
  const length = Number(value);
  if (earlier !== undefined && earlier !== length) {
    throw malformed(`two Content-Length headers disagree: ${earlier} and ${length}`, offset);
  }
  if (length > limits.bodyOctets) throw tooLarge('body', length, limits.bodyOctets);
  return length;
}
