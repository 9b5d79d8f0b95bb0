import { DIGEST_OCTETS, digestName } from '../device/digest.js';
import { fault } from './faults.js';
import { u8, u16 } from './octets.js';
import {
  clearSlots,
  HEADER_SLOTS,
  headerEnd,
  RECORD_SLOTS,
  recordBase,
  SLOT,
  slot,
  valueLength,
  valueOffset,
} from './table.js';
import { ELEMENT_OVERHEAD, LAST_RECORD_TAG, RECORD_TAG, recordTagName } from './tags.js';

/** RECORDLENGTH with its tag and LENGTH: the shortest record that could be. */
const RECORD_START = 5;

/** Do RECORDLENGTH elements lead from the end of the header exactly to the end of the file? */
export function readsAsRecords(bytes: Uint8Array, table: Int32Array): boolean {
  let at = headerEnd(table);
  if (at === bytes.length) return false;
  while (at < bytes.length) {
    if (at + RECORD_START > bytes.length || !opensRecord(bytes, at)) return false;
    const length = u16(bytes, at + 3);
    if (length < RECORD_START) return false;
    at += length;
  }
  return at === bytes.length;
}

/** Fills the slots of all records (trust-files.md 4); they end exactly where the file does. */
export function scanRecords(bytes: Uint8Array, table: Int32Array): void {
  const room = Math.floor((table.length - HEADER_SLOTS) / RECORD_SLOTS);
  let at = headerEnd(table);
  let count = 0;
  while (at < bytes.length) {
    if (count === room) {
      throw fault('TF_TLV_TOO_LARGE', `more than ${room} records`, at, RECORD_TAG.RECORDLENGTH);
    }
    const base = recordBase(count);
    count += 1;
    at = scanRecord(bytes, table, base, at, count);
    checkRecord(bytes, table, base, count);
  }
  table[SLOT.RECORD_COUNT] = count;
}

function opensRecord(bytes: Uint8Array, at: number): boolean {
  return u8(bytes, at) === RECORD_TAG.RECORDLENGTH && u16(bytes, at + 1) === 2;
}

/**
 * `number` counts from 1 and is what messages say. Returns the offset of the next record. What goes wrong is put into words
 * elsewhere, so that this loop stays small enough for the compiler to inline what it calls.
 */
function scanRecord(
  bytes: Uint8Array,
  table: Int32Array,
  base: number,
  start: number,
  number: number,
): number {
  const end = start + recordLength(bytes, start, number);
  clearSlots(table, base, RECORD_SLOTS);
  table[base + SLOT.RECORD_OFFSET] = start;
  table[base + SLOT.RECORD_LENGTH] = end - start;
  for (let at = start; at < end; ) {
    const tag = u8(bytes, at);
    const value = at + ELEMENT_OVERHEAD;
    const length = value > end ? 0 : u16(bytes, at + 1);
    const next = value + length;
    if (next > end) throw overrun(tag, at, next, end, number);
    if (tag > 0 && tag <= LAST_RECORD_TAG) {
      const own = base + 2 * tag;
      if (slot(table, own) !== 0) throw duplicate(tag, at, number);
      table[own] = value;
      table[own + 1] = length;
    }
    at = next;
  }
  return end;
}

function recordLength(bytes: Uint8Array, start: number, number: number): number {
  const left = bytes.length - start;
  if (left < RECORD_START || !opensRecord(bytes, start)) throw noRecord(bytes, start, number);
  const length = u16(bytes, start + 3);
  if (length < RECORD_START || length > left) throw wrongRecordLength(bytes, start, number, length);
  return length;
}

function overrun(tag: number, at: number, next: number, end: number, number: number): Error {
  return fault(
    'TF_TLV_OVERRUN',
    `${recordTagName(tag)} needs ${next - at} octets, record ${number} has ${end - at} left`,
    at,
    tag,
  );
}

function duplicate(tag: number, at: number, number: number): Error {
  return fault('TF_TLV_DUPLICATE', `second ${recordTagName(tag)} in record ${number}`, at, tag);
}

