import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { registerBuild } from '../../src/cli/build.js';
import { registerEncrypt } from '../../src/cli/encrypt.js';
import { registerInspect } from '../../src/cli/inspect.js';
import { registerSign } from '../../src/cli/sign.js';
import { buildTrustList, type Inspection, parseTrustFile, type Signer } from '../../src/trustfile/index.js';
import { hasVectors, makeSigner, VECTORS } from '../trustfile/fixtures.js';
import { run } from './harness.js';

let folder = '';
const path = (name: string): string => join(folder, name);

function writePem(name: string, { certificate, privateKey }: Signer): void {
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  writeFileSync(path(`${name}.pem`), certificate.toPem());
  writeFileSync(path(`${name}.key`), key);
  writeFileSync(path(`${name}-both.pem`), `${key}${certificate.toPem()}`);
}

const pub = makeSigner();
const capf = makeSigner({ cn: 'CAPF-0d0e0f00', serial: '0102' });
const phone = makeSigner({ kind: 2048, cn: 'SEP0A0B0C0D0E0F' });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trustfleet-cli-'));
  writePem('pub', pub);
  writePem('capf', capf);
  writePem('phone', phone);
  writePem('ec', makeSigner({ kind: 'P-256', cn: 'ec' }));
  writeFileSync(path('SEP0A0B0C0D0E0F.cnf.xml'), '<device><capfAuthMode>0</capfAuthMode></device>\n');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const build = (...args: readonly string[]) => run(registerBuild, 'build', ...args);
const inspect = (...args: readonly string[]) => run(registerInspect, 'inspect', ...args);
const signedBy = (name: string): string[] => ['--signer', path(`${name}.pem`), '--key', path(`${name}.key`)];
const json = <T = Inspection>(text: string): T => JSON.parse(text) as T;

/** Makes CTLFile.tlv in the folder once more. */
async function makeCtl(out = 'CTLFile.tlv'): Promise<void> {
  const { code, stderr } = await build(
    'ctl',
    ...signedBy('pub'),
    '--record',
    `role=SAST,cert=${path('pub.pem')},dns=pub,ip=10.0.0.1`,
    '--record',
    `role=ccm+tftp,cert=${path('pub.pem')},dns=pub,ip=10.0.0.1`,
    '--record',
    `role=CAPF,cert=${path('capf.pem')},dns=pub,ip=10.0.0.1`,
    '--timestamp',
    '2026-03-12T07:20:01Z',
    '--out',
    path(out),
  );
  expect([code, stderr]).toEqual([0, '']);
}

