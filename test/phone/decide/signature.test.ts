import { createPublicKey } from 'node:crypto';
import { expect, it } from 'vitest';
import { TrustfleetError } from '../../../src/errors.js';
import { checkSignature } from '../../../src/phone/decide/signature.js';
import type { Certificate } from '../../../src/pki/certificate.js';
import { verifySignature } from '../../../src/trustfile/verify.js';
import { context, ctl, held, party, record } from '../fixtures.js';

const signer = await party('signer');
const list = ctl(signer, [record('SAST', signer)]);

it('R-25: a key that OpenSSL cannot use verifies nothing', () => {
  const { notAfter } = signer.certificate;
  // the key of the certificate cannot be imported
  const unusable = Object.create(signer.certificate, {
    notAfter: { value: notAfter },
    keyType: { value: 'rsa' },
    keyBits: { value: 2048 },
  }) as Certificate;
  Object.defineProperty(unusable, 'publicKey', {
    get: () => {
      throw new TrustfleetError('TF_CERT_UNSUPPORTED', 'public key cannot be used');
    },
  });
  expect(checkSignature(context(held()), list, unusable)).toMatchObject({ rule: 'R-25' });
});

it('a fault of the program is no wrong signature', () => {
  const verify = (): boolean => {
    throw new TypeError('x is not a function');
  };
  expect(() => checkSignature(context(held(), { verify }), list, signer.certificate)).toThrow(TypeError);
});

it('a key too short for the digest is a no of OpenSSL, any other failure is thrown', () => {
  const short = createPublicKey({
    key: {
      kty: 'RSA',
      e: 'AQAB',
      n: Buffer.alloc(32, 0xa5).toString('base64url'),
    },
    format: 'jwk',
  });
  expect(verifySignature(list, short)).toBe(false);
  const noKey = { asymmetricKeyType: 'rsa' } as typeof short;
  expect(() => verifySignature(list, noKey)).toThrow(TypeError);
});