function noRecord(bytes: Uint8Array, start: number, number: number): Error {
  const left = bytes.length - start;
  if (left < RECORD_START) {
    return fault(
      'TF_TLV_TRUNCATED',
      `${left} octets where record ${number} should start, expected at least ${RECORD_START}`,
      start,
      RECORD_TAG.RECORDLENGTH,
    );
  }
  return fault(
    'TF_TLV_MALFORMED',
    `record ${number} opens with tag ${u8(bytes, start)} of ${u16(bytes, start + 1)} octets, expected RECORDLENGTH (tag 1) of 2`,
    start,
    u8(bytes, start),
  );
}

function wrongRecordLength(bytes: Uint8Array, start: number, number: number, length: number): Error {
  if (length < RECORD_START) {
    return fault(
      'TF_TLV_MALFORMED',
      `RECORDLENGTH ${length} of record ${number}, but it counts its own ${RECORD_START} octets`,
      start,
      RECORD_TAG.RECORDLENGTH,
    );
  }
  return fault(
    'TF_TLV_TRUNCATED',
    `record ${number} has ${length} octets, but the file ends after ${bytes.length - start} of them`,
    bytes.length,
    RECORD_TAG.RECORDLENGTH,
  );
}

/** FUNCTION is in every record; of the rest only fixed sizes are checked, as all of it may be absent (trust-files.md 4.3). */
function checkRecord(bytes: Uint8Array, table: Int32Array, base: number, number: number): void {
  if (valueOffset(table, RECORD_TAG.FUNCTION, base) === 0)
    throw missing(table, base, number, RECORD_TAG.FUNCTION);
  if (valueLength(table, RECORD_TAG.FUNCTION, base) !== 2) {
    throw wrongLength(table, base, number, RECORD_TAG.FUNCTION, '2');
  }
  if (valueOffset(table, RECORD_TAG.IPADDRESS, base) !== 0) {
    const length = valueLength(table, RECORD_TAG.IPADDRESS, base);
    if (length !== 4 && length !== 16) {
      throw wrongLength(table, base, number, RECORD_TAG.IPADDRESS, '4 (IPv4) or 16 (IPv6)');
    }
  }
  if (valueOffset(table, RECORD_TAG.CERTHASH, base) !== 0) checkHash(bytes, table, base, number);
}

function checkHash(bytes: Uint8Array, table: Int32Array, base: number, number: number): void {
  const at = valueOffset(table, RECORD_TAG.HASHALGORITHM, base);
  if (at === 0) throw missing(table, base, number, RECORD_TAG.HASHALGORITHM);
  if (valueLength(table, RECORD_TAG.HASHALGORITHM, base) !== 1) {
    throw wrongLength(table, base, number, RECORD_TAG.HASHALGORITHM, '1');
  }
  const digest = digestName(u8(bytes, at));
  if (digest === undefined) {
    throw fault(
      'TF_TLV_UNSUPPORTED',
      `digest id ${u8(bytes, at)} of the certificate hash in record ${number}, expected 1 (SHA-1), 2 (SHA-256) or 3 (SHA-512)`,
      at - ELEMENT_OVERHEAD,
      RECORD_TAG.HASHALGORITHM,
    );
  }
  if (valueLength(table, RECORD_TAG.CERTHASH, base) !== DIGEST_OCTETS[digest]) {
    throw wrongLength(table, base, number, RECORD_TAG.CERTHASH, `${DIGEST_OCTETS[digest]} (${digest})`);
  }
}

function missing(table: Int32Array, base: number, number: number, tag: number): Error {
  const offset = slot(table, base + SLOT.RECORD_OFFSET);
  return fault('TF_TLV_MISSING', `record ${number} has no ${recordTagName(tag)}`, offset, tag);
}

function wrongLength(table: Int32Array, base: number, number: number, tag: number, expected: string): Error {
  return fault(
    'TF_TLV_MALFORMED',
    `${recordTagName(tag)} of record ${number} has ${valueLength(table, tag, base)} octets, expected ${expected}`,
    valueOffset(table, tag, base) - ELEMENT_OVERHEAD,
    tag,
  );
}
