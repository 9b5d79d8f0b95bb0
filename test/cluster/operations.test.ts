import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/cluster/operation.js';
import { CL_3, cluster, restartAll, signedBy, spec } from './lab.js';

const MIXED: Operation = { op: 'set-cluster', mode: 'mixed-mode' };
const NON_SECURE: Operation = { op: 'set-cluster', mode: 'non-secure-mode' };
const UPDATE: Operation = { op: 'update-ctl' };
const ASK_FOR_RESTART =
  'Please Restart the TFTP and Cisco CallManager services on all nodes in the cluster that run these services';

describe('console lines (section 3)', () => {
  it('utils ctl set-cluster mixed-mode (OP-01)', async () => {
    const { run } = await cluster('12.5(1)');
    expect(await run(MIXED)).toEqual([
      'This operation will set the cluster to Mixed mode. Do you want to continue? (y/n):',
      'Moving Cluster to Mixed Mode',
      'Cluster set to Mixed Mode',
      ASK_FOR_RESTART,
    ]);
  });

  it('utils ctl set-cluster non-secure-mode (OP-03)', async () => {
    const { run } = await cluster('12.5(1)', { mode: 'mixed' });
    expect(await run(NON_SECURE)).toEqual([
      'This operation will set the cluster to non secure mode. Do you want to continue? (y/n):',
      'Moving Cluster to Non Secure Mode',
      'Cluster set to Non Secure Mode',
      ASK_FOR_RESTART,
    ]);
  });

  it('utils ctl update CTLFile (OP-05)', async () => {
    const { run } = await cluster('12.5(1)', { mode: 'mixed' });
    expect(await run(UPDATE)).toEqual([
      'This operation will update the CTLFile. Do you want to continue? (y/n):',
      'Updating CTL file',
      'CTL file Updated',
      ASK_FOR_RESTART,
    ]);
  });

  it('RollBackToPreGrayback (OP-22)', async () => {
    const { run } = await cluster('12.5(1)');
    const set = (value: boolean): Operation => ({ op: 'parameter', name: 'rollback', value });
    expect(await run(set(true))).toEqual([
      'RollBackToPreGrayback T',
      'PUB: alarm ITLFileRegenerated',
      'SUB1: alarm ITLFileRegenerated',
    ]);
    expect((await run(set(false)))[0]).toBe('RollBackToPreGrayback F');
    expect(await run(set(false))).toEqual(['RollBackToPreGrayback F']);
  });
});

describe('OP-01, OP-03: mode and CTL', () => {
  it('the mode changes and the CTL is written, yet nothing is served before TFTP restarts', async () => {
    const { run, octets, ...lab } = await cluster('12.5(1)');
    await run(MIXED);
    expect(octets('PUB', 'CTLFile.tlv')).toBeUndefined();
    await run(restartAll('TFTP'));
    expect(octets('PUB', 'CTLFile.tlv')).toBeDefined();
    expect(lab).toBeDefined();
  });

  it('OP-05: each CTL has a new time stamp, even within the second', async () => {
    const made = await cluster('12.5(1)', { mode: 'mixed' });
    const stamps: (number | undefined)[] = [made.state.ctl?.timestamp];
    for (let i = 0; i < 2; i += 1) {
      await made.run(UPDATE);
      made.lab.pass(-60);
      stamps.push(made.state.ctl?.timestamp);
    }
    const [first = 0, second = 0, third = 0] = stamps;
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThan(second);
  });
});

