import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalAddress,
  checkPhoneAddresses,
  checkTarget,
  EMBEDDED_PORTS,
  ipv6Port,
  isLoopback,
  MAX_PHONES,
  parseCidr,
  phoneAddress,
  placeNodes,
  SERVICE_PORTS,
  usedPort,
} from '../../src/net/addresses.js';

describe('nodes (contracts.md 1, "Addresses and ports")', () => {
  it('has node n of cluster c at 127.10.c.n', () => {
    const [source, destination] = placeNodes([3, 2]);
    expect(source?.map((place) => place.address)).toEqual(['127.10.0.1', '127.10.0.2', '127.10.0.3']);
    expect(destination?.map((place) => place.address)).toEqual(['127.10.1.1', '127.10.1.2']);
    expect(destination?.map((place) => place.number)).toEqual([3, 4]);
  });

  it('gives the nodes one address after the other from --bind on, cluster after cluster', () => {
    const places = placeNodes([2, 1], '10.0.0.255').flat();
    // 256 addresses further: a node that joins the first (OP-19) meets none of the second
    expect(places.map((place) => place.address)).toEqual(['10.0.0.255', '10.0.1.0', '10.0.1.255']);
  });

  for (const bind of ['::1', 'localhost', '0.0.0.0', '255.255.255.255', '127.0.0.256', '']) {
    it(`refuses --bind "${bind}"`, () => {
      expect(() => placeNodes([1], bind)).toThrow(/not an IPv4 address/);
    });
  }

  it('says when there are more nodes than addresses', () => {
    expect(() => placeNodes([255])).toThrow(/no address for node 255/);
    expect(() => placeNodes([1, 1], '255.255.255.254')).toThrow(/no address/);
  });

  it('listens on the ports of the contract, and on [::1] a hundred further for each node', () => {
    expect(SERVICE_PORTS).toEqual({
      tftp: 6969,
      http: 6970,
      tvs: 2445,
      capf: 3804,
      sccp: 2000,
      sccps: 2443,
      sip: 5060,
      sips: 5061,
      sipOauth: 5090,
      tomcat: 8443,
    });
    const [, third] = placeNodes([2, 1]);
    expect(third?.map((place) => ipv6Port(place.number, SERVICE_PORTS.capf))).toEqual([4004]);
  });

  it('never gives two services of two nodes the same IPv6 port', () => {
    const places = placeNodes([20]).flat();
    const ports = places.flatMap((place) =>
      Object.values(SERVICE_PORTS).map((port) => ipv6Port(place.number, port)),
    );
    expect(new Set(ports).size).toBe(ports.length);
  });

  it('maps 69 to 6969 towards the embedded cluster only, and leaves other ports alone', () => {
    expect(usedPort(EMBEDDED_PORTS, 69)).toBe(6969);
    for (const port of [6970, 2445, 3804, 2000, 2443, 5060, 5061, 12345]) {
      expect(usedPort(EMBEDDED_PORTS, port)).toBe(port);
    }
  });
});

describe('phones', () => {
  it.each([
    [1, '127.64.0.1'],
    [254, '127.64.0.254'],
    [255, '127.64.1.1'],
    [508, '127.64.1.254'],
    [10_000, '127.64.39.94'],
    [254 * 256 + 1, '127.65.0.1'],
    [MAX_PHONES, '127.255.255.254'],
  ])('phone %i is at %s', (k, address) => {
    expect(phoneAddress(k)).toBe(address);
  });

  it.each([0, -1, 1.5, MAX_PHONES + 1, Number.NaN])('there is no phone %d', (k) => {
    expect(() => phoneAddress(k)).toThrow(/no address for phone/);
  });

  it('has addresses that are loopback, all different, and end neither in 0 nor in 255', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_PHONES - 1 }), (k) => {
        const address = phoneAddress(k);
        expect(isLoopback(address)).toBe(true);
        expect(address).not.toMatch(/\.(0|255)$/);
        expect(phoneAddress(k + 1)).not.toBe(address);
      }),
    );
  });

  it.runIf(process.platform === 'linux')('can be bound on Linux without set-up', () => {
    expect(() => checkPhoneAddresses(10_000)).not.toThrow();
  });
});

describe('targets (contracts.md 1, "Network safety")', () => {
  it.each(['127.0.0.1', '127.64.3.9', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'])(
    '%s is loopback',
    (address) => {
      expect(isLoopback(address)).toBe(true);
      expect(() => checkTarget(address, [])).not.toThrow();
    },
  );

  it.each(['10.0.0.1', '128.0.0.1', '126.255.255.255', '0.0.0.0', '::', '::2', 'localhost', '', '127.1'])(
    '%s is not, and is refused',
    (address) => {
      expect(isLoopback(address)).toBe(false);
      expect(() => checkTarget(address, [])).toThrow(expect.objectContaining({ code: 'TF_TARGET_REFUSED' }));
    },
  );

  it('asks whether a port was meant where an IPv6 address ends in what could be one', () => {
    expect(() => checkTarget('::1:3804', [])).toThrow(/if 3804 is a port, write \[::1\]:3804$/);
    expect(() => checkTarget('2001:db8::5', [])).toThrow(/yours to load$/);
  });

  it.each([
    ['::/0', '10.1.1.6'],
    ['::ffff:0:0/96', '10.1.1.6'],
    ['::/0', '::ffff:10.1.1.6'],
    ['0.0.0.0/0', '2001:db8::1'],
  ])('%s names no address of the other family: %s is refused', (range, address) => {
    expect(() => checkTarget(address, [parseCidr(range)])).toThrow(
      expect.objectContaining({ code: 'TF_TARGET_REFUSED' }),
    );
  });

  it('lets pass what the command line names, and nothing beside it', () => {
    const allowed = [parseCidr('10.20.0.0/16'), parseCidr('192.0.2.7'), parseCidr('2001:db8::/32')];
    for (const address of ['10.20.255.1', '192.0.2.7', '2001:db8:1::5']) {
      expect(() => checkTarget(address, allowed)).not.toThrow();
    }
    for (const address of ['10.21.0.1', '192.0.2.8', '2001:db9::1']) {
      expect(() => checkTarget(address, allowed)).toThrow(/--allow-target/);
    }
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0/8',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'lab',
    '10.0.0.0/-1',
    '/8',
    '1.2.3.4/ 8',
  ])('"%s" is no range', (text) => {
    expect(() => parseCidr(text)).toThrow(expect.objectContaining({ code: 'TF_USAGE' }));
  });

  it('reads ranges of both families', () => {
    expect(parseCidr('10.0.0.0/8')).toEqual({ address: '10.0.0.0', prefix: 8, family: 'ipv4' });
    expect(parseCidr('::/0')).toEqual({ address: '::', prefix: 0, family: 'ipv6' });
    expect(parseCidr('2001:db8::1').prefix).toBe(128);
  });

  it('writes addresses as sockets report them', () => {
    expect(canonicalAddress('0:0:0:0:0:0:0:1')).toBe('::1');
    expect(canonicalAddress('127.0.0.1')).toBe('127.0.0.1');
    expect(canonicalAddress('somewhere')).toBe('somewhere');
  });
});
