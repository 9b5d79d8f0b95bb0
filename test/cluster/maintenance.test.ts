import { describe, expect, it } from 'vitest';
import { hostOf } from '../../src/cluster/node.js';
import type { Operation } from '../../src/cluster/operation.js';
import { type ClusterState, nodeOf } from '../../src/cluster/state.js';
import { tvsQuery } from '../../src/cluster/tvs.js';
import { signerIdOf } from '../../src/trustfile/index.js';
import { boot, healthy } from './cohorts.js';
import { CL_3, type Cluster, cluster, restartAll, roles, signedBy } from './lab.js';

/** Operations on whole nodes and on the cluster as a whole: OP-18, OP-19, OP-21, OP-31. */

const regenerate = (purpose: 'CallManager' | 'TVS'): Operation => ({
  op: 'regenerate',
  purpose,
  nodes: 'all',
});

const identitiesOf = (state: ClusterState, node: string) => nodeOf(state, node).identities;

/** Who signs a list on a node, in one of two clusters. */
async function refusal(made: Cluster, operation: Operation): Promise<string> {
  const before = made.state;
  const error = await made.run(operation).then(
    () => new Error('it was accepted'),
    (reason: Error & { code?: string }) => reason,
  );
  expect(error).toMatchObject({ code: 'TF_OPERATION_REFUSED' });
  expect(made.state).toBe(before);
  return error.message;
}

describe('OP-18: a new host name', () => {
  it('all certificates of the node are new, under the new name and in use; the other nodes keep theirs', async () => {
    const made = await cluster('11.5(1)');
    const before = made.state;
    await made.run({ op: 'rename', node: 'PUB', hostName: 'cucm-new' });
    for (const purpose of ['CallManager', 'TVS', 'CAPF', 'ITLRecovery'] as const) {
      expect(identitiesOf(made.state, 'PUB')[purpose]).not.toBe(identitiesOf(before, 'PUB')[purpose]);
    }
    expect(identitiesOf(made.state, 'PUB').CallManager?.certificate.commonName).toBe(
      'cucm-new.voice.example',
    );
    expect(identitiesOf(made.state, 'PUB').ITLRecovery?.certificate.commonName).toContain('cucm-new');
    expect(identitiesOf(made.state, 'SUB1')).toBe(identitiesOf(before, 'SUB1'));
    // it has restarted
    expect(signedBy(made.state, made.file('PUB', 'ITLFile.tlv'))).toBe('PUB CallManager');
    expect(nodeOf(made.state, 'PUB').held.identities.TVS).toBe(identitiesOf(made.state, 'PUB').TVS);
    // what phones read has addresses only, and the label stays
    expect(nodeOf(made.state, 'PUB')).toMatchObject({ name: 'PUB', address: '127.10.0.1' });
  });

  it('the old certificates stay in the trust stores, where they have another name', async () => {
    const made = await cluster('11.5(1)');
    const old = identitiesOf(made.state, 'PUB').CallManager?.certificate;
    await made.run({ op: 'rename', node: 'PUB' });
    const stored = made.state.trust['CallManager-trust'].map(({ certificate }) => certificate);
    expect(stored).toContain(old);
    expect(stored).toContain(identitiesOf(made.state, 'PUB').CallManager?.certificate);
  });

  it('a domain alone changes the names, too; mixed mode asks for a CTL update', async () => {
    const made = await cluster('12.5(1)', { mode: 'mixed' });
    const output = await made.run({ op: 'rename', node: 'SUB1', domain: 'new.example' });
    expect(hostOf(nodeOf(made.state, 'SUB1'))).toBe('cl-3-sub1.new.example');
    expect(output.join('\n')).toContain('utils ctl update CTLFile');
    const plain = await (await cluster('12.5(1)')).run({ op: 'rename', node: 'SUB1' });
    expect(plain.join('\n')).not.toContain('CTLFile');
  });

  it('one of several servers: TVS of the others vouches for it (S-20 has one server alone)', async () => {
    const made = await cluster('11.5(1)');
    const phones = healthy(made);
    await made.run({ op: 'rename', node: 'SUB1', hostName: 'sub-new' });
    const { itl } = boot(made, phones);
    // SUB1's own TVS is new as well: CMG-1 asks it first, in vain, then SUB2
    expect(itl).toMatchObject({ updated: 500, unchanged: 500, refused: 0, positive: { SUB2: 500 } });
    expect(itl.failedHandshakes).toEqual({ SUB1: 255 });
  });

  it.each([
    [{ node: 'PUB', hostName: '-x' }, 'expected 1 to 63 letters'],
    [{ node: 'PUB', hostName: 'a'.repeat(64) }, 'expected 1 to 63 letters'],
    [{ node: 'PUB', domain: 'not a domain' }, 'expected a DNS domain'],
    [{ node: 'PUB', hostName: 'cl-3-pub' }, 'PUB is cl-3-pub.voice.example already'],
    [{ node: 'PUB', hostName: 'cl-3-sub1' }, 'is that of SUB1'],
    [{ node: 'SUB9' }, 'has no node SUB9'],
  ])('%j is refused: %s', async (what, text) => {
    expect(await refusal(await cluster('11.5(1)'), { op: 'rename', ...what })).toContain(text);
  });
});

