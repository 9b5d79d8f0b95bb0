import { kindOfRefusal } from '../observe/events.js';
import type { RefusalRecord } from './laboratory.js';

/** Refusals and log lines that wait in a shard between two looks of the main thread, which come at the end of each step. */
const MAX_WAITING_RECORDS = 50_000;

/** Kinds of refusal that are told apart past the bound; rules and reasons are words of a table, so a run has a dozen. */
const MAX_KINDS = 200;

/** Refusals that wait to be fetched. Past the bound they are counted by kind, so that no figure is lost with the records. */
export class WaitingRefusals {
  readonly #limit: number;
  #records: RefusalRecord[] = [];
  /** Where the latest record of each kind stands. */
  #latest = new Map<string, number>();

  constructor(limit: number = MAX_WAITING_RECORDS) {
    this.#limit = limit;
  }

  add(record: RefusalRecord): void {
    const kind = kindOfRefusal(record);
    const at = this.#latest.get(kind);
    const isFull = this.#records.length >= this.#limit;
    if (!isFull || (at === undefined && this.#latest.size < MAX_KINDS)) {
      this.#latest.set(kind, this.#records.push(record) - 1);
      return;
    }
    const place = at ?? this.#records.length - 1;
    const latest = this.#records[place];
    if (latest !== undefined) this.#records[place] = { ...latest, more: (latest.more ?? 0) + 1 };
  }

  /** What has come since the last call. */
  take(): readonly RefusalRecord[] {
    const records = this.#records;
    this.#records = [];
    this.#latest = new Map();
    return records;
  }
}

/** Lines that wait to be fetched; the last line says how many had no place. */
export class WaitingLines {
  readonly #limit: number;
  #lines: string[] = [];
  #missing = 0;

  constructor(limit: number = MAX_WAITING_RECORDS) {
    this.#limit = limit;
  }

  add(line: string): void {
    if (this.#lines.length < this.#limit) this.#lines.push(line);
    else this.#missing += 1;
  }

  /** What has come since the last call. */
  take(): readonly string[] {
    const lines =
      this.#missing === 0
        ? this.#lines
        : [...this.#lines, `… ${this.#missing} more lines, past the ${this.#limit} that are kept`];
    this.#lines = [];
    this.#missing = 0;
    return lines;
  }
}
