import { Buffer } from 'node:buffer';
import type { SipDevice } from './dialect.js';
import { SUPPORTED, userAgent } from './dialect.js';
import { hostText } from './identifiers.js';
import { clean } from './message.js';
import { REGISTER_BODY, REGISTER_CONTENT_TYPE } from './remotecc.js';

export type SipTransport = 'tcp' | 'udp' | 'tls';

/** One phone on one connection to one server. */
export interface Sender {
  readonly device: SipDevice;
  readonly transport: SipTransport;
  /** Own address and port of the connection; Via and Contact carry them. */
  readonly address: string;
  readonly port: number;
  /** Name or address of the server as the configuration has it: no port. */
  readonly server: string;
  /** null leaves Session-ID out, as firmware before 11.5 does. */
  readonly sessionId: string | null;
  /** Bearer token for a registrar that asks for one (SIP OAuth). */
  readonly token?: string | null;
}

export interface SipLine {
  /** User part of the address of record: the directory number. */
  readonly name: string;
  /** User part of the Contact: a UUID with CUCM. */
  readonly contact: string;
}

/** What differs from one REGISTER of a dialog to the next. */
export interface RegisterTurn {
  readonly branch: string;
  readonly cseq: number;
  /** RFC 1123. */
  readonly date: string;
  /** Value of Authorization. */
  readonly authorization?: string | undefined;
  /** Value of Proxy-Authorization. */
  readonly proxyAuthorization?: string | undefined;
}

/**
 * The REGISTER messages of one line in one dialog (one Call-ID), prebuilt: a refresh only puts branch, date and CSeq
 * between three strings.
 */
export interface RegisterForm {
  readonly requestUri: string;
  /** Without angle brackets and parameters, as a registrar echoes it. */
  readonly contactUri: string;
  readonly beforeBranch: string;
  readonly beforeDate: string;
  /** User-Agent and Contact, up to where `;expires=0` may follow. */
  readonly beforeEnd: string;
  readonly supported: string;
}

/**
 * @throws TrustfleetError TF_SIP_MALFORMED when the configuration's texts hold line breaks
 */
export function registerForm(sender: Sender, line: SipLine, callId: string, fromTag: string): RegisterForm {
  const { device, address, port, transport } = sender;
  const server = hostText(clean(sender.server, 'server name'));
  const own = `${hostText(address)}:${port}`;
  const requestUri = `sip:${server}`;
  const contactUri = contactUriOf(sender, line);
  const aor = `<sip:${uriUser(line.name)}@${server}>`;
  const sessionId = sender.sessionId === null ? '' : `Session-ID: ${sender.sessionId}\r\n`;
  const mac = device.mac.toLowerCase();
  return {
    requestUri,
    contactUri,
    beforeBranch: `REGISTER ${requestUri} SIP/2.0\r\nVia: SIP/2.0/${transport.toUpperCase()} ${own};branch=`,
    beforeDate:
      `\r\nFrom: ${aor};tag=${fromTag}\r\nTo: ${aor}\r\nCall-ID: ${callId}\r\n` +
      `Max-Forwards: 70\r\n${sessionId}Date: `,
    beforeEnd:
      ` REGISTER\r\nUser-Agent: ${userAgent(device)}\r\n` +
      `Contact: <${contactUri}>;+sip.instance="<urn:uuid:00000000-0000-0000-0000-${mac}>"` +
      `;+u.sip!devicename.ccm.cisco.com="${device.name}";+u.sip!model.ccm.cisco.com="${device.deviceType}"`,
    supported: `Supported: ${SUPPORTED[device.family]}\r\n`,
  };
}

/** First REGISTER after a boot or an outage: with Reason, and with the body that registers all lines (sip.md 3.1 to 3.6). */
export function initialRegister(
  form: RegisterForm,
  turn: RegisterTurn,
  reason: string,
  expires: number,
): Uint8Array {
  return octets(
    `${head(form, turn, '')}Reason: ${reason}\r\nExpires: ${expires}\r\n` +
      `Content-Type: ${REGISTER_CONTENT_TYPE}\r\nMime-Version: 1.0\r\nContent-Length: ${REGISTER_BODY.length}\r\n\r\n` +
      REGISTER_BODY,
  );
}

/** Refresh (sip.md 3.7), and the REGISTER of each further line at a registrar that is not Cisco's (3.5). */
export function refreshRegister(form: RegisterForm, turn: RegisterTurn, expires: number): Uint8Array {
  return octets(`${head(form, turn, '')}Content-Length: 0\r\nExpires: ${expires}\r\n\r\n`);
}

/** Heartbeat to a server where the phone is not registered; it deregisters nothing (sip.md 3.8). */
export function standbyRegister(form: RegisterForm, turn: RegisterTurn): Uint8Array {
  return octets(`${head(form, turn, ';expires=0;cisco-keep-alive')}Content-Length: 0\r\nExpires: 0\r\n\r\n`);
}

/** Before a reset, restart or fall-back, with its cause (sip.md 3.9). */
export function unregisterRegister(form: RegisterForm, turn: RegisterTurn, reason: string): Uint8Array {
  return octets(
    `${head(form, turn, ';expires=0')}Reason: ${reason}\r\nContent-Length: 0\r\nExpires: 0\r\n\r\n`,
  );
}

/** `sip:CONTACT@IP:PORT;transport=tcp`, the address at which the server reaches the phone. */
export function contactUriOf(sender: Sender, line: SipLine): string {
  return `sip:${uriUser(line.contact)}@${hostText(sender.address)}:${sender.port};transport=${sender.transport}`;
}

/** A directory number as user part of a URI: `+` stays, what RFC 3261 does not allow there is percent-encoded. */
export function uriUser(user: string): string {
  if (/^[\w.!~*'()&=+$,;?/-]+$/.test(user)) return user;
  return encodeURIComponent(user).replace(/%(2B|24|26|2C|2F|3B|3D|3F)/g, (code) => decodeURIComponent(code));
}

function head(form: RegisterForm, turn: RegisterTurn, contactSuffix: string): string {
  const authorization =
    (turn.authorization === undefined ? '' : `Authorization: ${turn.authorization}\r\n`) +
    (turn.proxyAuthorization === undefined ? '' : `Proxy-Authorization: ${turn.proxyAuthorization}\r\n`);
  return (
    `${form.beforeBranch}${turn.branch}${form.beforeDate}${turn.date}\r\nCSeq: ${turn.cseq}` +
    `${form.beforeEnd}${contactSuffix}\r\n${authorization}${form.supported}`
  );
}

function octets(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}
