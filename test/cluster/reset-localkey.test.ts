import { describe, expect, it } from 'vitest';
import { artefact } from '../../src/cluster/artefacts.js';
import { operate } from '../../src/cluster/operate.js';
import type { Operation } from '../../src/cluster/operation.js';
import { cluster, restartAll, signedBy } from './lab.js';

const RESET_ITL: Operation = { op: 'reset-localkey', list: 'itl' };
const RESET_CTL: Operation = { op: 'reset-localkey', list: 'ctl' };

describe('OP-23, utils itl reset localkey', () => {
  it.each([
    ['10.0(1)', 'PUB ITLRecovery', 'SUB1 CallManager'],
    ['11.5(1)', 'PUB ITLRecovery', 'SUB1 CallManager'],
    ['12.0(1)', 'PUB CallManager', 'PUB ITLRecovery'],
    ['15', 'PUB CallManager', 'PUB ITLRecovery'],
  ])(
    "%s: PUB's list on all TFTP nodes at once, signed by %s; after a restart by %s",
    async (release, reset, usual) => {
      const made = await cluster(release);
      await made.run(RESET_ITL);
      expect(signedBy(made.state, made.file('SUB1', 'ITLFile.tlv'))).toBe(reset);
      expect(made.octets('SUB1', 'ITLFile.tlv')).toEqual(made.octets('PUB', 'ITLFile.tlv'));
      expect(made.list('SUB1', 'ITLFile.tlv').records.at(0)).toBeDefined();
      await made.run(restartAll('TFTP'));
      expect(signedBy(made.state, made.file('SUB1', 'ITLFile.tlv'))).toBe(usual);
    },
  );

  it('prints what 12.5 prints (section 3)', async () => {
    const { run } = await cluster('12.5(1)');
    expect(await run(RESET_ITL)).toEqual([
      'Name is None',
      'Generating the reset ITL file.....',
      'The reset ITL file was generated successfully',
      'Locating active Tftp servers in the cluster.....',
      'Following is the list of Active tftp servers in the cluster',
      'PUB',
      'SUB1',
      'Number of Active TFTP servers in the cluster : 2',
      'Transferring new reset ITL file to the TFTP server nodes in the cluster.........',
      'Successfully transferred reset ITL to node PUB',
      'Successfully transferred reset ITL to node SUB1',
    ]);
  });

  it('prints what 15 prints (section 3)', async () => {
    const { run } = await cluster('15');
    expect((await run(RESET_ITL)).slice(-2)).toEqual([
      'ITL file Reset.',
      'Please reset all the phones to pickup the new ITL File.',
    ]);
  });

  it('goes to the active TFTP nodes alone: one that is down keeps its own list (OP-20)', async () => {
    const made = await cluster('12.5(1)');
    const before = made.octets('SUB1', 'ITLFile.tlv');
    const context = { ...made.lab.context, isActive: (node: string) => node !== 'SUB1' };
    const { state, output } = await operate(made.state, RESET_ITL, context);
    expect(output).toContain('Number of Active TFTP servers in the cluster : 1');
    expect(artefact(state, 'PUB', 'ITLFile.tlv')).not.toEqual(made.octets('PUB', 'ITLFile.tlv'));
    expect(artefact(state, 'SUB1', 'ITLFile.tlv')).toBe(before);
  });

  it('needs an ITLRecovery: there is none before 10.0', async () => {
    const { run } = await cluster('9.1(2)');
    await expect(run(RESET_ITL)).rejects.toThrow('release 9.1(2) has no ITLRecovery key');
  });
});

describe('OP-24, utils ctl reset localkey', () => {
  it.each([
    ['11.5(1)', 'PUB ITLRecovery', 'PUB CallManager'],
    ['12.5(1)', 'PUB CallManager', 'PUB ITLRecovery'],
  ])(
    '%s: signed by %s after the TFTP restart, and by %s again after utils ctl update (S-24 e, f)',
    async (release, reset, usual) => {
      const made = await cluster(release, { mode: 'mixed' });
      await made.run({ op: 'regenerate', purpose: 'ITLRecovery', nodes: 'all' });
      await made.run(RESET_CTL);
      expect(signedBy(made.state, made.file('PUB', 'CTLFile.tlv'))).not.toBe(reset);
      await made.run(restartAll('TFTP'));
      const list = made.list('SUB1', 'CTLFile.tlv');
      expect(signedBy(made.state, list)).toBe(reset);
      const recovery = made.state.nodes[0]?.identities.ITLRecovery?.certificate;
      expect(list.records.some(({ certificate }) => certificate?.serial === recovery?.serial)).toBe(true);
      await made.run({ op: 'update-ctl' });
      await made.run(restartAll('TFTP'));
      expect(signedBy(made.state, made.file('SUB1', 'CTLFile.tlv'))).toBe(usual);
    },
  );

  it.each([
    [
      '10.5(1), whose CTL has CallManager alone',
      '10.5(1)',
      { mode: 'mixed' },
      'is no SAST of this CTL: found CallManager',
    ],
    [
      'tokens before 11.5',
      '10.5(2)',
      { mode: 'mixed', tokens: ['T1', 'T2'] },
      'is no SAST of this CTL: found T1, T2',
    ],
    ['no CTL', '12.5(1)', {}, 'CTL File not found'],
    ['before 10.0', '9.1(2)', {}, 'no ITLRecovery key'],
  ] as const)('refuses %s', async (_, release, more, text) => {
    const { run } = await cluster(release, more);
    await expect(run(RESET_CTL)).rejects.toThrow(text);
  });

  it('refuses a key that the CTL of an older release does not have, whatever the release is now', async () => {
    const { run } = await cluster('10.5(1)', { mode: 'mixed' });
    await run({ op: 'upgrade', release: '11.5(1)' });
    await expect(run(RESET_CTL)).rejects.toThrow('ITLRecovery is no SAST of this CTL: found CallManager');
    await run({ op: 'update-ctl' });
    await run(RESET_CTL);
  });

  it('refuses in non-secure mode', async () => {
    const { run } = await cluster('12.5(1)', { mode: 'mixed' });
    await run({ op: 'set-cluster', mode: 'non-secure-mode' });
    await expect(run(RESET_CTL)).rejects.toThrow('expected mixed mode');
  });
});