describe('build', () => {
  it('wants records', async () => {
    const { code, stderr } = await build('ctl', '--signer', 'x.pem', '--key', 'x.pem');
    expect(code).toBe(2);
    expect(stderr).toContain('found no --record, expected one for each record of the list');
  });

  it('makes the CTL that buildTrustList makes, in the order of the records', async () => {
    await makeCtl();
    const file = parseTrustFile(readFileSync(path('CTLFile.tlv')));
    if (file.kind !== 'trust-list') throw new Error('not a list');
    expect(file.records.map(({ role }) => role)).toEqual([0, 2, 4]);
    expect(file.header).toMatchObject({ filename: 'CTLFile.tlv', timestamp: 1_773_300_001, digest: 'sha1' });
    const { filename } = file.header;
    const again = buildTrustList({ filename, timestamp: 1_773_300_001, records: file.records }, pub);
    expect(again.equals(file.bytes)).toBe(true);
  });

  it('makes a list that does not have its signer, and says that nobody can verify it by itself', async () => {
    const out = path('stranger.tlv');
    const record = `role=TVS,cert=${path('pub.pem')}`;
    const made = await build('ctl', ...signedBy('pub'), '--record', record, '--out', out);
    expect([made.code, existsSync(out)]).toEqual([0, true]);
    expect(made.stderr).toContain('no SAST record has the certificate of');
    const sast = await build(
      'ctl',
      ...signedBy('pub'),
      '--record',
      `role=SAST,cert=${path('pub.pem')}`,
      '--out',
      out,
    );
    expect([sast.code, sast.stderr]).toEqual([0, '']);
  });

  it.each([
    ['', 'found an empty file, expected a certificate'],
    ['hello', 'found 5 octets that are neither PEM nor DER, expected a certificate'],
  ])('names a signer that is no certificate: %j', async (content, message) => {
    writeFileSync(path('no.pem'), content);
    const { code, stderr } = await build('ctl', '--signer', path('no.pem'), '--record', 'role=SAST');
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('makes an ITL with hashes, empty records and SHA-512, and prints it with --json', async () => {
    const { code, stdout } = await build(
      'itl',
      '--signer',
      path('pub-both.pem'),
      '--digest',
      'sha512',
      '--timestamp',
      '1773300001',
      '--record',
      `role=SAST,cert=${path('pub.pem')}`,
      '--record',
      `role=TVS,cert=${path('capf.pem')},form=hash`,
      '--record',
      'role=TFTP,form=empty',
      '--out',
      path('ITLFile.tlv'),
      '--json',
    );
    expect(code).toBe(0);
    const inspection = json(stdout);
    expect(inspection.header).toMatchObject({ digest: 'sha512', timestamp: '2026-03-12T07:20:01Z' });
    expect(inspection.signature).toMatchObject({ status: 'valid' });
    expect(inspection.records.map(({ role, dnsName, ipAddress }) => [role, dnsName, ipAddress])).toEqual([
      ['SAST', ' ', null],
      ['TVS', ' ', null],
      ['TFTP', ' ', null],
    ]);
    expect(inspection.records[1]?.certificateHash).toBe(capf.certificate.sha1);
  });

  it('writes certutils order and signer version', async () => {
    const record = `role=SAST,cert=${path('pub.pem')}`;
    const out = path('certutils.tlv');
    await build(
      'itl',
      ...signedBy('pub'),
      '--layout',
      'certutils',
      '--signer-version',
      '1.1',
      '--record',
      record,
      '--out',
      out,
    );
    const { header } = parseTrustFile(readFileSync(out));
    expect(header.signerVersion).toEqual({ major: 1, minor: 1 });
    expect(header.signer.subject).toContain('C=NZ,O=Load Lab');
  });

  it('writes to stdout with --out -', async () => {
    const { stdout } = await build(
      'ctl',
      ...signedBy('pub'),
      '--record',
      'role=CCM,form=empty',
      '--out',
      '-',
    );
    expect(parseTrustFile(Buffer.from(stdout, 'latin1')).header.filename).toBe('CTLFile.tlv');
  });

  it.each([
    ['a list that is none', ['crl'], 'ctl or itl'],
    ['a record without role', ['ctl', '--record', 'dns=pub'], 'role is missing'],
    ['an unknown role', ['ctl', '--record', 'role=CCCM'], 'CCCM'],
    ['an unknown key', ['ctl', '--record', 'role=CCM,name=x'], '"name=x"'],
    ['a key twice', ['ctl', '--record', 'role=CCM,role=CCM'], 'twice'],
    ['a record without certificate', ['ctl', '--record', 'role=CCM'], 'cert=FILE'],
    ['an address that is none', ['ctl', '--record', 'role=CCM,form=empty,ip=pub'], '"pub"'],
    [
      'a time that is none',
      ['ctl', '--record', 'role=CCM,form=empty', '--timestamp', 'yesterday'],
      'yesterday',
    ],
    [
      'a signer version that is none',
      ['ctl', '--record', 'role=CCM,form=empty', '--signer-version', '300.1'],
      '300.1',
    ],
    ['--json and --out -', ['ctl', '--record', 'role=CCM,form=empty', '--json', '--out', '-'], 'stdout'],
  ])('%s is exit 2', async (_, args, text) => {
    const [list = '', ...rest] = args;
    const { code, stdout, stderr } = await build(list, ...signedBy('pub'), '--out', path('never'), ...rest);
    expect(code).toBe(2);
    expect(stdout + stderr).toContain(text);
    expect(existsSync(path('never'))).toBe(false);
  });

  it('an EC signer, another key and a missing file are exit 2, with --json as a document', async () => {
    const cases = [
      [signedBy('ec'), 'TF_CERT_UNSUPPORTED'],
      [['--signer', path('pub.pem'), '--key', path('phone.key')], 'TF_KEY_MISMATCH'],
      [['--signer', path('nobody.pem')], 'TF_FILE_UNREADABLE'],
      [['--signer', path('pub.pem')], 'TF_KEY_MALFORMED'],
    ] as const;
    for (const [args, code] of cases) {
      const ran = await build(
        'ctl',
        '--record',
        'role=CCM,form=empty',
        ...args,
        '--out',
        path('never'),
        '--json',
      );
      expect([ran.code, json<{ error: { code: string } }>(ran.stdout).error.code]).toEqual([2, code]);
    }
  });
});

describe('sign', () => {
  it('makes FILE.sgn beside the file, with its base name as FILENAME', async () => {
    const file = path('SEP0A0B0C0D0E0F.cnf.xml');
    const { code, stdout } = await run(registerSign, 'sign', file, ...signedBy('pub'), '--json');
    expect(code).toBe(0);
    expect(json(stdout)).toMatchObject({ kind: 'signed', signature: { status: 'valid' } });
    const signed = parseTrustFile(readFileSync(`${file}.sgn`));
    expect(signed.header.filename).toBe('SEP0A0B0C0D0E0F.cnf.xml.sgn');
    expect(signed.header.version).toEqual({ major: 1, minor: 0 });
    expect(signed.kind === 'signed' && Buffer.from(signed.payload).equals(readFileSync(file))).toBe(true);
  });

  it('takes the path that --filename gives (trust-files.md 11)', async () => {
    const file = path('SEP0A0B0C0D0E0F.cnf.xml');
    const filename = 'New_Zealand/g3-tones.xml.sgn';
    const out = path('tones.sgn');
    await run(registerSign, 'sign', file, ...signedBy('pub'), '--filename', filename, '--out', out);
    expect(parseTrustFile(readFileSync(out)).header.filename).toBe(filename);
  });
});

describe('encrypt', () => {
  it('makes the encrypted file and the reduced one that leads to it', async () => {
    const file = path('SEP0A0B0C0D0E0F.cnf.xml');
    const device = ['--device-cert', path('phone.pem')];
    const { code, stdout } = await run(registerEncrypt, 'encrypt', file, ...signedBy('pub'), ...device);
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => basename(line.split(':')[0] ?? ''))).toEqual([
      'SEP0A0B0C0D0E0F.cnf.xml.enc.sgn',
      'SEP0A0B0C0D0E0F.cnf.xml.sgn',
      '',
    ]);
    const reduced = parseTrustFile(readFileSync(`${file}.sgn`));
    expect(reduced.kind === 'signed' && Buffer.from(reduced.payload).toString()).toContain(
      '<encrConfig>true</encrConfig>',
    );
    const opened = await inspect(
      '--json',
      '--trust',
      path('pub.pem'),
      '--device-key',
      path('phone.key'),
      `${file}.enc.sgn`,
    );
    expect(opened.code).toBe(0);
    expect(json(opened.stdout).plaintext).toMatchObject({ digestMatches: true });
    const closed = await inspect(
      '--json',
      '--trust',
      path('pub.pem'),
      '--device-key',
      path('pub.key'),
      `${file}.enc.sgn`,
    );
    expect(closed.code).toBe(1);
  });

  describe('and inspect --plaintext', () => {
    const configuration = (): string => path('SEP0A0B0C0D0E0F.cnf.xml');
    const encrypted = (): string => `${configuration()}.enc.sgn`;
    const out = (): string => path('plain.xml');
    const opened = (key: string, to: string, ...more: string[]) =>
      inspect('--trust', path('pub.pem'), '--device-key', path(key), '--plaintext', to, encrypted(), ...more);

    beforeAll(async () => {
      const args = [configuration(), ...signedBy('pub'), '--device-cert', path('phone.pem')];
      await run(registerEncrypt, 'encrypt', ...args);
    });
    afterEach(() => rmSync(out(), { force: true }));

    it('writes the file that was encrypted over what is there, and says so', async () => {
      writeFileSync(out(), 'what was there');
      const { code, stdout } = await opened('phone.key', out());
      expect([code, readFileSync(out()).equals(readFileSync(configuration()))]).toEqual([0, true]);
      expect(stdout).toContain(`${out()}: ${readFileSync(configuration()).length} octets`);
      expect(stdout).toContain('digest matches');
    });

    it('gives it to stdout alone, and the report to stderr', async () => {
      const { code, stdout, stderr } = await opened('phone.key', '-');
      expect([code, stdout]).toEqual([0, readFileSync(configuration(), 'latin1')]);
      expect(stderr).toContain('signature valid');
    });

    it('writes it beside --json, whatever the signature is: exit 1 tells', async () => {
      const args = ['--device-key', path('phone.key'), '--plaintext', out(), '--json', encrypted()];
      const { code, stdout } = await inspect(...args);
      expect([code, json(stdout).signature.status]).toEqual([1, 'signer-unknown']);
      expect(readFileSync(out()).equals(readFileSync(configuration()))).toBe(true);
    });

    it('writes nothing with the key of another device', async () => {
      const { code, stdout } = await opened('pub.key', out());
      expect([code, existsSync(out())]).toEqual([1, false]);
      expect(stdout).toContain('cannot be decrypted');
    });

    it.each<[string, () => string[], string]>([
      [
        'a file that is not encrypted',
        () => ['--device-key', path('phone.key'), `${configuration()}.sgn`],
        'is not encrypted',
      ],
      ['no device key', () => [encrypted()], 'needs --device-key'],
      [
        'two files',
        () => ['--device-key', path('phone.key'), encrypted(), encrypted()],
        'for one file, found 2',
      ],
      ['--show', () => ['--device-key', path('phone.key'), '--show', encrypted()], '--show is for lists'],
    ])('is exit 2 for %s', async (_, args, message) => {
      const { code, stderr } = await inspect('--plaintext', out(), ...args());
      expect([code, existsSync(out())]).toEqual([2, false]);
      expect(stderr).toContain(message);
    });

    it('is exit 2 for --json and - together', async () => {
      expect((await opened('phone.key', '-', '--json')).code).toBe(2);
    });
  });

  it('leaves the signed file beside the input alone where the encrypted one goes elsewhere', async () => {
    const file = path('SEP0A0B0C0D0E0F.cnf.xml');
    await run(registerSign, 'sign', file, ...signedBy('pub'));
    const whole = readFileSync(`${file}.sgn`);
    mkdirSync(path('elsewhere'), { recursive: true });
    const to = ['--device-cert', path('phone.pem'), '--out', path('elsewhere/phone.enc.sgn')];
    expect((await run(registerEncrypt, 'encrypt', file, ...signedBy('pub'), ...to)).code).toBe(0);
    expect(readFileSync(`${file}.sgn`).equals(whole)).toBe(true);
    expect(existsSync(path('elsewhere/SEP0A0B0C0D0E0F.cnf.xml.sgn'))).toBe(true);
  });

  it('--no-reduced leaves the other file alone; a file that is no configuration is exit 2', async () => {
    writeFileSync(path('ring.raw'), 'no xml');
    const args = [path('ring.raw'), ...signedBy('pub'), '--device-cert', path('phone.pem')];
    const refused = await run(registerEncrypt, 'encrypt', ...args, '--json');
    expect([refused.code, existsSync(path('ring.raw.enc.sgn'))]).toEqual([2, false]);
    expect(json<object>(refused.stdout)).toMatchObject({
      error: { code: 'TF_CNF_MALFORMED', file: path('ring.raw') },
    });
    expect((await run(registerEncrypt, 'encrypt', ...args, '--no-reduced')).code).toBe(0);
    expect(existsSync(path('ring.raw.sgn'))).toBe(false);
    expect(existsSync(path('ring.raw.enc.sgn'))).toBe(true);
  });
});

