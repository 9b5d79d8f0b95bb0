import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { Program } from '../program.js';

const BIND = '127.31.0.1';
const FOREIGNER = '127.31.9.1';
const BLOCK_SIZES = [512, 1428, 8192];
const run = promisify(execFile);

function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}
const has = { curl: isInstalled('curl'), atftp: isInstalled('atftp') };
for (const [program, isThere] of Object.entries(has)) {
  if (!isThere) process.stderr.write(`skipped: ${program} is not installed (test/interop/serve)\n`);
}

interface Ready {
  readonly ready: boolean;
  readonly cluster: string;
  readonly nodes: readonly { name: string; address: string; services: Record<string, number> }[];
  readonly files: readonly string[];
}

let folder: string;
let server: Program;
let ready: Ready;

/** Everything that `--write` put down, as [node, address, file, content]. */
let artefacts: (readonly [node: string, address: string, file: string, content: Buffer])[];

beforeAll(async () => {
  await built();
  folder = mkdtempSync(join(tmpdir(), 'trustfleet-serve-'));
  const written = join(folder, 'written');
  server = new Program([
    ...['serve', 'CL-3', '--bind', BIND, '--write', written, '--json'],
    ...['--phones', '10', '--mixed', '--release', '11.5(1)'],
  ]);
  const [line] = await server.says(/^.*\n/, 'stdout');
  ready = JSON.parse(line) as Ready;
  artefacts = ready.nodes.flatMap(({ name, address, services }) =>
    services.tftp === undefined
      ? []
      : readdirSync(join(written, name)).map(
          (file) => [name, address, file, readFileSync(join(written, name, file))] as const,
        ),
  );
}, BUILD_TIMEOUT_MS);

afterAll(async () => {
  server?.kill('SIGTERM');
  await server?.ended;
  rmSync(folder, { recursive: true, force: true });
});

describe('serve --json (contracts.md 1)', () => {
  it('says in one line what listens where; a service that a node does not run is absent', () => {
    expect(server.stdout.split('\n')).toHaveLength(2);
    const everywhere = { tvs: 2445, sccp: 2000, sip: 5060 };
    expect(ready).toMatchObject({
      ready: true,
      cluster: 'CL-3',
      nodes: [
        { name: 'PUB', address: '127.31.0.1', services: { tftp: 6969, http: 6970, ...everywhere } },
        { name: 'SUB1', address: '127.31.0.2', services: { tftp: 6969, http: 6970, ...everywhere } },
        { name: 'SUB2', address: '127.31.0.3', services: everywhere },
      ],
    });
    for (const absent of ['tftp', 'http', 'capf'])
      expect(ready.nodes[2]?.services).not.toHaveProperty(absent);
  });

  it('every port that it names takes connections', async () => {
    for (const { address, services } of ready.nodes) {
      for (const [service, port] of Object.entries(services)) {
        if (service === 'tftp') continue;
        await new Promise<void>((resolve, reject) => {
          const socket = connect({ host: address, port, localAddress: FOREIGNER }, () => {
            socket.destroy();
            resolve();
          });
          socket.once('error', (error) => reject(new Error(`${service}: ${error.message}`)));
        });
      }
    }
  });

  it('lists every file, the same on both TFTP nodes: lists, signed and plain configurations, default', () => {
    const configurations = ready.files.filter((file) => /^SEP[0-9A-F]{12}\.cnf\.xml$/.test(file));
    expect(configurations).toHaveLength(10);
    const devices = configurations.map((file) => file.slice(0, 15));
    expect([...ready.files].sort()).toEqual(
      [
        ...['CTLFile.tlv', 'ITLFile.tlv', 'XMLDefault.cnf.xml', 'XMLDefault.cnf.xml.sgn'],
        ...devices.flatMap((device) => [
          ...[`CTL${device}.tlv`, `ITL${device}.tlv`],
          ...[`${device}.cnf.xml`, `${device}.cnf.xml.sgn`],
        ]),
      ].sort(),
    );
    for (const node of ['PUB', 'SUB1']) {
      const written = artefacts.filter(([name]) => name === node).map(([, , file]) => file);
      expect(written.sort()).toEqual([...ready.files].sort());
    }
  });

  it('each TFTP node has an ITL and signatures of its own, and the same CTL', () => {
    const at = (node: string, file: string) =>
      artefacts.find(([name, , other]) => name === node && other === file)?.[3];
    expect(at('PUB', 'CTLFile.tlv')).toEqual(at('SUB1', 'CTLFile.tlv'));
    expect(at('PUB', 'ITLFile.tlv')).not.toEqual(at('SUB1', 'ITLFile.tlv'));
    expect(at('PUB', 'XMLDefault.cnf.xml.sgn')).not.toEqual(at('SUB1', 'XMLDefault.cnf.xml.sgn'));
  });
});

