import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import { spkiOf } from '../../src/pki/authority.js';
import { MAX_REQUEST_OCTETS, readRequest, writeRequest } from '../../src/pki/certificate-request.js';
import { subjectAltName } from '../../src/pki/extensions.js';
import { freshEc, pooledKeys } from '../../src/pki/keys.js';
import { encodePem } from '../../src/pki/pem.js';

const keys = pooledKeys();
const SUBJECT = [
  { key: 'O', value: 'Example Telephony' },
  { key: 'CN', value: 'cucm.voice.example' },
];

async function request(kind: 'rsa' | 'ec' = 'rsa') {
  const pair = kind === 'rsa' ? await keys.rsa(1024) : await freshEc('prime256v1');
  const extensions = [subjectAltName([{ dns: 'cucm.voice.example' }])];
  return { pair, der: writeRequest({ ...pair, subject: SUBJECT, extensions }) };
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('certificate requests (PKCS#10)', () => {
  it.each(['rsa', 'ec'] as const)('%s: subject and key come back', async (kind) => {
    const { pair, der } = await request(kind);
    const read = readRequest(der);
    expect(read.subject).toEqual(SUBJECT);
    expect(Buffer.compare(read.publicKey, spkiOf(pair.publicKey))).toBe(0);
  });

  it.skipIf(!hasOpenssl())('OpenSSL finds signature and names good', async () => {
    const { der } = await request();
    const text = execFileSync('openssl', ['req', '-noout', '-verify', '-text'], {
      input: encodePem('CERTIFICATE REQUEST', der),
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    expect(text).toContain('DNS:cucm.voice.example');
    expect(text).toContain('sha256WithRSAEncryption');
  });

  it('a signature of another key is refused', async () => {
    const [one, other] = [await request(), await request()];
    const signature = one.der.subarray(-128);
    const forged = Buffer.concat([other.der.subarray(0, -128), signature]);
    expect(() => readRequest(forged)).toThrow(expect.objectContaining({ code: 'TF_KEY_MISMATCH' }));
  });

  it('octets after its end, and too many of them, are refused', async () => {
    const { der } = await request();
    expect(() => readRequest(Buffer.concat([der, Buffer.of(0)]))).toThrow('after the end');
    expect(() => readRequest(Buffer.alloc(MAX_REQUEST_OCTETS + 1))).toThrow('expected at most');
  });

  it('whatever is changed or cut: read as it was, or a typed error', async () => {
    const { der } = await request();
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.nat(255), fc.nat(der.length), (at, octet, length) => {
        const bent = Buffer.from(der);
        bent[at] = octet;
        for (const octets of [bent, bent.subarray(0, length)]) {
          try {
            readRequest(octets);
          } catch (error) {
            if (!(error instanceof TrustfleetError)) throw error;
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
