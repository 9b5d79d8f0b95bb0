import { createHash } from 'node:crypto';
import { parameter, parseParameter, splitOutside } from './fields.js';

/** Parameters of `WWW-Authenticate: Digest …` that the phone needs (RFC 2617 without qop, sip.md 4.3). */
export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** true: the credentials were right, the nonce is too old. */
  readonly stale: boolean;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Parameters of `Authorization: Digest …`. */
export interface Authorization {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly response: string;
}

/** Reads a challenge; undefined when it is no Digest, has no nonce or wants another algorithm than MD5. */
export function parseChallenge(value: string): Challenge | undefined {
  const parameters = digestParameters(value);
  if (parameters === undefined) return undefined;
  const nonce = parameter(parameters, 'nonce');
  const algorithm = parameter(parameters, 'algorithm') ?? 'MD5';
  if (nonce === undefined || algorithm.toUpperCase() !== 'MD5') return undefined;
  return {
    realm: parameter(parameters, 'realm') ?? '',
    nonce,
    opaque: parameter(parameters, 'opaque'),
    stale: parameter(parameters, 'stale')?.toLowerCase() === 'true',
  };
}

/** Reads an Authorization header; undefined when it is no Digest or a parameter is missing. */
export function parseAuthorization(value: string): Authorization | undefined {
  const parameters = digestParameters(value);
  if (parameters === undefined) return undefined;
  const [username, realm, nonce, uri, response] = ['username', 'realm', 'nonce', 'uri', 'response'].map(
    (name) => parameter(parameters, name),
  );
  if (username === undefined || realm === undefined || nonce === undefined) return undefined;
  if (uri === undefined || response === undefined) return undefined;
  return { username, realm, nonce, uri, response };
}

/** RFC 2617 3.2.2.1 without qop: 32 lower-case hex digits. */
export function digestResponse(
  credentials: Credentials,
  realm: string,
  nonce: string,
  method: string,
  uri: string,
): string {
  const secret = md5(`${credentials.user}:${realm}:${credentials.password}`);
  return md5(`${secret}:${nonce}:${md5(`${method}:${uri}`)}`);
}

/** Value of Authorization in the order and with the spaces of the phones: none after commas, algorithm unquoted. */
export function authorizationValue(challenge: Challenge, credentials: Credentials, uri: string): string {
  const response = digestResponse(credentials, challenge.realm, challenge.nonce, 'REGISTER', uri);
  const opaque = challenge.opaque === undefined ? '' : `,opaque=${quote(challenge.opaque)}`;
  return (
    `Digest username=${quote(credentials.user)},realm=${quote(challenge.realm)},uri=${quote(uri)},` +
    `response="${response}",nonce=${quote(challenge.nonce)}${opaque},algorithm=MD5`
  );
}

function digestParameters(value: string): readonly ReturnType<typeof parseParameter>[] | undefined {
  const match = /^\s*Digest\s+(.+)$/i.exec(value);
  return match === null ? undefined : splitOutside(match[1] ?? '', ',').map(parseParameter);
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function md5(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex');
}
