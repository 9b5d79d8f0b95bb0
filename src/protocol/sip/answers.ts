import { Buffer } from 'node:buffer';
import type { ServicePlace } from '../../device/service-port.js';
import { viaWithSource } from './fields.js';
import { canonicalName, type SipHeader, type SipRequest } from './message.js';

/** Reason phrases of the answers that phones and registrar give. */
const REASON_PHRASES: Readonly<Record<number, string>> = {
  100: 'Trying',
  200: 'OK',
  202: 'Accepted',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  407: 'Proxy Authentication Required',
  423: 'Interval Too Brief',
  481: 'Call/Transaction Does Not Exist',
  486: 'Busy Here',
  489: 'Bad Event',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
};

/** What every answer copies from its request (RFC 3261 8.2.6.2), prefixed with the names this side writes. */
interface Copied {
  readonly via: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: string;
}

export interface ServerAnswer {
  readonly status: number;
  /** Tag for a To that has none; null for 100, which gets none. */
  readonly toTag: string | null;
  /** RFC 1123. */
  readonly date: string;
  /** `Cisco-CUCM12.5`; null leaves Server out (100, answers to REFER). */
  readonly server: string | null;
  /** Where a datagram came from: goes into the top Via when it is not what that says (RFC 3581). */
  readonly source?: ServicePlace;
  /** Headers behind CSeq, in order. */
  readonly extra?: readonly SipHeader[];
  readonly contentType?: string;
  readonly body?: string;
}

/** Answer of the server: Via, From, To, Date, Call-ID, Server, CSeq, then what belongs to the status (sip.md 4.2). */
export function serverAnswer(request: SipRequest, answer: ServerAnswer): Uint8Array {
  const { via, from, to, callId, cseq } = copied(request, answer.toTag, answer.source);
  const server = answer.server === null ? '' : `Server: ${answer.server}\r\n`;
  const body = answer.body ?? '';
  const contentType = answer.contentType === undefined ? '' : `Content-Type: ${answer.contentType}\r\n`;
  return Buffer.from(
    `${statusLine(answer.status)}${via}${from}${to}Date: ${answer.date}\r\n${callId}${server}${cseq}` +
      `${lines(answer.extra)}${contentType}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    'utf8',
  );
}

/** Answer of a phone: Via, From, To, Call-ID, CSeq, Server, … (vector 200_OK_notify). */
export function phoneAnswer(
  request: SipRequest,
  status: number,
  toTag: string,
  server: string,
  extra: readonly SipHeader[] = [],
): Uint8Array {
  const { via, from, to, callId, cseq } = copied(request, toTag);
  return Buffer.from(
    `${statusLine(status)}${via}${from}${to}${callId}${cseq}Server: ${server}\r\n${lines(extra)}Content-Length: 0\r\n\r\n`,
    'utf8',
  );
}

function statusLine(status: number): string {
  return `SIP/2.0 ${status} ${REASON_PHRASES[status] ?? ''}\r\n`;
}

function lines(headers: readonly SipHeader[] | undefined): string {
  let text = '';
  for (const { name, value } of headers ?? []) text += `${name}: ${value}\r\n`;
  return text;
}

function copied(request: SipRequest, toTag: string | null, source?: ServerAnswer['source']): Copied {
  let via = '';
  let from = '';
  let to = '';
  let callId = '';
  let cseq = '';
  for (const { name, value } of request.headers) {
    switch (canonicalName(name)) {
      case 'via':
        via += `Via: ${via === '' && source !== undefined ? viaWithSource(value, source.address, source.port) : value}\r\n`;
        break;
      case 'from':
        from ||= `From: ${value}\r\n`;
        break;
      case 'to':
        to ||= `To: ${value}${toTag === null || /;\s*tag\s*=/i.test(value) ? '' : `;tag=${toTag}`}\r\n`;
        break;
      case 'call-id':
        callId ||= `Call-ID: ${value}\r\n`;
        break;
      case 'cseq':
        cseq ||= `CSeq: ${value}\r\n`;
        break;
      default:
    }
  }
  return { via, from, to, callId, cseq };
}
