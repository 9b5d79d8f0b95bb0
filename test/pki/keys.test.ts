import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { serverCertificate } from '../../src/pki/cucm-certificates.js';
import { freshEc, freshRsa, loadIdentity, loadPrivateKey, pooledKeys } from '../../src/pki/keys.js';
import { PrimePool } from '../../src/pki/prime-pool.js';

function modulus(key: { export(options: { format: 'jwk' }): { n?: string } }): string {
  return key.export({ format: 'jwk' }).n ?? '';
}

const message = Buffer.from('a trust list');

describe('PrimePool: RSA test keys from pairs of primes (speed.md 5)', () => {
  it('makes n(n-1)/2 distinct keys of n primes, all of the full size and all working', async () => {
    const pool = await PrimePool.create(1024, 15);
    expect(pool.keys).toBe(15);
    const moduli = new Set<string>();
    for (let index = 0; index < pool.keys; index += 1) {
      const { privateKey, publicKey } = pool.pair(index);
      expect(privateKey.asymmetricKeyDetails?.modulusLength).toBe(1024);
      expect(verify('sha256', message, publicKey, sign('sha256', message, privateKey))).toBe(true);
      expect(createPublicKey(privateKey).equals(publicKey)).toBe(true);
      moduli.add(modulus(publicKey));
    }
    expect(moduli.size).toBe(15);
  });

  it('has the right private exponent without CRT, too: OpenSSL derives the same key from n, e, d alone', async () => {
    const jwk = (await PrimePool.create(512, 1)).pair(0).privateKey.export({ format: 'jwk' });
    const big = (text: string | undefined): bigint =>
      BigInt(`0x${Buffer.from(text ?? '', 'base64url').toString('hex')}`);
    const [p, q, d, qi] = [big(jwk.p), big(jwk.q), big(jwk.d), big(jwk.qi)];
    expect(p > q).toBe(true);
    expect(p * q).toBe(big(jwk.n));
    expect((d * 65537n) % ((p - 1n) * (q - 1n))).toBe(1n);
    expect((big(jwk.dp) * 65537n) % (p - 1n)).toBe(1n);
    expect((big(jwk.dq) * 65537n) % (q - 1n)).toBe(1n);
    expect((qi * q) % p).toBe(1n);
  });

  it('keeps pair k when it grows, and in a pool made of its primes', async () => {
    const pool = await PrimePool.create(512, 3);
    const before = [0, 1, 2].map((index) => modulus(pool.pair(index).publicKey));
    await pool.grow(10);
    expect(pool.keys).toBeGreaterThanOrEqual(10);
    expect([0, 1, 2].map((index) => modulus(pool.pair(index).publicKey))).toEqual(before);
    const copy = PrimePool.fromPrimes(512, pool.primes);
    for (let index = 0; index < 10; index += 1) {
      expect(copy.pair(index).privateKey.equals(pool.pair(index).privateKey)).toBe(true);
    }
  });

  it('draws no more than needed when several grow it at once', async () => {
    const pool = await PrimePool.create(512, 0);
    await Promise.all([pool.grow(10), pool.grow(6), pool.grow(10)]);
    expect(pool.keys).toBe(10);
  });

  it('says which key it does not have', async () => {
    const pool = await PrimePool.create(512, 1);
    expect(() => pool.pair(1)).toThrow(expect.objectContaining({ code: 'TF_USAGE' }));
    expect(() => pool.pair(-1)).toThrow(expect.objectContaining({ code: 'TF_USAGE' }));
    await expect(pool.grow(3_000_000)).rejects.toMatchObject({ code: 'TF_USAGE' });
  });

  it('refuses octets that are no primes of its size, and one prime twice (p = q is no RSA key)', async () => {
    const { primes } = await PrimePool.create(512, 1);
    const refused = expect.objectContaining({ code: 'TF_KEY_MALFORMED' });
    expect(() => PrimePool.fromPrimes(512, primes.subarray(1))).toThrow(refused);
    expect(() => PrimePool.fromPrimes(512, new Uint8Array(32))).toThrow(refused);
    expect(() => PrimePool.fromPrimes(512, Buffer.concat([primes, primes]))).toThrow(refused);
    expect(() => PrimePool.fromPrimes(2048, primes)).toThrow(refused);
  });

  it('stops drawing when it is told to', async () => {
    await expect(PrimePool.create(4096, 1_000, AbortSignal.abort(new Error('enough')))).rejects.toThrow(
      'enough',
    );
  });
});

