import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadScenario } from '../../src/scenario/catalogue.js';
import { CHANGES } from '../../src/scenario/draft.js';
import { runInside } from './harness.js';

const HEADING = 'Device Name,Description,Device Type,Device Pool,Device Security Profile,LSC Expires On\r\n';
const WITH_PROTOCOL = HEADING.replace('\r\n', ',Device Protocol\r\n');
let files = 0;
const folder = mkdtempSync(join(tmpdir(), 'trustfleet-init-'));

function fresh(ending: string): string {
  files += 1;
  return join(folder, `fleet-${files}.${ending}`);
}

function listOf(text: string): string {
  const file = fresh('csv');
  writeFileSync(file, text);
  return file;
}

function phone(n: number, rest: string): string {
  return `SEP0011223344${String(n).padStart(2, '0')},"Desk ${n}, left",${rest}\r\n`;
}

const ENCRYPTED = 'Cisco 7962,HQ,Cisco 7962 - Standard SCCP Encrypted Profile';
const OPEN = 'Cisco 8841,Branch 1,Cisco 8841 - Standard SIP Non-Secure Profile';

describe('init from a list of phones', () => {
  it('writes groups of equal phones, and says how many rows, phones and groups there were', async () => {
    const list = listOf(
      `\ufeff${HEADING}${phone(1, `${ENCRYPTED},2049-03-12`)}${phone(2, `${ENCRYPTED},3/12/2049`)}${phone(3, `${OPEN},NA`)}${phone(4, `${ENCRYPTED},2020-01-01`)}`,
    );
    const file = fresh('yaml');
    const { code, stdout } = await runInside('init', file, '--from', list, '--mode', 'mixed');
    expect(code).toBe(0);
    expect(stdout).toContain(`${file}: 4 rows, 4 phones, 3 groups`);
    expect(stdout).toContain('LSC expired: 1 phone');
    const { fleet, clusters, steps } = loadScenario(file);
    expect(
      fleet.spec.groups.map(({ group, model, phones, protocol }) => [group, model, phones, protocol]),
    ).toEqual([
      ['7962-SCCP-encrypted-expired_lsc-HQ', '7962', 1, 'SCCP'],
      ['7962-SCCP-encrypted-lsc-HQ', '7962', 2, 'SCCP'],
      ['8841-SIP-non_secure-Branch_1', '8841', 1, 'SIP'],
    ]);
    expect(clusters[0]).toMatchObject({ name: 'CL-3', mode: 'mixed' });
    expect(steps.map(({ kind }) => kind)).toEqual(['operate', 'operate', 'operate', 'phones', 'expect']);
    expect(readFileSync(file, 'utf8')).toMatch(/^# Written by trustfleet init from fleet-\d+\.csv\.$/m);
  });

  it('names every row that is no phone by its line, writes nothing, and ends with 2', async () => {
    const list = listOf(
      `${HEADING}${phone(1, 'Cisco 7962,HQ,Ours,')}CSFBOB,,Cisco Unified Client Services Framework,HQ,,\r\n${phone(1, `${OPEN},`)}${phone(2, `${OPEN},soon`)}SEP0011,,Cisco 7962,HQ,,\r\n,,Cisco 7962,,,\r\nSEP001122334409,Cisco 7962\r\n"SEP00112233\r\n`,
    );
    const file = fresh('yaml');
    const { code, stderr } = await runInside('init', file, '--from', list);
    expect(code).toBe(2);
    const said = stderr.split('\n');
    expect(said[0]).toContain(`${list}:2: found security profile "Ours"`);
    expect(said[1]).toBe(
      `${list}:3: found device type "Cisco Unified Client Services Framework", no phone that is simulated`,
    );
    expect(said[2]).toContain(`${list}:4: found SEP001122334401 again, it stands on line 2 already`);
    expect(said[3]).toContain(`${list}:5: found LSC expiry "soon"`);
    expect(said[4]).toContain(`${list}:6: found "SEP0011", expected SEP and 12 hexadecimal digits`);
    expect(said[5]).toContain(`${list}:7: found no device name`);
    expect(said[6]).toContain(`${list}:8: found 2 fields, expected 6 as in the heading`);
    expect(said[7]).toContain(`${list}:9: found a quote that nothing closes`);
    expect(stderr).toContain('models there are: 7940, 7942,');
    expect(stderr).toContain('8 rows, 0 phones, 8 rows that are none; nothing was written');
    expect(() => readFileSync(file)).toThrow('ENOENT');
  });

  it('--security-profile says what names of one’s own are, --skip-unknown leaves other devices out by name', async () => {
    const list = listOf(
      `${HEADING}${phone(1, 'Cisco 7962,HQ,Ours,')}CSFBOB,,Cisco Unified Client Services Framework,HQ,,\r\n`,
    );
    const file = fresh('yaml');
    const options = ['--security-profile', 'Ours=authenticated', '--skip-unknown', '--json'];
    const { code, stdout } = await runInside('init', file, '--from', list, ...options);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      file,
      rows: 2,
      phones: 1,
      groups: [{ model: '7962', security: 'authenticated' }],
      skipped: [{ line: 3, name: 'CSFBOB', device: 'Cisco Unified Client Services Framework' }],
    });
  });

  it.each([
    [
      'a security profile of the other protocol',
      'Cisco 8841,HQ,Cisco 8841 - Standard SCCP Non-Secure Profile,,',
      'found SCCP (security profile "Cisco 8841 - Standard SCCP Non-Secure Profile"), expected SIP, which is what the 8841 speaks',
    ],
    [
      'a type with the other protocol',
      'Cisco 8811 SCCP,HQ,,,',
      'found SCCP (device type "Cisco 8811 SCCP"), expected SIP',
    ],
    [
      'a protocol of its own',
      'Cisco 8865,HQ,,,SCCP',
      'found SCCP (protocol "SCCP"), expected SIP, which is what the 8865 speaks',
    ],
    [
      'two protocols in one row',
      'Cisco 7942,HQ,Cisco 7942 - Standard SCCP Non-Secure Profile,,SIP',
      'found protocol "SIP" beside security profile "Cisco 7942 - Standard SCCP Non-Secure Profile", expected one protocol',
    ],
    [
      'a protocol that no phone speaks',
      'Cisco 7942,HQ,,,MGCP',
      'found protocol "MGCP", expected SCCP or SIP',
    ],
  ])('a phone with %s is a fault of its line', async (_, row, message) => {
    const list = listOf(`${WITH_PROTOCOL}${phone(1, `${OPEN},,SIP`)}${phone(2, row)}`);
    const { code, stderr } = await runInside('init', fresh('yaml'), '--from', list);
    expect(code).toBe(2);
    expect(stderr).toContain(`${list}:3: ${message}`);
    expect(stderr).toContain('2 rows, 1 phone, 1 row that is none; nothing was written');
  });

  it.each([
    ['Cisco 7942 SIP,HQ,,,', 'SIP'],
    ['Cisco 7942,HQ,Cisco 7942 - Standard SIP Non-Secure Profile,,', 'SIP'],
    ['Cisco 7942,HQ,,,SCCP', 'SCCP'],
    ['Cisco 7942 SCCP,HQ,Cisco 7942 - Standard SCCP Non-Secure Profile,,sccp', 'SCCP'],
    // nothing says it: the first that the model has
    ['Cisco 8945,HQ,,,NA', 'SCCP'],
    ['Cisco 8861,HQ,,,', 'SIP'],
  ])('a phone that is "%s" speaks %s', async (row, protocol) => {
    const file = fresh('yaml');
    const { code, stderr } = await runInside('init', file, '--from', listOf(WITH_PROTOCOL + phone(1, row)));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(loadScenario(file).fleet.spec.groups[0]?.protocol).toBe(protocol);
  });

  it('a security profile that is not understood is one line for all of its rows, with the option that maps it', async () => {
    const rows = Array.from({ length: 7 }, (_, i) => phone(i, 'Cisco 7962,HQ,Ours,')).join('');
    const list = listOf(
      `${HEADING}${phone(40, `${OPEN},`)}${rows}${phone(50, 'Cisco 7962,HQ,Theirs,')}${phone(51, `${OPEN},soon`)}`,
    );
    const { code, stderr } = await runInside('init', fresh('yaml'), '--from', list);
    expect(code).toBe(2);
    const modes = 'where MODE is non-secure, authenticated, encrypted';
    expect(stderr.split('\n').slice(0, 4)).toEqual([
      `trustfleet: ${list}:3: found security profile "Ours" in 7 rows (lines 3, 4, 5, 6, 7, …), whose name does not say Non-Secure, Authenticated or Encrypted; say it with --security-profile "Ours=MODE" ${modes}`,
      `${list}:10: found security profile "Theirs", whose name does not say Non-Secure, Authenticated or Encrypted; say it with --security-profile "Theirs=MODE" ${modes}`,
      expect.stringContaining(`${list}:11: found LSC expiry "soon"`),
      expect.stringContaining('10 rows, 1 phone, 9 rows that are none; nothing was written'),
    ]);
    const mapped = ['--security-profile', 'Ours=authenticated', '--security-profile', 'Theirs=encrypted'];
    const { stderr: rest } = await runInside('init', fresh('yaml'), '--from', list, ...mapped);
    expect(rest).toContain('10 rows, 9 phones, 1 row that is none');
  });

  it('--skip-unknown names who is left out, also where another row is wrong', async () => {
    const others = `CSFBOB,,Cisco Unified Client Services Framework,HQ,,\r\nATA1,,,HQ,,\r\n`;
    const good = listOf(`${HEADING}${phone(1, `${OPEN},`)}${others}`);
    const { code, stdout } = await runInside('init', fresh('yaml'), '--from', good, '--skip-unknown');
    expect(code).toBe(0);
    expect(stdout).toContain('line 3: CSFBOB (Cisco Unified Client Services Framework) was left out');
    expect(stdout).toContain('line 4: ATA1 (no device type) was left out');
    const bad = listOf(`${HEADING}${phone(1, `${OPEN},soon`)}${others}`);
    const { code: exit, stderr } = await runInside('init', fresh('yaml'), '--from', bad, '--skip-unknown');
    expect(exit).toBe(2);
    expect(stderr).toContain(`${bad}:2: found LSC expiry "soon"`);
    expect(stderr).toContain(`${bad}:3: CSFBOB (Cisco Unified Client Services Framework) was left out`);
    expect(stderr).toContain(`${bad}:4: ATA1 (no device type) was left out`);
    expect(stderr).toContain('3 rows, 0 phones, 2 devices left out, 1 row that is none; nothing was written');
  });

  it.each([
    ['an empty file', '', ':1: found nothing, expected a heading'],
    ['a heading alone', HEADING, ':1: found a heading alone'],
    ['semicolons', 'Device Name;Device Type\n', ':1: found fields parted by ";", expected commas'],
    ['tabs', 'Device Name\tDevice Type\n', ':1: found fields parted by tabs'],
    ['other headings', 'Device Nam,Type\n', ':1: found no column "Device Name" (is it "device nam"?)'],
  ])('%s', async (_, text, part) => {
    const list = listOf(text);
    const { code, stderr } = await runInside('init', fresh('yaml'), '--from', list);
    expect(code).toBe(2);
    expect(stderr).toContain(list + part);
  });

  it('a list in UTF-16, as Excel writes "Unicode text", is exit 2', async () => {
    const list = join(folder, 'unicode.csv');
    writeFileSync(list, Buffer.from(`\ufeff${HEADING}`, 'utf16le'));
    const { code, stderr } = await runInside('init', fresh('yaml'), '--from', list);
    expect(code).toBe(2);
    expect(stderr).toContain(`${list}: found UTF-16, expected UTF-8`);
  });

  it.each([
    ['11.5(1)', 'who signs the lists is another one now'],
    ['14SU3', 'ITLRecovery signs the lists as before'],
  ])('says of a CallManager renewal in %s what it means for the lists', async (release, comment) => {
    const file = fresh('yaml');
    await runInside('init', file, '--phones', '7962=1', '--release', release);
    expect(readFileSync(file, 'utf8')).toContain(comment);
  });

  it('a list that is not there is exit 2', async () => {
    const { code, stderr } = await runInside('init', fresh('yaml'), '--from', join(folder, 'none.csv'));
    expect(code).toBe(2);
    expect(stderr).toContain('TF_FILE_UNREADABLE');
  });
});

