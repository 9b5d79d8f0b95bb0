import type { Snapshot } from '../../src/observe/sample.js';
import { createTally } from '../../src/observe/tally.js';
import { addTimings, createTimings } from '../../src/observe/timings.js';

/** A snapshot with something in several counters, gauges and histograms, of two groups of one model and one of another. */
export function busySnapshot(): Snapshot {
  const tally = createTally();
  for (const [model, group, by] of [
    ['7942', 'L42', 1],
    ['7942', 'EXTRA', 2],
    ['8841', 'M41', 5],
  ] as const) {
    const scope = tally.scope({ model, group });
    scope.count('alarms', { code: '8' }, by);
    scope.count('trust_lists', { list: 'itl', result: 'refused', rule: 'R-39' }, by);
    scope.count('trust_lists', { list: 'ctl', result: 'not-found', rule: '' }, by);
    scope.count('tvs_requests', { node: 'SUB1', for: 'itl', result: 'handshake-failed' }, by);
    scope.count('status_messages', { message: 'File Not Found <CTLFile.tlv>' }, by);
    scope.count('transfer_bytes', { protocol: 'tftp', result: 'ok' }, by * 5120);
    scope.move('phones', { state: 'registered', mode: 'nonsecure' }, by);
    scope.move('phones_locked', {}, by);
  }
  const timings = createTimings();
  const boot = timings.scope({ model: '7942' });
  for (const seconds of [0.1, 0.2, 2, 10]) boot.time('boot_seconds', seconds);
  timings.scope({ model: '8841' }).time('verify_seconds', 0.00004);
  return { at: 1234, ...tally.snapshot(), timings: addTimings([timings.snapshot()]) };
}
