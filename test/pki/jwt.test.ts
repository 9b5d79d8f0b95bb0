import { createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type JwtClaims, type JwtExpectation, jwtFault, MAX_JWT_LENGTH, signJwt } from '../../src/pki/jwt.js';

const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
const NOW = 1_800_000_000;
const CLAIMS: JwtClaims = {
  iss: 'https://pub/ssosp',
  aud: 'sip-oauth',
  sub: 'SEP001F9E266369',
  iat: NOW,
  exp: NOW + 60,
};
const EXPECTED: JwtExpectation = {
  iss: CLAIMS.iss,
  aud: CLAIMS.aud,
  sub: CLAIMS.sub,
  keyId: 'k1',
  publicKey: own.publicKey,
  now: NOW,
};

function token(changes: Partial<JwtClaims> = {}, keyId = 'k1', key = own.privateKey): string {
  return signJwt({ ...CLAIMS, ...changes }, keyId, key);
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A token with other words in one of its parts and the signature of the good one. */
function tampered(changes: object): string {
  const [head = '', , signature = ''] = token().split('.');
  return [head, part({ ...CLAIMS, ...changes }), signature].join('.');
}

describe('RS256 tokens (RFC 7519, RFC 7515)', () => {
  it('a token that was just signed is good until it expires', () => {
    expect(jwtFault(token(), EXPECTED)).toBeUndefined();
    expect(jwtFault(token(), { ...EXPECTED, now: NOW + 59 })).toBeUndefined();
  });

  it.each([
    ['it has expired', token(), { now: NOW + 60 }, 'expired'],
    ['it is not valid yet', token(), { now: NOW - 1 }, 'not valid yet'],
    ['another issuer', token({ iss: 'https://other/ssosp' }), {}, 'foreign issuer'],
    ['another audience', token({ aud: 'voicemail' }), {}, 'foreign audience'],
    ['another device', token({ sub: 'SEP001F9E000000' }), {}, 'of another subject'],
    ['the key of another cluster', token({}, 'k1', foreign.privateKey), {}, 'bad signature'],
    ['a key that nobody knows', token({}, 'k2'), {}, 'unknown key'],
    ['a later end written in', tampered({ exp: NOW + 6_000 }), { now: NOW + 100 }, 'bad signature'],
    ['another subject written in', tampered({ sub: 'SEP001F9E000000' }), {}, 'bad signature'],
    ['two parts', 'a.b', {}, 'malformed'],
    ['no JSON', 'e30.bm8.eA', {}, 'malformed'],
    ['more than any token has', `${token()}${'A'.repeat(MAX_JWT_LENGTH)}`, {}, 'malformed'],
  ] as const)('is refused for %s', (_, text, changes, fault) => {
    expect(jwtFault(text, { ...EXPECTED, ...changes })).toBe(fault);
  });

  it.each(['none', 'HS256'])(
    'is refused with the algorithm %s, whatever its signature (RFC 8725 3.1)',
    (alg) => {
      const signed = `${part({ alg, typ: 'JWT', kid: 'k1' })}.${part(CLAIMS)}`;
      const secret = own.publicKey.export({ type: 'spki', format: 'pem' });
      const signature = alg === 'none' ? '' : createHmac('sha256', secret).update(signed).digest('base64url');
      expect(jwtFault(`${signed}.${signature}`, EXPECTED)).toBe('malformed');
    },
  );
});
