import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileNames } from '../../src/device/name.js';
import { fleetOf, startSetting } from '../wire/boot-setting.js';
import { Capture, withoutCapture } from './capture.js';

/** A whole boot of an SCCP and of a SIP phone, as tshark reads it from the wire: files, TVS, registration. */

const BIND = '127.30.2.1';
const folder = mkdtempSync(join(tmpdir(), 'run-tshark-'));
/** The cluster's ports are not those that tshark knows. */
const PORTS = ['udp.port==6969,tftp', 'tcp.port==2445,tls', 'tcp.port==6970,http'];

const skipped = withoutCapture();
if (skipped !== undefined) process.stderr.write(`skipped: ${skipped} (test/interop/run-tshark)\n`);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(skipped !== undefined)('tshark reads whole boots', () => {
  const devices = fleetOf([
    { model: '7975', protocol: 'SCCP' },
    { model: '8861', protocol: 'SIP' },
  ]);

  let capture: Capture;

  beforeAll(async () => {
    const setting = await startSetting(devices, BIND, { release: '11.5(1)' });
    const ports = PORTS.flatMap((port) => ['-d', port]);
    capture = await Capture.begin(folder, 'net 127.30.2.0/24', ports);
    try {
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
    } finally {
      await capture.end();
      await setting.host.close();
    }
  });

  it('without a malformed packet', async () => {
    expect(
      await capture.fields('_ws.malformed || _ws.expert.severity == "Error"', 'frame.number', '_ws.col.Info'),
    ).toEqual([]);
  });

  it('the 7975 asks over TFTP for CTL, ITL and configuration, twice, each from a port of its own', async () => {
    const name = devices[0]?.name ?? '';
    const once = [fileNames.ctl(name), fileNames.itl(name), fileNames.signedConfig(name)];
    // 1: read request
    const requests = await capture.fields('tftp.opcode == 1', 'tftp.source_file', 'udp.srcport');
    // nothing is installed at the first boot, but the ITL is taken before the configuration is asked for
    expect(requests.map(([file]) => file)).toEqual([...once, ...once]);
    expect(new Set(requests.map(([, port]) => port)).size).toBe(6);
  });

  it('the 8861 asks over HTTP for the same', async () => {
    const name = devices[1]?.name ?? '';
    const once = [fileNames.ctl(name), fileNames.itl(name), fileNames.signedConfig(name)].map((n) => `/${n}`);
    expect(await capture.values('http.request', 'http.request.uri')).toEqual([...once, ...once]);
  });

  it('both ask TVS over TLS; the 7975 offers 1.0 alone', async () => {
    // 769: TLS 1.0, 771: TLS 1.2
    const hellos = await capture.fields('tls.handshake.type == 2', 'ip.dst', 'tls.handshake.version');
    expect(hellos.map((cells) => cells.join(' ')).sort()).toEqual([
      '127.30.2.100 0x0301',
      '127.30.2.101 0x0303',
    ]);
  });

  it('one registers with SCCP, the other with SIP, both twice', async () => {
    // RegisterAck of SCCP
    expect(await capture.values('skinny.messageId == 0x0081', 'ip.dst')).toEqual([
      '127.30.2.100',
      '127.30.2.100',
    ]);
    const answers = await capture.values('sip.Status-Code == 200 && sip.CSeq.method == "REGISTER"', 'ip.dst');
    expect(new Set(answers)).toEqual(new Set(['127.30.2.101']));
    expect(answers.length).toBeGreaterThanOrEqual(2);
  });
});
