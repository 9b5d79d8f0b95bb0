import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createExposition } from '../../src/observe/prometheus.js';
import { EMPTY_SNAPSHOT } from '../../src/observe/samples.js';
import { busySnapshot } from '../observe/busy-snapshot.js';

const installed = spawnSync('promtool', ['--version']).status === 0;
const title = installed ? 'promtool check metrics' : 'promtool check metrics: promtool is not installed';

const exposition = createExposition({ scenario: 'S-03b', seed: 1, version: '0.1.0', clock: 'network' });

describe.skipIf(!installed)(title, () => {
  it.each([
    ['a run that has not begun', EMPTY_SNAPSHOT],
    ['a busy run', busySnapshot()],
  ])('accepts %s without a complaint', async (_, snapshot) => {
    const checked = spawnSync('promtool', ['check', 'metrics'], {
      input: await exposition.render(snapshot),
      encoding: 'utf8',
    });
    expect(checked.stderr + checked.stdout).toBe('');
    expect(checked.status).toBe(0);
  });

  it('complains of a counter without _total: the check can fail', () => {
    const checked = spawnSync('promtool', ['check', 'metrics'], {
      input: '# HELP a_b Something.\n# TYPE a_b counter\na_b 1\n',
      encoding: 'utf8',
    });
    expect(checked.status).not.toBe(0);
  });
});
