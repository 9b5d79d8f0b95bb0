import { afterEach, describe, expect, it, vi } from 'vitest';
import { Progress, watch } from '../../src/report/progress.js';
import { runScenario } from '../../src/scenario/run.js';
import { FakeLaboratory } from '../scenario/fake-laboratory.js';
import { planOf } from '../scenario/plans.js';
import { standing } from './lost-run.js';

function written(isTTY: boolean, columns?: number) {
  const chunks: string[] = [];
  const stream = {
    isTTY,
    ...(columns === undefined ? {} : { columns }),
    write: (text: string): void => {
      chunks.push(text);
    },
  };
  return { chunks, text: () => chunks.join(''), progress: new Progress({ stream, phones: 1000 }) };
}

const begins = { kind: 'step-begins', step: 4, of: 5, about: 'reset all phones' } as const;

describe('progress on a terminal', () => {
  it('redraws one line while a step runs', () => {
    const { chunks, progress } = written(true, 120);
    progress.onProgress(begins);
    progress.update(standing(300, { registered: 250, booting: 750 }, 100));
    progress.update(standing(600, { registered: 500, booting: 500 }, 200));
    expect(chunks).toEqual([
      '\r\u001b[2K  [======                  ] step 4/5 reset all phones: registered 250, booting 750, locked 100',
      '\r\u001b[2K  [============            ] step 4/5 reset all phones: registered 500, booting 500, locked 200',
    ]);
  });

  it('never draws past the edge: the line would not be redrawn but repeated', () => {
    const { chunks, progress } = written(true, 40);
    progress.onProgress(begins);
    progress.update(standing(300, { registered: 250, booting: 750 }));
    expect(chunks[0]?.replace('\r\u001b[2K', '')).toHaveLength(39);
  });

  it('leaves a line for each step and nothing half drawn', async () => {
    const { text, progress } = written(true, 120);
    const laboratory = new FakeLaboratory();
    const run = runScenario(planOf('  - phones: { reset: all }'), laboratory, {
      onProgress: progress.onProgress,
    });
    progress.update(standing(300, { booting: 1000 }));
    await run;
    progress.close();
    expect(text()).toMatch(/·\s+0 {2}power on the healthy fleet, 100 phones, 1 s\n/);
    expect(text()).toMatch(/·\s+1 {2}reset all phones, 100 phones, 1 s\n$/);
  });
});

describe('progress where nothing can be redrawn', () => {
  it('is a line when a step begins and one every five seconds', () => {
    const { text, progress } = written(false);
    progress.onProgress(begins);
    for (let at = 0; at <= 11_000; at += 250) progress.update(standing(at, { registered: 10, booting: 990 }));
    expect(text()).toBe(
      'step 4/5 reset all phones\n' +
        '      registered 10, booting 990\n' +
        '      registered 10, booting 990\n',
    );
  });

  it('shows a failed expectation as it is judged, with its figures', () => {
    const { text, progress } = written(false);
    progress.onProgress({
      kind: 'judged',
      result: {
        step: 5,
        line: 20,
        about: 'phones_locked',
        expected: [{ labels: {}, value: 5 }],
        actual: [{ labels: {}, value: 7 }],
        passed: false,
        judged: true,
      },
    });
    expect(text()).toContain('✗ phones_locked\n');
    expect(text()).toMatch(/total +5 +7 +\+2\n/);
  });
});

describe('watching a run', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('takes snapshots four times a second, one at a time, until it is stopped', async () => {
    vi.useFakeTimers();
    const { text, progress } = written(true, 120);
    progress.onProgress(begins);
    let taken = 0;
    const stop = watch(progress, async () => {
      taken += 1;
      if (taken === 2) throw new Error('a worker is busy');
      return standing(taken * 250, { registered: taken });
    });
    await vi.advanceTimersByTimeAsync(1000);
    stop();
    await vi.advanceTimersByTimeAsync(1000);
    expect(taken).toBe(4);
    expect(text()).toContain('registered 4');
    expect(text().endsWith('\r\u001b[2K')).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
