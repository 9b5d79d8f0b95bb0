import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { TlsVersion } from '../../src/device/security.js';
import { openKeylogFile } from '../../src/net/tls-keylog.js';
import { accepted, PROTOCOLS } from '../wire/tls-registrars.js';
import { CIPHERS, listener, lsc, otherCapf, tls } from '../wire/tls-support.js';
import { Capture, withoutCapture } from './capture.js';

const folder = mkdtempSync(join(tmpdir(), 'tls-tshark-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const skipped = withoutCapture();

const ROWS: readonly [version: TlsVersion, mode: 'authenticated' | 'encrypted', ciphers: string][] = [
  ['1.0', 'authenticated', CIPHERS.authenticated],
  ['1.2', 'authenticated', CIPHERS.authenticated],
  ['1.0', 'encrypted', CIPHERS.legacy],
  ['1.2', 'encrypted', CIPHERS.modern],
  ['1.3', 'encrypted', CIPHERS.modern],
];
const CASES = PROTOCOLS.flatMap((protocol) =>
  ROWS.map(([version, mode, ciphers]) => ({ protocol, name: protocol.name, version, mode, ciphers })),
);

describe.skipIf(skipped !== undefined)(
  `tshark opens captured TLS with a key log${skipped === undefined ? '' : `: skipped, ${skipped}`}`,
  () => {
    it.each(CASES)(
      '$name, $mode over TLS $version: a registration, then a refused certificate',
      async ({ protocol, name, version, mode, ciphers }) => {
        const stem = join(folder, `${name}-${version}-${mode}`);
        const keylog = openKeylogFile(`${stem}.keys`);
        const cucm = await protocol.start(listener({ keylog: keylog.sink }));
        const { port } = cucm;
        const inside = name === 'SCCP' ? 'skinny' : 'sip';
        const ports = ['-d', `tcp.port==${port},tls`, '-d', `tls.port==${port},${inside}`];
        const decode = ['-o', `tls.keylog_file:${stem}.keys`, ...ports];
        const capture = await Capture.begin(folder, `tcp port ${port}`, decode);
        const offer = { min: version, max: version, ciphers };
        try {
          const profile = tls(lsc(protocol.device(1)), offer);
          const registration = accepted(await protocol.register(port, profile, { mode }));
          await registration.unregister(22);
          const rogue = tls(lsc(protocol.device(1), { issuer: otherCapf }), offer);
          expect(await protocol.register(port, rogue, { mode })).toMatchObject({ cause: '10' });
        } finally {
          await capture.end();
          keylog.close();
        }
        const said = await capture.values(SIGNALLING[name].filter, SIGNALLING[name].field);
        expect(said).toEqual(expect.arrayContaining([...SIGNALLING[name].expected]));
        const suites = await capture.values('tls.handshake.type == 2', 'tls.handshake.ciphersuite');
        // RFC 5246 A.5: 0x0002 is TLS_RSA_WITH_NULL_SHA.
        if (mode === 'authenticated') expect(new Set(suites)).toEqual(new Set(['0x0002']));
        else expect(suites).not.toContain('0x0002');
        expect(await capture.fields('_ws.malformed', 'frame.number', '_ws.col.Info')).toEqual([]);
        const alerts = await capture.fields(
          'tls.alert_message.desc == 48',
          'tls.alert_message.level',
          'tcp.srcport',
        );
        expect(alerts).toEqual([['2', `${port}`]]);
      },
    );
  },
);

/** What tshark finds in the decrypted signalling: messages by number (sccp.md 2) or method. */
const SIGNALLING = {
  SCCP: {
    filter: 'skinny',
    field: 'skinny.messageId',
    // Register, RegisterAck, TimeDateReq, Unregister, UnregisterAck
    expected: ['1', '129', '13', '39', '280'],
  },
  SIP: { filter: 'sip', field: 'sip.CSeq.method', expected: ['REGISTER'] },
} as const;
