import { Buffer } from 'node:buffer';
import { phoneAnswer } from './answers.js';
import { PHONE_ALLOW } from './dialect.js';
import { branchOf, cseqOf } from './fields.js';
import type { Identifiers } from './identifiers.js';
import { headerValue, type SipRequest } from './message.js';
import { parseServiceControl, type ServiceControl } from './service-control.js';

/** What a phone makes of a request from its server. */
interface Reaction {
  /** undefined for ACK, which is never answered. */
  readonly status: number | undefined;
  readonly allow: boolean;
  /** Only with a NOTIFY service-control that is understood. */
  readonly control?: ServiceControl;
}

const ALLOW = [{ name: 'Allow', value: PHONE_ALLOW }];

/**
 * Requests that a phone must survive, and its answers (sip.md 5.3, 5.4). It has no calls: an INVITE finds it busy, and there
 * is no dialog that BYE, CANCEL, UPDATE, INFO or PRACK could belong to.
 */
function reactionTo(request: SipRequest): Reaction {
  if (!isComplete(request)) return { status: 400, allow: false };
  switch (request.method) {
    case 'ACK':
      return { status: undefined, allow: false };
    case 'OPTIONS':
      return { status: 200, allow: true };
    case 'NOTIFY':
      return reactionToNotify(request);
    case 'REFER':
      return { status: 202, allow: false };
    case 'SUBSCRIBE':
      return { status: 489, allow: false };
    case 'INVITE':
      return { status: 486, allow: false };
    case 'REGISTER':
      return { status: 405, allow: true };
    case 'BYE':
    case 'CANCEL':
    case 'UPDATE':
    case 'INFO':
    case 'PRACK':
      return { status: 481, allow: false };
    default:
      return { status: 501, allow: true };
  }
}

/** The octets of a reaction; undefined where nothing is answered. */
function reactionBytes(
  request: SipRequest,
  reaction: Reaction,
  toTag: string,
  server: string,
): Uint8Array | undefined {
  if (reaction.status === undefined) return undefined;
  return phoneAnswer(request, reaction.status, toTag, server, reaction.allow ? ALLOW : []);
}

function reactionToNotify(request: SipRequest): Reaction {
  const event = (headerValue(request, 'event') ?? '').split(';')[0]?.trim().toLowerCase();
  if (event === 'message-summary') return { status: 200, allow: false };
  if (event !== 'service-control') return { status: 489, allow: false };
  const { body } = request;
  const control = parseServiceControl(
    Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'),
  );
  return control === undefined ? { status: 400, allow: false } : { status: 200, allow: false, control };
}

/** Has it what every answer copies (RFC 3261 8.1.1)? */
function isComplete(request: SipRequest): boolean {
  return (
    headerValue(request, 'via') !== undefined &&
    headerValue(request, 'from') !== undefined &&
    headerValue(request, 'to') !== undefined &&
    headerValue(request, 'call-id') !== undefined &&
    cseqOf(request)?.method === request.method
  );
}

/** Answers that are kept for a request that comes again over UDP. */
const REMEMBERED_ANSWERS = 4;

export interface Answered {
  readonly bytes: Uint8Array | undefined;
  /** Set for the first time that a service-control arrives, not for its repetitions. */
  readonly control: ServiceControl | undefined;
}

/** The server side of a phone: answers each request once, and a repetition with the same octets (RFC 3261 17.2.2). */
export class PhoneAnswers {
  readonly #identifiers: Identifiers;
  readonly #server: string;
  #recent: { readonly key: string; readonly bytes: Uint8Array }[] = [];

  constructor(identifiers: Identifiers, server: string) {
    this.#identifiers = identifiers;
    this.#server = server;
  }

  answer(request: SipRequest): Answered {
    const ids = ['call-id', 'cseq'].map((name) => headerValue(request, name) ?? '');
    const key = [branchOf(request), ...ids].join(' ');
    const before = this.#recent.find((each) => each.key === key);
    if (before !== undefined) return { bytes: before.bytes, control: undefined };
    const reaction = reactionTo(request);
    const bytes = reactionBytes(request, reaction, this.#identifiers.tag(), this.#server);
    if (bytes !== undefined) {
      this.#recent = [...this.#recent.slice(1 - REMEMBERED_ANSWERS), { key, bytes }];
    }
    return { bytes, control: reaction.control };
  }
}