describe('init from answers on the command line', () => {
  it.each(Object.keys(CHANGES))('--change %s is a scenario that reads without a fault', async (change) => {
    const file = fresh('yaml');
    const mode = change === 'non-secure' ? 'mixed' : 'non-secure';
    const { code } = await runInside(
      'init',
      file,
      '--phones',
      '7962=3,8841=5',
      '--change',
      change,
      '--mode',
      mode,
    );
    expect(code).toBe(0);
    expect(loadScenario(file).fleet.phones).toBe(8);
  });

  it('a mixed cluster before 10.0 has tokens, a cluster of one node phones that know it', async () => {
    const file = fresh('yaml');
    const options = ['--release', '9.1(2)', '--mode', 'mixed', '--cluster', 'CL-1', '--phones', '7975=2'];
    expect((await runInside('init', file, ...options, '--security', 'encrypted')).code).toBe(0);
    const { clusters, fleet } = loadScenario(file);
    expect(clusters[0]).toMatchObject({ name: 'CL-1', tokens: ['T1', 'T2'] });
    expect(fleet.spec.groups[0]?.tftp).toEqual([{ index: 'all', value: ['PUB'] }]);
  });

  it('refuses to overwrite without --force', async () => {
    const file = listOf('mine');
    const refused = await runInside('init', file);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--force');
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect((await runInside('init', file, '--force')).code).toBe(0);
    expect(loadScenario(file).fleet.phones).toBe(550);
  });

  it.each([
    [['--phones', '7962'], 'expected MODEL=NUMBER'],
    [['--phones', '7963=1'], 'found model "7963"'],
    [['--phones', '7962=1,7962=2'], 'found 7962 twice'],
    [['--change', 'callmanger'], 'did you mean "callmanager"'],
    [['--cluster', 'CL-9'], 'expected CL-1 or CL-3'],
    [['--mode', 'secure'], 'expected non-secure or mixed'],
    [['--release', 'twelve'], 'release'],
    [['--security', 'SEC-MAX'], 'SEC-MAX'],
    [['--security-profile', 'Ours', '--from', 'x.csv'], 'expected NAME=MODE'],
    [['--security-profile', 'Ours=encrypted'], 'found --security-profile without --from'],
    [['--skip-unknown'], 'found --skip-unknown without --from'],
    [['--phones', '8841=3', '--from', 'x.csv'], 'found --phones beside --from'],
    [['--security', 'encrypted', '--from', 'x.csv'], 'found --security beside --from'],
    [
      ['--mode', 'mixed', '--change', 'mixed-mode'],
      'found change mixed-mode of a cluster that is in mixed mode already',
    ],
    [['--change', 'non-secure'], 'found change non-secure of a cluster that is in non-secure mode already'],
  ])('%j is exit 2', async (options, part) => {
    const { code, stderr } = await runInside('init', fresh('yaml'), ...options);
    expect(code).toBe(2);
    expect(stderr).toContain(part);
  });
});

describe('the name of the scenario', () => {
  it('is asked for where it is empty, and not looked for in a file that is not there', async () => {
    const { code, stdout, stderr } = await runInside('init', fresh('yaml'), '--name', '');
    expect(code).toBe(2);
    expect(stdout + stderr).toContain('--name: found "", expected a name of one character or more');
  });
});
