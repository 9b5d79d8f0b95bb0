import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MESSAGES } from '../../src/protocol/sccp/message.js';
import { phone, registered, registrar, until } from '../wire/sccp-support.js';
import { Capture, withoutCapture } from './capture.js';

const folder = mkdtempSync(join(tmpdir(), 'sccp-tshark-'));
const skipped = withoutCapture();

describe.skipIf(skipped !== undefined)(
  `tshark reads a captured SCCP registration${skipped === undefined ? '' : `: skipped, ${skipped}`}`,
  () => {
    const device = phone(200);

    let capture: Capture;

    it('takes the capture', async () => {
      const cucm = await registrar();
      capture = await Capture.begin(folder, `tcp port ${cucm.port}`, ['-d', `tcp.port==${cucm.port},skinny`]);
      try {
        const registration = await registered(cucm.port, device);
        await registration.unregister(20);
        await until(() => cucm.connections === 0);
      } finally {
        await capture.end();
      }
    });

    it('finds no malformed message', async () => {
      const filter = '_ws.malformed || _ws.expert.severity == "Error"';
      expect(await capture.fields(filter, 'frame.number', '_ws.col.Info')).toEqual([]);
    });

    it('names the messages of sccp.md 3 in their order', async () => {
      const ids = (await capture.values('skinny', 'skinny.messageId')).map(Number);
      const names = new Map(Object.entries(MESSAGES).map(([name, { id }]) => [id as number, name]));
      const lines = [1, 2].flatMap(() => ['LineStatReq', 'LineStatV2', 'ForwardStatReq', 'ForwardStat']);
      expect(ids.map((id) => names.get(id))).toEqual([
        ...['XMLAlarm', 'Alarm', 'Register', 'RegisterAck', 'CapabilitiesReq'],
        ...['HeadsetStatus', 'MediaPathCapability', 'CapabilitiesRes', 'ButtonTemplateReq', 'ButtonTemplate'],
        ...['SoftKeyTemplateReq', 'SoftKeyTemplateRes'],
        ...['SoftKeySetReq', 'SoftKeySetRes', 'SelectSoftKeys', 'DisplayPromptStatusV2'],
        ...['ConfigStatReq', 'ConfigStatV2', ...lines, 'SpeedDialStatReq', 'SpeedDialStatV2'],
        ...['RegisterAvailableLines', 'TimeDateReq', 'DefineTimeDate', 'SetLamp'],
        ...['Unregister', 'UnregisterAck'],
      ]);
    });

    it('reads the same values', async () => {
      const rows = await capture.fields(
        'skinny',
        'skinny.DeviceName',
        'skinny.deviceType',
        'skinny.stationIpAddr',
        'skinny.protocolVer',
        'skinny.firmwareLoadName',
        'skinny.keepAliveInterval',
        'skinny.secondaryKeepAliveInterval',
        'skinny.lineDirNumber',
        'skinny.hdr_version',
      );
      const column = (at: number) =>
        new Set(rows.flatMap((row) => (row[at] ?? '').split(',')).filter((v) => v !== ''));
      expect(column(0)).toContain(device.name);
      expect(column(1)).toEqual(new Set(['0x00000194']));
      expect(column(2)).toContain(device.address);
      expect(column(3)).toEqual(new Set(['22']));
      expect(column(4)).toEqual(new Set([device.load]));
      expect(column(5)).toEqual(new Set(['30']));
      expect(column(6)).toEqual(new Set(['60']));
      expect(column(7)).toEqual(new Set(['1001', '1002']));
      expect([...column(8)].map(Number).sort()).toEqual([0, 22]);
    });
  },
);

afterAll(() => rmSync(folder, { recursive: true, force: true }));
