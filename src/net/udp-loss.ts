import { readFileSync } from 'node:fs';

/**
 * What the kernel says about UDP of this network namespace since it started; two readings subtract. Datagrams that found a
 * full receive buffer are lost without a trace for both programs, so a run has to report them (speed.md 4.3).
 */
export interface UdpCounts {
  /** Datagrams delivered to sockets (InDatagrams). */
  readonly received: number;
  /** Datagrams lost because a socket's receive buffer was full (RcvbufErrors). */
  readonly lostInBuffers: number;
}

/** Counts of IPv4 and IPv6 together; undefined where the system has no /proc/net/snmp. */
export function readUdpCounts(): UdpCounts | undefined {
  const four = readProc('/proc/net/snmp');
  if (four === undefined) return undefined;
  const counts = parseSnmp(four);
  const six = parseSnmp6(readProc('/proc/net/snmp6') ?? '');
  return (
    counts && {
      received: counts.received + six.received,
      lostInBuffers: counts.lostInBuffers + six.lostInBuffers,
    }
  );
}

/**
 * /proc/net/snmp: two lines `Udp:`, the first with the names of the fields, the second with their values. Undefined when one
 * of the fields is missing.
 */
export function parseSnmp(text: string): UdpCounts | undefined {
  const [names, values] = text
    .split('\n')
    .filter((line) => line.startsWith('Udp: '))
    .map((line) => line.split(' '));
  const field = (name: string): number | undefined => {
    const index = names?.indexOf(name) ?? -1;
    const value = index === -1 ? undefined : values?.[index];
    return value === undefined ? undefined : Number(value);
  };
  const received = field('InDatagrams');
  const lostInBuffers = field('RcvbufErrors');
  return received === undefined || lostInBuffers === undefined ? undefined : { received, lostInBuffers };
}

/** /proc/net/snmp6: a line a field, name and value. Fields that are missing count as 0: the machine has no IPv6. */
export function parseSnmp6(text: string): UdpCounts {
  const field = (name: string): number => Number(new RegExp(`^${name}\\s+(\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return { received: field('Udp6InDatagrams'), lostInBuffers: field('Udp6RcvbufErrors') };
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
