import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CertificatePurpose } from '../../src/cluster/operation.js';
import type { NetworkLaboratory } from '../../src/fleet/network-workers.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { openLaboratory, plan } from '../fleet/network-setting.js';

const ADDRESS = '127.39.1.1';

/** phone-behaviour.md 17, K-13: TLS ports of PUB that show each certificate. */
const ROWS: readonly [purpose: CertificatePurpose, ports: readonly number[]][] = [
  ['TVS', [2445]],
  ['CallManager', [2443, 5061]],
  ['CAPF', [3804]],
  ['tomcat', [5090, 8443]],
];
const PORTS = ROWS.flatMap(([, ports]) => ports);
/** Release 12.5 has no SIP OAuth here; release 14 restarts TVS and CAPF by itself. */
const PORTS_12_5 = PORTS.filter((port) => port !== 5090);

let laboratory: NetworkLaboratory | undefined;
const open: TLSSocket[] = [];

beforeAll(built, BUILD_TIMEOUT_MS);

afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await laboratory?.close();
  laboratory = undefined;
});

function start(value: 'restart' | 'at once', release: string): Promise<NetworkLaboratory> {
  const scenario = plan(`name: K-13
release: "${release}"
knobs: { K-13: ${value} }
fleet:
  groups:
    - { group: A, model: "8841", phones: 1, tftp: [PUB], callManagerGroup: [PUB] }
steps:
  - mark: unused
`);
  return openLaboratory(scenario, ADDRESS);
}

/** Connects and leaves the connection open. The port of mutual TLS shows its certificate before it asks for ours. */
async function shown(port: number): Promise<{ socket: TLSSocket; fingerprint: string }> {
  const socket = connect({
    host: ADDRESS,
    port,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
  });
  socket.on('error', () => undefined);
  open.push(socket);
  let fingerprint = '';
  const look = (): void => {
    fingerprint ||= socket.getPeerCertificate().fingerprint256 ?? '';
  };
  socket.once('secureConnect', look);
  socket.on('keylog', look);
  await new Promise<void>((resolve) => {
    socket.once('secureConnect', resolve);
    socket.once('close', () => resolve());
  });
  return { socket, fingerprint };
}

async function all(ports = PORTS): Promise<Record<number, string>> {
  const entries: [number, string][] = [];
  for (const port of ports) entries.push([port, (await shown(port)).fingerprint]);
  return Object.fromEntries(entries);
}

describe('K-13 over sockets: what the TLS ports show after a certificate was regenerated', () => {
  it('restart: every port goes on with what it was opened with', async () => {
    laboratory = await start('restart', '12.5(1)');
    const before = await all(PORTS_12_5);
    expect(Object.values(before)).not.toContain('');
    for (const [purpose] of ROWS) await laboratory.operate({ op: 'regenerate', purpose, nodes: ['PUB'] });
    expect(await all(PORTS_12_5)).toEqual(before);
  });

  it('at once: the ports of the services that own it show it, the others what they did, and connections stay', async () => {
    laboratory = await start('at once', '14');
    const standing = (await shown(8443)).socket;
    let before = await all();
    expect(Object.values(before)).not.toContain('');
    for (const [purpose, ports] of ROWS) {
      await laboratory.operate({ op: 'regenerate', purpose, nodes: ['PUB'] });
      const after = await all();
      expect(PORTS.filter((port) => after[port] !== before[port])).toEqual(ports);
      before = after;
    }
    expect(standing.closed).toBe(false);
    standing.end('GET /ccmcip/authenticate.jsp HTTP/1.1\r\nHost: pub\r\n\r\n');
    const [answer] = (await once(standing, 'data')) as [Buffer];
    expect(answer.toString('latin1')).toContain('HTTP/1.1 200');
  });
});
