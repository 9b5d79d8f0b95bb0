import { Buffer } from 'node:buffer';
import { hostText } from './identifiers.js';
import type { SipTransport } from './register-request.js';
import { encodeServiceControl, type ServiceControl } from './service-control.js';

/** What a NOTIFY of the server to a registered phone needs to know (sip.md 5.3). */
export interface NotifyFacts {
  /** URI of the phone's Contact. */
  readonly contactUri: string;
  /** User part of the address of record, percent-encoded where needed. */
  readonly user: string;
  readonly phoneAddress: string;
  readonly serverAddress: string;
  readonly serverPort: number;
  readonly transport: SipTransport;
  readonly branch: string;
  readonly fromTag: string;
  readonly callId: string;
  readonly date: string;
  /** `Cisco-CUCM12.5`. */
  readonly userAgent: string;
}

const NOTIFY_CSEQ = 101;

export function serviceControlNotify(facts: NotifyFacts, control: ServiceControl): Uint8Array {
  const body = encodeServiceControl(control);
  const server = hostText(facts.serverAddress);
  return Buffer.from(
    `NOTIFY ${facts.contactUri} SIP/2.0\r\n` +
      `Via: SIP/2.0/${facts.transport.toUpperCase()} ${server}:${facts.serverPort};branch=${facts.branch}\r\n` +
      `From: <sip:${facts.user}@${server}>;tag=${facts.fromTag}\r\n` +
      `To: <sip:${facts.user}@${hostText(facts.phoneAddress)}>\r\n` +
      `Call-ID: ${facts.callId}\r\nCSeq: ${NOTIFY_CSEQ} NOTIFY\r\nMax-Forwards: 70\r\nDate: ${facts.date}\r\n` +
      `User-Agent: ${facts.userAgent}\r\nEvent: service-control\r\nSubscription-State: active\r\n` +
      `Contact: <sip:${facts.user}@${server}:${facts.serverPort};transport=${facts.transport}>\r\n` +
      `Content-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    'utf8',
  );
}