describe('foreign clients fetch every artefact byte-identical to --write', () => {
  const curl = async (url: string, ...more: string[]): Promise<Buffer> => {
    const { stdout } = await run('curl', ['-sSf', '--interface', FOREIGNER, ...more, url], {
      encoding: 'buffer',
      maxBuffer: 1 << 20,
    });
    return stdout;
  };

  for (const blockSize of BLOCK_SIZES) {
    it.runIf(has.curl)(`curl over TFTP, blksize ${blockSize}`, async () => {
      for (const [node, address, file, content] of artefacts) {
        const got = await curl(`tftp://${address}:6969/${file}`, '--tftp-blksize', String(blockSize));
        expect(Buffer.compare(got, content), `${node}/${file}`).toBe(0);
      }
    });

    it.runIf(has.atftp)(`atftp, blksize ${blockSize}`, async () => {
      const target = join(folder, 'fetched');
      for (const [node, address, file, content] of artefacts) {
        rmSync(target, { force: true });
        const options = ['--option', `blksize ${blockSize}`, '--option', 'tsize 0'];
        await run('atftp', [...options, '-g', '-r', file, '-l', target, address, '6969']);
        expect(Buffer.compare(readFileSync(target), content), `${node}/${file}`).toBe(0);
      }
    });
  }

  it.runIf(has.curl)('curl over HTTP 6970', async () => {
    for (const [node, address, file, content] of artefacts) {
      const got = await curl(`http://${address}:6970/${file}`);
      expect(Buffer.compare(got, content), `${node}/${file}`).toBe(0);
    }
  });

  const OUTSIDE = ['..%2f..%2fpackage.json', '%2e%2e/%2e%2e/etc/passwd', '%2fetc%2fpasswd', 'nothing.tlv'];
  it.runIf(has.curl).each(OUTSIDE)('nothing but the served names is given out: %s', async (name) => {
    // 68: TFTP file not found, 69: TFTP access violation
    const tftp = curl(`tftp://${BIND}:6969/${name}`, '--path-as-is');
    await expect(tftp).rejects.toMatchObject({
      code: expect.toSatisfy((code: number) => code === 68 || code === 69),
    });
    const http = curl(`http://${BIND}:6970/${name}`, '--path-as-is');
    // 22: HTTP 400 or above
    await expect(http).rejects.toMatchObject({ code: 22 });
  });

  it.runIf(has.curl)('SUB2 runs no TFTP: nobody answers on 6970', async () => {
    const refused = curl('http://127.31.0.3:6970/CTLFile.tlv');
    await expect(refused).rejects.toMatchObject({ code: 7 });
  });

  it.runIf(has.curl)('each request is a line of the log on stderr, and nothing of it on stdout', async () => {
    await curl(`http://${BIND}:6970/CTLFile.tlv`);
    await server.says(/^\d{4}-\S+Z PUB http 127\.31\.9\.1:\d+ CTLFile\.tlv ok \d+ octets \d+\.\d{3} s$/m);
    expect(server.stdout.split('\n')).toHaveLength(2);
  });
});
