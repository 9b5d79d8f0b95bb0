import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { registerSip, requestTokenSip, standbySip } from '../../src/net/sip-phone.js';
import { phone, registrar, until } from '../wire/sip-setting.js';
import { Capture, withoutCapture } from './capture.js';

const folder = mkdtempSync(join(tmpdir(), 'sip-tshark-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const skipped = withoutCapture();

describe.skipIf(skipped !== undefined).each(['tcp', 'udp'] as const)(
  `tshark reads a captured SIP registration over %s${skipped === undefined ? '' : `: skipped, ${skipped}`}`,
  (transport) => {
    it('alarm, registration, heartbeat, token, reset and unregistration, without a malformed message', async () => {
      const { registrar: server, events } = await registrar();
      const { port } = server;
      const as = ['tcp', 'udp'].flatMap((protocol) => ['-d', `${protocol}.port==${port},sip`]);
      const capture = await Capture.begin(folder, `port ${port}`, as);
      try {
        await requestTokenSip(phone(port, { transport, k: 900 }));
        const result = await registerSip(phone(port, { transport }));
        if (result.result !== 'accepted') throw new Error(result.detail);
        const standby = await standbySip(phone(port, { transport }));
        standby?.close();
        server.notify('SEP001F9E000001', 'reset', { ConfigVersionStamp: 'stamp-2' });
        expect(await result.registration.ended).toEqual({ by: 'registrar', action: 'reset' });
        await result.registration.unregister(22);
        await until(() => events.some(({ event }) => event === 'notified'));
      } finally {
        await capture.end();
        await server.close('rst');
      }

      const requests = await capture.values('sip.Method && sip.r-uri.host', 'sip.Method');
      const methods = new Set(requests);
      expect([...methods].sort()).toEqual(['NOTIFY', 'REFER', 'REGISTER']);
      expect(await capture.fields('_ws.malformed', 'frame.number', '_ws.col.Info')).toEqual([]);
      expect(
        await capture.fields('_ws.expert.severity == "Error"', 'frame.number', '_ws.expert.message'),
      ).toEqual([]);

      const registers = await capture.fields(
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
      const statuses = await capture.values('sip.Status-Code', 'sip.Status-Code');
      expect(new Set(statuses)).toEqual(new Set(['100', '200', '202']));
    });
  },
);
