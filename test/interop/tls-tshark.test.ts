import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import type { TlsVersion } from '../../src/device/security.js';
import { openKeylogFile } from '../../src/net/tls-keylog.js';
import { accepted, PROTOCOLS, type Registrar } from '../wire/tls-registrars.js';
import { CIPHERS, listener, lsc, otherCapf, tls } from '../wire/tls-support.js';
import { isInstalled, start } from './sip-support.js';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'tls-tshark-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Why tshark cannot capture here, or undefined. */
function reasonToSkip(): string | undefined {
  if (!isInstalled('tshark', ['-v'])) return 'tshark is not installed';
  const trial = ['-q', '-i', 'lo', '-a', 'duration:1', '-w', join(folder, 'trial.pcap')];
  const { status } = spawnSync('tshark', trial, { stdio: 'ignore' });
  return status === 0 ? undefined : 'tshark may not capture on lo';
}

const skipped = reasonToSkip();

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
        const capture = new Capture(cucm, `${stem}.pcap`, `${stem}.keys`, name);
        const offer = { min: version, max: version, ciphers };
        try {
          await capture.begun();
          const profile = tls(lsc(protocol.device(1)), offer);
          const registration = accepted(await protocol.register(cucm.port, profile, { mode }));
          await registration.unregister(22);
          const rogue = tls(lsc(protocol.device(1), { issuer: otherCapf }), offer);
          expect(await protocol.register(cucm.port, rogue, { mode })).toMatchObject({ cause: '10' });
          await capture.holds('tls.alert_message.desc == 48');
        } finally {
          await capture.end();
          keylog.close();
        }
        const said = (await capture.fields(SIGNALLING[name].filter, SIGNALLING[name].field)).flat();
        expect(said).toEqual(expect.arrayContaining([...SIGNALLING[name].expected]));
        const suites = (await capture.fields('tls.handshake.type == 2', 'tls.handshake.ciphersuite')).flat();
        // RFC 5246 A.5: 0x0002 is TLS_RSA_WITH_NULL_SHA.
        if (mode === 'authenticated') expect(new Set(suites)).toEqual(new Set(['0x0002']));
        else expect(suites).not.toContain('0x0002');
        expect(await capture.fields('_ws.malformed', 'frame.number', '_ws.col.Info')).toEqual([]);
        const alerts = await capture.fields(
          'tls.alert_message.desc == 48',
          'tls.alert_message.level',
          'tcp.srcport',
        );
        expect(alerts).toEqual([['2', `${cucm.port}`]]);
      },
      60_000,
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

/** A capture of one registrar's TLS port. */
class Capture {
  readonly #server: Registrar;
  readonly #file: string;
  readonly #keys: string;
  readonly #protocol: 'SCCP' | 'SIP';
  readonly #tshark: ReturnType<typeof start>;

  constructor(server: Registrar, file: string, keys: string, protocol: 'SCCP' | 'SIP') {
    this.#server = server;
    this.#file = file;
    this.#keys = keys;
    this.#protocol = protocol;
    const filter = ['-f', `tcp port ${server.port}`, '-F', 'pcap', '-w', file];
    this.#tshark = start('tshark', ['-q', '-i', 'lo', ...filter], folder);
  }

  /** "Capturing on" is said before dumpcap listens: knocks until the knock is in the file. */
  async begun(): Promise<void> {
    const { address, port } = this.#server;
    do {
      await new Promise<void>((resolve) => {
        const socket = connect({ host: address, port, localAddress: KNOCKER }, () =>
          socket.resetAndDestroy(),
        );
        socket.on('error', () => {});
        socket.once('close', () => resolve());
      });
    } while ((await this.fields(`ip.src == ${KNOCKER}`, 'frame.number').catch(() => [])).length === 0);
  }

  async holds(filter: string): Promise<void> {
    // A file that is being written may end inside a packet, which tshark does not like.
    while ((await this.fields(filter, 'frame.number').catch(() => [])).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  end(): Promise<void> {
    return this.#tshark.stop('SIGINT');
  }

  async fields(filter: string, ...names: string[]): Promise<string[][]> {
    const { port } = this.#server;
    const inside = this.#protocol === 'SCCP' ? 'skinny' : 'sip';
    const { stdout } = await run('tshark', [
      ...['-r', this.#file, '-o', `tls.keylog_file:${this.#keys}`],
      ...['-d', `tcp.port==${port},tls`, '-d', `tls.port==${port},${inside}`, '-Y', filter],
      ...['-T', 'fields', '-E', 'occurrence=a', ...names.flatMap((name) => ['-e', name])],
    ]);
    const lines = stdout.split('\n').filter((line) => line !== '');
    return lines.flatMap((line) => {
      const cells = line.split('\t');
      // One field alone is a list over the whole frame.
      return names.length === 1 ? [cells.flatMap((cell) => cell.split(','))] : [cells];
    });
  }
}

const KNOCKER = '127.88.252.2';
