import { describe, expect, it } from 'vitest';
import { type Device, directoryNumberOf, expandFleet, scaleGroups } from '../../src/fleet/devices.js';
import { loadFleet, loadModels } from '../../src/fleet/profiles.js';

const GROUPS = ['L42', 'L62', 'L75', 'M41', 'M51', 'M61', 'M65'];
const models = loadModels();

function vector(devices: readonly Device[], fits: (device: Device) => boolean): number[] {
  return GROUPS.map(
    (group) => devices.filter((device) => device.kind.group === group && fits(device)).length,
  );
}

describe('FLEET-A (cluster-operations.md 4.0)', () => {
  const mixed = expandFleet(loadFleet('FLEET-A', 'SEC-MIX'), models);

  it.each<[string, (device: Device) => boolean, number[]]>([
    ['all', () => true, [150, 150, 100, 200, 200, 100, 100]],
    ['encrypted', (d) => d.kind.security === 'encrypted', [75, 75, 50, 100, 100, 50, 50]],
    ['authenticated', (d) => d.kind.security === 'authenticated', [30, 30, 20, 40, 40, 20, 20]],
    ['non-secure', (d) => d.kind.security === 'non-secure', [45, 45, 30, 60, 60, 30, 30]],
    ['first TFTP PUB', (d) => d.kind.tftp[0] === 'PUB', [75, 75, 50, 100, 100, 50, 50]],
    ['first TFTP SUB1', (d) => d.kind.tftp[0] === 'SUB1', [75, 75, 50, 100, 100, 50, 50]],
    ['CMG-1', (d) => d.kind.callManagerGroup.name === 'CMG-1', [80, 80, 50, 100, 100, 50, 50]],
    ['CMG-2', (d) => d.kind.callManagerGroup.name === 'CMG-2', [70, 70, 50, 100, 100, 50, 50]],
    ['stragglers', (d) => d.index % 10 === 0, [15, 15, 10, 20, 20, 10, 10]],
  ])('%s', (_, fits, expected) => {
    expect(vector(mixed, fits)).toEqual(expected);
  });

  it('spreads TFTP and CallManager group independently: 255 + 255 and 245 + 245', () => {
    const count = (tftp: string, group: string) =>
      mixed.filter((d) => d.kind.tftp[0] === tftp && d.kind.callManagerGroup.name === group).length;
    expect([count('PUB', 'CMG-1'), count('SUB1', 'CMG-1')]).toEqual([255, 255]);
    expect([count('PUB', 'CMG-2'), count('SUB1', 'CMG-2')]).toEqual([245, 245]);
  });

  it('has every straggler at SUB1, 51 in CMG-1 and 49 in CMG-2, all non-secure', () => {
    const stragglers = mixed.filter((d) => d.index % 10 === 0);
    expect(stragglers.every((d) => d.kind.tftp[0] === 'SUB1' && d.kind.security === 'non-secure')).toBe(true);
    expect(stragglers.filter((d) => d.kind.callManagerGroup.name === 'CMG-1')).toHaveLength(51);
    expect(stragglers.filter((d) => d.kind.callManagerGroup.name === 'CMG-2')).toHaveLength(49);
  });

  it('puts SUB1 before SUB2 in CMG-1 and SUB2 before PUB in CMG-2', () => {
    const nodes = (name: string) =>
      mixed.find((d) => d.kind.callManagerGroup.name === name)?.kind.callManagerGroup.nodes;
    expect(nodes('CMG-1')).toEqual(['SUB1', 'SUB2']);
    expect(nodes('CMG-2')).toEqual(['SUB2', 'PUB']);
  });

  it('gives every phone a name and a number of its own', () => {
    expect(new Set(mixed.map((d) => d.name)).size).toBe(1000);
    expect(new Set(mixed.map(directoryNumberOf)).size).toBe(1000);
    expect(mixed[0]?.name).toBe('SEP020001000001');
  });

  it.each([
    [10, [2, 1, 1, 2, 2, 1, 1]],
    [100, [15, 15, 10, 20, 20, 10, 10]],
    [7, [1, 1, 1, 1, 1, 1, 1]],
    [4000, [600, 600, 400, 800, 800, 400, 400]],
    [1, [0, 0, 0, 1, 0, 0, 0]],
  ])('scaled to %d phones keeps the shares by largest remainder', (phones, expected) => {
    expect(scaleGroups(loadFleet('FLEET-A').groups, phones).map((group) => group.phones)).toEqual(expected);
  });

  it('is all non-secure by its default profile', () => {
    expect(expandFleet(loadFleet('FLEET-A'), models).every((d) => d.kind.security === 'non-secure')).toBe(
      true,
    );
  });
});

describe('a fleet that cannot be', () => {
  it('names the profile that is missing and those there are', () => {
    expect(() => loadFleet('FLEET-B')).toThrow(/no profile "FLEET-B".*FLEET-A/);
    expect(() => loadFleet('FLEET-A', 'SEC-ALL')).toThrow(/SEC-ALL.*ALL-NS, SEC-MIX/);
  });

  it('refuses a model that is not known and a protocol that a model does not speak', () => {
    const fleet = loadFleet('FLEET-A');
    const wrong = { ...fleet, groups: fleet.groups.map((g) => ({ ...g, protocol: 'SCCP' as const })) };
    expect(() => expandFleet(wrong, models)).toThrow(/8841 does not speak SCCP/);
    expect(() => expandFleet(fleet, new Map())).toThrow(/unknown model 7942/);
  });
});
