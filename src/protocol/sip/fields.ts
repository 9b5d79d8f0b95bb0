import { decimal, headerValue, headerValues, type SipMessage } from './message.js';

/** Parameter behind a URI or a value: `;transport=tcp`, `;+u.sip!devicename.ccm.cisco.com="SEP…"`, `;cisco-keep-alive`. */
export interface Parameter {
  /** In the sender's spelling; feature parameters begin with `+` and hold `!` (sip.md 7). */
  readonly name: string;
  /** Without quotes; empty where the parameter has no value. */
  readonly value: string;
  /** As it stands on the wire, for echoing. */
  readonly raw: string;
}

/** From, To, Contact: `"1001" <sip:1001@192.0.2.36>;tag=…`. */
export interface Address {
  readonly display: string;
  readonly uri: string;
  /** The part up to the parameters as it stands on the wire. */
  readonly raw: string;
  readonly parameters: readonly Parameter[];
}

const QUOTE = 0x22;
const OPEN = 0x3c;
const CLOSE = 0x3e;
const BACKSLASH = 0x5c;

/**
 * Splits at `separator` outside of quotes and angle brackets: a Contact holds `<`, `>` and `;` inside a quoted string
 * (sip.md 7).
 */
export function splitOutside(text: string, separator: ';' | ','): readonly string[] {
  if (!text.includes(separator)) return [text];
  const wanted = separator.charCodeAt(0);
  const parts: string[] = [];
  let from = 0;
  let quoted = false;
  let bracket = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if (code === OPEN) bracket = true;
    else if (code === CLOSE) bracket = false;
    else if (code === wanted && !bracket) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

/** Reads From, To or one Contact; undefined when there is no URI in it. */
export function parseAddress(text: string): Address | undefined {
  const [first = '', ...rest] = splitOutside(text, ';');
  const raw = first.trim();
  const open = openingBracket(raw);
  const close = raw.lastIndexOf('>');
  if (open !== -1 && close < open) return undefined;
  const uri = open === -1 ? raw : raw.slice(open + 1, close).trim();
  if (!/^[a-z][a-z0-9+.-]*:\S+$/i.test(uri)) return undefined;
  return {
    display: open === -1 ? '' : unquote(raw.slice(0, open).trim()),
    uri,
    raw,
    parameters: rest.map(parseParameter),
  };
}

/** All contacts of a message, over several headers and commas; `*` and unreadable ones are undefined. */
export function contacts(message: SipMessage): readonly (Address | undefined)[] {
  return headerValues(message, 'contact').flatMap((value) => splitOutside(value, ',').map(parseAddress));
}

/** Value of a parameter, empty where it has none, undefined where it is absent. Names are compared without case. */
export function parameter(parameters: readonly Parameter[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  return parameters.find((each) => each.name.toLowerCase() === wanted)?.value;
}

/** Branch of the top Via, which names the transaction; empty where there is none. */
export function branchOf(message: SipMessage): string {
  const match = /^[^,]*?;\s*branch\s*=\s*([^;,\s]+)/i.exec(headerValue(message, 'via') ?? '');
  return match?.[1] ?? '';
}

/**
 * Value of a Via header whose first entry says where its message really came from: `received`, and `rport` where it is asked for
 * (RFC 3261 18.2.1, RFC 3581).
 */
export function viaWithSource(value: string, address: string, port: number): string {
  const [first = '', ...others] = splitOutside(value, ',');
  const [sentBy = '', ...rest] = splitOutside(first, ';');
  const host = VIA.exec(sentBy)?.[1]?.replace(/^\[|\]$/g, '');
  const wantsPort = parameter(rest.map(parseParameter), 'rport') !== undefined;
  if (host === undefined || (host === address && !wantsPort)) return value;
  const filled = wantsPort
    ? first.replace(/;\s*rport\s*(?:=[^;,]*)?(?=;|$)/i, `;received=${address};rport=${port}`)
    : `${first};received=${address}`;
  return [filled, ...others].join(',');
}

/** `SIP/2.0/UDP host:port`, the host with the brackets of an IPv6 address. */
const VIA = /^\s*SIP\s*\/\s*2\.0\s*\/\s*\w+\s+(\[[\da-fA-F:.]+\]|[^\s:]+)(?::\d{1,5})?\s*$/i;

/** `102 REGISTER`; undefined when it is absent, unreadable or above 2^31 - 1 (RFC 3261 8.1.1.5). */
export function cseqOf(
  message: SipMessage,
): { readonly number: number; readonly method: string } | undefined {
  const match = /^(\d{1,10})\s+(\S+)$/.exec(headerValue(message, 'cseq') ?? '');
  if (match === null || Number(match[1]) > 0x7fffffff) return undefined;
  return { number: Number(match[1]), method: match[2] ?? '' };
}

/** User part of `sip:1001@192.0.2.2;transport=tcp`, percent-decoded; empty where there is none. */
export function userOf(uri: string): string {
  const match = /^sips?:([^@]+)@/i.exec(uri);
  const user = (match?.[1] ?? '').split(':')[0] ?? '';
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}

/** Time that an answer grants this contact: its `expires` if present, else the Expires header (sip.md 4.2). */
export function grantedSeconds(message: SipMessage, contactUri: string): number | undefined {
  const all = contacts(message);
  const own = all.find((each) => each?.uri === contactUri) ?? (all.length === 1 ? all[0] : undefined);
  const expires = own === undefined ? undefined : parameter(own.parameters, 'expires');
  return decimal(expires) ?? decimal(headerValue(message, 'expires'));
}

/** Text of a Warning header: `399 cucm1 "Registration is active for another client"` -> the quoted part. */
export function warningText(message: SipMessage): string {
  const value = headerValue(message, 'warning') ?? '';
  return unquote(/"(?:[^"\\]|\\.)*"/.exec(value)?.[0] ?? '');
}

/** `name=value` and `name="value"`, one of a list. */
export function parseParameter(text: string): Parameter {
  const raw = text.trim();
  const equals = raw.indexOf('=');
  if (equals === -1) return { name: raw, value: '', raw };
  return { name: raw.slice(0, equals).trimEnd(), value: unquote(raw.slice(equals + 1).trimStart()), raw };
}

/** `"a \"b\""` -> `a "b"`; text without quotes stays. */
function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  return text.slice(1, -1).replace(/\\(.)/g, '$1');
}

/** `<` outside of the quoted display name. */
function openingBracket(text: string): number {
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (quoted && char === '\\') at += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === '<' && !quoted) return at;
  }
  return -1;
}
