import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { MESSAGES } from '../../src/protocol/sccp/message.js';
import { phone, registered, registrar, SERVER, until } from '../wire/sccp-support.js';

const run = promisify(execFile);

const folder = mkdtempSync(join(tmpdir(), 'sccp-tshark-'));
const file = join(folder, 'registration.pcap');

/** Captures what `work` says on the port; the capture stands when `work` begins and holds its last packet. */
async function capture(port: number, work: () => Promise<void>): Promise<void> {
  const tshark = spawn('tshark', ['-q', '-i', 'lo', '-f', `tcp port ${port}`, '-F', 'pcap', '-w', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    let said = '';
    tshark.stderr.on('data', (text: Buffer) => {
      said += text.toString();
    });
    await until(() => said.includes('Capturing on') || tshark.exitCode !== null);
    if (tshark.exitCode !== null) {
      throw new Error(`tshark: ${said}`);
    }
    // "Capturing on" is said before dumpcap listens: knock until the knock is in the file.
    await knock(port);
    await work();
    await settled();
  } finally {
    if (tshark.exitCode === null) {
      const gone = new Promise((resolve) => tshark.once('exit', resolve));
      tshark.kill('SIGINT');
      await gone;
    }
  }
}

async function packets(filter: string): Promise<number> {
  const { stdout } = await run('tshark', [
    '-r',
    file,
    '-Y',
    filter,
    '-T',
    'fields',
    '-e',
    'frame.number',
  ]).catch(() => ({ stdout: '' }));
  return stdout.split('\n').filter((line) => line !== '').length;
}

async function knock(port: number): Promise<void> {
  const { connect } = await import('node:net');
  do {
    await new Promise<void>((resolve) => {
      const socket = connect({ host: SERVER, port, localAddress: '127.88.253.1' }, () => {
        socket.resetAndDestroy();
      });
      socket.on('error', () => {});
      socket.once('close', () => resolve());
    });
  } while ((await packets('ip.src == 127.88.253.1')) === 0);
}

/** Until the phone's FIN and the server's are in the file. */
async function settled(): Promise<void> {
  while ((await packets('tcp.flags.fin == 1')) < 2) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether tshark is there and may capture on the loopback interface. */
function reasonToSkip(): string | undefined {
  const found = spawnSync('tshark', ['-v'], { stdio: 'ignore' });
  if (found.error !== undefined) {
    return 'tshark is not installed';
  }
  const trial = spawnSync(
    'tshark',
    ['-q', '-i', 'lo', '-a', 'duration:1', '-w', join(folder, 'trial.pcap')],
    {
      stdio: 'ignore',
    },
  );
  return trial.status === 0 ? undefined : 'tshark may not capture on lo';
}

const skipped = reasonToSkip();

describe.skipIf(skipped !== undefined)(
  `tshark reads a captured SCCP registration${skipped === undefined ? '' : `: skipped, ${skipped}`}`,
  () => {
    const device = phone(200);
    let port = 0;

    async function fields(...names: string[]): Promise<string[][]> {
      const { stdout } = await run('tshark', [
        ...[
          '-r',
          file,
          '-d',
          `tcp.port==${port},skinny`,
          '-Y',
          'skinny',
          '-T',
          'fields',
          '-E',
          'aggregator=;',
        ],
        ...names.flatMap((name) => ['-e', name]),
      ]);
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('\t'));
    }

    it('takes the capture', async () => {
      const cucm = await registrar();
      port = cucm.port;
      await capture(port, async () => {
        const registration = await registered(port, device);
        await registration.unregister(20);
        await until(() => cucm.connections === 0);
      });
    }, 60_000);

    it('finds no malformed message', async () => {
      const { stdout } = await run('tshark', [
        ...[
          '-r',
          file,
          '-d',
          `tcp.port==${port},skinny`,
          '-Y',
          '_ws.malformed || _ws.expert.severity == "Error"',
        ],
      ]);
      expect(stdout).toBe('');
    });

    it('names the messages of sccp.md 3 in their order', async () => {
      const ids = (await fields('skinny.messageId')).flatMap(([cell = '']) => cell.split(';').map(Number));
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
      const rows = await fields(
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
        new Set(rows.flatMap((row) => (row[at] ?? '').split(';')).filter((v) => v !== ''));
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
