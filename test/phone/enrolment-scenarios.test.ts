import { beforeAll, describe, expect, it } from 'vitest';
import type { AddressFamily } from '../../src/device/address-family.js';
import type { DeviceSecurityMode } from '../../src/device/security.js';
import { loadModel } from '../../src/fleet/profiles.js';
import { CAPF_V4, CAPF_V6, EnrolLab, type EnrolParties, enrolParties, lscOf } from './enrol-lab.js';
import type { Party } from './fixtures.js';

let parties: EnrolParties;
let oldLsc: Party;

beforeAll(async () => {
  parties = await enrolParties();
  oldLsc = await lscOf(parties.capf);
});

const PHONES_A_COHORT = 25;
const DEVICES: readonly DeviceSecurityMode[] = ['non-secure', 'authenticated', 'encrypted'];
const SETTINGS = [
  { mode: 2, lsc: false },
  { mode: 3, lsc: true },
  { mode: 3, lsc: false },
  { mode: 1, lsc: false },
] as const;

/** Cohort 1 to 12 of S-17, row by row and left to right; 1 to 6 are 7942, the others 7962. */
const COHORTS = SETTINGS.flatMap((setting) => DEVICES.map((device) => ({ ...setting, device })));

describe('S-17: enrolment by device mode, one phone of each cohort', () => {
  it('non-secure 100, secure 100, unregistered 100; LSC installed or renewed 150, pending 75', async () => {
    const totals = { nonsecure: 0, secure: 0, unregistered: 0, installed: 0, failed: 0, pending: 0 };
    for (const [index, { mode, lsc, device }] of COHORTS.entries()) {
      const lab = new EnrolLab(parties);
      lab.flash.lsc = lsc ? oldLsc : null;
      lab.capf.auth = mode === 1 ? { string: '12345' } : mode === 2 ? 'null-string' : 'certificate';
      lab.serve({ capfAuthMode: mode, deviceSecurityMode: device });
      const phone = lab.phone({ model: loadModel(index < 6 ? '7942' : '7962') });
      const outcome = await lab.boot(phone);
      const state = outcome?.state === 'unregistered' ? 'unregistered' : phone.mode;
      totals[state === 'nonsecure' || state === 'unregistered' ? state : 'secure'] += PHONES_A_COHORT;
      const { world } = lab;
      totals.installed +=
        world.counted('capf_sessions', { operation: 'install', result: 'success' }) * PHONES_A_COHORT;
      totals.failed += world.counted('capf_sessions', { result: 'invalid-credentials' }) * PHONES_A_COHORT;
      if (phone.awaitsString) totals.pending += PHONES_A_COHORT;
      phone.powerOff();
    }
    expect(totals).toEqual({
      nonsecure: 100,
      secure: 100,
      unregistered: 100,
      installed: 150,
      failed: 75,
      pending: 75,
    });
  });
});

const PHONES_A_ROW = 40;
const FOUR: readonly AddressFamily[] = ['ipv4'];
const SIX: readonly AddressFamily[] = ['ipv6'];
const BOTH: readonly AddressFamily[] = ['ipv4', 'ipv6'];

/** T6-01 to T6-15: mode, addresses of the phone, addresses of CAPF. */
const T6 = [
  [2, BOTH, BOTH],
  [2, FOUR, BOTH],
  [2, SIX, BOTH],
  [2, FOUR, FOUR],
  [2, BOTH, SIX],
  [2, BOTH, FOUR],
  [2, FOUR, SIX],
  [2, SIX, FOUR],
  [2, SIX, SIX],
  [0, FOUR, BOTH],
  [1, SIX, BOTH],
  [0, FOUR, FOUR],
  [0, FOUR, SIX],
  [1, SIX, SIX],
  [1, SIX, FOUR],
] as const;

describe('S-16: CAPF dual-stack, one phone of each row', () => {
  it.each([
    ['`Enable IPv6` True', null, { ipv6: 240, ipv4: 200, none: 160 }],
    ['the IPv6 path is broken', 'unreachable', { ipv6: 0, ipv4: 240, none: 360 }],
    ['`Enable IPv6` False', 'refused', { ipv6: 0, ipv4: 240, none: 360 }],
  ] as const)('%s', async (_, fault, expected) => {
    const totals = { ipv6: 0, ipv4: 0, none: 0 };
    const servers = { ipv4: CAPF_V4, ipv6: CAPF_V6 };
    for (const [mode, addresses, capf] of T6) {
      const lab = new EnrolLab(parties);
      lab.listen(CAPF_V6.address);
      if (fault !== null) lab.world.capfFaults.set(CAPF_V6.address, fault);
      lab.serve({ capfAuthMode: 2, ipAddressMode: mode, capf: capf.map((family) => servers[family]) });
      const phone = lab.phone({ addresses });
      await lab.boot(phone);
      const over = (family: AddressFamily) => lab.world.counted('capf_sessions', { family }) > 0;
      totals[over('ipv6') ? 'ipv6' : over('ipv4') ? 'ipv4' : 'none'] += PHONES_A_ROW;
      phone.powerOff();
    }
    expect(totals).toEqual(expected);
  });
});
