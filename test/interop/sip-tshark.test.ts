import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { registerSip, requestTokenSip, standbySip } from '../../src/net/sip-phone.js';
import { phone, registrar, until } from '../wire/sip-setting.js';
import { isInstalled, start } from './sip-support.js';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'sip-tshark-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Why tshark cannot capture here, or undefined. */
function reasonToSkip(): string | undefined {
  if (!isInstalled('tshark', ['-v'])) return 'tshark is not installed';
  const trial = ['-q', '-i', 'lo', '-a', 'duration:1', '-w', join(folder, 'trial.pcap')];
  const { status } = spawnSync('tshark', trial, { stdio: 'ignore' });
  return status === 0 ? undefined : 'tshark may not capture on lo';
}

/** Lines of fields that tshark decodes from a capture, SIP on `port` on both transports. */
async function decoded(file: string, port: number, filter: string, ...names: string[]): Promise<string[][]> {
  const as = ['tcp', 'udp'].flatMap((transport) => ['-d', `${transport}.port==${port},sip`]);
  const fields = ['-T', 'fields', '-E', 'occurrence=a', ...names.flatMap((name) => ['-e', name])];
  const { stdout } = await run('tshark', ['-r', file, ...as, '-Y', filter, ...fields]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

/** Is it in the capture yet? A file that is being written may end inside a packet, which tshark does not like. */
async function isCaptured(file: string, port: number, filter: string): Promise<boolean> {
  const lines = await decoded(file, port, filter, 'frame.number').catch(() => []);
  return lines.length > 0;
}

const skipped = reasonToSkip();

describe.skipIf(skipped !== undefined).each(['tcp', 'udp'] as const)(
  `tshark reads a captured SIP registration over %s${skipped === undefined ? '' : `: skipped, ${skipped}`}`,
  (transport) => {
    it('alarm, registration, heartbeat, token, reset and unregistration, without a malformed message', async () => {
      const { registrar: server, events } = await registrar();
      const { port } = server;
      const file = join(folder, `${transport}.pcap`);
      const capture = start(
        'tshark',
        ['-q', '-i', 'lo', '-f', `port ${port}`, '-F', 'pcap', '-w', file],
        folder,
      );
      try {
        // Capturing begins some time after tshark says so: ask until something of it is in the file.
        let knocks = 0;
        do {
          await requestTokenSip(phone(port, { transport, k: 900 }));
          knocks += 1;
        } while (!(await isCaptured(file, port, 'sip.Status-Code == 202')));
        expect(knocks).toBeLessThan(200);

        const result = await registerSip(phone(port, { transport }));
        if (result.result !== 'accepted') throw new Error(result.detail);
        const standby = await standbySip(phone(port, { transport }));
        standby?.close();
        server.notify('SEP001F9E000001', 'reset', { ConfigVersionStamp: 'stamp-2' });
        expect(await result.registration.ended).toEqual({ by: 'registrar', action: 'reset' });
        await result.registration.unregister(22);
        await until(() => events.some(({ event }) => event === 'notified'));
        const last = 'sip.CSeq.method == "REGISTER" && sip.Reason contains "reset-reset"';
        while (!(await isCaptured(file, port, last))) {
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      } finally {
        await capture.stop('SIGINT');
        await server.close('rst');
      }

      const requests = await decoded(file, port, 'sip.Method && sip.r-uri.host', 'sip.Method');
      const methods = new Set(requests.flat().flatMap((cell) => cell.split(',')));
      expect([...methods].sort()).toEqual(['NOTIFY', 'REFER', 'REGISTER']);
      expect(await decoded(file, port, '_ws.malformed', 'frame.number', '_ws.col.Info')).toEqual([]);
      expect(
        await decoded(file, port, '_ws.expert.severity == "Error"', 'frame.number', '_ws.expert.message'),
      ).toEqual([]);

      const registers = await decoded(
        file,
        port,
        'sip.Method == "REGISTER" && sip.CSeq.seq == 101 && sip.Expires == 3600',
        'sip.Content-Length',
        'mime_multipart.header.content-type',
        'sip.Reason',
      );
      expect(registers.length).toBeGreaterThanOrEqual(1);
      expect(registers[0]?.[0]?.split(',').at(-1)).toBe('1313');
      expect(registers[0]?.[1]).toBe(
        'application/x-cisco-remotecc-request+xml,application/x-cisco-remotecc-request+xml',
      );
      expect(registers[0]?.[2]).toContain('cisco-alarm:25 Name=SEP001F9E000001');
      const statuses = await decoded(file, port, 'sip.Status-Code', 'sip.Status-Code');
      expect(new Set(statuses.flat().flatMap((cell) => cell.split(',')))).toEqual(
        new Set(['100', '200', '202']),
      );
    }, 120_000);
  },
);
