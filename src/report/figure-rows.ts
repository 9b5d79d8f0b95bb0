import { count } from '../observe/figure-text.js';
import type { Sample, Snapshot } from '../observe/sample.js';

/**
 * The figures that matter, whatever was expected: where the phones are now, and what they met on the way. A name, a total and
 * what it is made of.
 */
export function figureRows(
  { counters, gauges }: Pick<Snapshot, 'counters' | 'gauges'>,
  phones: number,
): [name: string, total: string, split: string][] {
  const registered = sumBy(gauges, 'phones', ['mode'], (labels) => labels.state === 'registered');
  const rows: [name: string, total: string, split: string][] = [
    ['registered', `${count(total(registered))} of ${count(phones)}`, parts(registered)],
    ['other states', '', parts(sumBy(gauges, 'phones', ['state'], ({ state }) => state !== 'registered'))],
    [
      'locked',
      count(total(sumBy(gauges, 'phones_locked', []))),
      parts(sumBy(gauges, 'phones_locked', ['model'])),
    ],
    ['CTL', '', parts(sumBy(counters, 'trust_lists', ['result'], ({ list }) => list === 'ctl'))],
    ['ITL', '', parts(sumBy(counters, 'trust_lists', ['result'], ({ list }) => list === 'itl'))],
    ['configurations', '', parts(sumBy(counters, 'configurations', ['result']))],
    ['alarms', '', parts(sumBy(counters, 'alarms', ['code']), 'code ')],
    ['TVS requests', count(total(sumBy(counters, 'tvs_requests', []))), tvsParts(counters)],
    [
      'transfers',
      count(total(sumBy(counters, 'transfers', []))),
      parts(sumBy(counters, 'transfers', ['protocol', 'result'])),
    ],
  ];
  return rows.filter(([, sum, split]) => split !== '' || (sum !== '' && sum !== '0'));
}

function sumBy(
  samples: readonly Sample[],
  name: string,
  labels: readonly string[],
  only: (labels: Readonly<Record<string, string>>) => boolean = () => true,
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const sample of samples) {
    if (sample.name !== name || !only(sample.labels)) continue;
    const key = labels.map((label) => sample.labels[label] ?? '').join(' ');
    sums.set(key, (sums.get(key) ?? 0) + sample.value);
  }
  return sums;
}

function total(sums: ReadonlyMap<string, number>): number {
  return [...sums.values()].reduce((sum, value) => sum + value, 0);
}

function parts(sums: ReadonlyMap<string, number>, prefix = ''): string {
  return [...sums]
    .filter(([, value]) => value !== 0)
    .map(([name, value]) => `${prefix}${name} ${count(value)}`)
    .join(', ');
}

/** Result by result, and within it node by node. */
function tvsParts(counters: readonly Sample[]): string {
  return [...sumBy(counters, 'tvs_requests', ['result'])]
    .filter(([, requests]) => requests !== 0)
    .map(([result, requests]) => {
      const nodes = sumBy(counters, 'tvs_requests', ['node'], (labels) => labels.result === result);
      return `${result} ${count(requests)} (${parts(nodes)})`;
    })
    .join(', ');
}
