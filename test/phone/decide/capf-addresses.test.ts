import { describe, expect, it } from 'vitest';
import { type AddressFamily, familyOf } from '../../../src/device/address-family.js';
import { capfCandidates, goesOnAfter, usableFamilies } from '../../../src/phone/decide/capf-addresses.js';
import { LEGACY, MODERN } from '../fixtures.js';

const V4 = { priority: 0, address: '10.0.0.1', port: 3804 };
const V6 = { priority: 0, address: '2001:db8::1', port: 3904 };
const SERVERS = { ipv4: V4, ipv6: V6 };

type Families = readonly AddressFamily[];
const four: Families = ['ipv4'];
const six: Families = ['ipv6'];
const both: Families = ['ipv4', 'ipv6'];

/** T6: mode of the phone, its addresses, those of CAPF, and what it tries in which order. */
const T6: readonly (readonly [
  row: string,
  mode: 0 | 1 | 2,
  phone: Families,
  capf: Families,
  tries: Families,
])[] = [
  ['T6-01', 2, both, both, ['ipv6', 'ipv4']],
  ['T6-02', 2, four, both, ['ipv4']],
  ['T6-03', 2, six, both, ['ipv6']],
  ['T6-04', 2, four, four, ['ipv4']],
  ['T6-05', 2, both, six, ['ipv6']],
  ['T6-06', 2, both, four, ['ipv4']],
  ['T6-07', 2, four, six, []],
  ['T6-08', 2, six, four, []],
  ['T6-09', 2, six, six, ['ipv6']],
  ['T6-10', 0, four, both, ['ipv4']],
  ['T6-11', 1, six, both, ['ipv6']],
  ['T6-12', 0, four, four, ['ipv4']],
  ['T6-13', 0, four, six, []],
  ['T6-14', 1, six, six, ['ipv6']],
  ['T6-15', 1, six, four, []],
];

describe('T6: addresses of the phone ∩ addresses of CAPF, IPv6 first', () => {
  it.each(T6)('%s', (_, mode, phone, capf, tries) => {
    const families = usableFamilies(phone, mode, LEGACY);
    const servers = capf.map((family) => SERVERS[family]);
    expect(capfCandidates(servers, families).map(({ family }) => family)).toEqual(tries);
  });

  it('R-104: the mode forbids an address that the phone has', () => {
    expect(usableFamilies(both, 0, MODERN)).toEqual(['ipv4']);
    expect(usableFamilies(both, 1, MODERN)).toEqual(['ipv6']);
    expect(usableFamilies(both, 2, MODERN)).toEqual(['ipv6', 'ipv4']);
  });

  it('a model without IPv6 has no IPv6 address', () => {
    expect(usableFamilies(both, 2, { ipv6: false })).toEqual(['ipv4']);
  });

  it('several servers: all of IPv6 by priority, then all of IPv4', () => {
    const servers = [
      { priority: 1, address: '10.0.0.2', port: 3804 },
      { priority: 1, address: '2001:db8::2', port: 3804 },
      V4,
      V6,
    ];
    expect(capfCandidates(servers, both).map(({ server }) => server.address)).toEqual([
      '2001:db8::1',
      '2001:db8::2',
      '10.0.0.1',
      '10.0.0.2',
    ]);
    expect(capfCandidates([V6], both)[0]?.server).toEqual({ address: '2001:db8::1', port: 3904 });
  });

  it('a family is seen from the address', () => {
    expect(['::1', '2001:db8::1', '127.0.0.1', 'cucm'].map(familyOf)).toEqual([
      'ipv6',
      'ipv6',
      'ipv4',
      'ipv4',
    ]);
  });
});

describe('R-103, K-09: after which failure the next address has its turn', () => {
  const OUTCOMES = ['refused', 'unreachable', 'tls-failed', 'lost'] as const;

  it('after every one by default', () => {
    for (const outcome of OUTCOMES) {
      for (const family of both)
        expect(goesOnAfter(outcome, family, { ipv6RefusalFallsBack: true })).toBe(true);
    }
  });

  it('K-09 false: not after a refusal over IPv6', () => {
    const knobs = { ipv6RefusalFallsBack: false };
    expect(OUTCOMES.filter((outcome) => goesOnAfter(outcome, 'ipv6', knobs))).toEqual([
      'unreachable',
      'tls-failed',
      'lost',
    ]);
    expect(goesOnAfter('refused', 'ipv4', knobs)).toBe(true);
  });
});
