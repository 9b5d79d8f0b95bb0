import { describe, expect, it } from 'vitest';
import type { DeviceKind } from '../../src/fleet/devices.js';
import { loadModels } from '../../src/fleet/profiles.js';
import { loadScenario, resolveScenarios } from '../../src/scenario/catalogue.js';
import type { CountExpectation, ScenarioPlan } from '../../src/scenario/plan.js';
import { devicesOf } from '../../src/scenario/reach.js';

/*
 * The figures of the shipped scenarios, worked out once more: from the phones of the file and the rules that decide about
 * each of them, where the files have them from the catalogue (cluster-operations.md 4).
 */

const models = loadModels();

function planOf(name: string): ScenarioPlan {
  const [file = ''] = resolveScenarios(name);
  return loadScenario(file);
}

/** A phone as its fleet describes it. */
type Device = DeviceKind & { readonly name: string; readonly index: number; readonly ordinal: number };

function devicesIn(plan: ScenarioPlan): readonly Device[] {
  return (devicesOf(plan.fleet, models) ?? []).map(({ kind, ...own }) => ({ ...own, ...kind }));
}

/** Expectations on a counter or gauge with exactly these conditions, in the order of the file. */
function counts(
  plan: ScenarioPlan,
  counter: string,
  where: Readonly<Record<string, readonly string[]>>,
): CountExpectation[] {
  return plan.steps
    .flatMap((step) => (step.kind === 'expect' ? step.expectations : []))
    .filter((expectation) => expectation.kind === 'count')
    .filter(
      (expectation) =>
        expectation.counter === counter && JSON.stringify(expectation.where) === JSON.stringify(where),
    );
}

function tally(devices: readonly Device[], label: 'model' | 'group'): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const device of devices) figures[device[label]] = (figures[device[label]] ?? 0) + 1;
  return figures;
}

function splitOf(expectation: CountExpectation | undefined, label: string): Record<string, unknown> {
  const split = expectation?.by.find((candidate) => candidate.label === label);
  return Object.fromEntries(split?.figures.map(({ value, is }) => [value, is]) ?? []);
}

const isSecure = ({ security }: Device): boolean => security !== 'non-secure';
const isLegacy = ({ model }: Device): boolean => models.get(model)?.family === 'legacy';

describe('phones that cannot register', () => {
  it.each<[scenario: string, nth: number, rule: string, out: (device: Device) => boolean, total: number]>([
    ['S-10a', 0, 'R-78, R-79: secure with an LSC', (d) => isSecure(d) && d.lsc === 'own', 400],
    ['S-14', 0, 'R-108: secure and TLS 1.0 at most', (d) => isSecure(d) && d.tls.max === '1.0', 280],
    ['S-18', 0, 'R-119: an LSC of another cluster', (d) => d.lsc === 'source', 700],
    [
      'S-25',
      0,
      'R-115: secure, but not encrypted with TLS 1.3',
      (d) => isSecure(d) && !(d.security === 'encrypted' && d.tls.max === '1.3'),
      600,
    ],
    ['S-25', 1, 'R-108', (d) => isSecure(d) && isLegacy(d), 280],
  ])('%s (%i): %s', (name, nth, _, out, total) => {
    const plan = planOf(name);
    const expectation = counts(plan, 'phones', { state: ['unregistered'] })[nth];
    expect(expectation?.bound).toEqual({ is: total });
    expect(splitOf(expectation, 'model')).toEqual(tally(devicesIn(plan).filter(out), 'model'));
  });
});

describe('S-16 (phone-behaviour.md 11)', () => {
  const plan = planOf('S-16');

  /** Families that phone and configuration have both, IPv6 first; less those that are broken. */
  const family = ({ ip, capf }: Device, broken: readonly string[]): string =>
    (['ipv6', 'ipv4'] as const).find(
      (one) => ip.addresses.includes(one) && capf.addresses.includes(one) && !broken.includes(one),
    ) ?? 'none';
  const with_ = (wanted: string, broken: readonly string[] = []): Record<string, number> =>
    tally(
      devicesIn(plan).filter((device) => family(device, broken) === wanted),
      'group',
    );
  const sessions = { operation: ['install'], result: ['success'] };

  it('has the 15 rows of T6 with 40 phones each, without LSC, by null string, RSA 1024', () => {
    expect(plan.fleet.spec.groups.map(({ group, phones }) => [group, phones])).toEqual(
      Array.from({ length: 15 }, (_, i) => [`T6-${String(i + 1).padStart(2, '0')}`, 40]),
    );
    for (const { lsc, security, capf } of devicesIn(plan)) {
      expect([lsc, security, capf.operation, capf.auth, capf.key]).toEqual([
        'none',
        'non-secure',
        'install',
        'null-string',
        { order: 'rsa-only', rsaBits: 1024 },
      ]);
    }
  });

  it.each(['ipv6', 'ipv4'])('enrols over %s who can do no better', (over) => {
    const [expectation] = counts(plan, 'capf_sessions', { ...sessions, family: [over] });
    expect(splitOf(expectation, 'group')).toEqual(with_(over));
  });

  it('leaves 160 without a family in common', () => {
    expect(with_('none')).toEqual({ 'T6-07': 40, 'T6-08': 40, 'T6-13': 40, 'T6-15': 40 });
  });

  it('enrols 240 over IPv4 while IPv6 is broken, and while it is disabled (column F)', () => {
    const [, broken, disabled] = counts(plan, 'capf_sessions', sessions);
    for (const expectation of [broken, disabled]) {
      expect(expectation?.bound).toEqual({ is: 240 });
      expect(splitOf(expectation, 'group')).toEqual(with_('ipv4', ['ipv6']));
    }
  });
});

