import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileNames } from '../../src/device/name.js';
import { fleetOf, startSetting } from '../wire/boot-setting.js';

/** A whole boot of an SCCP and of a SIP phone, as tshark reads it from the wire: files, TVS, registration. */

const BIND = '127.30.2.1';
/** Who says that the capture has begun, and that it has everything. */
const FIRST = '127.30.2.250';
const LAST = '127.30.2.251';
const folder = mkdtempSync(join(tmpdir(), 'run-tshark-'));
const file = join(folder, 'boots.pcap');
const run = promisify(execFile);

function reasonToSkip(): string | undefined {
  if (spawnSync('tshark', ['-v'], { stdio: 'ignore' }).error !== undefined) return 'tshark is not installed';
  const args = ['-q', '-i', 'lo', '-a', 'duration:1', '-w', join(folder, 'trial.pcap')];
  return spawnSync('tshark', args, { stdio: 'ignore' }).status === 0
    ? undefined
    : 'tshark may not capture on lo';
}

/** Lines of tshark for the packets that match; the cluster's ports are not those that it knows. */
async function read(filter: string, ...fields: string[]): Promise<string[]> {
  const ports = ['udp.port==6969,tftp', 'tcp.port==2445,tls', 'tcp.port==6970,http'].flatMap((d) => [
    '-d',
    d,
  ]);
  const wanted = fields.flatMap((field) => ['-e', field]);
  const { stdout } = await run('tshark', ['-r', file, ...ports, '-Y', filter, '-T', 'fields', ...wanted], {
    maxBuffer: 1 << 24,
  });
  return stdout.split('\n').filter((line) => line !== '');
}

const skipped = reasonToSkip();
if (skipped !== undefined) process.stderr.write(`skipped: ${skipped} (test/interop/run-tshark)\n`);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(skipped !== undefined)('tshark reads whole boots', () => {
  const devices = fleetOf([
    { model: '7975', protocol: 'SCCP' },
    { model: '8861', protocol: 'SIP' },
  ]);

  beforeAll(async () => {
    const setting = await startSetting(devices, BIND, { release: '11.5(1)' });
    const tshark = spawn('tshark', ['-q', '-i', 'lo', '-f', 'net 127.30.2.0/24', '-F', 'pcap', '-w', file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    try {
      await knocked(FIRST);
      const phones = devices.map((device) => setting.phone(device));
      await Promise.all(phones.map((phone) => phone.powerOn()));
      // a new signer, so that the second boot asks TVS (S-02)
      await setting.host.operate({ op: 'regenerate', purpose: 'CallManager', nodes: ['PUB'] });
      await setting.host.operate({ op: 'restart', services: ['TFTP'], nodes: ['PUB'] });
      await Promise.all(phones.map((phone) => phone.phone.reset('reset')));
      for (const phone of phones) {
        expect([...phone.counters.keys()]).toContain('tvs_requests SUB1 itl positive');
        phone.powerOff();
      }
      await knocked(LAST);
    } finally {
      const gone = once(tshark, 'exit');
      tshark.kill('SIGINT');
      await gone;
      await setting.host.close();
    }
  }, 60_000);

  /** tshark says that it captures before it does, and writes what it has heard late: knocks until a knock is in the file. */
  async function knocked(knocker: string): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      const socket = connect({ host: BIND, port: 6970, localAddress: knocker }, () =>
        socket.resetAndDestroy(),
      );
      await once(socket, 'close');
      const seen = await read(`ip.src == ${knocker}`, 'frame.number').catch(() => []);
      if (seen.length > 0) return;
      await delay(50);
    }
    throw new Error('tshark captures nothing');
  }

  it('without a malformed packet', async () => {
    expect(
      await read('_ws.malformed || _ws.expert.severity == "Error"', 'frame.number', '_ws.col.Info'),
    ).toEqual([]);
  });

  it('the 7975 asks over TFTP for CTL, ITL and configuration, twice, each from a port of its own', async () => {
    const name = devices[0]?.name ?? '';
    const once = [fileNames.ctl(name), fileNames.itl(name), fileNames.signedConfig(name)];
    // 1: read request
    const requests = await read('tftp.opcode == 1', 'tftp.source_file', 'udp.srcport');
    // nothing is installed at the first boot, but the ITL is taken before the configuration is asked for
    expect(requests.map((line) => line.split('\t')[0])).toEqual([...once, ...once]);
    expect(new Set(requests.map((line) => line.split('\t')[1])).size).toBe(6);
  });

  it('the 8861 asks over HTTP for the same', async () => {
    const name = devices[1]?.name ?? '';
    const once = [fileNames.ctl(name), fileNames.itl(name), fileNames.signedConfig(name)].map((n) => `/${n}`);
    expect(await read('http.request', 'http.request.uri')).toEqual([...once, ...once]);
  });

  it('both ask TVS over TLS; the 7975 offers 1.0 alone', async () => {
    // 769: TLS 1.0, 771: TLS 1.2
    const hellos = await read('tls.handshake.type == 2', 'ip.dst', 'tls.handshake.version');
    expect(hellos.sort()).toEqual(['127.30.2.100\t0x0301', '127.30.2.101\t0x0303']);
  });

  it('one registers with SCCP, the other with SIP, both twice', async () => {
    // RegisterAck of SCCP
    expect(await read('skinny.messageId == 0x0081', 'ip.dst')).toEqual(['127.30.2.100', '127.30.2.100']);
    const answers = await read('sip.Status-Code == 200 && sip.CSeq.method == "REGISTER"', 'ip.dst');
    expect(new Set(answers)).toEqual(new Set(['127.30.2.101']));
    expect(answers.length).toBeGreaterThanOrEqual(2);
  });
});
