import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cluster/command-line/commands.js';
import { completions, MAX_LINE, readCommand } from '../../src/cluster/command-line/read.js';
import {
  commandOutput,
  consoleStep,
  openConsole,
  PROMPT,
  promptOf,
} from '../../src/cluster/command-line/session.js';
import type { Operation } from '../../src/cluster/operation.js';
import { manufacturer } from './certificates.js';
import { type Cluster, cluster } from './lab.js';

/** The command line of cluster-operations.md 3: what each command is read as, asks and prints. */

const PUB = { node: 'PUB', publisher: 'PUB' };
const SUB1 = { node: 'SUB1', publisher: 'PUB' };

const RESTART =
  'Please Restart the TFTP and Cisco CallManager services on all nodes in the cluster that run these services';

/** Every command of section 3, in its order. */
const CATALOGUE: readonly [line: string, operation: Operation][] = [
  ['utils ctl set-cluster mixed-mode', { op: 'set-cluster', mode: 'mixed-mode' }],
  ['utils ctl set-cluster non-secure-mode', { op: 'set-cluster', mode: 'non-secure-mode' }],
  ['utils ctl update CTLFile', { op: 'update-ctl' }],
  ['utils ctl reset localkey', { op: 'reset-localkey', list: 'ctl' }],
  ['show ctl', { op: 'show', node: 'PUB', show: { item: 'ctl' } }],
  ['show itl', { op: 'show', node: 'PUB', show: { item: 'itl' } }],
  ['file delete tftp CTLFile.tlv', { op: 'delete-ctl', nodes: ['PUB'] }],
  ['file delete activelog cm/tftpdata/CTLFile.tlv', { op: 'delete-ctl', nodes: ['PUB'] }],
  ['file get tftp ITLRecovery.p12', { op: 'show', node: 'PUB', show: { item: 'recovery-key' } }],
  ['utils itl reset localkey', { op: 'reset-localkey', list: 'itl' }],
  ['utils itl reset remotekey 10.0.0.1 admin ITLRecovery.p12', { op: 'reset-remotekey', list: 'itl' }],
  [
    "run sql select paramname,paramvalue from processconfig where paramname='ClusterSecurityMode'",
    { op: 'show', node: 'PUB', show: { item: 'parameter', name: 'ClusterSecurityMode' } },
  ],
  [
    "run sql select paramname, paramvalue from processconfig where paramname = 'RollBackToPreGrayback'",
    { op: 'show', node: 'PUB', show: { item: 'parameter', name: 'RollBackToPreGrayback' } },
  ],
  ['show tls min-version', { op: 'show', node: 'PUB', show: { item: 'tls-min' } }],
  ['set tls min-version 1.1', { op: 'set-tls-min', version: '1.1', nodes: ['PUB'] }],
  ['utils capf set keep_alive 20', { op: 'utils-capf', command: { name: 'set keep_alive', minutes: 20 } }],
  ['utils capf stale-lsc list', { op: 'utils-capf', command: { name: 'stale-lsc list' } }],
  ['utils capf stale-lsc delete all', { op: 'utils-capf', command: { name: 'stale-lsc delete all' } }],
  ['utils capf csr list', { op: 'utils-capf', command: { name: 'csr list' } }],
  ['utils capf csr count', { op: 'utils-capf', command: { name: 'csr count' } }],
  ['utils capf csr dump', { op: 'utils-capf', command: { name: 'csr dump' } }],
  ['utils capf cert import', { op: 'utils-capf', command: { name: 'cert import' } }],
  ['utils service restart Cisco Tomcat', { op: 'restart', services: ['Tomcat'], nodes: ['PUB'] }],
  ['utils service restart Cisco Tftp', { op: 'restart', services: ['TFTP'], nodes: ['PUB'] }],
  ['utils service restart Cisco CallManager', { op: 'restart', services: ['CallManager'], nodes: ['PUB'] }],
  [
    'utils service restart Cisco Trust Verification Service',
    { op: 'restart', services: ['TVS'], nodes: ['PUB'] },
  ],
  ['utils service restart Cisco DRF Master', { op: 'restart', services: ['DRF'], nodes: ['PUB'] }],
  ['utils system restart', { op: 'reboot', nodes: ['PUB'] }],
  [
    'set web-security Lab Example Berlin Berlin DE',
    {
      op: 'web-security',
      node: 'PUB',
      organisation: {
        unit: 'Lab',
        organisation: 'Example',
        locality: 'Berlin',
        state: 'Berlin',
        country: 'DE',
      },
    },
  ],
  ['utils fips enable', { op: 'fips', enable: true, nodes: ['PUB'] }],
  ['utils fips_common_criteria enable', { op: 'common-criteria', enable: true, nodes: ['PUB'] }],
  [
    'set cert default-ca-list disable all',
    { op: 'trust-delete', certificates: ['mic-roots'], from: ['CallManager-trust'], only: 'MIC root' },
  ],
  [
    'set cert default-ca-list disable Cisco_Root_CA_2048',
    {
      op: 'trust-delete',
      certificates: ['Cisco_Root_CA_2048'],
      from: ['CallManager-trust'],
      only: 'MIC root',
    },
  ],
  ['utils disaster_recovery prepare restore pub_from_sub', { op: 'rebuild-publisher' }],
  ['utils disaster_recovery backup network CUCM nas', { op: 'backup' }],
  ['utils disaster_recovery restore network nas friday nas', { op: 'restore', name: 'friday' }],
  ['set cert regen callmanager', { op: 'regenerate', purpose: 'CallManager', nodes: ['PUB'] }],
  ['set network hostname cucm-new', { op: 'rename', node: 'PUB', hostName: 'cucm-new' }],
  ['set network domain new.example', { op: 'rename', node: 'PUB', domain: 'new.example' }],
];