describe('OP-19: nodes come and go', () => {
  const SUB3 = { name: 'SUB3', services: ['CallManager', 'TFTP', 'TVS'] } as const;

  it('a new node has its own ITL at once; its TVS is in the other lists after their TFTP restart', async () => {
    const made = await cluster('12.5(1)');
    await made.run({ op: 'add-node', node: SUB3 });
    expect(nodeOf(made.state, 'SUB3')).toMatchObject({ address: '127.10.0.4' });
    const tvs = (node: string): number =>
      roles(made.list(node, 'ITLFile.tlv')).filter((role) => role === 'TVS').length;
    expect([tvs('SUB3'), tvs('PUB'), tvs('SUB1')]).toEqual([4, 3, 3]);
    await made.run(restartAll('TFTP'));
    expect([tvs('SUB3'), tvs('PUB'), tvs('SUB1')]).toEqual([4, 4, 4]);
  });

  it('every TVS knows its certificates at once; phones with the old list do not know its TVS (R-38)', async () => {
    const made = await cluster('11.5(1)');
    const phones = healthy(made);
    await made.run({ op: 'add-node', node: SUB3 });
    const { CallManager, TVS } = identitiesOf(made.state, 'SUB3');
    if (CallManager === undefined || TVS === undefined) throw new Error('SUB3 has certificates');
    expect(tvsQuery(made.state, 'SUB2', signerIdOf(CallManager.certificate, 'cucm')).result).toBe('positive');
    const known = phones.flatMap(({ itl }) => itl?.records.map(({ serial }) => serial) ?? []);
    expect(known).not.toContain(TVS.certificate.serial);
  });

  it('mixed mode: the new server has no CTL before the update (section 1.1)', async () => {
    const made = await cluster('12.5(1)', { mode: 'mixed' });
    await made.run({ op: 'add-node', node: { name: 'SUB3', services: ['CallManager', 'TFTP', 'TVS'] } });
    expect(made.octets('SUB3', 'CTLFile.tlv')).toBeUndefined();
    await made.run(restartAll('TFTP'));
    expect(made.octets('SUB3', 'CTLFile.tlv')).toBeUndefined();
    await made.run({ op: 'update-ctl' });
    await made.run(restartAll('TFTP'));
    expect(made.octets('SUB3', 'CTLFile.tlv')).toEqual(made.octets('PUB', 'CTLFile.tlv'));
  });

  it('mixed mode: the CTL has the new server only after its update', async () => {
    const made = await cluster('12.5(1)', { mode: 'mixed' });
    const servers = (): number =>
      roles(made.list('PUB', 'CTLFile.tlv')).filter((role) => role === 'CCM+TFTP').length;
    const output = await made.run({ op: 'add-node', node: SUB3 });
    expect(output.join('\n')).toContain('utils ctl update CTLFile');
    await made.run(restartAll('TFTP', 'CallManager'));
    expect(servers()).toBe(3);
    await made.run({ op: 'update-ctl' });
    await made.run(restartAll('TFTP', 'CallManager'));
    expect(servers()).toBe(4);
  });

  it('a node leaves: its TVS is gone from new lists, its certificates from no store', async () => {
    const made = await cluster('12.5(1)', { devices: [] });
    const gone = identitiesOf(made.state, 'SUB2').CallManager?.certificate;
    await made.run({ op: 'remove-node', node: 'SUB2' });
    await made.run(restartAll('TFTP'));
    expect(roles(made.list('PUB', 'ITLFile.tlv')).filter((role) => role === 'TVS')).toHaveLength(2);
    expect(made.state.nodes.map(({ name }) => name)).toEqual(['PUB', 'SUB1']);
    expect(made.state.trust['CallManager-trust'].map(({ certificate }) => certificate)).toContain(gone);
    // nobody's identity any more, so it can be deleted by its purpose
    await made.run({ op: 'trust-delete', certificates: ['CallManager'], from: ['CallManager-trust'] });
    expect(made.state.trust['CallManager-trust'].map(({ certificate }) => certificate)).not.toContain(gone);
  });

  it.each<[Operation, string]>([
    [{ op: 'add-node', node: { ...SUB3, name: 'SUB1' } }, 'the name stands twice'],
    [{ op: 'add-node', node: { ...SUB3, address: '127.10.0.1' } }, "another node's too"],
    [{ op: 'add-node', node: { ...SUB3, address: 'sub3' } }, 'no IPv4 address'],
    [{ op: 'add-node', node: { ...SUB3, hostName: 'cl-3-pub' } }, 'is that of PUB'],
    [{ op: 'add-node', node: { ...SUB3, services: ['CAPF'] } }, 'CAPF runs on the publisher only'],
    [{ op: 'remove-node', node: 'PUB' }, 'is the publisher'],
    [{ op: 'remove-node', node: 'SUB9' }, 'has no node SUB9'],
    [{ op: 'remove-node', node: 'SUB2' }, 'SUB2 is in use: CallManager group CMG-1 of 1 devices'],
  ])('%j is refused: %s', async (operation, text) => {
    expect(await refusal(await cluster('12.5(1)'), operation)).toContain(text);
  });

  it('the last TFTP node stays', async () => {
    const [publisher, first, second] = CL_3;
    if (publisher === undefined || first === undefined || second === undefined) throw new Error('CL-3');
    const nodes = [{ ...publisher, services: ['CallManager', 'TVS'] as const }, first, second];
    const made = await cluster('12.5(1)', { nodes, devices: [] });
    expect(await refusal(made, { op: 'remove-node', node: 'SUB1' })).toContain('the only TFTP node');
  });
});

