import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decryptFile,
  decryptPayload,
  type EncryptedFile,
  encryptFile,
  newFileKey,
  parseTrustFile,
  verifySignature,
} from '../../src/trustfile/index.js';
import { keyPair, makeSigner } from './fixtures.js';

const signer = makeSigner();
const phone = makeSigner({ kind: 2048, cn: 'CP-8841-SEP0A0B0C0D0E0F' });
const spec = { filename: 'SEP0A0B0C0D0E0F.cnf.xml.enc.sgn', timestamp: 1_795_304_566 };

function encrypted(plaintext: Uint8Array, digest: 'sha1' | 'sha512' = 'sha1'): EncryptedFile {
  const bytes = encryptFile(plaintext, { ...spec, digest }, signer, newFileKey(phone.certificate));
  return reparsed(bytes);
}

function reparsed(bytes: Buffer): EncryptedFile {
  const file = parseTrustFile(bytes);
  if (file.kind !== 'encrypted') throw new Error(`kind ${file.kind}`);
  return file;
}

/** LENGTH of each header element by tag. */
function lengths(bytes: Uint8Array): Map<number, number> {
  const found = new Map<number, number>();
  const buffer = Buffer.from(bytes);
  for (let at = 0; at < buffer.readUInt16BE(8); ) {
    const tag = buffer.readUInt8(at);
    if (tag === 13) {
      at += 1;
      continue;
    }
    const length = buffer.readUInt16BE(at + 1);
    found.set(tag, length);
    at += 3 + ([3, 7, 9, 16, 17, 21].includes(tag) ? 0 : length);
  }
  return found;
}

describe('trust-files.md 12: encrypted files', () => {
  it('the elements behind TIMESTAMP have the lengths of the table (k = 256)', () => {
    const file = encrypted(Buffer.from('<device/>'));
    const found = lengths(file.bytes);
    expect([...found.entries()].filter(([tag]) => tag >= 16)).toEqual([
      [16, 306],
      [17, 28],
      [18, 1],
      [19, 16],
      [20, 2],
      [21, 272],
      [22, 1],
      [23, 2],
      [24, 1],
      [25, 256],
      [26, 1],
      [27, 20],
    ]);
    expect(file.header.version).toEqual({ major: 2, minor: 0 });
    expect(file.header.encryption).toMatchObject({ keyBits: 2048, digest: 'sha1', paddingOctets: 7 });
    expect(lengths(encrypted(Buffer.from('<device/>'), 'sha512').bytes).get(27)).toBe(64);
  });

  it('a plaintext that is a multiple of 16 gets 16 octets of padding', () => {
    const file = encrypted(Buffer.alloc(32, 0x20));
    expect(file.header.encryption?.paddingOctets).toBe(16);
    expect(file.ciphertext.length).toBe(48);
    expect(decryptFile(file, phone.privateKey).length).toBe(32);
  });

  it('anything comes back, signed and with the digest of tag 27', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom('sha1' as const, 'sha512' as const),
        (plain, digest) => {
          const file = encrypted(plain, digest);
          expect(verifySignature(file, signer.certificate.publicKey)).toBe(true);
          expect(Buffer.compare(decryptFile(file, phone.privateKey), plain)).toBe(0);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('key and vector are fresh for every file', () => {
    const [a, b] = [encrypted(Buffer.alloc(16)), encrypted(Buffer.alloc(16))];
    expect(Buffer.compare(a.ciphertext, b.ciphertext)).not.toBe(0);
    expect(a.header.encryption?.iv).not.toEqual(b.header.encryption?.iv);
  });

  it('0 padding octets mean none (a slice by -0 would lose everything)', () => {
    const file = encrypted(Buffer.alloc(16, 1));
    const { encryption } = file.header;
    if (encryption === null) throw new Error('no encryption');
    const { plaintext } = decryptPayload(
      { filename: 'a', encryption: { ...encryption, paddingOctets: 0 }, ciphertext: file.ciphertext },
      phone.privateKey,
    );
    expect(plaintext.length).toBe(32);
  });

  it('the key of another phone does not open it', () => {
    const file = encrypted(Buffer.from('<device/>'));
    expect(() => decryptFile(file, keyPair(1024).privateKey)).toThrow(
      expect.objectContaining({ code: 'TF_DECRYPT_FAILED' }),
    );
    expect(() => decryptFile(file, keyPair('P-256').privateKey)).toThrow(
      expect.objectContaining({ code: 'TF_DECRYPT_FAILED', message: expect.stringContaining('RSA') }),
    );
    const other = makeSigner({ kind: 2048 + 8 });
    expect(() => decryptFile(file, other.privateKey)).toThrow(
      expect.objectContaining({ code: 'TF_DECRYPT_FAILED' }),
    );
  });

  it('a plaintext without the digest of the header is refused', () => {
    const file = encrypted(Buffer.from('<device/>'));
    const bytes = Buffer.from(file.bytes);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 20) ^ 1, bytes.length - 20);
    expect(() => decryptFile(reparsed(bytes), phone.privateKey)).toThrow(
      expect.objectContaining({ code: 'TF_DECRYPT_FAILED', message: expect.stringContaining('digest') }),
    );
  });

  it('a payload that is no whole number of blocks is refused', () => {
    const bytes = encrypted(Buffer.from('<device/>')).bytes;
    expect(() => decryptFile(reparsed(Buffer.concat([bytes, Buffer.of(1)])), phone.privateKey)).toThrow(
      expect.objectContaining({ code: 'TF_DECRYPT_FAILED', message: expect.stringContaining('blocks') }),
    );
  });

  it('more padding than payload is malformed', () => {
    const bytes = Buffer.from(encrypted(Buffer.from('<device/>')).bytes);
    bytes.writeUInt16BE(17, bytes.indexOf(Buffer.of(20, 0, 2)) + 3);
    expect(() => parseTrustFile(bytes)).toThrow(expect.objectContaining({ code: 'TF_TLV_MALFORMED' }));
  });

  it('a phone with an EC certificate cannot be encrypted for', () => {
    expect(() => newFileKey(makeSigner({ kind: 'P-256' }).certificate)).toThrow(
      expect.objectContaining({ code: 'TF_CERT_UNSUPPORTED' }),
    );
  });
});
