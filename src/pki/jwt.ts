import { type KeyObject, sign, verify } from 'node:crypto';

/** Claims of a JSON Web Token that this project writes (RFC 7519 4.1); times in seconds since 1970. */
export interface JwtClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly iat: number;
  readonly exp: number;
}

/** Why a token is no good. */
export type JwtFault =
  | 'malformed'
  | 'unknown key'
  | 'bad signature'
  | 'foreign issuer'
  | 'foreign audience'
  | 'of another subject'
  | 'not valid yet'
  | 'expired';

/** Longest token that is looked at, characters. */
export const MAX_JWT_LENGTH = 4096;

const DIGEST = 'sha256';

/** A signed token, RS256 (RFC 7515, RFC 7518 3.3). */
export function signJwt(claims: JwtClaims, keyId: string, privateKey: KeyObject): string {
  const head = encoded({ alg: 'RS256', typ: 'JWT', kid: keyId });
  const signed = `${head}.${encoded(claims)}`;
  return `${signed}.${sign(DIGEST, Buffer.from(signed), privateKey).toString('base64url')}`;
}

/** What a verifier expects of a token. */
export interface JwtExpectation extends Pick<JwtClaims, 'iss' | 'aud' | 'sub'> {
  readonly keyId: string;
  readonly publicKey: KeyObject;
  /** Seconds since 1970. */
  readonly now: number;
}

/**
 * Checks signature, issuer, audience, subject and times; only RS256 counts, whatever the header says (RFC 8725 3.1). Undefined:
 * the token is good.
 */
export function jwtFault(token: string, expected: JwtExpectation): JwtFault | undefined {
  const [head, body, signature, ...rest] = token.length > MAX_JWT_LENGTH ? [] : token.split('.');
  if (head === undefined || body === undefined || signature === undefined || rest.length > 0)
    return 'malformed';
  const header = decoded(head);
  const claims = decoded(body);
  if (header === undefined || claims === undefined || header.alg !== 'RS256') return 'malformed';
  if (header.kid !== expected.keyId) return 'unknown key';
  const octets = Buffer.from(signature, 'base64url');
  if (!verify(DIGEST, Buffer.from(`${head}.${body}`), expected.publicKey, octets)) return 'bad signature';
  if (claims.iss !== expected.iss) return 'foreign issuer';
  if (claims.aud !== expected.aud) return 'foreign audience';
  if (claims.sub !== expected.sub) return 'of another subject';
  const { iat, exp } = claims;
  if (typeof iat !== 'number' || typeof exp !== 'number') return 'malformed';
  if (expected.now < iat) return 'not valid yet';
  return expected.now >= exp ? 'expired' : undefined;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decoded(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
