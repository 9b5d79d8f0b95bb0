import type { KeyObject } from 'node:crypto';
import { type JwtFault, jwtFault, signJwt } from '../pki/jwt.js';
import type { ClusterContext } from './context.js';
import { type ClusterState, publisherOf } from './state.js';

/** The key with which the cluster signs access tokens, and its public half, which every node has. */
export interface TokenKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** `OAuth Access Token Expiry Timer`: 60 minutes. */
export const TOKEN_SECONDS = 3_600;

/** Where a phone of our cluster asks for its token. Ours: how real phones get theirs is not public. */
export const TOKEN_PATH = '/ssosp/token';

const AUDIENCE = 'sip-oauth';
const TOKEN_KEY_BITS = 2048;

/** A key of its own for the tokens of one installation. */
export async function makeTokenKey(context: ClusterContext): Promise<TokenKey> {
  const { privateKey, publicKey } = await context.keys.rsa(TOKEN_KEY_BITS);
  return { id: 'sip-oauth-1', privateKey, publicKey };
}

function issuerOf(state: ClusterState): string {
  const { hostName, domain } = publisherOf(state);
  return `https://${hostName}.${domain}:8443/ssosp`;
}

/** An answer of the token service (RFC 6749 5.1). */
export interface AccessToken {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
}

/**
 * A token for a device whose security profile has OAuth; undefined for every other. The service is a stub: who asks in the name
 * of a device gets its token.
 *
 * @param now seconds since 1970.
 */
export function issueToken(state: ClusterState, device: string, now: number): AccessToken | undefined {
  const key = state.tokenKey;
  if (key === null || state.devices.get(device)?.security !== 'sip-oauth') return undefined;
  const claims = { iss: issuerOf(state), aud: AUDIENCE, sub: device, iat: now, exp: now + TOKEN_SECONDS };
  return {
    access_token: signJwt(claims, key.id, key.privateKey),
    token_type: 'Bearer',
    expires_in: TOKEN_SECONDS,
  };
}

/**
 * What is wrong with a token that a device registers with; undefined: nothing.
 *
 * @param now seconds since 1970.
 */
export function tokenFault(
  state: ClusterState,
  device: string,
  token: string,
  now: number,
): JwtFault | undefined {
  const key = state.tokenKey;
  if (key === null) return 'unknown key';
  const { id: keyId, publicKey } = key;
  return jwtFault(token, { iss: issuerOf(state), aud: AUDIENCE, sub: device, keyId, publicKey, now });
}
