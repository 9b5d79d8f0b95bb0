import { createHash } from 'node:crypto';
import { TrustfleetError } from '../errors.js';
import { parsePhoneConfiguration } from '../protocol/cnf/index.js';
import type { PhoneConfiguration } from '../protocol/cnf/model.js';
import { parseTrustFile, type TrustFile, type TrustList } from '../trustfile/index.js';

/** Lists of one length that are remembered; a cluster serves one ITL a node at a time. */
const MAX_SAME_LENGTH = 16;

/**
 * Reads files for all phones of a worker. Lists are interned by content, so 1,000 phones with the same ITL hold it once:
 * the octets that arrived are compared with what was read before (speed.md 1.4), which proves that they are the same file.
 * Reading is shared; checking is not: every phone verifies every signature itself.
 */
export class TrustLibrary {
  readonly #lists = new Map<number, TrustList[]>();

  /** @throws TrustfleetError as `parseTrustFile` does. */
  readTrustFile(bytes: Uint8Array): TrustFile {
    const known = this.#lists.get(bytes.length)?.find((list) => Buffer.compare(list.bytes, bytes) === 0);
    if (known !== undefined) return known;
    const file = parseTrustFile(bytes);
    if (file.kind === 'trust-list') this.#remember(file);
    return file;
  }

  /** @throws TrustfleetError TF_CNF_MALFORMED */
  readConfiguration(bytes: Uint8Array): {
    readonly configuration: PhoneConfiguration;
    readonly sha256: string;
  } {
    return {
      configuration: parsePhoneConfiguration(bytes),
      sha256: createHash('sha256').update(bytes).digest('hex'),
    };
  }

  /**
   * A CTL or an ITL.
   *
   * @throws TrustfleetError TF_TLV_MALFORMED for any other trust file, and as `parseTrustFile` does.
   */
  readList(bytes: Uint8Array): TrustList {
    const file = this.readTrustFile(bytes);
    if (file.kind === 'trust-list') return file;
    throw new TrustfleetError('TF_TLV_MALFORMED', `found a ${file.kind} file, expected a CTL or an ITL`);
  }

  #remember(list: TrustList): void {
    const same = this.#lists.get(list.bytes.length) ?? [];
    same.unshift(list);
    if (same.length > MAX_SAME_LENGTH) same.pop();
    this.#lists.set(list.bytes.length, same);
  }
}
