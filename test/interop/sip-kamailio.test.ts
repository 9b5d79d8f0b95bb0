import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerSip } from '../../src/net/sip-phone.js';
import type { Registration } from '../../src/phone/world.js';
import { phone } from '../wire/sip-setting.js';
import { startKamailio, statusOf } from './kamailio.js';
import { freePort, isInstalled, type Running } from './sip-support.js';

const folder = mkdtempSync(join(tmpdir(), 'sip-kamailio-'));
const skipped = isInstalled('kamailio', ['-v']) ? undefined : 'kamailio is not installed';

/** Registers everybody for 7 s at most, asks numbers that begin with 2 for a password, and tells OPTIONS who is there. */
const configuration = (port: number): string => `
debug=1
log_stderror=yes
children=2
tcp_children=2
auto_aliases=no
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", 7)
modparam("registrar", "min_expires", 1)
request_route {
  if (is_method("REGISTER")) {
    if ($tU =~ "^2" && !pv_www_authenticate("test", "secret", "0")) {
      www_challenge("test", "0");
      exit;
    }
    save("location");
    exit;
  }
  if (is_method("OPTIONS") && registered("location")) {
    sl_send_reply("200", "Registered");
    exit;
  }
  sl_send_reply("404", "Not Found");
}
`;

describe.skipIf(skipped !== undefined)(
  `our phone at a kamailio${skipped === undefined ? '' : `: skipped, ${skipped}`}`,
  () => {
    let port = 0;
    let kamailio: Running | undefined;
    const open: Registration[] = [];

    beforeAll(async () => {
      port = await freePort();
      const file = join(folder, 'kamailio.cfg');
      writeFileSync(file, configuration(port));
      kamailio = await startKamailio(folder, file, port);
    });
    afterAll(async () => {
      for (const registration of open) registration.drop();
      await kamailio?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    async function registered(options: ReturnType<typeof phone>): Promise<Registration> {
      const result = await registerSip(options);
      if (result.result !== 'accepted')
        throw new Error(`${result.result}: ${result.detail}\n${kamailio?.output()}`);
      open.push(result.registration);
      return result.registration;
    }

    it.each(['tcp', 'udp'] as const)(
      'registers over %s, each line by itself, refreshes and leaves',
      async (transport) => {
        const lines = transport === 'tcp' ? ['1001', '1002'] : ['1003', '1004'];
        const timers = { registerDelta: 5 };
        const registration = await registered(phone(port, { transport, lines, timers }));
        for (const line of lines) {
          while ((await statusOf(port, line)) !== 200)
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        let over = false;
        void registration.ended.then(() => {
          over = true;
        });
        // Granted 7 s; the phone refreshes every 2 s. After 8 s only a refreshed contact is left.
        await new Promise((resolve) => setTimeout(resolve, 8_500));
        expect(over).toBe(false);
        for (const line of lines) expect(await statusOf(port, line)).toBe(200);
        await registration.unregister(22);
        for (const line of lines) expect(await statusOf(port, line)).toBe(404);
      },
    );

    it.each(['tcp', 'udp'] as const)('answers its digest challenge over %s', async (transport) => {
      const lines = [transport === 'tcp' ? '2001' : '2002'];
      const registration = await registered(phone(port, { transport, lines, password: 'secret' }));
      expect(await statusOf(port, lines[0] ?? '')).toBe(200);
      await registration.unregister(22);
      expect(await statusOf(port, lines[0] ?? '')).toBe(404);
      const wrong = await registerSip(phone(port, { transport, lines, password: 'wrong' }));
      expect(wrong).toMatchObject({ result: 'rejected', detail: '401 Unauthorized' });
    });
  },
);