describe('regenerate (OP-09 to OP-14)', () => {
  it.each([
    ['OP-09', 'CallManager', ['PUB', 'SUB1', 'SUB2']],
    ['OP-10', 'TVS', ['PUB', 'SUB1', 'SUB2']],
    ['OP-11', 'CAPF', ['PUB']],
    ['OP-12', 'ITLRecovery', ['PUB']],
    ['OP-13', 'tomcat', ['PUB', 'SUB1', 'SUB2']],
    ['OP-14', 'ipsec', ['PUB', 'SUB1', 'SUB2']],
  ] as const)('%s: all %s identities are those of %j', async (_, purpose, nodes) => {
    const made = await cluster('12.5(1)');
    const before = made.state;
    await made.run({ op: 'regenerate', purpose, nodes: 'all' });
    const changed = made.state.nodes
      .filter((node, index) => node.identities[purpose] !== before.nodes[index]?.identities[purpose])
      .map((node) => node.name);
    expect(changed).toEqual(nodes);
  });

  it('gives a new key, a new serial number and the same name for five years', async () => {
    const made = await cluster('12.5(1)');
    const old = made.state.nodes[1]?.identities.CallManager?.certificate;
    await made.run({ op: 'regenerate', purpose: 'CallManager', nodes: ['SUB1'] });
    const fresh = made.state.nodes[1]?.identities.CallManager?.certificate;
    expect(fresh?.subject).toBe(old?.subject);
    expect(fresh?.serial).not.toBe(old?.serial);
    expect(fresh?.listKey).not.toEqual(old?.listKey);
    expect(fresh?.notBefore.toISOString()).toBe('2026-03-12T07:21:00.000Z');
    expect(fresh?.notAfter.toISOString()).toBe('2031-03-12T07:21:00.000Z');
  });

  it('a new CAPF has another name, so that the old one stays in CallManager-trust and CAPF-trust (OP-11)', async () => {
    const made = await cluster('12.5(1)');
    const old = made.state.nodes[0]?.identities.CAPF?.certificate;
    await made.run({ op: 'regenerate', purpose: 'CAPF', nodes: 'all' });
    const fresh = made.state.nodes[0]?.identities.CAPF?.certificate;
    for (const store of ['CallManager-trust', 'CAPF-trust'] as const) {
      const certificates = made.state.trust[store].map(({ certificate }) => certificate);
      expect(certificates).toContain(old);
      expect(certificates).toContain(fresh);
    }
    expect(fresh?.subject).toMatch(/^CN=CAPF-[0-9a-f]{8};/);
  });

  it('the old CallManager is gone from every store at once (R-43)', async () => {
    const made = await cluster('12.5(1)');
    const old = made.state.nodes[0]?.identities.CallManager?.certificate;
    await made.run({ op: 'regenerate', purpose: 'CallManager', nodes: ['PUB'] });
    const everywhere = Object.values(made.state.trust)
      .flat()
      .map(({ certificate }) => certificate);
    expect(everywhere).not.toContain(old);
    expect(made.state.trust['Phone-SAST-trust']).toHaveLength(3);
  });

  it('OP-12 in 12.0 and later changes the list signer at the TFTP restart; mixed mode asks for the CTL update', async () => {
    const made = await cluster('12.5(1)', { mode: 'mixed' });
    const output = await made.run({ op: 'regenerate', purpose: 'ITLRecovery', nodes: 'all' });
    expect(output.join('\n')).toContain('ITLRecoveryCertBackup');
    expect(output.join('\n')).toContain('utils ctl update CTLFile');
    expect(signedBy(made.state, made.file('PUB', 'ITLFile.tlv'))).toBe('nobody stored');
    await made.run(restartAll('TVS', 'TFTP'));
    expect(signedBy(made.state, made.file('SUB1', 'ITLFile.tlv'))).toBe('PUB ITLRecovery');
    expect(signedBy(made.state, made.file('SUB1', 'CTLFile.tlv'))).toBe('nobody stored');
    await made.run(UPDATE);
    await made.run(restartAll('TFTP'));
    expect(signedBy(made.state, made.file('SUB1', 'CTLFile.tlv'))).toBe('PUB ITLRecovery');
  });
});