describe('OP-21: backup and restore', () => {
  it('S-03’s cure: the old certificates are back, so every phone knows the signer', async () => {
    const made = await cluster('11.5(1)');
    const phones = healthy(made);
    const before = made.state;
    await made.run({ op: 'backup', name: 'friday' });
    expect(made.state.nodes).toBe(before.nodes);
    await made.run(regenerate('CallManager'));
    await made.run(regenerate('TVS'));
    await made.run(restartAll('TVS', 'TFTP', 'CallManager'));
    expect(boot(made, phones).itl).toMatchObject({ refused: 1000, updated: 0 });
    await made.run({ op: 'restore', name: 'friday' });
    // in use at once: every node has restarted
    expect(made.state.nodes.map((node) => node.held.identities.TVS)).toEqual(
      before.nodes.map((node) => node.identities.TVS),
    );
    expect(boot(made, phones).itl).toMatchObject({ updated: 1000, refused: 0, positive: {} });
  });

  it('brings back database, trust stores and CTL as they were', async () => {
    const made = await cluster('12.5(1)', { mode: 'mixed' });
    await made.run({ op: 'backup', name: 'before' });
    const { trust, ctl, devices } = made.state;
    await made.run({ op: 'set-cluster', mode: 'non-secure-mode' });
    await made.run({ op: 'parameter', name: 'tftp-signature', value: 'SHA-512' });
    await made.run({ op: 'regenerate', purpose: 'CAPF', nodes: 'all' });
    await made.run({ op: 'restore', name: 'before' });
    expect(made.state).toMatchObject({ mode: 'mixed', parameters: { tftpSignature: 'sha1' } });
    expect(made.state.trust).toBe(trust);
    expect(made.state.ctl).toBe(ctl);
    expect(made.state.devices).toBe(devices);
    expect(made.octets('SUB1', 'CTLFile.tlv')).toBe(ctl?.bytes);
  });

  it.each<[what: string, meanwhile: Operation | null, text: string]>([
    ['an unknown name', null, 'no backup "monday" on the device: expected one of friday'],
    ['another release', { op: 'upgrade', release: '14' }, 'needs the same release'],
    ['another host name', { op: 'rename', node: 'SUB1' }, 'needs the same host name and domain'],
    [
      'a node that came since',
      { op: 'add-node', node: { name: 'SUB3', services: ['TVS'] } },
      'has nothing for SUB3',
    ],
    ['a node that left since', { op: 'remove-node', node: 'SUB2' }, 'is no node of the cluster any more'],
  ])('a restore is refused for %s', async (_, meanwhile, text) => {
    const made = await cluster('11.5(1)', { devices: [] });
    await made.run({ op: 'backup', name: 'friday' });
    if (meanwhile !== null) await made.run(meanwhile);
    const name = meanwhile === null ? 'monday' : 'friday';
    expect(await refusal(made, { op: 'restore', name })).toContain(text);
  });

  it('says so when none was taken', async () => {
    expect(await refusal(await cluster('11.5(1)'), { op: 'restore', name: 'x' })).toContain('none was taken');
  });
});