describe('what a line is read as', () => {
  it.each(CATALOGUE)('%s', (line, operation) => {
    expect(readCommand(line, PUB).operation).toEqual(operation);
    expect(readCommand(`  ${line.replaceAll(' ', '   ')} `, PUB).operation).toEqual(operation);
  });

  it('a command belongs to the node of its console', () => {
    expect(readCommand('show itl', SUB1).operation).toMatchObject({ node: 'SUB1' });
    expect(readCommand('utils service restart Cisco Tftp', SUB1).operation).toMatchObject({
      nodes: ['SUB1'],
    });
  });

  it.each(COMMANDS.filter(({ publisher }) => publisher === true).map(({ usage }) => usage))(
    '%s runs on the publisher only',
    (usage) => {
      const line = usage
        .replace('MINUTES', '15')
        .replace('FEATURES', 'CUCM')
        .replace('SERVER BACKUP', 'a b')
        .replace('SERVER USER', 'a b')
        .replace('DEVICE', 'nas');
      expect(() => readCommand(line, PUB)).not.toThrow();
      expect(() => readCommand(line, SUB1)).toThrow('go to PUB, this is SUB1');
    },
  );

  it.each([
    ['foo', 'Executed command unsuccessfully\nNo valid command entered\nType "help"'],
    ['utils ctl', 'expected:\n  utils ctl set-cluster mixed-mode'],
    ['set tls min-version 1.4', 'expected:\n  set tls min-version 1.0 | 1.1 | 1.2 | 1.3'],
    ['utils service restart Cisco NTP', 'expected:\n  utils service restart SERVICE'],
    ['set cert regen ssh', 'expected:\n  set cert regen PURPOSE'],
    ['run sql delete from device', 'expected:\n  run sql select paramname,paramvalue'],
    ['show ctl '.repeat(200), `expected at most ${MAX_LINE}`],
  ])('%s is none: what there is follows', (line, text) => {
    expect(() => readCommand(line, PUB)).toThrow(expect.objectContaining({ code: 'TF_USAGE' }));
    expect(() => readCommand(line, PUB)).toThrow(text);
  });

  it('the tabulator key completes', () => {
    expect(completions('utils itl reset l')).toEqual(['utils itl reset localkey']);
    expect(completions('xyz')).toEqual([]);
  });
});

