import { MAX_RECORDS } from './limits.js';
import { HEADER_TAG, LAST_HEADER_TAG, LAST_RECORD_TAG } from './tags.js';

/**
 * The table that `scan` fills: where everything stands in a trust file, as numbers in an Int32Array that its owner keeps
 * from file to file.
 *
 * `HEADER_SLOTS` numbers for the header, then `RECORD_SLOTS` for each record. Header tag t has the offset of its VALUE in
 * slot 2t and its LENGTH in slot 2t + 1; offset 0 means that the file has no such element. A record has the same from its
 * own first slot on. Slots 0 and 1, for which there is no tag, hold what `SLOT` names.
 */
export const HEADER_SLOTS = 2 * (LAST_HEADER_TAG + 1);
export const RECORD_SLOTS = 2 * (LAST_RECORD_TAG + 1);

export const SLOT = {
  /** Header: offset of the first octet after the header. */
  HEADER_LENGTH: 0,
  /** Header: number of records, -1 for a file that is no list. */
  RECORD_COUNT: 1,
  /** Record: its offset in the file. */
  RECORD_OFFSET: 0,
  /** Record: its RECORDLENGTH. */
  RECORD_LENGTH: 1,
} as const;

/** A table for `scan`, with room for lists of `maxRecords` records. */
export function scanTable(maxRecords: number = MAX_RECORDS): Int32Array {
  return new Int32Array(HEADER_SLOTS + maxRecords * RECORD_SLOTS);
}

/** The part of `table` that the last scan filled, as a copy that outlives the next one. */
export function keepTable(table: Int32Array): Int32Array {
  return table.slice(0, recordBase(Math.max(recordCount(table), 0)));
}

/** Empties `count` slots from `from` on. A loop: `fill` costs more to call than these few numbers do (`bench verify`). */
export function clearSlots(table: Int32Array, from: number, count: number): void {
  for (let i = from; i < from + count; i += 1) table[i] = 0;
}

/** First slot of record `index`, from 0. */
export function recordBase(index: number): number {
  return HEADER_SLOTS + index * RECORD_SLOTS;
}

export function recordCount(table: Int32Array): number {
  return slot(table, SLOT.RECORD_COUNT);
}

/** Offset of the first record or of the payload. */
export function headerEnd(table: Int32Array): number {
  return slot(table, SLOT.HEADER_LENGTH);
}

/** Offset of the VALUE of `tag` in the header (`base` 0) or in the record at `base`; 0 where it is absent. */
export function valueOffset(table: Int32Array, tag: number, base = 0): number {
  return slot(table, base + 2 * tag);
}

/** LENGTH of `tag`. */
export function valueLength(table: Int32Array, tag: number, base = 0): number {
  return slot(table, base + 2 * tag + 1);
}

/** Offset of the SIGNATURE element, its tag octet. */
export function signatureElement(table: Int32Array): number {
  return valueOffset(table, HEADER_TAG.SIGNATURE) - 3;
}

export function slot(table: Int32Array, index: number): number {
  return (table[index] as number) | 0;
}
