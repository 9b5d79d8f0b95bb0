import { contacts, cseqOf, parameter, parseAddress, userOf } from './fields.js';
import { decimal, headerValue, type SipRequest } from './message.js';
import { asksForBulkRegistration } from './remotecc.js';

/** A REGISTER as the registrar sees it. */
export interface RegisterAsked {
  readonly deviceName: string;
  /** null where Contact names none or no number. */
  readonly deviceType: number | null;
  /** User part of To: the directory number. */
  readonly lineName: string;
  /** URI of the Contact: where the phone is reached. */
  readonly contactUri: string;
  /** Contact without `expires`, `cisco-keep-alive` and `x-cisco-newreg`, for the answer. */
  readonly contactEcho: string;
  /** Seconds asked for; undefined where the request names none. */
  readonly expires: number | undefined;
  /** Heartbeat to a server where the phone is not registered: no deregistration (sip.md 7). */
  readonly keepAlive: boolean;
  readonly bulk: boolean;
  readonly hasBody: boolean;
  readonly callId: string;
  readonly cseq: number;
  readonly userAgent: string;
  /** Value of Reason; empty where it is absent. */
  readonly reason: string;
}

const ANSWER_LEAVES_OUT = new Set(['expires', 'cisco-keep-alive', 'x-cisco-newreg']);

/** What every answer needs; without it the request cannot be answered at all. */
export function isAnswerable(request: SipRequest): boolean {
  return headerValue(request, 'via') !== undefined && cseqOf(request)?.method === request.method;
}

/**
 * Reads a REGISTER: Call-ID, address of record and Contact must be there (sip.md 4.4, check 1). A text says what is wrong.
 */
export function readRegister(request: SipRequest): RegisterAsked | string {
  const callId = headerValue(request, 'call-id');
  if (callId === undefined || callId === '') return 'Call-ID is missing';
  if (parseAddress(headerValue(request, 'from') ?? '') === undefined) return 'From is missing or malformed';
  const to = parseAddress(headerValue(request, 'to') ?? '');
  if (to === undefined) return 'To is missing or malformed';
  const contact = contacts(request)[0];
  if (contact === undefined) return 'Contact is missing or malformed';
  const keepAlive = parameter(contact.parameters, 'cisco-keep-alive') !== undefined;
  const expires = parameter(contact.parameters, 'expires') ?? headerValue(request, 'expires');
  const seconds = decimal(expires);
  if (expires !== undefined && seconds === undefined) return 'Expires is no number';
  const echoed = contact.parameters.filter(({ name }) => !ANSWER_LEAVES_OUT.has(name.toLowerCase()));
  return {
    deviceName: parameter(contact.parameters, '+u.sip!devicename.ccm.cisco.com') ?? '',
    deviceType: decimal(parameter(contact.parameters, '+u.sip!model.ccm.cisco.com')) ?? null,
    lineName: userOf(to.uri),
    contactUri: contact.uri,
    contactEcho: [contact.raw, ...echoed.map(({ raw }) => raw)].join(';'),
    expires: seconds,
    keepAlive,
    bulk: asksForBulkRegistration(request.body),
    hasBody: request.body.length > 0,
    callId,
    cseq: cseqOf(request)?.number ?? 0,
    userAgent: headerValue(request, 'user-agent') ?? '',
    reason: headerValue(request, 'reason') ?? '',
  };
}

/** `cisco-alarm:<n>` of Reason (sip.md 3.4); undefined where there is none. */
export function alarmCauseOf(reason: string): number | undefined {
  const match = /cisco-alarm:(\d{1,3})\b/.exec(reason);
  return match === null ? undefined : Number(match[1]);
}
