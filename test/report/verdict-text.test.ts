import { describe, expect, it } from 'vitest';
import { paintFor } from '../../src/report/paint.js';
import { severalVerdicts, verdictText } from '../../src/report/verdict-text.js';
import type { FakeLaboratory } from '../scenario/fake-laboratory.js';
import { lostRun } from './lost-run.js';

const ESCAPE = '\u001b';

describe('the verdict', () => {
  it('of a good run is one line, and every figure that held', async () => {
    const text = verdictText(await lostRun(), { folder: 'runs/x' });
    expect(text).toContain('PASS all 8 expectations hold');
    expect(text).toMatch(/✓ +step 5 +tvs_requests for itl +2,000 +handshake-failed 2,000, SUB1 510/);
    expect(text).toContain('Run folder: runs/x');
    expect(text.trimEnd()).toMatch(/Exit 0: every expectation held$/);
  });

  it('puts what did not hold first, expected beside actual, with the difference by label', async () => {
    const text = verdictText(await lostRun(10));
    expect(text).toContain('FAIL 3 of 8 expectations do not hold');
    expect(text.indexOf('Did not hold')).toBeLessThan(text.indexOf('Refusals'));
    expect(text.indexOf('Refusals')).toBeLessThan(text.indexOf('\nHeld'));
    expect(text).toMatch(/✗ step 5 +tvs_requests for itl +line \d+/);
    expect(text).toMatch(/total +2,000 +1,990 +-10\n/);
    expect(text).toMatch(/node SUB1 +510 +500 +-10\n/);
    // what agrees is left out of the comparison
    expect(text).not.toMatch(/node SUB2/);
  });

  it('begins with the name of the scenario, and with what it is about where the file says that', async () => {
    const result = { ...(await lostRun()), scenario: 'saturday' };
    expect(verdictText({ ...result, about: 'a change' })).toMatch(/^saturday: a change\n/);
    expect(verdictText({ ...result, about: '' })).toMatch(/^saturday\n/);
  });

  it('gives one phone of each kind of refusal, and how to run it alone', async () => {
    const result = await lostRun();
    const text = verdictText({ ...result, seed: 7, phones: 20 });
    expect(text).toContain('itl R-39 tvs-unusable, 1,000 times');
    expect(text).toContain('SEP020001000010 (7942, L42): the signer');
    expect(text).toContain('trustfleet run S-03b --seed 7 --phones 20 --only SEP020001000010');
  });

  describe('what was refused and what failed', () => {
    const PEER = { file: 'peer', reason: 'not-in-ctl', rule: 'R-107' } as const;
    const at = { at: 1, phone: 'SEP020001000010', model: '7942', group: 'L42', detail: 'why' };
    const attempt = { cause: '10', certificate: 'lsc' } as const;
    /** The certificate of a CallManager that 304 phones refuse, which therefore do not register. */
    const refusedPeers = (laboratory: FakeLaboratory): void => {
      const act = laboratory.onAct;
      laboratory.onAct = async (...args) => {
        const result = await act?.(...args);
        const more = { ...at, more: 303 };
        laboratory.tally.scope({ model: '7942', group: 'L42' }).count('trust_failures', PEER, 304);
        laboratory.waiting = [
          { ...more, what: 'peer', rule: PEER.rule, reason: PEER.reason },
          { ...more, what: 'registration', rule: 'R-82', reason: 'tls-failed', attempt },
          { ...at, what: 'registration', rule: 'R-82', reason: 'unreachable', attempt, more: 6 },
          { ...at, what: 'capf', rule: 'R-90', reason: 'invalid-credentials', more: 2 },
          // a file that nobody refused, but that configures nothing
          { ...at, what: 'config', rule: 'R-57', reason: 'reduced-configuration' },
        ];
        return result ?? { addressed: 0, unfinished: 0 };
      };
    };

    it('the total of refusals is the counter trust_failures; registrations and other failures stand apart', async () => {
      const result = await lostRun(0, refusedPeers);
      const counted = result.snapshot.counters.filter(({ name }) => name === 'trust_failures');
      const total = counted.reduce((sum, { value }) => sum + value, 0);
      const text = verdictText(result);
      expect(text).toContain(
        `Refusals: ${total.toLocaleString('en-US')} (trust_failures); one phone of each kind`,
      );
      const lines = text.split('\n');
      const at = (start: string): number => lines.findIndex((line) => line.startsWith(start));
      expect(at('Failed registrations: 608; one phone of each kind')).toBeGreaterThan(at('Refusals'));
      expect(at('Other failures: 8; one phone of each kind')).toBeGreaterThan(at('Failed registrations'));
      const section = (from: number, to: number): string => lines.slice(from, to).join('\n');
      const refusals = section(at('Refusals'), at('Failed registrations'));
      expect(refusals).toContain('peer R-107 not-in-ctl, 608 times');
      expect(refusals).not.toMatch(/registration|R-57/);
      const others = section(at('Other failures'), at('Held'));
      expect(others).toContain('capf R-90 invalid-credentials, 6 times');
      expect(others).toContain('config R-57 reduced-configuration, 2 times');
      expect(others).toMatch(/that is one refusal; what came to nothing by it\s+is a failure, too/);
      expect(others).toContain('14 registration attempts met a server that did not answer');
    });
  });

  it('names a scenario that is not shipped by its path', async () => {
    const result = await lostRun();
    expect(verdictText({ ...result, file: 'my/own.yaml' })).toContain(
      'trustfleet run my/own.yaml --only SEP',
    );
  });

  it('lets the phone that is played again go where the phones of the run might go', async () => {
    const result = { ...(await lostRun()), allowTargets: ['192.0.2.0/24', '2001:db8::/64'] };
    expect(verdictText(result)).toContain(
      ' --allow-target 192.0.2.0/24 --allow-target 2001:db8::/64 --only SEP',
    );
  });

  it('tells where the phones are, what they met, how long it took', async () => {
    const text = verdictText(await lostRun());
    expect(text).toMatch(/registered +1,000 of 1,000 +nonsecure 1,000/);
    expect(text).toMatch(/locked +1,000 +7942 150, 7962 150/);
    expect(text).toMatch(/alarms +code 8 1,000/);
    expect(text).toMatch(/TVS requests +4,000 +handshake-failed 4,000 \(SUB1 1,020, SUB2 2,000, PUB 980\)/);
    expect(text).toMatch(/boot +2,000 +\S+ m?s/);
    expect(text).toMatch(/4 +reset all phones +1,000 phones +4.2 s/);
    // the worst of two workers
    expect(text).toMatch(/event-loop-delay +34 ms +limit 100 ms/);
  });

  it('of a saturated generator names resource, second and offered rate', async () => {
    const text = verdictText(
      await lostRun(0, (laboratory) => {
        laboratory.readings = [
          {
            what: 'late-actions',
            worker: 'shard 2',
            worst: 0.2,
            limit: 0.01,
            at: 3.4,
            unit: 'ratio',
            exceeded: true,
          },
        ];
      }),
    );
    expect(text).toContain('INVALID the load generator itself was the bottleneck');
    expect(text).toContain(
      'late-actions of shard 2 was 20 % in second 3, limit 1 %, while offering 200 phones at a time',
    );
    expect(text).toContain('Exit 4: the run is invalid');
  });

  it('with another number of phones says in its last line how many expectations were not judged', async () => {
    const text = verdictText(
      await lostRun(0, (laboratory) => {
        laboratory.phones = 90;
      }),
    );
    expect(text).toContain('PASS all 5 expectations hold');
    expect(text).toContain('Shown, not judged: figures of 1,000 phones');
    expect(text.trimEnd().split('\n').at(-1)).toBe(
      '3 expectations not judged: their figures belong to 1,000 phones, this run had 90',
    );
  });

  it.each([
    [{ by: 'signal', signal: 'SIGTERM' } as const, /STOPPED by SIGTERM[\s\S]*Exit 143/],
    [
      { by: 'error', code: 'TF_WORKER_DIED', message: 'shard 2 died' } as const,
      /BROKEN OFF shard 2 died[\s\S]*Exit 3/,
    ],
    [
      { by: 'operation-refused', message: 'no CAPF' } as const,
      /FAIL the cluster refused an operation: no CAPF/,
    ],
  ])('of a run that ended early says why: %j', async (ended, expected) => {
    expect(verdictText({ ...(await lostRun()), ended, verdict: 'fail' })).toMatch(expected);
  });

  it('fits 100 columns and has no space at the end of a line', async () => {
    const saturated = await lostRun(10, (laboratory) => {
      laboratory.readings = [
        {
          what: 'event-loop-delay',
          worker: 'shard 12',
          worst: 123.456,
          limit: 0.1,
          at: 1234.5,
          unit: 's',
          exceeded: true,
        },
      ];
    });
    for (const line of verdictText(saturated).split('\n')) {
      expect(line.length).toBeLessThanOrEqual(100);
      expect(line).toBe(line.trimEnd());
    }
  });

  it('has colour on a terminal only, and none with NO_COLOR', async () => {
    const result = await lostRun(10);
    const text = (isTTY: boolean, environment: Record<string, string>): string =>
      verdictText(result, { paint: paintFor({ isTTY }, environment) });
    expect(text(true, {})).toContain(ESCAPE);
    expect(text(false, {})).not.toContain(ESCAPE);
    expect(text(true, { NO_COLOR: '1' })).not.toContain(ESCAPE);
    expect(text(true, { TERM: 'dumb' })).not.toContain(ESCAPE);
  });
});

describe('several runs', () => {
  it('say how many of them were run and passed, name the others, and the exit code of all', () => {
    const runs = [
      { scenario: 'S-03a', verdict: 'pass' },
      { scenario: 'S-03b', verdict: 'invalid' },
    ] as const;
    expect(severalVerdicts(runs, 3, 130)).toBe('2 of 3 scenarios: 1 pass, S-03b invalid; exit 130');
  });
});
