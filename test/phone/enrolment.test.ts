import { createPublicKey } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeviceSecurityMode } from '../../src/device/security.js';
import { loadModel } from '../../src/fleet/profiles.js';
import { A, CAPF_V4, EnrolLab, type EnrolParties, enrolParties, lscOf } from './enrol-lab.js';
import { DEVICE, type Party } from './fixtures.js';

let parties: EnrolParties;
let lab: EnrolLab;
let ownLsc: Party;

beforeAll(async () => {
  parties = await enrolParties();
  ownLsc = await lscOf(parties.capf);
});

beforeEach(() => {
  lab = new EnrolLab(parties);
});

afterEach(() => lab.off());

const AUTH: Readonly<Record<1 | 2 | 3 | 4, EnrolLab['capf']['auth']>> = {
  1: { string: '12345' },
  2: 'null-string',
  3: 'certificate',
  4: 'certificate',
};

interface Row {
  readonly row: string;
  readonly device: DeviceSecurityMode;
  readonly mode: 1 | 2 | 3;
  readonly lsc: boolean;
  readonly state: 'registered' | 'unregistered';
  readonly asks: readonly string[];
  readonly session: Readonly<Record<string, number>>;
  readonly lscAfter: 'old' | 'new' | 'none';
}

const DONE = { 'install success ipv4': 1 } as const;
const REFUSED = { 'unknown invalid-credentials ipv4': 1 } as const;
const BEFORE = ['capf', 'register'] as const;
const AFTER = ['register', 'capf'] as const;

/** DT-5, each row with every device mode and LSC that it speaks of: the cohorts of S-17. */
const ROWS: readonly Row[] = [
  ...(['authenticated', 'encrypted'] as const).flatMap((device): Row[] => [
    {
      row: '5',
      device,
      mode: 2,
      lsc: false,
      state: 'registered',
      asks: BEFORE,
      session: DONE,
      lscAfter: 'new',
    },
    {
      row: '5',
      device,
      mode: 2,
      lsc: true,
      state: 'registered',
      asks: BEFORE,
      session: DONE,
      lscAfter: 'new',
    },
    {
      row: '6',
      device,
      mode: 3,
      lsc: true,
      state: 'registered',
      asks: BEFORE,
      session: DONE,
      lscAfter: 'new',
    },
    {
      row: '7',
      device,
      mode: 3,
      lsc: false,
      state: 'unregistered',
      asks: ['capf'],
      session: REFUSED,
      lscAfter: 'none',
    },
    {
      row: '8',
      device,
      mode: 1,
      lsc: true,
      state: 'registered',
      asks: ['register'],
      session: {},
      lscAfter: 'old',
    },
    { row: '9', device, mode: 1, lsc: false, state: 'unregistered', asks: [], session: {}, lscAfter: 'none' },
  ]),
  {
    row: '1',
    device: 'non-secure',
    mode: 2,
    lsc: false,
    state: 'registered',
    asks: AFTER,
    session: DONE,
    lscAfter: 'new',
  },
  {
    row: '1',
    device: 'non-secure',
    mode: 2,
    lsc: true,
    state: 'registered',
    asks: AFTER,
    session: DONE,
    lscAfter: 'new',
  },
  {
    row: '2',
    device: 'non-secure',
    mode: 3,
    lsc: true,
    state: 'registered',
    asks: AFTER,
    session: DONE,
    lscAfter: 'new',
  },
  {
    row: '3',
    device: 'non-secure',
    mode: 3,
    lsc: false,
    state: 'registered',
    asks: AFTER,
    session: REFUSED,
    lscAfter: 'none',
  },
  {
    row: '4',
    device: 'non-secure',
    mode: 1,
    lsc: false,
    state: 'registered',
    asks: ['register'],
    session: {},
    lscAfter: 'none',
  },
  {
    row: '4',
    device: 'non-secure',
    mode: 1,
    lsc: true,
    state: 'registered',
    asks: ['register'],
    session: {},
    lscAfter: 'old',
  },
];

describe.each(['7942', '7962'] as const)('DT-5, %s', (model) => {
  it.each(ROWS)(
    'row $row: $device, mode $mode, LSC before $lsc: $state, LSC $lscAfter',
    async ({ device, mode, lsc, state, asks, session, lscAfter }) => {
      lab.flash.lsc = lsc ? ownLsc : null;
      lab.capf.auth = AUTH[mode];
      lab.serve({ deviceProtocol: 'SCCP', deviceSecurityMode: device, capfAuthMode: mode, capf: [CAPF_V4] });
      const outcome = await lab.boot({ model: loadModel(model) });
      const registered = device === 'non-secure' ? 'nonsecure' : device;
      expect(outcome).toMatchObject({ state, mode: state === 'registered' ? registered : 'none' });
      expect(
        lab.world.calls
          .map((call) => call.split(' ')[0])
          .filter((word) => word === 'capf' || word === 'register'),
      ).toEqual(asks);
      expect(lab.world.figures('capf_sessions')).toEqual(session);
      const now = lab.flash.lsc;
      expect(now === null ? 'none' : now === ownLsc ? 'old' : 'new').toBe(lscAfter);
      // the registration shows what the phone has: LSC where there is one, and never the MIC in place of a missing one
      if (device !== 'non-secure' && state === 'registered') {
        expect(lab.world.figures('registrations')).toEqual({
          [`${A} sccp ${device} accepted  lsc 1.0`]: 1,
        });
        expect(lab.world.attempts[0]?.tls?.identity).toBe(now);
      }
    },
  );
});

describe('one operation', () => {
  it('R-87: connects without a certificate, with the versions of the model, and says its name', async () => {
    lab.serve({ capfAuthMode: 2 });
    await lab.boot();
    expect(lab.world.enrolments).toHaveLength(1);
    expect(lab.world.enrolments[0]).toMatchObject({
      server: { address: A, port: 3804 },
      family: 'ipv4',
      deviceName: DEVICE,
      credentials: { refusedAs: 'fail' },
      tls: { min: '1.0', max: '1.0', identity: null },
    });
    // the key is the phone's own, and the certificate is for it
    const { certificate, privateKey } = lab.flash.lsc ?? {};
    expect(privateKey === undefined ? null : createPublicKey(privateKey)).toEqual(certificate?.publicKey);
  });

  it('R-90: without an LSC a 7962 shows nothing at CAPF, its MIC neither (K-07)', async () => {
    lab.capf.auth = 'certificate';
    lab.serve({ capfAuthMode: 4 });
    await lab.boot();
    expect(lab.world.enrolments[0]?.credentials).toEqual({ refusedAs: 'invalid-credentials' });
    expect(lab.world.refusedEvents).toContainEqual(expect.objectContaining({ what: 'capf', rule: 'R-90' }));
  });

  it('R-93: in a cluster of mode 0, with no CTL, the CAPF record of the ITL is enough', async () => {
    lab.flash.ctl = null;
    lab.serve({ capfAuthMode: 2 });
    expect(await lab.boot()).toMatchObject({ mode: 'nonsecure' });
    expect(lab.world.figures('capf_sessions')).toEqual(DONE);
    expect(lab.world.counted('tvs_requests')).toBe(0);
  });
});
