import type { KeyObject } from 'node:crypto';
import { ROLE_CODES } from '../device/role.js';
import { Certificate } from '../pki/certificate.js';
import { u8 } from './octets.js';
import { scan } from './scan.js';
import { recordBase, recordCount, scanTable, valueLength, valueOffset } from './table.js';
import { HEADER_TAG, RECORD_TAG } from './tags.js';
import { verifyScanned } from './verify.js';

/** Verdict on one list: its own SAST record signed it, did not, or is not there. */
export type ListVerdict = 'valid' | 'invalid' | 'signer-unknown';

/** Checks lists one after the other without making an object per file (`bench verify`). */
export interface ListVerifier {
  /**
   * Parses `bytes`, finds the SAST record that the header names as signer and checks the signature with its certificate.
   *
   * @throws TrustfleetError as `scan` does, and TF_CERT_MALFORMED, TF_CERT_UNSUPPORTED for the signer's certificate.
   */
  verify(bytes: Uint8Array): ListVerdict;
}

/** Most keys kept: a cluster has a handful of signers. */
const MAX_KEYS = 64;

interface CachedKey {
  readonly der: Buffer;
  readonly key: KeyObject;
}

/** Header fields that name the signer and the record fields they have to equal. */
const NAMES = [
  [HEADER_TAG.SERIALNUMBER, RECORD_TAG.SERIALNUMBER],
  [HEADER_TAG.CANAME, RECORD_TAG.ISSUERNAME],
  [HEADER_TAG.SIGNERNAME, RECORD_TAG.SUBJECTNAME],
] as const;

/** A verifier with a table and a key cache of its own; not for two threads at once. */
export function createListVerifier(): ListVerifier {
  const table = scanTable();
  const keys: CachedKey[] = [];

  // Importing a key costs as much as checking a signature with it (speed.md 1.3); comparing a certificate is 0.1 us.
  function keyOf(bytes: Uint8Array, offset: number, length: number): KeyObject {
    for (const cached of keys) {
      if (cached.der.length === length && equalOctets(cached.der, 0, bytes, offset, length))
        return cached.key;
    }
    const der = Buffer.from(bytes.subarray(offset, offset + length));
    const key = Certificate.fromDer(der).publicKey;
    keys.unshift({ der, key });
    if (keys.length > MAX_KEYS) keys.pop();
    return key;
  }

  return {
    verify(bytes) {
      if (scan(bytes, table) !== 'trust-list') return 'signer-unknown';
      const records = recordCount(table);
      for (let i = 0; i < records; i += 1) {
        const base = recordBase(i);
        if (!isSigner(bytes, table, base)) continue;
        const certificate = valueOffset(table, RECORD_TAG.CERTIFICATE, base);
        if (certificate === 0) continue;
        const key = keyOf(bytes, certificate, valueLength(table, RECORD_TAG.CERTIFICATE, base));
        return verifyScanned(bytes, table, key) ? 'valid' : 'invalid';
      }
      return 'signer-unknown';
    },
  };
}

function isSigner(bytes: Uint8Array, table: Int32Array, base: number): boolean {
  const role = valueOffset(table, RECORD_TAG.FUNCTION, base);
  if (role === 0 || u8(bytes, role) * 256 + u8(bytes, role + 1) !== ROLE_CODES.SAST) return false;
  for (const [header, record] of NAMES) {
    const length = valueLength(table, header);
    if (valueLength(table, record, base) !== length) return false;
    if (!equalOctets(bytes, valueOffset(table, header), bytes, valueOffset(table, record, base), length))
      return false;
  }
  return true;
}

function equalOctets(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = length - 1; i >= 0; i -= 1) {
    if (a[aStart + i] !== b[bStart + i]) return false;
  }
  return true;
}
