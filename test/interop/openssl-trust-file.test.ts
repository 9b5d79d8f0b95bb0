import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Certificate } from '../../src/pki/certificate.js';
import { loadPrivateKey } from '../../src/pki/keys.js';
import {
  buildTrustList,
  certificateRecord,
  encryptFile,
  newFileKey,
  parseTrustFile,
  type Signer,
  signedOctets,
  signFile,
  type TrustFile,
} from '../../src/trustfile/index.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const title = hasOpenssl ? 'openssl' : 'openssl: it is not installed';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trustfleet-openssl-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const path = (name: string): string => join(folder, name);

/** openssl makes key and certificate, so that nothing but the file is ours. */
function opensslSigner(bits: number): Signer {
  const [key, certificate] = [path(`${bits}.key`), path(`${bits}.pem`)];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      `rsa:${bits}`,
      '-nodes',
      '-keyout',
      key,
      '-out',
      certificate,
      '-days',
      '3650',
      '-subj',
      '/C=NZ/O=Load Lab/OU=Voice/CN=cucm-pub/ST=Auckland/L=Auckland',
      '-sha256',
    ],
    { stdio: 'ignore' },
  );
  execFileSync('openssl', ['x509', '-in', certificate, '-pubkey', '-noout', '-out', path(`${bits}.pub`)]);
  return {
    certificate: Certificate.fromPem(readFileSync(certificate, 'latin1')),
    privateKey: loadPrivateKey(readFileSync(key, 'latin1')),
  };
}

function opensslVerifies(file: TrustFile, bits: number): boolean {
  writeFileSync(path('octets'), signedOctets(file));
  writeFileSync(path('signature'), file.header.signature);
  const { status } = spawnSync('openssl', [
    'dgst',
    `-${file.header.digest}`,
    '-verify',
    path(`${bits}.pub`),
    '-signature',
    path('signature'),
    path('octets'),
  ]);
  return status === 0;
}

describe.skipIf(!hasOpenssl)(title, () => {
  it.each([
    [1024, 'sha1'],
    [1024, 'sha512'],
    [2048, 'sha1'],
    [2048, 'sha512'],
    [4096, 'sha512'],
  ] as const)(
    'dgst -verify takes our signature of RSA-%i with %s (trust-files.md 3)',
    { timeout: 60_000 },
    (bits, digest) => {
      const signer = opensslSigner(bits);
      const records = [
        certificateRecord('SAST', signer.certificate, { dnsName: 'pub', ipAddress: '10.0.0.1' }),
      ];
      const common = { timestamp: 1_773_300_001, digest };
      const files = [
        buildTrustList({ filename: 'CTLFile.tlv', records, ...common }, signer),
        buildTrustList({ filename: 'ITLFile.tlv', records, layout: 'certutils', ...common }, signer),
        signFile(Buffer.from('<device/>'), { filename: 'a.cnf.xml.sgn', ...common }, signer),
        encryptFile(
          Buffer.from('<device/>'),
          { filename: 'a.cnf.xml.enc.sgn', ...common },
          signer,
          newFileKey(signer.certificate),
        ),
      ];
      for (const bytes of files) {
        expect(opensslVerifies(parseTrustFile(bytes), bits)).toBe(true);
        const broken = Buffer.from(bytes);
        broken.writeUInt8(broken.readUInt8(broken.length - 1) ^ 1, broken.length - 1);
        // the last octet is IPADDRESS, payload or ciphertext: the file still reads
        expect(opensslVerifies(parseTrustFile(broken), bits)).toBe(false);
      }
    },
  );

  it('pkeyutl and enc decrypt what we encrypted (trust-files.md 12)', { timeout: 60_000 }, () => {
    const signer = opensslSigner(2048);
    const plaintext = Buffer.from('<device><fullConfig>true</fullConfig></device>\n');
    const file = parseTrustFile(
      encryptFile(
        plaintext,
        { filename: 'a.cnf.xml.enc.sgn', timestamp: 1 },
        signer,
        newFileKey(signer.certificate),
      ),
    );
    const { encryption } = file.header;
    if (file.kind !== 'encrypted' || encryption === null) throw new Error('not encrypted');
    writeFileSync(path('wrapped'), encryption.wrappedKey);
    writeFileSync(path('ciphertext'), file.ciphertext);
    const key = execFileSync('openssl', [
      'pkeyutl',
      '-decrypt',
      '-inkey',
      path('2048.key'),
      '-in',
      path('wrapped'),
    ]);
    expect(key.length).toBe(16);
    const padded = execFileSync('openssl', [
      'enc',
      '-d',
      '-aes-128-cbc',
      '-nopad',
      '-K',
      key.toString('hex'),
      '-iv',
      Buffer.from(encryption.iv).toString('hex'),
      '-in',
      path('ciphertext'),
    ]);
    expect(padded.subarray(0, plaintext.length).equals(plaintext)).toBe(true);
    expect([...padded.subarray(plaintext.length)]).toEqual(new Array(encryption.paddingOctets).fill(13));
  });
});