/** Types lines at a console and gives back all that it shows, questions included. */
async function typed(made: Cluster, lines: readonly string[], node = 'PUB'): Promise<readonly string[]> {
  let session = openConsole(node);
  const shown: string[] = [];
  for (const line of lines) {
    const step = consoleStep(session, line, { nodes: made.state.nodes.map(({ name }) => name) });
    session = step.session;
    shown.push(...step.output);
    if (session.pending !== null) shown.push(promptOf(session));
    if (step.run !== null) {
      shown.push(...commandOutput(step.run, session.node, await made.run(step.run.operation)));
    }
  }
  return shown;
}

describe('what a console shows, literally where section 3 has the text', () => {
  it('utils ctl set-cluster mixed-mode, and back', async () => {
    const made = await cluster('12.5(1)');
    expect(await typed(made, ['utils ctl set-cluster mixed-mode', 'y'])).toEqual([
      'This operation will set the cluster to Mixed mode. Do you want to continue? (y/n):',
      'Moving Cluster to Mixed Mode',
      'Cluster set to Mixed Mode',
      RESTART,
    ]);
    expect(await typed(made, ['utils ctl update CTLFile', 'y'])).toEqual([
      'This operation will update the CTLFile. Do you want to continue? (y/n):',
      'Updating CTL file',
      'CTL file Updated',
      RESTART,
    ]);
    expect(await typed(made, ['utils ctl set-cluster non-secure-mode', 'Y'])).toEqual([
      'This operation will set the cluster to non secure mode. Do you want to continue? (y/n):',
      'Moving Cluster to Non Secure Mode',
      'Cluster set to Non Secure Mode',
      RESTART,
    ]);
  });

  it.each(['n', 'no', '', 'perhaps', 'utils ctl set-cluster mixed-mode'])(
    'the answer "%s" is no, and nothing happens',
    async (answer) => {
      const made = await cluster('12.5(1)');
      const before = made.state;
      expect((await typed(made, ['utils ctl set-cluster mixed-mode', answer])).at(-1)).toContain('cancelled');
      expect(made.state).toBe(before);
    },
  );

  it('run sql select …', async () => {
    const made = await cluster('12.5(1)');
    const sql = (name: string): string =>
      `run sql select paramname,paramvalue from processconfig where paramname='${name}'`;
    expect(await typed(made, [sql('ClusterSecurityMode')])).toEqual([
      'paramname           paramvalue',
      '=================== ==========',
      'ClusterSecurityMode 0',
    ]);
    await made.run({ op: 'set-cluster', mode: 'mixed-mode' });
    await made.run({ op: 'parameter', name: 'rollback', value: true });
    expect((await typed(made, [sql('ClusterSecurityMode')])).at(-1)).toBe('ClusterSecurityMode 1');
    expect((await typed(made, [sql('RollBackToPreGrayback')])).at(-1)).toBe('RollBackToPreGrayback T');
    expect(await typed(made, [sql('Nothing')])).toHaveLength(2);
  });

  it.each(['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty'])(
    'run sql select … of %s is an empty table: no word that a user types is a property of every object',
    async (name) => {
      expect(
        await typed(await cluster('12.5(1)'), [
          `run sql select paramname,paramvalue from processconfig where paramname='${name}'`,
        ]),
      ).toEqual(['paramname paramvalue', '========= ==========']);
    },
  );

  it('show tls min-version, set tls min-version', async () => {
    const made = await cluster('15SU2');
    expect(await typed(made, ['show tls min-version'])).toEqual(['Configured TLS minimum version: 1.0']);
    expect((await typed(made, ['set tls min-version 1.1', 'yes'])).slice(0, 4)).toEqual([
      'Warning: phones, gateways and applications that have TLS 1.0 only can no longer connect',
      'Do you want to continue (yes/no) ?',
      'Successfully set minimum TLS version to 1.1',
      'The system will reboot in few minutes.',
    ]);
    expect(await typed(made, ['show tls min-version'], 'SUB2')).toEqual([
      'Configured TLS minimum version: 1.1',
    ]);
    expect((await typed(made, ['set tls min-version 1.2', 'no']))[0]).toContain('TLS 1.0 or 1.1 only');
    expect((await typed(made, ['set tls min-version 1.3', 'no']))[0]).toContain('authenticated mode');
    expect((await typed(made, ['set tls min-version 1.0', 'no']))[0]).toContain('Do you want to continue');
  });

  it('show ctl without one, and file delete tftp CTLFile.tlv', async () => {
    const made = await cluster('12.5(1)', { mode: 'mixed' });
    expect(await typed(made, ['file delete tftp CTLFile.tlv', 'y'])).toEqual([
      'Delete the File CTLFile.tlv?',
      'Enter "y" followed by return to continue:',
      'files: found = 1, deleted = 1',
    ]);
    expect(await typed(made, ['show ctl'])).toEqual([
      'Length of CTL file: 0',
      'CTL File not found. Please run CTLClient plugin or run the CLI - utils ctl.. to generate the CTL file.',
      'Error parsing the CTL File.',
    ]);
    expect((await typed(made, ['show ctl'], 'SUB1')).at(-1)).toBe('The CTL file was verified successfully.');
    // SUB2 runs no TFTP
    expect((await typed(made, ['show itl'], 'SUB2'))[0]).toBe('Length of ITL file: 0');
  });

  it('show ctl and show itl have the layout of inspect --show', async () => {
    const made = await cluster('12.5(1)', { mode: 'mixed' });
    const ctl = await typed(made, ['show ctl']);
    expect(ctl[0]).toBe('The checksum value of the CTL file:');
    expect(ctl[1]).toMatch(/^[0-9a-f]{32}\(MD5\)$/);
    expect(ctl[2]).toMatch(/^[0-9a-f]{40}\(SHA1\)$/);
    expect(ctl).toContain(`Length of CTL file: ${made.octets('PUB', 'CTLFile.tlv')?.length}`);
    expect(ctl).toContain('This etoken was used to sign the CTL file.');
    const itl = await typed(made, ['show itl'], 'SUB1');
    expect(itl).toContain(`Length of ITL file: ${made.octets('SUB1', 'ITLFile.tlv')?.length}`);
    expect(itl.at(-1)).toBe('The ITL file was verified successfully.');
  });

  it.each([
    ['9.1(2)', 'Length of ITL file: '],
    ['10.0(1)', 'The checksum value of the ITL file:'],
  ])('show itl of %s begins with %s (trust-files.md 13.1)', async (release, first) => {
    expect((await typed(await cluster(release), ['show itl']))[0]).toContain(first);
  });

  it('set cert regen asks with the name as it is spelled', async () => {
    expect(await typed(await cluster('12.5(1)'), ['set cert regen callmanager', 'no'])).toEqual([
      'WARNING: This operation will overwrite any CA signed certificate previously imported for CallManager',
      'Proceed with regeneration (yes|no)?',
      'Operation cancelled, nothing has changed.',
    ]);
  });

  it('S-10: show ctl shows the old CAPF serial until the CTL is updated', async () => {
    const made = await cluster('15', { mode: 'mixed' });
    await made.run({ op: 'regenerate', purpose: 'CAPF', nodes: 'all' });
    const serial = made.state.nodes[0]?.identities.CAPF?.certificate.serial.toUpperCase() ?? '';
    const text = async (): Promise<string> =>
      (await typed(made, ['show ctl'])).join('\n').toUpperCase().replace(/[\s:]/g, '');
    expect(await text()).not.toContain(serial);
    await made.run({ op: 'update-ctl' });
    expect(await text()).toContain(serial);
  });

  it('utils itl reset localkey prints what 12.5 prints, names of nodes included', async () => {
    const shown = await typed(await cluster('12.5(1)'), ['utils itl reset localkey']);
    expect(shown[0]).toBe('Name is None');
    expect(shown.at(-1)).toBe('Successfully transferred reset ITL to node SUB1');
  });

  it('services, certificates, modes, backups and the release of a node', async () => {
    const made = await cluster('12.5(1)');
    expect(await typed(made, ['utils service list'], 'SUB2')).toContain('Cisco CallManager[STARTED]');
    expect(await typed(made, ['utils service restart Cisco Tftp'], 'SUB1')).toEqual(['Cisco Tftp[STARTED]']);
    expect((await typed(made, ['show cert list own'])).join('\n')).toContain(
      'CallManager/CallManager.pem: Self-signed',
    );
    expect((await typed(made, ['show cert list trust'])).join('\n')).toContain(
      'Phone-SAST-trust/cl-3-sub1.voice.example',
    );
    expect(await typed(made, ['utils fips status'])).toEqual(['The system is operating in NON-FIPS mode.']);
    expect(await typed(made, ['utils fips_common_criteria status'])).toEqual([
      'Common Criteria mode is disabled.',
    ]);
    expect(await typed(made, ['show version active'])).toEqual(['Active Master Version: 12.5(1)']);
    const files = 'utils disaster_recovery show_backupfiles nas';
    expect(await typed(made, [files])).toEqual(['No backup files']);
    await typed(made, ['utils disaster_recovery backup network CUCM nas']);
    const [taken = ''] = await typed(made, [files]);
    expect(taken).toMatch(/^2026-03-12-07-\d\d-00 {2}/);
    const restored = await typed(made, [
      `utils disaster_recovery restore network nas ${taken.split(' ')[0]} nas`,
      'y',
    ]);
    expect(restored.join('\n')).toContain('completed successfully');
  });

  it('utils service list says which services are down', async () => {
    const made = await cluster('12.5(1)');
    const isActive = (node: string, service: string): boolean => node !== 'SUB1' || service !== 'TFTP';
    Object.assign(made.lab.context, { isActive });
    expect(await typed(made, ['utils service list'], 'SUB1')).toEqual([
      'Cisco Tftp[STOPPED]',
      'Cisco CallManager[STARTED]',
      'Cisco Trust Verification Service[STARTED]',
      'Cisco CTIManager[STARTED]',
      'Cisco HAProxy[STARTED]',
      'Cisco Tomcat[STARTED]',
      'Cisco DRF Local[STARTED]',
    ]);
    expect(await typed(made, ['utils service list'])).not.toContain('Cisco Tftp[STOPPED]');
  });

  it('Cisco DRF Master is the publisher’s, Cisco DRF Local runs on every node (OP-14)', async () => {
    const made = await cluster('12.5(1)');
    const drf = async (lines: string, node: string): Promise<readonly string[]> =>
      (await typed(made, [lines], node)).filter((line) => line.includes('DRF'));
    const both = ['Cisco DRF Master[STARTED]', 'Cisco DRF Local[STARTED]'];
    expect(await drf('utils service list', 'PUB')).toEqual(both);
    expect(await drf('utils service restart Cisco DRF Master', 'PUB')).toEqual(both);
    expect(await drf('utils service list', 'SUB2')).toEqual(['Cisco DRF Local[STARTED]']);
    expect(await drf('utils service restart DRF Local', 'SUB2')).toEqual(['Cisco DRF Local[STARTED]']);
    expect(() => readCommand('utils service restart Cisco DRF Master', SUB1)).toThrow(
      'utils service restart SERVICE',
    );
  });

  it('set cert default-ca-list takes manufacturing CAs out and puts them back, and nothing else (OP-27)', async () => {
    const roots = [
      await manufacturer('Cisco Manufacturing CA'),
      await manufacturer('Cisco Manufacturing CA SHA2'),
    ];
    const made = await cluster('12.5(1)', { micRoots: roots.map(({ certificate }) => certificate.der) });
    const line = 'set cert default-ca-list';
    expect(await typed(made, [`${line} disable Cisco_Manufacturing_CA`])).toEqual([
      'CallManager-trust: Cisco Manufacturing CA deleted',
    ]);
    expect(await typed(made, [`${line} enable Cisco_Manufacturing_CA`])).toEqual([
      'CallManager-trust: Cisco Manufacturing CA imported',
    ]);
    for (const name of ['cl-3-sub1.voice.example', 'CAPF', 'Cisco_Root_CA_2048']) {
      await expect(typed(made, [`${line} disable ${name}`])).rejects.toThrow(
        `no manufacturing CA "${name}" in CallManager-trust: expected all or one of Cisco Manufacturing CA`,
      );
    }
    expect(await typed(made, [`${line} disable all`])).toHaveLength(2);
    await expect(typed(made, [`${line} disable all`])).rejects.toThrow(
      'there is no manufacturing CA in CallManager-trust',
    );
  });

  it('file get tftp ITLRecovery.p12 names the key; there is none before 10.0', async () => {
    const line = 'file get tftp ITLRecovery.p12';
    expect((await typed(await cluster('12.5(1)'), [line]))[0]).toContain('ITLRECOVERY_cl-3-pub');
    await expect(typed(await cluster('9.1(2)'), [line])).rejects.toThrow(
      'PUB has no ITLRecovery certificate',
    );
  });

  it('set web-security makes a tomcat certificate with the new subject (OP-13)', async () => {
    const made = await cluster('12.5(1)');
    await typed(made, ['set web-security Lab Example Berlin Brandenburg de']);
    const tomcat = made.state.nodes[0]?.identities.tomcat?.certificate;
    expect(tomcat?.subject).toContain('OU=Lab');
    expect(tomcat?.subject).toContain('C=DE');
  });

  it('utils system restart starts every service of the node with what is stored', async () => {
    const made = await cluster('12.5(1)');
    await made.run({ op: 'regenerate', purpose: 'TVS', nodes: 'all' });
    const stored = made.state.nodes.map(({ identities }) => identities.TVS);
    await typed(made, ['utils system restart', 'yes'], 'SUB1');
    expect(made.state.nodes.map(({ held }, i) => held.identities.TVS === stored[i])).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe('the console’s own words', () => {
  const facts = { nodes: ['PUB', 'SUB1'] };

  it('node goes to another console; unknown ones are named', () => {
    const open = openConsole('PUB');
    expect(promptOf(open)).toBe(PROMPT);
    expect(consoleStep(open, 'node sub1', facts)).toMatchObject({ session: { node: 'SUB1' } });
    expect(consoleStep(open, 'node SUB9', facts)).toMatchObject({
      output: ['no node SUB9; nodes: PUB, SUB1'],
    });
    expect(consoleStep(open, 'node', facts).output[0]).toContain('console of PUB');
  });

  it('help tells every command, exit and quit end it, an empty line does nothing', () => {
    const open = openConsole('PUB');
    const help = consoleStep(open, 'help', facts).output;
    for (const { usage } of COMMANDS) expect(help).toContain(usage);
    expect(consoleStep(open, 'exit', facts).over).toBe(true);
    expect(consoleStep(open, 'quit', facts).over).toBe(true);
    expect(consoleStep(open, '  ', facts)).toMatchObject({ output: [], run: null, over: false });
  });
});
