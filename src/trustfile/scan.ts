import { fault } from './faults.js';
import { MAX_TRUST_FILE_OCTETS } from './limits.js';
import { u8 } from './octets.js';
import { isEncrypted, scanHeader } from './scan-header.js';
import { readsAsRecords, scanRecords } from './scan-records.js';
import { valueLength, valueOffset } from './table.js';
import { HEADER_TAG } from './tags.js';

export type FileKind = 'trust-list' | 'signed' | 'encrypted';

/**
 * The hot path of reading: walks the whole file and fills `table` (table.ts). Every length is checked, unknown tags are
 * skipped (trust-files.md 16). Nothing is copied and no object is made, so a file costs about a microsecond beside the
 * 30 us of its signature check (`bench verify`); parse.ts puts readable objects on top.
 *
 * @returns what the file is: encrypted when it has elements of section 12; a list when its FILENAME ends in `.tlv`, or
 * does not end in `.sgn` and everything after the header reads as records; a signed file otherwise.
 * @throws TrustfleetError TF_TLV_TOO_LARGE (more than `maxBytes` octets, or more records than `table` has room for),
 * TF_TLV_TRUNCATED, TF_TLV_OVERRUN, TF_TLV_MALFORMED, TF_TLV_DUPLICATE, TF_TLV_MISSING, TF_TLV_UNSUPPORTED, with offset
 * and tag.
 */
export function scan(
  bytes: Uint8Array,
  table: Int32Array,
  maxBytes: number = MAX_TRUST_FILE_OCTETS,
): FileKind {
  if (bytes.length > maxBytes) {
    throw fault('TF_TLV_TOO_LARGE', `file of ${bytes.length} octets, at most ${maxBytes} are read`, maxBytes);
  }
  scanHeader(bytes, table);
  if (isEncrypted(table)) return 'encrypted';
  const isList =
    filenameEndsWith(bytes, table, TLV_SUFFIX) ||
    (!filenameEndsWith(bytes, table, SGN_SUFFIX) && readsAsRecords(bytes, table));
  if (!isList) return 'signed';
  scanRecords(bytes, table);
  return 'trust-list';
}

const TLV_SUFFIX = Buffer.from('.tlv');
const SGN_SUFFIX = Buffer.from('.sgn');

/** Compares without regard to ASCII case. */
function filenameEndsWith(bytes: Uint8Array, table: Int32Array, suffix: Uint8Array): boolean {
  const start = valueOffset(table, HEADER_TAG.FILENAME);
  let end = start + valueLength(table, HEADER_TAG.FILENAME);
  if (end > start && u8(bytes, end - 1) === 0) end -= 1;
  if (end - start < suffix.length) return false;
  for (let i = 0; i < suffix.length; i += 1) {
    const octet = u8(bytes, end - suffix.length + i);
    const lower = octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
    if (lower !== suffix[i]) return false;
  }
  return true;
}
