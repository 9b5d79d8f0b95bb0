import type { CounterName } from '../observe/events.js';
import type { Sample, Snapshot } from '../observe/sample.js';
import { dropLabels, sumSamples } from '../observe/samples.js';
import { timingSummaries } from '../observe/timing-summary.js';
import { timingCount } from '../observe/timings.js';
import {
  type BoardFigures,
  type BoardRefusal,
  PHONE_STATES,
  type PhoneState,
  type Point,
} from './messages.js';

/** What a snapshot adds to the curves. */
export function pointOf({ at, counters, gauges, timings }: Snapshot): Point {
  const counted = (name: CounterName): number => sumSamples(counters, name);
  const inState = (state: PhoneState): number =>
    sumSamples(gauges, 'phones', (labels) => labels.state === state);
  const boots = timings.filter(({ name }) => name === 'boot_seconds');
  return {
    at: at / 1000,
    phones: Object.fromEntries(PHONE_STATES.map((state) => [state, inState(state)])) as Point['phones'],
    locked: sumSamples(gauges, 'phones_locked'),
    totals: {
      boots: boots.reduce((total, timing) => total + timingCount(timing), 0),
      tvsRequests: counted('tvs_requests'),
      capfSessions: counted('capf_sessions'),
      // those that were refused or found nobody are in the table
      registrations: sumSamples(counters, 'registrations', ({ result }) => result === 'accepted'),
      trustFailures: counted('trust_failures'),
    },
  };
}

/** @param ruleSentence what a rule says, empty where nothing is known */
export function figuresOf(
  { counters, gauges, timings }: Snapshot,
  ruleSentence: (rule: string) => string,
): BoardFigures {
  const gauge = (name: string): Sample[] =>
    dropLabels(
      gauges.filter((sample) => sample.name === name && sample.value > 0),
      ['group', 'cluster'],
    );
  return {
    phones: gauge('phones'),
    locked: gauge('phones_locked'),
    counters: dropLabels(
      counters.filter(({ value }) => value > 0),
      ['model', 'group'],
    ),
    refusals: refusalsOf(counters, ruleSentence),
    timings: timingSummaries(timings).filter(({ labels }) => Object.keys(labels).length === 0),
  };
}

/** The most frequent first. */
function refusalsOf(counters: readonly Sample[], ruleSentence: (rule: string) => string): BoardRefusal[] {
  const kinds = new Map<string, BoardRefusal & { count: number; models: Record<string, number> }>();
  for (const { name, labels, value } of counters) {
    if (name !== 'trust_failures' || value === 0) continue;
    const { file = '', rule = '', reason = '', model = '' } = labels;
    const key = `${file} ${rule} ${reason}`;
    const known = kinds.get(key) ?? {
      file,
      rule,
      reason,
      sentence: ruleSentence(rule),
      count: 0,
      models: {},
    };
    known.count += value;
    known.models[model] = (known.models[model] ?? 0) + value;
    kinds.set(key, known);
  }
  return [...kinds.values()].sort((a, b) => b.count - a.count);
}
