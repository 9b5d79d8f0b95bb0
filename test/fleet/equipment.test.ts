import { describe, expect, it } from 'vitest';
import { type Device, type DeviceKind, expandFleet } from '../../src/fleet/devices.js';
import { modelOfDevice, strangeClusters } from '../../src/fleet/equipment.js';
import type { FleetSpec, PhoneSettings } from '../../src/fleet/model.js';
import { loadFleet, loadModel, loadModels } from '../../src/fleet/profiles.js';
import { applySettings } from '../../src/fleet/settings.js';

const GROUPS = ['L42', 'L62', 'L75', 'M41', 'M51', 'M61', 'M65'];
const models = loadModels();

function deviceOf(model: string, settings: PhoneSettings = {}): Device {
  const fleet: FleetSpec = {
    name: 'one',
    groups: [
      {
        group: 'G',
        model,
        phones: 1,
        protocol: model === '8841' ? 'SIP' : 'SCCP',
        security: [{ index: 'all', value: 'encrypted' }],
        tftp: [{ index: 'all', value: ['PUB'] }],
        callManagerGroup: [{ index: 'all', value: { name: 'CMG-1', nodes: ['SUB1'] } }],
        ...settings,
      },
    ],
  };
  const [device] = expandFleet(fleet, models);
  if (device === undefined) throw new Error('a fleet of one phone has none');
  return device;
}

function phoneOf(model: string, settings: PhoneSettings = {}): DeviceKind {
  return deviceOf(model, settings).kind;
}

describe('LSC owners of FLEET-A (cluster-operations.md 4.0)', () => {
  const mixed = expandFleet(loadFleet('FLEET-A', 'SEC-MIX'), models);
  const vector = (fits: (kind: DeviceKind) => boolean): number[] =>
    GROUPS.map((group) => mixed.filter(({ kind }) => kind.group === group && fits(kind)).length);

  it('are 400 in SEC-MIX: 300 encrypted, 100 authenticated', () => {
    expect(vector(({ lsc }) => lsc === 'own')).toEqual([60, 60, 40, 80, 80, 40, 40]);
    const owners = mixed.filter(({ kind }) => kind.lsc === 'own');
    expect(owners.filter(({ kind }) => kind.security === 'encrypted')).toHaveLength(300);
    expect(owners.filter(({ kind }) => kind.security === 'authenticated')).toHaveLength(100);
  });

  it('leave 300 secure phones with their MIC', () => {
    expect(vector(({ lsc, security }) => lsc === 'none' && security !== 'non-secure')).toEqual([
      45, 45, 30, 60, 60, 30, 30,
    ]);
  });

  it('are none in ALL-NS', () => {
    expect(expandFleet(loadFleet('FLEET-A'), models).every(({ kind }) => kind.lsc === 'none')).toBe(true);
  });
});

describe('a phone of which nothing is said', () => {
  it('has its model’s MIC and TLS versions, IPv4, no LSC and no operation at CAPF', () => {
    expect(phoneOf('7942')).toMatchObject({
      lsc: 'none',
      mic: { issuer: 'Cisco Manufacturing CA', digest: 'sha1', keyBits: 1024 },
      holds: 'own',
      ip: { mode: 'ipv4', addresses: ['ipv4'] },
      capf: { operation: 'none', auth: 'null-string', string: null, addresses: ['ipv4'] },
      firmware: null,
      inDatabase: true,
      tls: { min: '1.0', max: '1.0' },
    });
  });

  it('is its model itself', () => {
    const model = loadModel('8841');
    // as it comes out of a worker's message
    expect(modelOfDevice(model, structuredClone(phoneOf('8841')))).toBe(model);
  });

  it.each(['7940', '7960'])('has no MIC when it is a %s (phone-behaviour.md 12)', (model) => {
    expect(phoneOf(model).mic).toBeNull();
  });

  it('is a 7960 with two lines when it is a 7940, device type 8 (sccp.md 11)', () => {
    expect(loadModel('7940')).toEqual({
      ...loadModel('7960'),
      model: '7940',
      productName: '7940G',
      deviceType: 8,
      lines: 2,
    });
  });
});

describe('what a group or a setting says of its phones', () => {
  it('changes firmware, TLS versions and MIC of the model', () => {
    const device = phoneOf('8841', {
      firmware: 'sip88xx.14-2-1',
      tls: { max: '1.3' },
      mic: 'Cisco Manufacturing CA',
    });
    expect(modelOfDevice(loadModel('8841'), device)).toMatchObject({
      model: '8841',
      loads: { SIP: 'sip88xx.14-2-1' },
      tls: { min: '1.0', max: '1.3', canRaiseMinimum: true },
      mic: { issuer: 'Cisco Manufacturing CA', digest: 'sha1', keyBits: 1024 },
    });
  });

  it('takes the MIC away', () => {
    const device = phoneOf('7942', { mic: 'none' });
    expect(device.mic).toBeNull();
    expect(modelOfDevice(loadModel('7942'), device).mic).toBeNull();
  });

  it('changes a part of the CAPF settings and leaves the rest, setting after setting', () => {
    const [device] = applySettings(
      [deviceOf('7942', { capf: { operation: 'install', addresses: ['ipv6'] } })],
      [{ for: { kind: 'all' }, capf: { auth: 'string', string: '12345' } }],
    );
    expect(device?.kind.capf).toEqual({
      operation: 'install',
      auth: 'string',
      string: '12345',
      key: { order: 'rsa-only', rsaBits: 2048 },
      addresses: ['ipv6'],
    });
  });

  it('gives LSCs by index', () => {
    const lsc = [
      { index: { modulus: 2, values: [[1, 1]] }, value: 'source' },
      { index: 'all', value: 'none' },
    ] as const;
    const devices = [deviceOf('7942'), { ...deviceOf('7942'), index: 2 }];
    const set = applySettings(devices, [{ for: { kind: 'all' }, lsc }]);
    expect(set.map(({ kind }) => kind.lsc)).toEqual(['source', 'none']);
  });

  it('names clusters outside the run through the LSCs that they issued', () => {
    const devices = ['own', 'west', 'none', 'east', 'west'].map((lsc) => ({ kind: { lsc } }));
    expect(strangeClusters(devices)).toEqual(['east', 'west']);
  });
});