describe('OP-21: the publisher rebuilt without backup', () => {
  it('S-21: all its certificates are new, and SUB1’s list has its new TVS', async () => {
    const made = await cluster('9.1(2)');
    const phones = healthy(made);
    const before = made.state;
    await made.run({ op: 'rebuild-publisher' });
    for (const purpose of ['CallManager', 'TVS', 'CAPF'] as const) {
      expect(identitiesOf(made.state, 'PUB')[purpose]).not.toBe(identitiesOf(before, 'PUB')[purpose]);
    }
    expect(identitiesOf(made.state, 'SUB1')).toBe(identitiesOf(before, 'SUB1'));
    expect(boot(made, phones).itl).toMatchObject({ updated: 1000, positive: { SUB1: 255, SUB2: 245 } });
  });

  it('nobody knows the old CAPF any more; devices and imported certificates are those of before', async () => {
    const made = await cluster('11.5(1)');
    const capf = identitiesOf(made.state, 'PUB').CAPF?.certificate;
    await made.run({ op: 'trust-import', source: { tokens: ['T1'] }, to: ['Phone-SAST-trust'] });
    const { devices } = made.state;
    await made.run({ op: 'rebuild-publisher' });
    const stored = Object.values(made.state.trust).flat();
    expect(stored.map(({ certificate }) => certificate)).not.toContain(capf);
    expect(stored.filter(({ purpose }) => purpose === 'token')).toHaveLength(1);
    expect(made.state.devices).toBe(devices);
  });

  it.each([
    ['9.1(2)', true],
    ['12.5(1)', true],
    ['12.5(1)', false],
  ])(
    'mixed mode with tokens in %s: the CTL client makes the CTL again (lost: %s)',
    async (release, isLost) => {
      const made = await cluster(release, { mode: 'mixed', tokens: ['T1', 'T2'] });
      const output = await made.run(
        isLost ? { op: 'rebuild-publisher' } : { op: 'rename', node: 'SUB1', hostName: 'other' },
      );
      expect(output.at(-1)).toMatch(
        new RegExp(
          `^${isLost ? 'Make the CTL again' : 'Update the CTL'} with the CTL client and its tokens, `,
        ),
      );
      await made.run({ op: 'ctl-client', action: 'update', tokens: ['T1', 'T2'] });
      await made.run(restartAll('TFTP'));
      expect(made.octets('PUB', 'CTLFile.tlv')).toBeDefined();
    },
  );

  it('mixed mode: the publisher has no CTL until the mode is set once more, as the output says', async () => {
    const made = await cluster('12.5(1)', { mode: 'mixed' });
    const output = await made.run({ op: 'rebuild-publisher' });
    expect(output.at(-1)).toContain('"utils ctl set-cluster mixed-mode", which makes the CTL again');
    expect(made.octets('PUB', 'CTLFile.tlv')).toBeUndefined();
    expect(made.octets('SUB1', 'CTLFile.tlv')).toBeDefined();
    expect(await refusal(made, { op: 'update-ctl' })).toMatch(
      /^CTL File not found\. Please run .* Here "utils ctl set-cluster mixed-mode" makes it/,
    );
    await made.run({ op: 'set-cluster', mode: 'mixed-mode' });
    await made.run(restartAll('TFTP', 'CallManager'));
    expect(signedBy(made.state, made.file('PUB', 'CTLFile.tlv'))).toBe('PUB ITLRecovery');
    expect(await refusal(made, { op: 'set-cluster', mode: 'mixed-mode' })).toContain('in mixed mode already');
  });

  it('needs a subscriber', async () => {
    const made = await cluster('12.5(1)', { nodes: CL_3.slice(0, 1), devices: [] });
    expect(await refusal(made, { op: 'rebuild-publisher' })).toContain('no subscriber');
  });
});

