import { describe, expect, it } from 'vitest';
import { type AdmissionRequest, admit } from '../../src/cluster/admission.js';
import { callManagersOf } from '../../src/cluster/call-manager.js';
import { nodeOf } from '../../src/cluster/state.js';
import type { Admit } from '../../src/net/admission.js';
import { cluster, phones } from './lab.js';

const KNOWN: AdmissionRequest = {
  deviceName: 'SEP001F9E266369',
  deviceType: 683,
  protocol: 'SIP',
  address: '127.64.0.1',
  secure: false,
  mode: 'nonsecure',
};

describe('who may register (sccp.md 12, sip.md 4.4)', () => {
  /** What is asked, and why it is refused; empty: it is not. */
  const ROWS: readonly [what: string, request: Partial<AdmissionRequest>, reason: string][] = [
    ['a device of the database', {}, ''],
    ['one that does not name its type', { deviceType: null }, ''],
    ['an unknown name', { deviceName: 'SEP000000000000' }, 'unknown-device'],
    ['a name in the wrong case', { deviceName: 'sep001f9e266369' }, 'unknown-device'],
    ['rubbish for a name', { deviceName: '__proto__' }, 'unknown-device'],
    ['another protocol', { protocol: 'SCCP' }, 'wrong-protocol'],
    ['another model', { deviceType: 684 }, 'wrong-protocol'],
    ['a non-secure device over TLS', { secure: true, mode: 'encrypted' }, 'wrong-security'],
  ];
  it.each(ROWS)('%s', async (_, request, reason) => {
    const { state } = await cluster('12.5(1)');
    const answer = admit(state, 'PUB', { ...KNOWN, ...request });
    expect(answer.accepted ? '' : answer.reason).toBe(reason);
    if (!answer.accepted) expect(answer.text.length).toBeLessThanOrEqual(32);
  });

  it.each([
    ['non-secure', 'encrypted', 'nonsecure'],
    ['mixed', 'non-secure', 'nonsecure'],
    ['mixed', 'authenticated', 'authenticated'],
    ['mixed', 'encrypted', 'encrypted'],
  ] as const)(
    '%s cluster, profile %s: %s, and nothing else (DT-4, R-77)',
    async (clusterMode, profile, wanted) => {
      const { state } = await cluster('12.5(1)', { mode: clusterMode, devices: phones(profile) });
      for (const mode of ['nonsecure', 'authenticated', 'encrypted'] as const) {
        const answer = admit(state, 'SUB2', { ...KNOWN, secure: mode !== 'nonsecure', mode });
        if (mode === wanted) {
          expect(answer).toEqual({
            accepted: true,
            lines: [{ name: '1001', displayName: 'Alice Example' }],
          });
        } else {
          expect(answer).toMatchObject({ accepted: false, reason: 'wrong-security' });
        }
      }
    },
  );

  it('any CallManager takes any device: a locked phone comes to its TFTP server (R-62)', async () => {
    const { state } = await cluster('12.5(1)');
    expect(['PUB', 'SUB1', 'SUB2'].map((node) => admit(state, node, KNOWN).accepted)).toEqual([
      true,
      true,
      true,
    ]);
    expect(admit(state, 'SUB9', KNOWN)).toMatchObject({ reason: 'unknown-device' });
  });

  it('answers in the words of the registrars', async () => {
    const { state } = await cluster('12.5(1)');
    const asked: Admit = (request) => admit(state, 'PUB', request);
    expect(asked({ ...KNOWN, mode: 'nonsecure' }).accepted).toBe(true);
  });
});

describe('the CallManager group that a device is told of', () => {
  it('has the members of its configuration, in their order', async () => {
    const { state } = await cluster('12.5(1)');
    const device = state.devices.get(KNOWN.deviceName);
    const nodes = device?.callManagerGroup.nodes ?? [];
    expect(nodes.length).toBeGreaterThan(1);
    const told = callManagersOf(state, KNOWN.deviceName);
    expect(told.map(({ name, address, sccpPort }) => ({ name, address, sccpPort }))).toEqual(
      nodes.map((name) => ({ name, address: nodeOf(state, name).address, sccpPort: 2000 })),
    );
  });

  it('is empty for a device that is not in the database', async () => {
    const { state } = await cluster('12.5(1)');
    expect(callManagersOf(state, 'SEP000000000000')).toEqual([]);
  });
});