describe('inspect', () => {
  it('is exit 0 for a valid list, and says who signed', async () => {
    await makeCtl();
    const { code, stdout, stderr } = await inspect(path('CTLFile.tlv'));
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('signature valid, signer is SAST record 1 of this file');
    expect(stdout).toMatch(/^ {2}3 {2}CAPF .* rsa 1024 /m);
  });

  it('is exit 1 for an invalid signature and an unknown signer', async () => {
    await makeCtl();
    const bytes = readFileSync(path('CTLFile.tlv'));
    bytes.writeUInt8(99, bytes.length - 1);
    writeFileSync(path('invalid.tlv'), bytes);
    const invalid = await inspect('--json', path('invalid.tlv'));
    expect([invalid.code, json(invalid.stdout).signature.status]).toEqual([1, 'invalid']);
    const unknown = await inspect('--json', path('SEP0A0B0C0D0E0F.cnf.xml.sgn'));
    expect([unknown.code, json(unknown.stdout).signature.status]).toEqual([1, 'signer-unknown']);
  });

  it('is exit 2 for a malformed file, with code, message and offset', async () => {
    await makeCtl();
    writeFileSync(path('cut.tlv'), readFileSync(path('CTLFile.tlv')).subarray(0, 200));
    const asJson = await inspect('--json', path('cut.tlv'));
    expect(asJson.code).toBe(2);
    expect(json<object>(asJson.stdout)).toEqual({
      error: {
        code: 'TF_TLV_TRUNCATED',
        message: expect.stringContaining('200'),
        offset: 200,
        file: path('cut.tlv'),
        tag: 2,
      },
    });
    expect(asJson.stderr).toBe('');
    const plain = await inspect(path('cut.tlv'));
    expect([plain.code, plain.stdout]).toEqual([2, '']);
    expect(plain.stderr).toMatch(/cut\.tlv: .*\[TF_TLV_TRUNCATED\]\n$/);
    expect(plain.stderr.split('\n').length).toBe(2);
  });

  it('of several files prints an array; the gravest decides; none keeps the others from being read', async () => {
    await makeCtl();
    const files = [path('CTLFile.tlv'), path('missing'), path('invalid.tlv')];
    const { code, stdout } = await inspect('--json', ...files);
    expect(code).toBe(2);
    expect(json<object[]>(stdout)).toMatchObject([
      { signature: { status: 'valid' } },
      { error: { code: 'TF_FILE_UNREADABLE', offset: null, file: path('missing') } },
      { signature: { status: 'invalid' } },
    ]);
  });

  it('looks signers up in several --trust files', async () => {
    const { code, stdout } = await inspect(
      '--json',
      '--trust',
      path('capf.pem'),
      '--trust',
      path('CTLFile.tlv'),
      path('SEP0A0B0C0D0E0F.cnf.xml.sgn'),
    );
    expect(code).toBe(0);
    expect(json(stdout).signature.signedBy).toBe(`CCM+TFTP record 2 of ${path('CTLFile.tlv')}`);
    const bad = await inspect('--json', '--trust', path('pub.key'), path('CTLFile.tlv'));
    expect([bad.code, json<{ error: { code: string } }>(bad.stdout).error.code]).toEqual([2, 'TF_USAGE']);
  });

  it('--show prints the layout of show ctl, and what it prints for no file', async () => {
    const shown = await inspect('--show', path('CTLFile.tlv'));
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/^The checksum value of the CTL file:\n/);
    expect(shown.stdout).toMatch(/The CTL file was verified successfully\.\n$/);
    const failed = await inspect('--show', path('invalid.tlv'));
    expect([failed.code, failed.stdout.includes('Verification of the CTL file failed.')]).toEqual([1, true]);
    writeFileSync(path('ITLFile-empty.tlv'), '');
    const empty = await inspect('--show', path('ITLFile-empty.tlv'));
    expect([empty.code, empty.stdout.startsWith('Length of ITL file: 0\n')]).toEqual([2, true]);
    expect((await inspect('--show', path('SEP0A0B0C0D0E0F.cnf.xml.sgn'))).code).toBe(2);
    expect((await inspect('--show', '--json', path('CTLFile.tlv'))).code).toBe(2);
  });

  it('a directory and a device without end are unreadable, not endless', async () => {
    for (const file of [folder, '/dev/zero']) {
      const { code, stdout } = await inspect('--json', file);
      expect([code, json<{ error: { code: string } }>(stdout).error.code]).toEqual([2, 'TF_FILE_UNREADABLE']);
    }
  });

  it.skipIf(!hasVectors)('takes the real CTL and all samples', async () => {
    const samples = join(VECTORS, 'trust-samples');
    const { code, stdout } = await inspect(
      '--json',
      '--trust',
      join(samples, 'ITLFile.tlv'),
      join(VECTORS, 'trust-cucm-ctl-gigantic-6.tlv'),
      join(samples, 'ITLFile.tlv'),
      join(samples, 'cucm-layout-ITLFile.tlv'),
      join(samples, 'cucm-layout-CTLFile-nonsecure.tlv'),
      join(samples, 'SEP0A0B0C0D0E0F.cnf.xml.sgn'),
      join(samples, 'SEP0A0B0C0D0E0F.cnf.xml.enc.sgn'),
    );
    expect(code).toBe(0);
    expect(json<Inspection[]>(stdout).map(({ signature }) => signature.status)).toEqual(
      new Array(6).fill('valid'),
    );
  });
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

it.skipIf(!hasOpenssl)(
  'keys and certificates that openssl writes are taken: PKCS#1, PKCS#8, DER',
  async () => {
    execFileSync('openssl', ['rsa', '-in', path('pub.key'), '-traditional', '-out', path('pkcs1.key')], {
      stdio: 'ignore',
    });
    execFileSync('openssl', ['x509', '-in', path('pub.pem'), '-outform', 'DER', '-out', path('pub.cer')]);
    const args = ['--signer', path('pub.cer'), '--key', path('pkcs1.key')];
    const { code } = await build(
      'ctl',
      ...args,
      '--record',
      `role=SAST,cert=${path('pub.cer')}`,
      '--out',
      path('der.tlv'),
    );
    expect(code).toBe(0);
    expect((await inspect(path('der.tlv'))).code).toBe(0);
  },
);