describe('OP-31: upgrades', () => {
  it.each([
    ['11.5(1)', '12.5(1)SU2', 'new'],
    ['11.5(1)', '12.5(1)SU3', 'carried over'],
    ['11.5(1)', '12.0(1)', 'carried over'],
    ['12.0(1)', '12.5(1)', 'new'],
    ['12.5(1)', '12.5(1)SU2', 'carried over'],
    ['11.5(1)', '14SU3', 'carried over'],
    ['12.5(1)SU2', '15', 'carried over'],
    ['9.1(2)', '10.5(2)', 'new'],
  ])('%s to %s: ITLRecovery is %s, everything else carried over', async (from, to, recovery) => {
    const made = await cluster(from);
    const before = made.state;
    await made.run({ op: 'upgrade', release: to });
    expect(made.state.release.text).toBe(to);
    const { ITLRecovery: old, ...rest } = identitiesOf(before, 'PUB');
    const { ITLRecovery: fresh, ...now } = identitiesOf(made.state, 'PUB');
    expect(now).toEqual(rest);
    expect(fresh).toBeDefined();
    expect(fresh === old ? 'carried over' : 'new').toBe(recovery);
  });

  it('the CTL is carried over as it is, the ITL follows the rules of the new release', async () => {
    const made = await cluster('11.5(1)', { mode: 'mixed' });
    const ctl = made.octets('PUB', 'CTLFile.tlv');
    expect(signedBy(made.state, made.file('SUB1', 'ITLFile.tlv'))).toBe('SUB1 CallManager');
    const output = await made.run({ op: 'upgrade', release: '12.5(1)SU2' });
    expect(made.octets('PUB', 'CTLFile.tlv')).toBe(ctl);
    expect(signedBy(made.state, made.file('SUB1', 'ITLFile.tlv'))).toBe('PUB ITLRecovery');
    expect(output.join('\n')).toContain('utils ctl update CTLFile');
  });

  it('a token CTL from before 10.0 can be made tokenless afterwards (OP-06)', async () => {
    const made = await cluster('9.1(2)', { mode: 'mixed', tokens: ['T1', 'T2'] });
    await made.run({ op: 'upgrade', release: '11.5(1)' });
    await made.run({ op: 'update-ctl' });
    await made.run(restartAll('TFTP'));
    expect(signedBy(made.state, made.file('PUB', 'CTLFile.tlv'))).toBe('PUB CallManager');
  });

  it.each(['12.5(1)', '11.5(1)', '12.5'])('12.5(1) to %s is refused', async (release) => {
    expect(await refusal(await cluster('12.5(1)'), { op: 'upgrade', release })).toContain(
      'expected a later release',
    );
  });
});

describe('OP-12: an ITLRecovery of 1024 bits beside servers of 2048 (214231)', () => {
  it('the ITL reset fails until it is regenerated', async () => {
    const made = await cluster('11.5(1)', {
      certificates: {
        rsaBits: 2048,
        byPurpose: { ITLRecovery: 1024 },
        installed: ['CallManager', 'TVS', 'CAPF', 'ITLRecovery'],
      },
    });
    expect(await refusal(made, { op: 'reset-localkey', list: 'itl' })).toContain(
      'regenerate ITLRecovery first',
    );
  });
});
