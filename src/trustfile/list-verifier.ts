import type { KeyObject } from 'node:crypto';
import { ROLE_CODES } from '../device/role.js';
import { Certificate } from '../pki/certificate.js';
import { unsupportedAlgorithm } from './header.js';
import { u8, u16 } from './octets.js';
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
   * @throws TrustfleetError as `parseTrustFile` does, and TF_CERT_MALFORMED, TF_CERT_UNSUPPORTED for the signer's certificate.
   */
  verify(bytes: Uint8Array): ListVerdict;
}

/** Most keys kept: a cluster has a handful of signers. */
const MAX_KEYS = 64;

interface CachedKey {
  readonly der: Buffer;
  readonly key: KeyObject;
}

/** A verifier with a table and a key cache of its own; not for two threads at once. */
export function createListVerifier(): ListVerifier {
  const table = scanTable();
  const keys: CachedKey[] = [];

  // Importing a key costs as much as checking a signature with it (speed.md 1.3); comparing a certificate is 0.1 us.
  function keyOf(bytes: Uint8Array, offset: number, length: number): KeyObject {
    for (const cached of keys) {
      // natively: a loop over a certificate takes six times as long
      if (cached.der.length === length && cached.der.equals(bytes.subarray(offset, offset + length)))
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
      const kind = scan(bytes, table);
      const unsupported = unsupportedAlgorithm(bytes, table);
      if (unsupported !== undefined) throw unsupported;
      if (kind !== 'trust-list') return 'signer-unknown';
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

/** the record is a SAST and names whom the header names. The serial number differs first. */
function isSigner(bytes: Uint8Array, table: Int32Array, base: number): boolean {
  return (
    u16(bytes, valueOffset(table, RECORD_TAG.FUNCTION, base)) === ROLE_CODES.SAST &&
    sameSerial(bytes, table, base) &&
    sameValue(bytes, table, HEADER_TAG.CANAME, base, RECORD_TAG.ISSUERNAME) &&
    sameValue(bytes, table, HEADER_TAG.SIGNERNAME, base, RECORD_TAG.SUBJECTNAME)
  );
}

/** Leading zero octets do not count: one writer keeps them, another strips them (trust-files.md 6). */
function sameSerial(bytes: Uint8Array, table: Int32Array, base: number): boolean {
  let a = valueOffset(table, HEADER_TAG.SERIALNUMBER);
  let b = valueOffset(table, RECORD_TAG.SERIALNUMBER, base);
  const aEnd = a + valueLength(table, HEADER_TAG.SERIALNUMBER);
  const bEnd = b + valueLength(table, RECORD_TAG.SERIALNUMBER, base);
  if (b === 0) return false;
  while (a < aEnd - 1 && u8(bytes, a) === 0) a += 1;
  while (b < bEnd - 1 && u8(bytes, b) === 0) b += 1;
  return aEnd - a === bEnd - b && sameOctets(bytes, a, b, aEnd - a);
}

/** Is a field of the header, octet for octet, that of a record? */
function sameValue(
  bytes: Uint8Array,
  table: Int32Array,
  headerTag: number,
  base: number,
  recordTag: number,
): boolean {
  const length = valueLength(table, headerTag);
  const own = valueOffset(table, recordTag, base);
  if (own === 0 || valueLength(table, recordTag, base) !== length) return false;
  return sameOctets(bytes, valueOffset(table, headerTag), own, length);
}

function sameOctets(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i += 1) {
    if (u8(bytes, a + i) !== u8(bytes, b + i)) return false;
  }
  return true;
}
