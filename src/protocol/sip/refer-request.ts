import { Buffer } from 'node:buffer';
import { ALARM_CONTENT_TYPE, type Alarm, encodeAlarm } from './alarm.js';
import { PHONE_ALLOW, userAgent } from './dialect.js';
import { hostText } from './identifiers.js';
import { clean } from './message.js';
import { contactUriOf, type Sender, type SipLine, uriUser } from './register-request.js';

/** CSeq of every REFER outside of a dialog. */
const REFER_CSEQ = 1000;

/** What `Refer-To` asks for before a fall-back (sip.md 5.2). */
export const TOKEN_URN = 'urn:X-cisco-remotecc:token-registration';

export interface ReferTurn {
  readonly branch: string;
  readonly callId: string;
  readonly fromTag: string;
  /** RFC 1123. */
  readonly date: string;
}

/**
 * Alarm REFER: the body is the alarm, Refer-To points at it. Answered by 202; no NOTIFY follows (sip.md 5.1).
 * @param user line name, or the MAC where no line is known
 * @param contentId `5098d8fa@192.0.2.36`
 */
export function alarmRefer(
  sender: Sender,
  line: SipLine,
  user: string,
  turn: ReferTurn,
  alarm: Alarm,
  contentId: string,
): Uint8Array {
  const body = encodeAlarm(alarm);
  return Buffer.from(
    `${head(sender, line, user, turn)}Refer-To: cid:${contentId}\r\nContent-Id: <${contentId}>\r\n` +
      `Allow: ${PHONE_ALLOW}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nContent-Type: ${ALARM_CONTENT_TYPE}\r\n` +
      `Content-Disposition: session;handling=required\r\n\r\n${body}`,
    'utf8',
  );
}

/** Token REFER: asks a better server for leave to come back to it (sip.md 5.2). */
export function tokenRefer(sender: Sender, line: SipLine, turn: ReferTurn): Uint8Array {
  const user = sender.device.mac.toLowerCase();
  return Buffer.from(
    `${head(sender, line, user, turn)}Refer-To: <${TOKEN_URN}>\r\nAllow: ${PHONE_ALLOW}\r\nContent-Length: 0\r\n\r\n`,
    'utf8',
  );
}

function head(sender: Sender, line: SipLine, user: string, turn: ReferTurn): string {
  const own = hostText(sender.address);
  const server = hostText(clean(sender.server, 'server name'));
  const quoted = clean(user, 'line name').replace(/["\\]/g, '\\$&');
  const self = `"${quoted}" <sip:${uriUser(user)}@${own}>`;
  const sessionId = sender.sessionId === null ? '' : `Session-ID: ${sender.sessionId}\r\n`;
  return (
    `REFER sip:${server} SIP/2.0\r\n` +
    `Via: SIP/2.0/${sender.transport.toUpperCase()} ${own}:${sender.port};branch=${turn.branch}\r\n` +
    `From: ${self};tag=${turn.fromTag}\r\nTo: <sip:${server}>\r\nCall-ID: ${turn.callId}\r\n${sessionId}` +
    `Date: ${turn.date}\r\nCSeq: ${REFER_CSEQ} REFER\r\nUser-Agent: ${userAgent(sender.device)}\r\n` +
    `Expires: 10\r\nMax-Forwards: 70\r\n` +
    `Contact: <${contactUriOf(sender, line)}>;+u.sip!devicename.ccm.cisco.com="${sender.device.name}"\r\n` +
    `Require: norefersub\r\nReferred-By: ${self}\r\n`
  );
}
