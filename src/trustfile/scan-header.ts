import { fault } from './faults.js';
import { u8, u16 } from './octets.js';
import { clearSlots, HEADER_SLOTS, headerEnd, SLOT, valueLength, valueOffset } from './table.js';
import { ELEMENT_OVERHEAD, HEADER_START, HEADER_TAG, headerTagName, LAST_HEADER_TAG } from './tags.js';

/** Fills the header's slots (trust-files.md 2) and checks that what every reader needs is there. */
export function scanHeader(bytes: Uint8Array, table: Int32Array): void {
  clearSlots(table, 0, HEADER_SLOTS);
  table[SLOT.RECORD_COUNT] = -1;
  const size = bytes.length;
  if (size < HEADER_START) {
    throw fault('TF_TLV_TRUNCATED', `file of ${size} octets, a header has at least ${HEADER_START}`, size);
  }
  checkOpening(bytes, 0, HEADER_TAG.VERSION);
  checkOpening(bytes, 5, HEADER_TAG.HEADERLENGTH);
  const end = u16(bytes, 8);
  if (end < HEADER_START) {
    throw fault(
      'TF_TLV_MALFORMED',
      `HeaderLength ${end}, expected at least ${HEADER_START}`,
      8,
      HEADER_TAG.HEADERLENGTH,
    );
  }
  if (end > size) {
    throw fault(
      'TF_TLV_TRUNCATED',
      `HeaderLength ${end}, but the file ends after ${size} octets`,
      size,
      HEADER_TAG.HEADERLENGTH,
    );
  }
  table[SLOT.HEADER_LENGTH] = end;
  walk(bytes, table, 0, end);
  requireElement(table, HEADER_TAG.SIGNERNAME);
  requireElement(table, HEADER_TAG.SERIALNUMBER);
  requireElement(table, HEADER_TAG.CANAME);
  requireElement(table, HEADER_TAG.DIGESTALGORITHM);
  requireElement(table, HEADER_TAG.SIGNATURE);
  requireElement(table, HEADER_TAG.FILENAME);
  checkLength(table, HEADER_TAG.DIGESTALGORITHM, 1);
  checkLength(table, HEADER_TAG.SIGNATUREALGORITHM, 1);
  checkLength(table, HEADER_TAG.SIGNATUREMODULUS, 1);
  checkLength(table, HEADER_TAG.TIMESTAMP, 4);
  checkLength(table, HEADER_TAG.SIGNER_VERSION, 2);
  if (isEncrypted(table)) checkEncryption(bytes, table);
}

/** Has the file any element that only `.enc.sgn` has (trust-files.md 12)? */
export function isEncrypted(table: Int32Array): boolean {
  for (let tag: number = HEADER_TAG.ENCRYPTION; tag <= HEADER_TAG.PLAINTEXT_DIGEST; tag += 1) {
    if (valueOffset(table, tag) !== 0) return true;
  }
  return false;
}

/** Elements 1 and 2 open the file in this order; what follows may stand in any (trust-files.md 2.2). */
function checkOpening(bytes: Uint8Array, at: number, tag: number): void {
  const found = u8(bytes, at);
  if (found !== tag) {
    throw fault(
      'TF_TLV_MALFORMED',
      `no trust file: found tag ${found}, expected ${headerTagName(tag)}`,
      at,
      found,
    );
  }
  const length = u16(bytes, at + 1);
  if (length !== 2) {
    throw fault('TF_TLV_MALFORMED', `${headerTagName(tag)} of ${length} octets, expected 2`, at, tag);
  }
}

/** Recursion is bounded: each of the six container tags is entered once, a second one is a duplicate. */
function walk(bytes: Uint8Array, table: Int32Array, start: number, end: number): void {
  let at = start;
  while (at < end) {
    const tag = u8(bytes, at);
    if (tag === HEADER_TAG.PADDING) {
      at += 1;
      continue;
    }
    const value = at + ELEMENT_OVERHEAD;
    const length = value > end ? 0 : u16(bytes, at + 1);
    const next = value + length;
    if (next > end) throw overrun(tag, at, next, end);
    if (tag > 0 && tag <= LAST_HEADER_TAG) {
      if (valueOffset(table, tag) !== 0) throw duplicate(tag, at);
      table[2 * tag] = value;
      table[2 * tag + 1] = length;
      if (isContainer(tag)) walk(bytes, table, value, next);
    }
    at = next;
  }
}

function overrun(tag: number, at: number, next: number, end: number): Error {
  return fault(
    'TF_TLV_OVERRUN',
    `${headerTagName(tag)} needs ${next - at} octets, its header or container has ${end - at} left`,
    at,
    tag,
  );
}

function duplicate(tag: number, at: number): Error {
  return fault('TF_TLV_DUPLICATE', `second ${headerTagName(tag)}`, at, tag);
}

function isContainer(tag: number): boolean {
  switch (tag) {
    case HEADER_TAG.SIGNERID:
    case HEADER_TAG.SIGNATUREINFO:
    case HEADER_TAG.SIGNATUREALGOINFO:
    case HEADER_TAG.ENCRYPTION:
    case HEADER_TAG.CIPHER:
    case HEADER_TAG.KEY_WRAP:
      return true;
    default:
      return false;
  }
}

function requireElement(table: Int32Array, tag: number): void {
  if (valueOffset(table, tag) === 0) {
    throw fault('TF_TLV_MISSING', `header has no ${headerTagName(tag)}`, headerEnd(table), tag);
  }
}

function checkLength(table: Int32Array, tag: number, expected: number): void {
  const offset = valueOffset(table, tag);
  const length = valueLength(table, tag);
  if (offset !== 0 && length !== expected) {
    throw fault(
      'TF_TLV_MALFORMED',
      `${headerTagName(tag)} of ${length} octets, expected ${expected}`,
      offset - ELEMENT_OVERHEAD,
      tag,
    );
  }
}

function checkEncryption(bytes: Uint8Array, table: Int32Array): void {
  requireElement(table, HEADER_TAG.IV);
  requireElement(table, HEADER_TAG.PADDING_OCTETS);
  requireElement(table, HEADER_TAG.KEY_BITS);
  requireElement(table, HEADER_TAG.WRAPPED_KEY);
  requireElement(table, HEADER_TAG.PLAINTEXT_DIGEST_ALGORITHM);
  requireElement(table, HEADER_TAG.PLAINTEXT_DIGEST);
  checkLength(table, HEADER_TAG.IV, 16);
  checkLength(table, HEADER_TAG.PADDING_OCTETS, 2);
  checkLength(table, HEADER_TAG.KEY_BITS, 2);
  checkLength(table, HEADER_TAG.PLAINTEXT_DIGEST_ALGORITHM, 1);
  const at = valueOffset(table, HEADER_TAG.PADDING_OCTETS);
  const padding = u16(bytes, at);
  const payload = bytes.length - headerEnd(table);
  if (padding > payload) {
    throw fault(
      'TF_TLV_MALFORMED',
      `${padding} padding octets in an encrypted payload of ${payload}`,
      at,
      HEADER_TAG.PADDING_OCTETS,
    );
  }
}
