import { describe, expect, it } from 'vitest';
import type { Selection } from '../../src/fleet/model.js';
import { loadFleet, loadModels } from '../../src/fleet/profiles.js';
import { selects } from '../../src/fleet/selection.js';
import { canMatch, devicesOf, openConditions } from '../../src/scenario/reach.js';
import { selection } from '../../src/scenario/selection.js';

const all = devicesOf({ spec: loadFleet('FLEET-A', 'SEC-MIX'), phones: 1000, set: [] }, loadModels()) ?? [];

function matching(read: Selection): number {
  return all.filter((device) =>
    selects(read, { device, state: 'registered', locked: false, has: (what) => what === 'mic' }),
  ).length;
}

describe('a selection (contracts.md 4)', () => {
  it.each<[unknown, number]>([
    ['all', 1000],
    [{ model: 7942 }, 150],
    [{ model: [7942, '7962'] }, 300],
    [{ group: 'M41' }, 200],
    [{ tftp: 'SUB1' }, 500],
    [{ callManagerGroup: 'CMG-1' }, 510],
    [{ index: 'i mod 20 in 1-10' }, 510],
    [{ mode: ['authenticated', 'encrypted'] }, 700],
    [{ index: 'i mod 10 = 0' }, 100],
    [{ index: ['i mod 10 = 0', 'i in 1-2'] }, 114],
    [{ index: 'i mod 10 = 0', callManagerGroup: 'CMG-1' }, 51],
    [{ and: [{ model: 7942 }, { index: 'i in 1-25' }] }, 25],
    [{ or: [{ model: 7942 }, { model: 7962 }] }, 300],
    [{ not: { or: [{ model: 7942 }, { mode: 'non-secure' }] } }, 595],
    [{ name: 'SEP020001000001' }, 1],
    [{ has: 'mic' }, 1000],
    [{ has: ['lsc', 'ctl'] }, 0],
    [{ state: 'registered' }, 1000],
    [{ locked: true }, 0],
  ])('%j names %i phones of FLEET-A with SEC-MIX', (text, phones) => {
    expect(matching(selection.parse(text))).toBe(phones);
  });

  it('means the TFTP node that a phone asks first now, of one cluster or of any', () => {
    const [device] = all;
    if (device === undefined) throw new Error('a phone');
    const named = (tftp: string, tftpNode?: string): boolean => {
      const phone = { device, state: 'off', locked: false, has: () => false } as const;
      return selects(selection.parse({ tftp }), tftpNode === undefined ? phone : { ...phone, tftpNode });
    };
    expect(device.kind.tftp[0]).toBe('PUB');
    expect([named('PUB'), named('SUB1')]).toEqual([true, false]);
    // moved within its cluster, and to another
    expect([named('PUB', 'SUB1'), named('SUB1', 'SUB1')]).toEqual([false, true]);
    const moved = ['PUB', 'destination/PUB', 'source/PUB', 'destination/SUB1'];
    expect(moved.map((tftp) => named(tftp, 'destination/PUB'))).toEqual([true, true, false, false]);
  });

  it('nested deeper than a person can read is refused', () => {
    let deep: unknown = 'all';
    for (let i = 0; i < 30; i += 1) deep = { not: deep };
    expect(selection.safeParse(deep).error?.issues[0]?.message).toContain('nested more than 16 deep');
  });
});

describe('phones by where they are registered', () => {
  const [device] = all;
  if (device === undefined) throw new Error('a fleet without phones');
  const at = (node: string) => ({
    device,
    state: 'registered' as const,
    locked: false,
    node,
    has: () => false,
  });

  it.each([
    ['destination/SUB1', 'destination', true],
    ['source/SUB1', 'destination', false],
    ['SUB1', null, true],
    ['', null, false],
    ['', 'destination', false],
  ])('at "%s", asked for %s: %s', (node, cluster, chosen) => {
    expect(selects({ kind: 'registered', cluster }, at(node))).toBe(chosen);
  });
});

describe('whether a selection can match any phone', () => {
  it.each<[unknown, boolean]>([
    ['all', true],
    [{ locked: true }, true],
    [{ not: { locked: true } }, true],
    [{ state: 'off', model: 7942 }, true],
    [{ has: 'lsc', model: 8811 }, false],
    [{ model: 7942, group: 'M41' }, false],
    [{ not: 'all' }, false],
    [{ not: { state: 'off' }, group: 'nobody' }, false],
    [{ or: [{ model: 8811 }, { state: 'off' }] }, true],
    [{ not: { or: ['all', { locked: true }] } }, false],
    [{ index: 'i in 201-300' }, false],
    [{ index: 'i in 200-300' }, true],
  ])('%j: %s', (text, possible) => {
    expect(canMatch(selection.parse(text), all, false)).toBe(possible);
  });

  it('knows nothing of the TFTP node of phones that are sent to another one', () => {
    const read = selection.parse({ tftp: 'SUB2', model: 7942 });
    expect(canMatch(read, all, false)).toBe(false);
    expect(canMatch(read, all, true)).toBe(true);
  });

  it('knows which conditions depend on the run', () => {
    const read = selection.parse({ model: 7942, or: [{ locked: true }, { not: { state: 'off' } }] });
    expect(openConditions(read)).toEqual(['locked', 'state']);
  });
});
