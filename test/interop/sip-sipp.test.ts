import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { deviceName } from '../../src/device/name.js';
import { registrar } from '../wire/sip-setting.js';
import { freePort, isInstalled, start } from './sip-support.js';

const folder = mkdtempSync(join(tmpdir(), 'sip-sipp-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const skipped = isInstalled('sipp', ['-v']) ? undefined : 'sipp is not installed';

const CALLS = 50;

/** REGISTER of a CSeq, and the answers that CUCM would give; `more` checks the 200. */
const register = (cseq: number, expires: number, contact: string, more: string): string => `
  <send retrans="500"><![CDATA[
    REGISTER sip:[remote_ip] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:[field1]@[remote_ip]>;tag=[call_number]
    To: <sip:[field1]@[remote_ip]>
    Call-ID: [call_id]
    CSeq: ${cseq} REGISTER
    Max-Forwards: 70
    Contact: <sip:[field1]@[local_ip]:[local_port];transport=[transport]>;+u.sip!devicename.ccm.cisco.com="[field0]"${contact}
    Expires: ${expires}
    Content-Length: 0

  ]]></send>
  <recv response="100" optional="true"></recv>
  <recv response="200">${more}</recv>`;

const granted = `
    <action>
      <ereg regexp="Expires: (120)" search_in="msg" check_it="true" assign_to="all,seconds"/>
      <log message="granted [$seconds]"/>
      <log message="[$all]"/>
    </action>`;

const SCENARIO = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="a device registers, refreshes, beats, asks and leaves">
${register(1, 3600, '', granted)}
${register(2, 3600, '', '')}
${register(3, 0, ';expires=0;cisco-keep-alive', '')}
  <send retrans="500"><![CDATA[
    OPTIONS sip:[remote_ip] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:[field1]@[remote_ip]>;tag=[call_number]
    To: <sip:[remote_ip]>
    Call-ID: [call_id]
    CSeq: 4 OPTIONS
    Max-Forwards: 70
    Content-Length: 0

  ]]></send>
  <recv response="200"></recv>
${register(5, 0, ';expires=0', '')}
</scenario>
`;

describe.skipIf(skipped !== undefined)(
  `sipp at our registrar${skipped === undefined ? '' : `: skipped, ${skipped}`}`,
  () => {
    it.each([
      ['tcp', 't1'],
      ['udp', 'u1'],
    ])('%s: 50 devices register, refresh, send a heartbeat and leave', async (transport, mode) => {
      const { registrar: server, events } = await registrar();
      try {
        const names = Array.from({ length: CALLS }, (_, index) =>
          deviceName(`00AA000000${(index + 16).toString(16).toUpperCase()}`),
        );
        const scenario = join(folder, `${transport}.xml`);
        const devices = join(folder, `${transport}.csv`);
        writeFileSync(scenario, SCENARIO);
        writeFileSync(
          devices,
          `SEQUENTIAL\n${names.map((name, index) => `${name};${5000 + index};`).join('\n')}\n`,
        );
        const args = [
          ...[`127.0.0.1:${server.port}`, '-sf', scenario, '-inf', devices, '-t', mode, '-i', '127.0.0.1'],
          ...[
            '-p',
            `${await freePort()}`,
            '-m',
            `${CALLS}`,
            '-r',
            '50',
            '-nostdin',
            '-timeout',
            '60',
            '-timeout_error',
          ],
        ];
        const sipp = start('sipp', args, folder);
        const status = await new Promise((resolve) => sipp.child.once('exit', resolve));
        expect(status, sipp.output()).toBe(0);
        const about = (event: string): string[] =>
          events.flatMap((each) => (each.event === event && 'device' in each ? [each.device] : [])).sort();
        expect(about('registered')).toEqual(names);
        expect(about('unregistered')).toEqual(names);
        expect(about('rejected')).toEqual([]);
        expect(server.registered()).toEqual([]);
      } finally {
        await server.close('rst');
      }
    });
  },
);
