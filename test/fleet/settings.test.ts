import { describe, expect, it } from 'vitest';
import type { Device, DeviceKind } from '../../src/fleet/devices.js';
import type { FleetSetting } from '../../src/fleet/settings.js';
import { applySettings } from '../../src/fleet/settings.js';

function device(index: number, part: Partial<DeviceKind> = {}): Device {
  const kind: DeviceKind = {
    group: 'L42',
    model: '7942',
    protocol: 'SCCP',
    security: 'non-secure',
    tftp: ['PUB', 'SUB1'],
    callManagerGroup: { name: 'CMG-1', nodes: ['SUB1', 'SUB2'] },
    lsc: 'none',
    mic: { issuer: 'Cisco Manufacturing CA', digest: 'sha1', keyBits: 1024 },
    holds: 'own',
    ip: { mode: 'ipv4', addresses: ['ipv4'] },
    capf: {
      operation: 'none',
      auth: 'null-string',
      string: null,
      key: { order: 'rsa-only', rsaBits: 2048 },
      addresses: ['ipv4'],
    },
    firmware: null,
    inDatabase: true,
    tls: { min: '1.0', max: '1.0' },
    ...part,
  };
  return { name: `SEP02000100000${index}`, index, ordinal: index - 1, kind };
}

const all: FleetSetting['for'] = { kind: 'all' };

describe('settings of a scenario over its fleet (contracts.md 4, `fleet.set`)', () => {
  it('change the phones named and leave the others as they are', () => {
    const devices = [device(1), device(2)];
    const changed = applySettings(devices, [
      {
        for: { kind: 'index', condition: { modulus: 2, values: [[0, 0]] } },
        tftp: ['SUB1'],
        protocol: 'SIP',
      },
    ]);
    expect(changed[0]).toBe(devices[0]);
    expect(changed[1]).toEqual(device(2, { tftp: ['SUB1'], protocol: 'SIP' }));
  });

  it('apply in order: a later one sees what an earlier one set, and wins', () => {
    const [changed] = applySettings(
      [device(1)],
      [
        { for: all, tftp: ['SUB1', 'PUB'] },
        {
          for: { kind: 'field', field: 'tftp', anyOf: ['SUB1'] },
          callManagerGroup: { name: 'PUB', nodes: ['PUB'] },
        },
        { for: { kind: 'field', field: 'tftp', anyOf: ['PUB'] }, protocol: 'SIP' },
      ],
    );
    expect(changed?.kind).toMatchObject({ callManagerGroup: { name: 'PUB' }, protocol: 'SCCP' });
  });

  it('take security by index, as a security profile gives it', () => {
    const security: FleetSetting['security'] = [
      { index: { modulus: 0, values: [[1, 1]] }, value: 'encrypted' },
      { index: 'all', value: 'authenticated' },
    ];
    const changed = applySettings([device(1), device(2)], [{ for: all, security }]);
    expect(changed.map(({ kind }) => kind.security)).toEqual(['encrypted', 'authenticated']);
  });

  it('refuse security rules that leave a phone out', () => {
    const security: FleetSetting['security'] = [
      { index: { modulus: 0, values: [[1, 1]] }, value: 'encrypted' },
    ];
    expect(() => applySettings([device(2)], [{ for: all, security }])).toThrow(
      'no security rule fits phone 2',
    );
  });
});
