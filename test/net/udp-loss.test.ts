import { describe, expect, it } from 'vitest';
import { parseSnmp, parseSnmp6, readUdpCounts } from '../../src/net/udp-loss.js';

const SNMP = `Icmp: InMsgs InErrors
Icmp: 3 0
Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors
Udp: 82943 1 17 82999 16 0 0 0 0
UdpLite: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors
UdpLite: 1 2 3 4 5
`;

describe('datagrams lost in receive buffers (speed.md 4.3)', () => {
  it('reads InDatagrams and RcvbufErrors of UDP, not those of UDP-Lite', () => {
    expect(parseSnmp(SNMP)).toEqual({ received: 82_943, lostInBuffers: 16 });
  });

  it('finds the fields by name, whatever the kernel puts around them', () => {
    expect(parseSnmp('Udp: RcvbufErrors New InDatagrams\nUdp: 1 2 3\n')).toEqual({
      received: 3,
      lostInBuffers: 1,
    });
  });

  it.each(['', 'Udp: InDatagrams\nUdp: 5\n', 'Udp: InDatagrams RcvbufErrors\n'])(
    'knows nothing from %j',
    (text) => {
      expect(parseSnmp(text)).toBeUndefined();
    },
  );

  it('reads the counts of IPv6, 0 without it', () => {
    expect(parseSnmp6('Udp6InDatagrams                 \t9\nUdp6RcvbufErrors                \t2\n')).toEqual({
      received: 9,
      lostInBuffers: 2,
    });
    expect(parseSnmp6('')).toEqual({ received: 0, lostInBuffers: 0 });
  });

  it.runIf(process.platform === 'linux')('reads this machine', () => {
    expect(readUdpCounts()?.lostInBuffers).toBeGreaterThanOrEqual(0);
  });
});