describe('key sources', () => {
  it('draw RSA keys of the size asked for, and refuse others', async () => {
    expect((await freshRsa(512)).privateKey.asymmetricKeyDetails?.modulusLength).toBe(512);
    await expect(freshRsa(256)).rejects.toMatchObject({ code: 'TF_CERT_UNSUPPORTED' });
    await expect(freshRsa(16384)).rejects.toMatchObject({ code: 'TF_CERT_UNSUPPORTED' });
    expect((await freshEc('secp384r1')).publicKey.asymmetricKeyDetails?.namedCurve).toBe('secp384r1');
  });

  it('pooled: no key comes twice, also when several are asked for at once; other sizes are drawn afresh', async () => {
    const keys = pooledKeys();
    const pairs = await Promise.all([512, 512, 512, 1024, 512, 768].map((bits) => keys.rsa(bits)));
    expect(new Set(pairs.map(({ publicKey }) => modulus(publicKey))).size).toBe(6);
    expect(pairs.map(({ publicKey }) => publicKey.asymmetricKeyDetails?.modulusLength)).toEqual([
      512, 512, 512, 1024, 512, 768,
    ]);
  });
});

describe('loadIdentity', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certificateOf = (pair: typeof rsa): string =>
    serverCertificate('cucm-pub', {
      organisation: { organisation: 'O', unit: 'U', locality: 'L', state: 'S', country: 'US' },
      ...pair,
      digest: 'sha256',
      serial: Uint8Array.of(1),
      notBefore: new Date(0),
      notAfter: new Date(1e12),
    }).toPem();

  it.each([
    ['PKCS#8', rsa, rsa.privateKey.export({ type: 'pkcs8', format: 'pem' })],
    ['PKCS#1', rsa, rsa.privateKey.export({ type: 'pkcs1', format: 'pem' })],
    ['PKCS#8 EC', ec, ec.privateKey.export({ type: 'pkcs8', format: 'pem' })],
    ['SEC 1', ec, ec.privateKey.export({ type: 'sec1', format: 'pem' })],
  ])('takes a certificate and its %s key', (_, pair, pem) => {
    const identity = loadIdentity(certificateOf(pair), pem.toString());
    expect(identity.certificate.commonName).toBe('cucm-pub');
    expect(identity.privateKey.equals(pair.privateKey)).toBe(true);
  });

  it('takes the key behind an EC PARAMETERS block and text, as openssl ecparam -genkey writes it', () => {
    const sec1 = ec.privateKey.export({ type: 'sec1', format: 'pem' }).toString();
    const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
    expect(loadPrivateKey(`some text\n${parameters}${sec1}`).equals(ec.privateKey)).toBe(true);
  });

  it('refuses the key of another certificate with TF_KEY_MISMATCH and names the certificate', () => {
    const foreign = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
    for (const key of [foreign, ec.privateKey]) {
      const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
      expect(() => loadIdentity(certificateOf(rsa), pem)).toThrow(
        expect.objectContaining({ code: 'TF_KEY_MISMATCH', message: expect.stringContaining('CN=cucm-pub') }),
      );
    }
  });

  it.each([
    ['an empty file', '', 'no PEM block'],
    ['a certificate', certificateOf(rsa), 'only "CERTIFICATE"'],
    ['a public key', rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'only "PUBLIC KEY"'],
    ['a block without end', '-----BEGIN PRIVATE KEY-----\nAAAA\n', 'no END line'],
    ['no base64', '-----BEGIN PRIVATE KEY-----\n§§§§\n-----END PRIVATE KEY-----\n', 'not base64'],
    [
      'rubbish in base64',
      '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
      'holds no private key',
    ],
    [
      'an Ed25519 key',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      'ed25519',
    ],
    [
      'a key with a passphrase',
      rsa.privateKey
        .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' })
        .toString(),
      'passphrase',
    ],
    [
      'a traditional key with a passphrase',
      rsa.privateKey
        .export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' })
        .toString(),
      'passphrase',
    ],
  ])('refuses %s with TF_KEY_MALFORMED', (_, pem, message) => {
    expect(() => loadPrivateKey(pem)).toThrow(
      expect.objectContaining({ code: 'TF_KEY_MALFORMED', message: expect.stringContaining(message) }),
    );
  });
});
