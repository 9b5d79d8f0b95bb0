import { beforeAll, describe, expect, it } from 'vitest';
import type { Sample, Snapshot } from '../../src/observe/sample.js';
import { STATUS } from '../../src/phone/decide/status.js';
import { loadScenario, resolveScenarios } from '../../src/scenario/catalogue.js';
import type { RunResult } from '../../src/scenario/result.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { playPlan } from '../fleet/network-setting.js';
import { playVirtual } from '../fleet/virtual-setting.js';

/*
 * Both clocks decide alike (docs/virtual-time.md): scenarios with fewer phones than theirs, played over sockets and in virtual
 * time; those of SOCKETS, and all of them with `npm run conformance`.
 */

const EVERYTHING = process.env.CONFORMANCE === 'all';

/** One of each kind of job: a list, a move, TLS, CAPF over IPv4 and IPv6, tokens of SIP OAuth. */
const SOCKETS = ['S-02', 'S-16', 'S-17a', 'S-23', 'S-25', 'sip-oauth'];

/** Their figure is a moment: who waits at the servers when all ask at once. */
const VIRTUAL_ONLY = ['S-04a', 'S-04b', 'S-04c', 'S-04d'];

/** S-14 wants old phones that are not secure, of which a small fleet has none. */
const PHONES = EVERYTHING ? 100 : 40;
const LIMIT_MS = EVERYTHING ? 600_000 : 120_000;

/** Octets of files depend on the keys drawn, repeated datagrams on the network. */
const NEVER_ALIKE = ['transfer_bytes', 'retransmissions'];

/**
 * After an outage it is a matter of time how often a phone has looked for its server before the next step, whether it is
 * registered when the next order comes, and what it shows and asks on the way. How it registers is not.
 */
const MATTER_OF_TIME = 'registrations';
const OF_TIME: readonly string[] = ['node', 'cause'];
const ASKED_ON_THE_WAY: readonly Partial<Record<string, string>>[] = [
  { message: STATUS.restartRequested },
  { for: 'https' },
  { file: 'peer' },
];

function hadOutage({ counters }: Snapshot): boolean {
  return counters.some(({ name, labels }) => name === 'registrations' && labels.result === 'unreachable');
}

function decisions({ snapshot }: RunResult, outage: boolean): string[] {
  const alike = [...snapshot.counters, ...snapshot.gauges.filter(({ value }) => value !== 0)]
    .filter(({ name }) => !NEVER_ALIKE.includes(name))
    .filter((sample) => !(outage && isAskedOnTheWay(sample)));
  if (!outage) return alike.map(text).sort();
  const registrations = alike.filter(({ name }) => name === MATTER_OF_TIME);
  const others = alike.filter(({ name }) => name !== MATTER_OF_TIME);
  return [...others.map(text), ...new Set(registrations.flatMap(kindOf))].sort();
}

/** A kind of registration, however often and wherever; none for an attempt that failed. */
function kindOf({ name, labels }: Sample): string[] {
  if (labels.result !== 'accepted') return [];
  const kind = Object.entries(labels).filter(([label]) => !OF_TIME.includes(label));
  return [`${name} ${words(Object.fromEntries(kind))}`];
}

function isAskedOnTheWay({ labels }: Sample): boolean {
  return ASKED_ON_THE_WAY.some((some) =>
    Object.entries(some).every(([label, word]) => labels[label] === word),
  );
}

function text({ name, labels, value }: Sample): string {
  return `${name} ${words(labels)}: ${value}`;
}

function words(labels: Sample['labels']): string {
  return Object.entries(labels)
    .map(([label, word]) => `${label}=${word}`)
    .sort()
    .join(' ');
}

const catalogue = resolveScenarios('all').map(loadScenario);

beforeAll(built, BUILD_TIMEOUT_MS);

describe('the two clocks agree', () => {
  const chosen = catalogue.filter(({ name }) =>
    EVERYTHING ? !VIRTUAL_ONLY.includes(name) : SOCKETS.includes(name),
  );

  it('are compared with scenarios that there are', () => {
    if (!EVERYTHING) expect(chosen.map(({ name }) => name).sort()).toEqual([...SOCKETS].sort());
    else expect(chosen.length).toBe(catalogue.length - VIRTUAL_ONLY.length);
  });

  // as many octets as in virtual time, where they are 127.10.0.n: lists have addresses as texts (S-07 looks at their length)
  it.each(chosen.map((plan, index) => [plan.name, plan, `127.39.${index % 10}.1`] as const))(
    '%s decides the same over sockets and in virtual time',
    async (_, plan, bind) => {
      const phones = Math.min(PHONES, plan.fleet.phones);
      const [network, virtual] = await Promise.all([
        playPlan(plan, { phones, bind }),
        playVirtual(plan, { phones }),
      ]);
      expect(network.ended).toEqual({ by: 'completed' });
      expect(virtual.ended).toEqual({ by: 'completed' });
      const outage = hadOutage(network.snapshot) || hadOutage(virtual.snapshot);
      expect(decisions(virtual, outage)).toEqual(decisions(network, outage));
      const found = (result: RunResult) =>
        result.expectations.map(({ step, about, actual }) => ({ step, about, actual }));
      expect(found(virtual)).toEqual(found(network));
    },
    LIMIT_MS,
  );
});