/** What the cluster refuses, and what its message says. */
const REFUSALS: readonly [what: string, release: string, operation: Operation, text: string][] = [
  ['mixed mode before 10.0', '9.1(2)', MIXED, 'release 9.1(2) has no "utils ctl" commands: expected 10.0'],
  ['non-secure mode before 10.0', '9.1(2)', NON_SECURE, 'expected 10.0'],
  ['the mode that it has', '12.5(1)', NON_SECURE, 'is in non-secure mode already'],
  ['a CTL update without a CTL', '12.5(1)', UPDATE, 'CTL File not found'],
  [
    'an unknown node',
    '12.5(1)',
    { op: 'restart', services: ['TFTP'], nodes: ['SUB9'] },
    'has no node SUB9: expected one of PUB, SUB1, SUB2',
  ],
  [
    'a service that does not run there',
    '12.5(1)',
    { op: 'restart', services: ['TFTP'], nodes: ['SUB2'] },
    'TFTP does not run on SUB2: expected one of PUB, SUB1',
  ],
  ['no service', '12.5(1)', { op: 'restart', services: [], nodes: 'all' }, 'no service to restart'],
  [
    'CAPF of a subscriber (OP-11)',
    '12.5(1)',
    { op: 'regenerate', purpose: 'CAPF', nodes: ['SUB1'] },
    'there is no CAPF certificate on SUB1: expected one of PUB',
  ],
  [
    'ITLRecovery before 10.0',
    '9.1(2)',
    { op: 'regenerate', purpose: 'ITLRecovery', nodes: 'all' },
    'there is no ITLRecovery certificate on any node',
  ],
  [
    'an unknown parameter',
    '12.5(1)',
    { op: 'parameter', name: 'toString', value: true },
    'no parameter "toString": expected one of rollback, tftp-signature, export-control',
  ],
  [
    'SHA-256 as file signature (trust-files.md 2.3)',
    '12.5(1)',
    { op: 'parameter', name: 'tftp-signature', value: 'SHA-256' },
    'found "SHA-256", expected SHA-1 or SHA-512',
  ],
  [
    'who resets phones (OP-31, R-68)',
    '14',
    { op: 'parameter', name: 'phone-interaction', value: 'auto' },
    'found "auto", expected manual or automatic',
  ],
  [
    'resets by the cluster itself before 10.5 (R-68)',
    '10.0',
    { op: 'parameter', name: 'phone-interaction', value: 'automatic' },
    'release 10.0 leaves the resets to the administrator, expected 10.5 or later',
  ],
  [
    'a rollback that is neither true nor false',
    '12.5(1)',
    { op: 'parameter', name: 'rollback', value: 'perhaps' },
    'expected true or false',
  ],
];

describe('refusals', () => {
  it.each(REFUSALS)('%s', async (_, release, operation, text) => {
    const made = await cluster(release);
    const before = made.state;
    await expect(made.run(operation)).rejects.toMatchObject({
      code: 'TF_OPERATION_REFUSED',
      message: expect.stringContaining(text),
    });
    expect(made.state).toBe(before);
  });

  it('mixed mode from 12.0 on without export-controlled functionality (OP-01, S-06)', async () => {
    const made = await cluster('12.5(1)');
    await made.run({ op: 'parameter', name: 'export-control', value: false });
    await expect(made.run(MIXED)).rejects.toThrow('ClusterModeSecurityFailedExportControlNotAllow');
    const older = await cluster('11.5(1)', { parameters: { exportControl: false } });
    await expect(older.run(MIXED)).resolves.toBeDefined();
  });

  it('mixed mode without CAPF on the publisher', async () => {
    const [publisher, ...others] = CL_3;
    if (publisher === undefined) throw new Error('CL-3 has a publisher');
    const nodes = [{ ...publisher, services: ['CallManager', 'TFTP', 'TVS'] as const }, ...others];
    const made = await cluster('12.5(1)', { nodes });
    await expect(made.run(MIXED)).rejects.toThrow('CAPF is not active on the publisher PUB');
  });

  it('services named for all nodes concern those that run them; a service that runs on one of several is enough', async () => {
    const made = await cluster('12.5(1)');
    const output = await made.run({
      op: 'restart',
      services: ['CallManager', 'TFTP', 'CAPF'],
      nodes: ['SUB1', 'PUB', 'SUB1'],
    });
    expect(output).toEqual([
      'SUB1: Cisco CallManager[STARTED]',
      'PUB: Cisco CallManager[STARTED]',
      'SUB1: Cisco Tftp[STARTED]',
      'PUB: Cisco Tftp[STARTED]',
      'PUB: Cisco Certificate Authority Proxy Function[STARTED]',
    ]);
  });
});

describe('an operation leaves the state that it was given as it was', () => {
  it('files of the old state are those of before', async () => {
    const made = await cluster('11.5(1)');
    const before = made.state;
    const itl = made.octets('PUB', 'ITLFile.tlv');
    await made.run({ op: 'regenerate', purpose: 'CallManager', nodes: 'all' });
    await made.run(restartAll('TFTP'));
    expect(before.nodes[0]?.held.tftp?.itl.bytes).toBe(itl);
    expect(spec('11.5(1)').nodes).toBe(CL_3);
  });
});
