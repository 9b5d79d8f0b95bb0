import { kindOfRefusal } from '../observe/events.js';
import type { RefusalRecord } from './laboratory.js';

/** Phones whose refusals are kept one by one; of a larger fleet every n-th phone. */
const PHONES_KEPT = 2_500;

/** Refusals of one phone that are kept between two looks of the main thread; the rest are counted by kind. */
const RECORDS_A_PHONE = 20;

/** Refusals of one kind that were only counted, with the earliest of them. */
export interface CountedRefusals {
  readonly first: RefusalRecord;
  readonly count: number;
}

export interface TakenRefusals {
  readonly records: readonly RefusalRecord[];
  readonly counted: readonly CountedRefusals[];
}

/**
 * Refusals of a shard in virtual time. Which are kept is decided by phone and not by the room that is left, so that it is the same
 * in every split of the fleet.
 */
export class SampledRefusals {
  readonly #everyNth: number;
  #records: RefusalRecord[] = [];
  #counted = new Map<string, { first: RefusalRecord; count: number }>();
  #ofPhone = new Map<number, number>();

  /** @param phones of the whole fleet */
  constructor(phones: number) {
    this.#everyNth = Math.max(1, Math.ceil(phones / PHONES_KEPT));
  }

  /** @param ordinal of the phone within the fleet */
  add(record: RefusalRecord, ordinal: number): void {
    const kept = this.#ofPhone.get(ordinal) ?? 0;
    if (ordinal % this.#everyNth === 0 && kept < RECORDS_A_PHONE) {
      this.#ofPhone.set(ordinal, kept + 1);
      this.#records.push(record);
      return;
    }
    const kind = kindOfRefusal(record);
    const counted = this.#counted.get(kind);
    if (counted === undefined) this.#counted.set(kind, { first: record, count: 1 });
    else {
      counted.count += 1;
      if (inOrder(record, counted.first) < 0) counted.first = record;
    }
  }

  /** What has come since the last call. */
  take(): TakenRefusals {
    const taken = { records: this.#records, counted: [...this.#counted.values()] };
    this.#records = [];
    this.#counted = new Map();
    this.#ofPhone = new Map();
    return taken;
  }
}

/** What all shards have taken, as one list in order: what was only counted stands with the earliest of its kind. */
export function mergeRefusals(parts: readonly TakenRefusals[]): RefusalRecord[] {
  const counted = new Map<string, { first: RefusalRecord; count: number }>();
  for (const { first, count } of parts.flatMap((part) => part.counted)) {
    const kind = kindOfRefusal(first);
    const known = counted.get(kind);
    if (known === undefined) counted.set(kind, { first, count });
    else {
      known.count += count;
      if (inOrder(first, known.first) < 0) known.first = first;
    }
  }
  const examples = [...counted.values()].map(({ first, count }) =>
    count === 1 ? first : { ...first, more: count - 1 },
  );
  return [...parts.flatMap(({ records }) => records), ...examples].sort(inOrder);
}

/** By time, then by phone: a phone's own are in the order in which they came. */
function inOrder(a: RefusalRecord, b: RefusalRecord): number {
  return a.at - b.at || (a.phone < b.phone ? -1 : a.phone > b.phone ? 1 : 0);
}
