import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import {
  buildTrustList,
  certificateRecord,
  hashRecord,
  ownSigner,
  parseTrustFile,
  type RecordSpec,
  verifySignature,
} from '../../src/trustfile/index.js';
import { withMemo } from '../../src/trustfile/list-memo.js';
import { createListVerifier, type ListVerdict } from '../../src/trustfile/list-verifier.js';
import { makeSigner } from './fixtures.js';

const signer = makeSigner();
const other = makeSigner({ cn: 'cucm-sub', serial: '0102030405060708', kind: 2048 });

function ctl(records: readonly RecordSpec[], by = signer, timestamp = 0): Buffer {
  return buildTrustList({ filename: 'CTLFile.tlv', timestamp, records }, by);
}

const good = ctl([
  certificateRecord('SAST', other.certificate),
  certificateRecord('CCM+TFTP', signer.certificate),
  certificateRecord('SAST', signer.certificate),
]);

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** The same question put to the readable parser, which phones use. */
function byTheParser(bytes: Uint8Array): ListVerdict | 'error' {
  try {
    const list = parseTrustFile(bytes);
    if (list.kind !== 'trust-list') return 'signer-unknown';
    const record = ownSigner(list);
    if (record?.certificate == null) return 'signer-unknown';
    return verifySignature(list, record.certificate.publicKey) ? 'valid' : 'invalid';
  } catch (error) {
    if (error instanceof TrustfleetError) return 'error';
    throw error;
  }
}

function byTheVerifier(bytes: Uint8Array): ListVerdict | 'error' {
  try {
    return createListVerifier().verify(bytes);
  } catch (error) {
    if (error instanceof TrustfleetError) return 'error';
    throw error;
  }
}

describe('the verifier of `bench verify`', () => {
  it('accepts a list that its own SAST record signed, wherever that record stands', () => {
    expect(createListVerifier().verify(good)).toBe('valid');
  });

  it('refuses a list with any octet changed outside its signature', () => {
    const verifier = createListVerifier();
    // keeps the signer's key from here on, so that the changed certificate below meets a cached one
    expect(verifier.verify(good)).toBe('valid');
    expect(verifier.verify(flipped(good, good.length - 1))).not.toBe('valid');
    expect(verifier.verify(good)).toBe('valid');
  });

  it('knows no signer where the record has another role, is missing, or has no certificate', () => {
    const verifier = createListVerifier();
    const tftp = certificateRecord('CCM+TFTP', signer.certificate);
    expect(verifier.verify(ctl([tftp]))).toBe('signer-unknown');
    expect(verifier.verify(ctl([certificateRecord('SAST', other.certificate)]))).toBe('signer-unknown');
    expect(verifier.verify(ctl([hashRecord('SAST', signer.certificate)]))).toBe('signer-unknown');
  });

  it('does not take the key of another certificate that has the same names', () => {
    const twin = makeSigner({ kind: 2048 });
    const verifier = createListVerifier();
    expect(verifier.verify(good)).toBe('valid');
    expect(verifier.verify(ctl([certificateRecord('SAST', twin.certificate)], twin))).toBe('valid');
    expect(verifier.verify(ctl([certificateRecord('SAST', twin.certificate)], signer))).toBe('invalid');
  });

  it('finds a signer whose serial number one side wrote with a leading zero octet (trust-files.md 6)', () => {
    const record = certificateRecord('SAST', signer.certificate);
    const padded = { ...record, serial: `00${record.serial}` };
    expect(createListVerifier().verify(ctl([padded]))).toBe('valid');
  });

  it('says of a list, changed at any one octet, what the readable parser says', () => {
    const differ: string[] = [];
    for (let at = 0; at < good.length; at += 1) {
      const bytes = flipped(good, at);
      const [scanned, parsed] = [byTheVerifier(bytes), byTheParser(bytes)];
      if (scanned !== parsed) differ.push(`octet ${at}: ${scanned}, the parser ${parsed}`);
    }
    expect(differ).toEqual([]);
  });
});

describe('the memo mode of `bench verify`', () => {
  it('asks once for equal octets and again for others of the same length', () => {
    let asked = 0;
    const verifier = createListVerifier();
    const memo = withMemo({
      verify: (bytes) => {
        asked += 1;
        return verifier.verify(bytes);
      },
    });
    expect([memo.verify(good), memo.verify(Buffer.from(good)), asked]).toEqual(['valid', 'valid', 1]);
    const bad = flipped(good, good.length - 1);
    expect([memo.verify(bad), memo.verify(bad), asked]).toEqual([
      verifier.verify(bad),
      verifier.verify(bad),
      2,
    ]);
  });

  it('keeps its own copy of what it remembers', () => {
    const memo = withMemo(createListVerifier());
    const buffer = Buffer.from(good);
    expect(memo.verify(buffer)).toBe('valid');
    flipped(good, good.length - 1).copy(buffer);
    expect(memo.verify(buffer)).not.toBe('valid');
  });

  it('forgets the oldest of many lists, and checks it anew', () => {
    const memo = withMemo(createListVerifier());
    const records = [certificateRecord('SAST', signer.certificate)];
    for (let timestamp = 0; timestamp < 70; timestamp += 1)
      expect(memo.verify(ctl(records, signer, timestamp))).toBe('valid');
    expect(memo.verify(ctl(records, signer, 0))).toBe('valid');
  });
});
