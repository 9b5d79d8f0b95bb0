import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AddressFamily } from '../../src/device/address-family.js';
import { CAPF_V4, CAPF_V6, EnrolLab, type EnrolParties, enrolParties } from './enrol-lab.js';

let parties: EnrolParties;
let lab: EnrolLab;

beforeAll(async () => {
  parties = await enrolParties();
});

beforeEach(() => {
  lab = new EnrolLab(parties);
  lab.listen(CAPF_V6.address);
});

afterEach(() => lab.off());

type Families = readonly AddressFamily[];
const four: Families = ['ipv4'];
const six: Families = ['ipv6'];
const both: Families = ['ipv4', 'ipv6'];
const SERVERS = { ipv4: CAPF_V4, ipv6: CAPF_V6 };

type Result = AddressFamily | 'none';

interface Row {
  readonly row: string;
  readonly mode: 0 | 1 | 2;
  readonly phone: Families;
  readonly capf: Families;
  /** With `Enable IPv6` True, False, and False with K-09 false. */
  readonly on: Result;
  readonly off: Result;
  readonly strict: Result;
}

function row(name: string, mode: 0 | 1 | 2, phone: Families, capf: Families, on: Result, off: Result): Row {
  // K-09 false concerns the one row that has somewhere to fall back to
  return { row: name, mode, phone, capf, on, off, strict: name === 'T6-01' ? 'none' : off };
}

const ROWS: readonly Row[] = [
  row('T6-01', 2, both, both, 'ipv6', 'ipv4'),
  row('T6-02', 2, four, both, 'ipv4', 'ipv4'),
  row('T6-03', 2, six, both, 'ipv6', 'none'),
  row('T6-04', 2, four, four, 'ipv4', 'ipv4'),
  row('T6-05', 2, both, six, 'ipv6', 'none'),
  row('T6-06', 2, both, four, 'ipv4', 'ipv4'),
  row('T6-07', 2, four, six, 'none', 'none'),
  row('T6-08', 2, six, four, 'none', 'none'),
  row('T6-09', 2, six, six, 'ipv6', 'none'),
  row('T6-10', 0, four, both, 'ipv4', 'ipv4'),
  row('T6-11', 1, six, both, 'ipv6', 'none'),
  row('T6-12', 0, four, four, 'ipv4', 'ipv4'),
  row('T6-13', 0, four, six, 'none', 'none'),
  row('T6-14', 1, six, six, 'ipv6', 'none'),
  row('T6-15', 1, six, four, 'none', 'none'),
];

/** One phone of S-16: 7962, non-secure, no LSC, null string. The family of its LSC's session, and what it attempted. */
async function enrol({ mode, phone, capf }: Row, knobs = {}) {
  lab.serve({ capfAuthMode: 2, ipAddressMode: mode, capf: capf.map((family) => SERVERS[family]) });
  expect(await lab.boot({ addresses: phone, knobs })).toMatchObject({ mode: 'nonsecure' });
  const over = (family: AddressFamily) => lab.world.counted('capf_sessions', { result: 'success', family });
  const result: Result = over('ipv6') > 0 ? 'ipv6' : over('ipv4') > 0 ? 'ipv4' : 'none';
  expect(lab.flash.lsc === null).toBe(result === 'none');
  return { result, attempts: lab.world.figures('capf_attempts') };
}

describe('T6, `Enable IPv6` True', () => {
  it.each(ROWS)('$row: $on', async (of) => {
    const { result, attempts } = await enrol(of);
    expect(result).toBe(of.on);
    expect(attempts).toEqual(of.on === 'none' ? {} : { [`${of.on} connected`]: 1 });
  });
});

describe('T6, `Enable IPv6` False: CAPF refuses who comes over IPv6 (R-102), and each refusal is an attempt', () => {
  beforeEach(() => lab.world.capfFaults.set(CAPF_V6.address, 'refused'));

  it.each(ROWS)('$row: $off', async (of) => {
    const { result, attempts } = await enrol(of);
    expect(result).toBe(of.off);
    const refused = of.on !== 'ipv6' ? 0 : of.off === 'ipv4' ? 1 : 4;
    expect(attempts).toEqual({
      ...(refused === 0 ? {} : { 'ipv6 refused': refused }),
      ...(of.off === 'none' ? {} : { [`${of.off} connected`]: 1 }),
    });
  });

  it.each(ROWS)('$row with K-09 false: $strict', async (of) => {
    expect((await enrol(of, { ipv6RefusalFallsBack: false })).result).toBe(of.strict);
  });
});

describe('S-16, the IPv6 path between phone and CAPF is broken', () => {
  beforeEach(() => lab.world.capfFaults.set(CAPF_V6.address, 'unreachable'));

  it.each(ROWS)('$row falls to IPv4 where there is any, K-09 or not', async (of) => {
    const expected = of.row === 'T6-01' ? 'ipv4' : of.off;
    expect((await enrol(of, { ipv6RefusalFallsBack: false })).result).toBe(expected);
  });
});

describe('R-103 within one attempt of R-95', () => {
  it('both families are tried before the 30 s begin', async () => {
    lab.world.capfFaults.set(CAPF_V6.address, 'unreachable').set(CAPF_V4.address, 'refused');
    await enrol({ ...row('T6-01', 2, both, both, 'none', 'none') });
    expect(lab.world.enrolledAt.map((ms) => ms / 1_000)).toEqual([0, 0, 30, 30, 60, 60, 90, 90]);
    expect(lab.world.enrolments.map(({ family }) => family).slice(0, 2)).toEqual(['ipv6', 'ipv4']);
    expect(lab.world.enrolments[0]?.server).toEqual({ address: CAPF_V6.address, port: CAPF_V6.port });
  });
});
