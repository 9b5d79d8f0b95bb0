import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { publicKeyOf } from '../../src/pki/authority.js';

describe('publicKeyOf: a key from its SubjectPublicKeyInfo', () => {
  it.each([
    ['RSA 512', generateKeyPairSync('rsa', { modulusLength: 512 })],
    ['RSA 2048', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['RSA with another exponent', generateKeyPairSync('rsa', { modulusLength: 1024, publicExponent: 3 })],
    ['P-256', generateKeyPairSync('ec', { namedCurve: 'prime256v1' })],
    ['P-521', generateKeyPairSync('ec', { namedCurve: 'secp521r1' })],
  ])('%s', (_, { publicKey }) => {
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    expect(publicKeyOf(spki).equals(publicKey)).toBe(true);
    // out of the middle of a message
    const inside = Buffer.concat([Buffer.alloc(3), spki]).subarray(3);
    expect(publicKeyOf(inside).equals(publicKey)).toBe(true);
  });

  it('octets that are cut off anywhere are no key', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 512 });
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    for (let length = 0; length < spki.length; length += 1)
      expect(() => publicKeyOf(spki.subarray(0, length)), `${length} octets`).toThrow();
  });
});
