import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { Program } from '../program.js';
import { Capture, withoutCapture } from './capture.js';
import { play } from './foreign-support.js';
import { isInstalled, start, withoutTftpd } from './sip-support.js';

const folder = mkdtempSync(join(tmpdir(), 'foreign-'));
// in.tftpd reads as another user
chmodSync(folder, 0o755);
const stopped: (() => unknown)[] = [];
afterAll(async () => {
  for (const stop of stopped) await stop();
  rmSync(folder, { recursive: true });
});
beforeAll(built, BUILD_TIMEOUT_MS);

// how busy this machine is has nothing to do with what is tested
const HEALTH = 'health: { event-loop-delay: 60s, late-actions: 1, datagrams-lost: 1 }';

describe.skipIf(withoutTftpd !== undefined)(
  `our phones load a lab that is external altogether${withoutTftpd === undefined ? '' : `: skipped, ${withoutTftpd}`}`,
  () => {
    it('take their files from tftpd-hpa as serve wrote them, and register where these send them', async () => {
      const served = join(folder, 'served');
      mkdirSync(served);
      const cucm = new Program([
        ...['serve', 'CL-1', '--bind', '127.94.1.1', '--phones', '3', '--write', served, '--json'],
      ]);
      stopped.push(() => {
        cucm.kill('SIGTERM');
        return cucm.ended;
      });
      await cucm.says(/\n/, 'stdout');
      execFileSync('chmod', ['-R', 'a+rX', served]);
      const tftpd = spawn('in.tftpd', ['-L', '--address', '127.94.1.5:6900', '-s', join(served, 'PUB')], {
        stdio: 'ignore',
      });
      stopped.push(() => {
        tftpd.kill();
      });
      const { code, stdout, count } = await play(
        folder,
        'external',
        `
name: external
cluster: { nodes: [ { name: LAB, services: { TFTP: { external: 127.94.1.5:6900 }, CallManager: { external: 127.94.1.1 } } } ] }
fleet: { profile: FLEET-A, phones: 3, set: [ { for: all, tftp: [LAB], callManagerGroup: [LAB] } ] }
start: factory
${HEALTH}
steps:
  - phones: { power-on: all }
  - expect:
      - { count: trust_lists, where: { list: itl, result: initial }, is: 3 }
      - { count: configurations, where: { result: accepted, form: sgn }, is: 3 }
      - { count: registrations, where: { result: accepted, node: LAB }, is: 3 }
`,
        ...['--bind', '127.94.2.1'],
      );
      expect(code, stdout).toBe(0);
      // nobody serves HTTP there: the phones that try it fall back
      expect(count('transfers', { protocol: 'http', result: 'ok' })).toBe(0);
      expect(count('transfers', { protocol: 'tftp', result: 'ok' })).toBeGreaterThanOrEqual(6);
    });
  },
);

const noKamailio = isInstalled('kamailio', ['-v']) ? undefined : 'kamailio is not installed';

describe.skipIf(noKamailio !== undefined)(
  `our phones at an external SIP registrar${noKamailio === undefined ? '' : `: withoutTftpd, ${noKamailio}`}`,
  () => {
    it('register at kamailio, and report one that is down as unreachable', async () => {
      const file = join(folder, 'kamailio.cfg');
      writeFileSync(
        file,
        `debug=1
log_stderror=yes
children=1
tcp_children=2
listen=udp:127.94.3.5:5070
listen=tcp:127.94.3.5:5070
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("usrloc", "db_mode", 0)
request_route {
  if (is_method("REGISTER")) { save("location"); exit; }
  sl_send_reply("404", "Not Found");
}
`,
      );
      const args = ['-f', file, '-DD', '-E', '-m', '32', '-M', '8', '-w', folder, '-Y', folder];
      const kamailio = start('kamailio', args, folder);
      stopped.push(() => kamailio.stop());
      const { code, stdout } = await play(
        folder,
        'sip',
        `
name: sip
cluster:
  nodes:
    - { name: PUB, services: { TFTP: true, TVS: true, CallManager: { external: { sip: "127.94.3.6:5070" } } } }
    - { name: SUB, services: { TVS: true, CallManager: { external: { sip: "127.94.3.5:5070" } } } }
fleet: { groups: [ { group: A, model: 8841, phones: 3, protocol: SIP, lsc: none, security: non-secure, tftp: [PUB], callManagerGroup: [PUB, SUB] } ] }
start: healthy
${HEALTH}
steps:
  - phones: { reset: all }
  - expect:
      - { count: registrations, where: { node: PUB, result: unreachable }, is: 3 }
      - { count: registrations, where: { node: SUB, protocol: sip, result: accepted }, is: 3 }
`,
        ...['--bind', '127.94.4.1'],
      );
      expect(code, `${stdout}${kamailio.output()}`).toBe(0);
    });
  },
);

const noTshark = withoutCapture();

describe.skipIf(noTshark !== undefined)(
  `run --keylog${noTshark === undefined ? '' : `: withoutTftpd, ${noTshark}`}`,
  () => {
    it('lets tshark read our SCCP and SIP over TLS', async () => {
      const keys = join(folder, 'run.keys');
      const ports = [
        'tcp.port==2443,tls',
        'tls.port==2443,skinny',
        'tcp.port==5061,tls',
        'tls.port==5061,sip',
      ];
      const decode = ['-o', `tls.keylog_file:${keys}`, ...ports.flatMap((port) => ['-d', port])];
      const capture = await Capture.begin(folder, 'tcp port 2443 or tcp port 5061', decode);
      stopped.push(() => capture.end());
      const phones = (group: string, model: string, protocol: string): string =>
        `{ group: ${group}, model: ${model}, phones: 1, protocol: ${protocol}, lsc: own, security: encrypted, tftp: [PUB], callManagerGroup: [PUB] }`;
      const { code, stdout } = await play(
        folder,
        'keylog',
        `
name: keylog
cluster: { profile: CL-1, mode: mixed }
fleet: { groups: [ ${phones('A', '8841', 'SIP')}, ${phones('B', '7962', 'SCCP')} ] }
${HEALTH}
steps:
  - phones: { reset: all }
  - expect: [ { count: registrations, where: { result: accepted, mode: encrypted }, is: 2 } ]
`,
        ...['--bind', '127.94.5.1', '--keylog', keys],
      );
      expect(code, stdout).toBe(0);
      await capture.end();
      // Register and RegisterAck
      expect(await capture.values('skinny', 'skinny.messageId')).toEqual(
        expect.arrayContaining(['1', '129']),
      );
      expect(await capture.values('sip', 'sip.CSeq.method')).toContain('REGISTER');
      expect(readFileSync(keys, 'latin1')).toMatch(/^CLIENT_RANDOM /m);
    });

    it('is refused before the run where it cannot be written', async () => {
      const program = new Program(['run', 'S-01', '--keylog', join(folder, 'no', 'such')]);
      const { code, stderr } = await program.ended;
      expect(code).toBe(3);
      expect(stderr).toMatch(/key log .*no such file or directory.*\[TF_FILE_UNWRITABLE\]/s);
    });
  },
);
