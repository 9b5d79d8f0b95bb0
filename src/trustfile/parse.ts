import type { Certificate } from '../pki/certificate.js';
import { readHeader } from './header.js';
import type {
  EncryptedFile,
  SignedFile,
  TrustFile,
  TrustFileHeader,
  TrustList,
  TrustRecord,
} from './model.js';
import { ScannedRecord } from './record.js';
import { scan } from './scan.js';
import { keepTable, recordBase, recordCount, scanTable } from './table.js';

/** Reused by every call: scanning is synchronous, and what a file keeps is a copy of the part in use. */
let shared: Int32Array | undefined;

/**
 * Reads a CTL, an ITL, a `.sgn` or an `.enc.sgn`. The octets are checked completely (limits.ts, trust-files.md 16) and
 * kept, not copied; records and their fields are decoded when somebody looks at them. Signatures are not checked here.
 *
 * @throws TrustfleetError as `scan` does, and TF_TLV_UNSUPPORTED for algorithms that trust files do not have.
 */
export function parseTrustFile(bytes: Uint8Array, options: { readonly maxBytes?: number } = {}): TrustFile {
  shared ??= scanTable();
  const kind = scan(bytes, shared, options.maxBytes);
  const header = readHeader(bytes, shared);
  const payload = bytes.subarray(header.headerLength);
  switch (kind) {
    case 'trust-list':
      return new ScannedList(bytes, header, keepTable(shared));
    case 'signed':
      return { kind, bytes, header, payload } satisfies SignedFile;
    case 'encrypted':
      return { kind, bytes, header, ciphertext: payload } satisfies EncryptedFile;
  }
}

class ScannedList implements TrustList {
  readonly kind = 'trust-list';
  readonly bytes: Uint8Array;
  readonly header: TrustFileHeader;
  readonly #table: Int32Array;
  #records: readonly TrustRecord[] | undefined;

  constructor(bytes: Uint8Array, header: TrustFileHeader, table: Int32Array) {
    this.bytes = bytes;
    this.header = header;
    this.#table = table;
  }

  get records(): readonly TrustRecord[] {
    this.#records ??= readRecords(this.bytes, this.#table);
    return this.#records;
  }
}

/** The records of a scanned list; `table` must not be scanned into again. */
export function readRecords(bytes: Uint8Array, table: Int32Array): readonly TrustRecord[] {
  const count = Math.max(recordCount(table), 0);
  return Array.from({ length: count }, (_, index) => new ScannedRecord(bytes, table, recordBase(index)));
}

/** CTL or ITL, by the FILENAME of the list (contracts.md 1); undefined when it is named like neither. */
export function listKind(header: Pick<TrustFileHeader, 'filename'>): 'ctl' | 'itl' | undefined {
  const start = header.filename.slice(0, 3).toLowerCase();
  return start === 'ctl' || start === 'itl' ? start : undefined;
}

/**
 * The certificate of every record, null where one has none. They are else read when somebody looks at them: whoever takes a
 * list from a stranger asks for all of them first.
 *
 * @throws TrustfleetError TF_CERT_MALFORMED, with its offset in the file, for one that is none
 */
export function certificatesOf({ records }: TrustList): readonly (Certificate | null)[] {
  return records.map(({ certificate }) => certificate);
}
