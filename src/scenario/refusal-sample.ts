import type { RefusalRecord } from '../fleet/laboratory.js';
import { kindOfRefusal } from '../observe/events.js';
import type { RefusalKind, RefusalSummary } from './result.js';

/** Lines of `events.ndjson` (contracts.md 2). */
const MAX_REFUSALS_KEPT = 10_000;

/** Kinds of refusal kept with an example; rules and reasons are words of a table, so a run has a dozen. */
const MAX_KINDS = 200;

export interface RefusalSample {
  add(records: readonly RefusalRecord[]): void;
  summary(): RefusalSummary;
}

/**
 * Counts every refusal and keeps an even sample: all of them up to `limit`, then one in two, one in four, and so on, so that
 * the last minute of a run is kept as well as the first.
 */
export function createRefusalSample(limit: number = MAX_REFUSALS_KEPT): RefusalSample {
  let seen = 0;
  let countedOnly = 0;
  let oneIn = 1;
  let kept: RefusalRecord[] = [];
  const kinds = new Map<string, { -readonly [K in keyof RefusalKind]: RefusalKind[K] }>();

  function keep(record: RefusalRecord): void {
    if (seen % oneIn === 0) {
      if (kept.length >= limit) {
        kept = kept.filter((_, i) => i % 2 === 0);
        oneIn *= 2;
      }
      if (seen % oneIn === 0) kept.push(record);
    }
    seen += 1;
  }

  function countKind(record: RefusalRecord): void {
    const key = kindOfRefusal(record);
    const kind = kinds.get(key);
    const count = 1 + (record.more ?? 0);
    if (kind !== undefined) kind.count += count;
    else if (kinds.size < MAX_KINDS) {
      const { what, rule, reason, attempt } = record;
      kinds.set(key, {
        what,
        rule,
        reason,
        ...(attempt === undefined ? {} : { attempt }),
        count,
        example: record,
      });
    }
  }

  return {
    add(records) {
      for (const record of records) {
        keep(record);
        countKind(record);
        countedOnly += record.more ?? 0;
      }
    },
    summary: () => ({
      seen: seen + countedOnly,
      countedOnly,
      oneIn,
      records: [...kept],
      kinds: [...kinds.values()].map((kind) => ({ ...kind })).sort((a, b) => b.count - a.count),
    }),
  };
}
