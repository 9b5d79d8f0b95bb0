import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerCheck } from '../../src/cli/check.js';
import type { Check } from '../../src/cli/check-decision.js';
import {
  blankItl,
  broken,
  configurationXml,
  ctl,
  etokenRecord,
  itl,
  NOW,
  type Party,
  party,
  record,
  rottenRecord,
  signed,
  token,
} from '../phone/fixtures.js';
import { hasVectors, VECTORS } from '../trustfile/fixtures.js';
import { run } from './harness.js';

let folder = '';
const path = (name: string): string => join(folder, name);

let pub: Party;
let recovery: Party;
let stranger: Party;
let tvs: Party;

function put(name: string, bytes: Uint8Array | string): void {
  writeFileSync(path(name), bytes);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trustfleet-check-'));
  [pub, recovery, stranger, tvs] = await Promise.all([
    party('pub'),
    party('recovery'),
    party('stranger'),
    party('tvs'),
  ]);
  const eToken = await token('ADN0054f509');
  const later = { timestamp: NOW / 1_000 + 60 };
  put('CTLFile.tlv', ctl(recovery, [record('SAST', recovery), record('CCM+TFTP', pub)]).bytes);
  put(
    'ITLFile.tlv',
    itl(recovery, [record('SAST', recovery), record('TFTP', pub), record('TVS', tvs)]).bytes,
  );
  put('blank.tlv', blankItl(recovery).bytes);
  put('known.tlv', itl(recovery, [record('SAST', recovery)], later).bytes);
  put(
    'rotten-ctl.tlv',
    ctl(recovery, [record('SAST', recovery), rottenRecord(record('CCM+TFTP', pub))]).bytes,
  );
  put('strange-itl.tlv', itl(stranger, [record('SAST', stranger)]).bytes);
  put('strange-ctl.tlv', ctl(stranger, [record('SAST', stranger)]).bytes);
  put('token-ctl.tlv', ctl(eToken, [etokenRecord(eToken.certificate)]).bytes);
  put('broken.tlv', broken(itl(recovery, [record('SAST', recovery)], later)).bytes);
  put('sha512.tlv', itl(recovery, [record('SAST', recovery)], { digest: 'sha512' }).bytes);
  put('cut.tlv', itl(recovery, [record('SAST', recovery)]).bytes.subarray(0, 300));
  put('SEP.cnf.xml', configurationXml());
  put('SEP.cnf.xml.sgn', signed(pub, configurationXml()).bytes);
  put('strange.sgn', signed(stranger, configurationXml()).bytes);
  put('stranger.pem', stranger.certificate.toPem());
  put('other.pem', tvs.certificate.toPem());
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Case {
  readonly installed: readonly string[];
  readonly offered: string;
  readonly more?: readonly string[];
}

async function check({ installed, offered, more = [] }: Case) {
  const holds = installed.length === 0 ? [] : ['--installed', ...installed.map(path)];
  const args = more.map((word) => (word.endsWith('.pem') ? path(word) : word));
  return run(registerCheck, 'check', ...holds, '--offered', path(offered), ...args, '--json');
}

async function verdict(question: Case): Promise<{ readonly code: unknown; readonly check: Check }> {
  const { code, stdout } = await check(question);
  return { code, check: JSON.parse(stdout) as Check };
}

const BOTH = ['CTLFile.tlv', 'ITLFile.tlv'];

/** contracts.md 1 and 3.1, and DT-1 as the command line shows it. */
const CASES: readonly (Case & {
  readonly is: string;
  readonly alarm: number | null;
  readonly code: 0 | 1;
})[] = [
  { installed: [], offered: 'CTLFile.tlv', is: 'accept R-15 first-trust', alarm: 2, code: 0 },
  { installed: [], offered: 'ITLFile.tlv', is: 'accept R-16 first-trust', alarm: 3, code: 0 },
  { installed: ['blank.tlv'], offered: 'strange-ctl.tlv', is: 'accept R-17 first-trust', alarm: 1, code: 0 },
  { installed: ['blank.tlv'], offered: 'strange-itl.tlv', is: 'accept R-17 first-trust', alarm: 1, code: 0 },
  {
    installed: ['ITLFile.tlv'],
    offered: 'ITLFile.tlv',
    is: 'unchanged R-13 unchanged',
    alarm: null,
    code: 0,
  },
  { installed: ['ITLFile.tlv'], offered: 'known.tlv', is: 'accept R-22 signer-in-itl', alarm: 1, code: 0 },
  { installed: ['CTLFile.tlv'], offered: 'known.tlv', is: 'accept R-22 signer-in-ctl', alarm: 1, code: 0 },
  { installed: BOTH, offered: 'strange-itl.tlv', is: 'ask-tvs R-22 signer-unknown', alarm: null, code: 1 },
  {
    installed: ['ITLFile.tlv'],
    offered: 'strange-ctl.tlv',
    is: 'ask-tvs R-22 signer-unknown',
    alarm: null,
    code: 1,
  },
  {
    installed: ['ITLFile.tlv'],
    offered: 'token-ctl.tlv',
    is: 'accept R-18a etoken-signer',
    alarm: 1,
    code: 0,
  },
  {
    installed: ['CTLFile.tlv'],
    offered: 'strange-itl.tlv',
    is: 'refuse R-38 no-tvs-record',
    alarm: 8,
    code: 1,
  },
  {
    installed: ['CTLFile.tlv', 'blank.tlv'],
    offered: 'strange-ctl.tlv',
    is: 'refuse R-38 no-tvs-record',
    alarm: 5,
    code: 1,
  },
  {
    installed: BOTH,
    offered: 'strange-itl.tlv',
    more: ['--tvs-knows', 'stranger.pem'],
    is: 'accept R-26 signer-from-tvs',
    alarm: 1,
    code: 0,
  },
  {
    installed: BOTH,
    offered: 'strange-itl.tlv',
    more: ['--tvs-knows', 'other.pem'],
    is: 'refuse R-40 tvs-negative',
    alarm: 8,
    code: 1,
  },
  {
    installed: ['CTLFile.tlv'],
    offered: 'strange-itl.tlv',
    more: ['--tvs-knows', 'stranger.pem'],
    is: 'refuse R-38 no-tvs-record',
    alarm: 8,
    code: 1,
  },
  {
    installed: ['ITLFile.tlv'],
    offered: 'broken.tlv',
    is: 'refuse R-25 signature-invalid',
    alarm: 8,
    code: 1,
  },
  { installed: ['ITLFile.tlv'], offered: 'sha512.tlv', is: 'accept R-22 signer-in-itl', alarm: 1, code: 0 },
  {
    installed: ['ITLFile.tlv'],
    offered: 'sha512.tlv',
    more: ['--model', '7962'],
    is: 'refuse R-24 digest-unsupported',
    alarm: 8,
    code: 1,
  },
  {
    installed: [],
    offered: 'sha512.tlv',
    more: ['--model', '7962'],
    is: 'refuse R-24 digest-unsupported',
    alarm: 6,
    code: 1,
  },
  { installed: BOTH, offered: 'SEP.cnf.xml.sgn', is: 'accept R-52 signer-in-ctl', alarm: null, code: 0 },
  {
    installed: ['ITLFile.tlv'],
    offered: 'SEP.cnf.xml.sgn',
    is: 'accept R-52 signer-in-itl',
    alarm: null,
    code: 0,
  },
  {
    installed: BOTH,
    offered: 'strange.sgn',
    more: ['--tvs-knows', 'other.pem', 'stranger.pem'],
    is: 'accept R-26 signer-from-tvs',
    alarm: null,
    code: 0,
  },
  {
    installed: BOTH,
    offered: 'strange.sgn',
    more: ['--tvs-knows', 'other.pem'],
    is: 'refuse R-40 tvs-negative',
    alarm: null,
    code: 1,
  },
  {
    installed: [],
    offered: 'SEP.cnf.xml',
    more: ['--as', 'config'],
    is: 'accept R-55 unsigned-allowed',
    alarm: null,
    code: 0,
  },
  {
    installed: ['blank.tlv'],
    offered: 'SEP.cnf.xml',
    is: 'accept R-55 unsigned-allowed',
    alarm: null,
    code: 0,
  },
  { installed: ['ITLFile.tlv'], offered: 'SEP.cnf.xml', is: 'refuse R-28 malformed', alarm: null, code: 1 },
  {
    installed: ['ITLFile.tlv'],
    offered: 'known.tlv',
    more: ['--as', 'ctl'],
    is: 'accept R-22 signer-in-itl',
    alarm: 1,
    code: 0,
  },
];

describe('check --json', () => {
  it.each(CASES)(
    'a phone with $installed and $offered $more: $is',
    async ({ is, alarm, code, ...question }) => {
      const answer = await verdict(question);
      const { decision, rule, reason } = answer.check;
      expect(`${decision} ${rule} ${reason}`).toBe(is);
      expect(answer.check.alarm).toBe(alarm);
      expect(answer.code).toBe(code);
    },
  );

  it.each([
    [{ installed: [], offered: 'rotten-ctl.tlv' }],
    [{ installed: ['rotten-ctl.tlv'], offered: 'ITLFile.tlv' }],
  ])(
    'a list with a certificate that is none is malformed, as for inspect: %j',
    async ({ installed, offered }) => {
      const { code, stdout } = await check({ installed, offered });
      expect(code).toBe(2);
      expect(JSON.parse(stdout).error).toMatchObject({
        code: 'TF_CERT_MALFORMED',
        file: path('rotten-ctl.tlv'),
      });
    },
  );

  it('has the fields of the contract, the signer as the header names it', async () => {
    const { check: answer } = await verdict({ installed: ['ITLFile.tlv'], offered: 'broken.tlv' });
    expect(answer).toMatchObject({
      decision: 'refuse',
      signer: {
        subject: recovery.certificate.subject,
        issuer: recovery.certificate.issuer,
        serial: recovery.certificate.serial,
      },
      statusMessage: 'Trust List update failed',
      alarm: 8,
    });
    const legacy = await verdict({
      installed: ['ITLFile.tlv'],
      offered: 'broken.tlv',
      more: ['--model', '7962'],
    });
    expect(legacy.check.statusMessage).toBe('Trust List Update Failed');
    const config = await verdict({ installed: ['ITLFile.tlv'], offered: 'SEP.cnf.xml' });
    expect(config.check).toMatchObject({ signer: null, statusMessage: 'Error Verifying Config Info' });
  });

  it('shows what the phone shows when it accepts', async () => {
    const first = await verdict({ installed: [], offered: 'ITLFile.tlv' });
    expect(first.check.statusMessage).toBe('ITL installed');
    const next = await verdict({ installed: ['ITLFile.tlv'], offered: 'known.tlv' });
    expect(next.check.statusMessage).toBe('Trust List updated');
    const same = await verdict({ installed: ['ITLFile.tlv'], offered: 'ITLFile.tlv' });
    expect(same.check.statusMessage).toBeNull();
  });
});

describe('check for people', () => {
  it('says decision, rule and why', async () => {
    const { stdout, code } = await run(
      registerCheck,
      'check',
      '--installed',
      path('CTLFile.tlv'),
      '--offered',
      path('strange-itl.tlv'),
    );
    expect(stdout).toContain('refuse by R-38 (no-tvs-record)');
    expect(stdout).toContain('alarm    8');
    expect(code).toBe(1);
  });
});

describe('bad input is exit 2', () => {
  it.each([
    ['a truncated file', { installed: [], offered: 'cut.tlv' }, /TF_TLV/],
    ['a truncated installed file', { installed: ['cut.tlv'], offered: 'known.tlv' }, /TF_TLV/],
    ['two ITLs', { installed: ['ITLFile.tlv', 'known.tlv'], offered: 'known.tlv' }, /second ITL/],
    [
      'a configuration as installed',
      { installed: ['SEP.cnf.xml.sgn'], offered: 'known.tlv' },
      /expected a CTL/,
    ],
    [
      'a list as configuration',
      { installed: [], offered: 'known.tlv', more: ['--as', 'config'] },
      /signed file/,
    ],
    [
      'a configuration as list',
      { installed: [], offered: 'strange.sgn', more: ['--as', 'itl'] },
      /trust list/,
    ],
    ['an unknown kind', { installed: [], offered: 'known.tlv', more: ['--as', 'tlv'] }, /ctl, itl, config/],
    [
      'an unknown model',
      { installed: [], offered: 'known.tlv', more: ['--model', '9999'] },
      /expected one of/,
    ],
    ['a missing file', { installed: [], offered: 'nowhere.tlv' }, /cannot be read/],
    [
      'a list in place of certificates',
      { installed: [], offered: 'known.tlv', more: ['--tvs-knows', 'other.pem', '--tvs-knows', 'CTL'] },
      /cannot be read/,
    ],
  ] as const)('%s', async (_, question: Case, message) => {
    const { code, stdout } = await check(question);
    expect(code).toBe(2);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
    expect(`${error.code} ${error.message}`).toMatch(message);
  });
});

describe.skipIf(!hasVectors)('files of others (reference/vectors)', () => {
  const samples = join(VECTORS, 'trust-samples');

  it('the CTL of a real CUCM is taken by an empty phone, and is unchanged on a phone that has it', async () => {
    const real = join(VECTORS, 'trust-cucm-ctl-gigantic-6.tlv');
    const first = await run(registerCheck, 'check', '--offered', real, '--json');
    expect(JSON.parse(first.stdout)).toMatchObject({ decision: 'accept', rule: 'R-15', alarm: 2 });
    const again = await run(registerCheck, 'check', '--installed', real, '--offered', real, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ decision: 'unchanged', rule: 'R-13' });
  });

  it.skipIf(!existsSync(samples))(
    'a file signed by certutils is accepted by the ITL of certutils',
    async () => {
      const sgn = readdirSync(samples).find(
        (name) => name.endsWith('.cnf.xml.sgn') && name.startsWith('SEP'),
      );
      const { stdout, code } = await run(
        registerCheck,
        'check',
        '--installed',
        join(samples, 'ITLFile.tlv'),
        '--offered',
        join(samples, sgn ?? ''),
        '--json',
      );
      expect(JSON.parse(stdout)).toMatchObject({ decision: 'accept', rule: 'R-52', reason: 'signer-in-itl' });
      expect(code).toBe(0);
    },
  );
});