describe('S-17 (phone-behaviour.md 10, DT-5)', () => {
  const plan = planOf('S-17a');
  const devices = devicesIn(plan);

  /** K-07: whether CAPF gives this 7942 or 7962 a certificate without its user. */
  const enrols = ({ capf, lsc }: Device): boolean =>
    capf.auth === 'null-string' || (capf.auth === 'existing-lsc' && lsc === 'own');
  const groupsOf = (fits: (device: Device) => boolean) => tally(devices.filter(fits), 'group');

  it('has 12 cohorts of 25: 7942 in the first two rows, 7962 in the last two', () => {
    expect(plan.fleet.spec.groups).toHaveLength(12);
    expect(tally(devices, 'model')).toEqual({ 7942: 150, 7962: 150 });
    expect(plan.fleet.spec.groups.every(({ phones }) => phones === 25)).toBe(true);
  });

  it.each<
    [what: string, counter: string, where: Record<string, string[]>, fits: (device: Device) => boolean]
  >([
    ['LSC installed or renewed', 'capf_sessions', { operation: ['install'], result: ['success'] }, enrols],
    [
      'operation failed',
      'capf_sessions',
      { result: ['invalid-credentials'] },
      ({ capf, lsc }) => capf.auth === 'existing-lsc' && lsc === 'none',
    ],
    ['registered non-secure', 'phones', { state: ['registered'], mode: ['nonsecure'] }, (d) => !isSecure(d)],
    [
      'registered secure',
      'phones',
      { state: ['registered'], mode: ['authenticated', 'encrypted'] },
      (d) => isSecure(d) && enrols(d),
    ],
    ['not registered', 'phones', { state: ['unregistered'] }, (d) => isSecure(d) && !enrols(d)],
  ])('%s', (_, counter, where, fits) => {
    const [expectation] = counts(plan, counter, where);
    expect(splitOf(expectation, 'group')).toEqual(groupsOf(fits));
  });

  it.each<[scenario: string, retries: number, outages: number[]]>([
    ['S-17b', 3, [100, 75]],
    ['S-17c', 2, [75]],
  ])(
    '%s: attempts 30 s apart, %i after the first, against outages of %j s (R-95, K-08)',
    (name, retries, outages) => {
      const outage = planOf(name);
      const phones = devicesIn(outage).length;
      const attempts = counts(outage, 'capf_attempts', {});
      const done = counts(outage, 'capf_sessions', { operation: ['install'], result: ['success'] });
      outages.forEach((seconds, i) => {
        const refused = Array.from({ length: retries + 1 }, (_, n) => n * 30).filter(
          (at) => at < seconds,
        ).length;
        const gotThrough = refused <= retries;
        expect(attempts[i]?.bound).toEqual({ is: (refused + (gotThrough ? 1 : 0)) * phones });
        expect(splitOf(attempts[i], 'result').refused).toBe(refused * phones);
        expect(splitOf(attempts[i], 'result').connected).toBe(gotThrough ? phones : undefined);
        if (gotThrough) expect(done[0]?.bound).toEqual({ is: phones });
      });
    },
  );
});

describe('S-25', () => {
  const plan = planOf('S-25');

  it('gives TLS 1.3 to the 8861 and 8865 alone', () => {
    expect(
      tally(
        devicesIn(plan).filter(({ tls }) => tls.max === '1.3'),
        'model',
      ),
    ).toEqual({ 8861: 100, 8865: 100 });
  });
});

describe('S-06 and S-10: who shows which certificate (R-78)', () => {
  it.each(['S-06a', 'S-06b', 'S-10b'])('%s', (name) => {
    const plan = planOf(name);
    const secure = devicesIn(plan).filter(isSecure);
    const expectation = counts(plan, 'registrations', {
      result: ['accepted'],
      mode: ['authenticated', 'encrypted'],
    }).at(-1);
    expect(splitOf(expectation, 'certificate')).toEqual({
      lsc: secure.filter(({ lsc }) => lsc === 'own').length,
      mic: secure.filter(({ lsc }) => lsc === 'none').length,
    });
  });
});
