import { describe, expect, it } from 'vitest';
import { callManagerTrust } from '../../src/cluster/call-manager.js';
import { createCluster } from '../../src/cluster/create.js';
import { operate } from '../../src/cluster/operate.js';
import type { CertificatePurpose, Operation } from '../../src/cluster/operation.js';
import { identityOf } from '../../src/cluster/state.js';
import type { TrustStoreName } from '../../src/cluster/trust-store.js';
import { tvsQuery } from '../../src/cluster/tvs.js';
import { fileNames } from '../../src/device/name.js';
import { isBlank } from '../../src/phone/decide/held.js';
import { type SignerId, signerIdOf, verifySignature } from '../../src/trustfile/index.js';
import { type Cluster, cluster, neighbours, restartAll, spec } from './lab.js';

const BULK: Operation = { op: 'bulk-certificates', with: ['destination'] };

async function two(source: string, destination: string): Promise<{ source: Cluster; destination: Cluster }> {
  const made = {
    source: await cluster(source, { name: 'source' }),
    destination: await cluster(destination, { name: 'destination' }),
  };
  neighbours(made.source, made.destination);
  return made;
}

function signerOf(made: Cluster, node: string, purpose: CertificatePurpose): SignerId {
  const found = made.state.nodes.find(({ name }) => name === node);
  if (found === undefined) throw new Error(`no node ${node}`);
  return signerIdOf(identityOf(found, purpose).certificate);
}

/** Roles that the TVS of a node of the source gives a certificate of the destination; null: it does not know it. */
function rolesAt(source: Cluster, signer: SignerId): readonly number[] | null {
  const verdict = tvsQuery(source.state, 'SUB1', signer);
  return verdict.result === 'positive' ? verdict.roles : null;
}

const upload = (certificates: CertificatePurpose[], to: TrustStoreName[], nodes?: string[]): Operation => ({
  op: 'trust-import',
  source: { certificates, cluster: 'destination', ...(nodes === undefined ? {} : { nodes }) },
  to,
});

describe('OP-25, manual certificates', () => {
  it('count in TVS from its restart on: SAST by Phone-SAST-trust, TFTP by CallManager-trust (R-43)', async () => {
    const { source, destination } = await two('8.6', '12.5(1)');
    const tftp = signerOf(destination, 'SUB1', 'CallManager');
    await source.run(upload(['CallManager'], ['CallManager-trust', 'Phone-SAST-trust']));
    expect(rolesAt(source, tftp)).toBeNull();
    await source.run(restartAll('TVS'));
    expect(rolesAt(source, tftp)).toEqual([0, 3]);
    // ITLRecovery was forgotten
    expect(rolesAt(source, signerOf(destination, 'PUB', 'ITLRecovery'))).toBeNull();
  });

  it('are those of the nodes that were chosen', async () => {
    const { source, destination } = await two('10.5(2)', '11.0(1)');
    await source.run(upload(['CallManager'], ['Phone-SAST-trust'], ['PUB', 'SUB1']));
    await source.run(restartAll('TVS'));
    const known = ['PUB', 'SUB1', 'SUB2'].map((node) =>
      rolesAt(source, signerOf(destination, node, 'CallManager')),
    );
    expect(known).toEqual([[0], [0], null]);
  });

  it('stay known with the certificates that they are copies of: a later renewal at the destination is not', async () => {
    const { source, destination } = await two('10.5(2)', '11.0(1)');
    await source.run(upload(['CallManager'], ['Phone-SAST-trust']));
    await source.run(restartAll('TVS'));
    await destination.run({ op: 'regenerate', purpose: 'CallManager', nodes: ['PUB'] });
    expect(rolesAt(source, signerOf(destination, 'PUB', 'CallManager'))).toBeNull();
    expect(rolesAt(source, signerOf(destination, 'SUB1', 'CallManager'))).toEqual([0]);
  });
});

describe('OP-25, bulk certificates', () => {
  it.each<[CertificatePurpose, TrustStoreName[]]>([
    ['CAPF', ['CallManager-trust']],
    ['tomcat', ['tomcat-trust']],
    ['CallManager', ['CallManager-trust', 'Phone-SAST-trust']],
    ['ITLRecovery', ['CallManager-trust', 'Phone-SAST-trust']],
  ])('%s goes to %s', async (purpose, stores) => {
    const { source, destination } = await two('11.5(1)', '12.5(1)');
    await destination.run({ op: 'regenerate', purpose: 'tomcat', nodes: ['PUB'] });
    await source.run(BULK);
    const { serial } = signerOf(destination, 'PUB', purpose);
    const found = Object.entries(source.state.trust)
      .filter(([, entries]) => entries.some(({ certificate }) => certificate.serial === serial))
      .map(([store]) => store);
    expect(found).toEqual(stores);
  });

  it('TVS vouches for list and file signers, and CallManager takes LSCs of the other CAPF, after their restarts', async () => {
    const { source, destination } = await two('11.5(1)', '12.5(1)');
    const capf = signerOf(destination, 'PUB', 'CAPF').serial;
    const trusts = (): boolean =>
      callManagerTrust(source.state, 'SUB1').some(({ serial }) => serial === capf);
    await source.run(BULK);
    expect(trusts()).toBe(false);
    await source.run(restartAll('TVS', 'CallManager'));
    expect(trusts()).toBe(true);
    expect(rolesAt(source, signerOf(destination, 'PUB', 'ITLRecovery'))).toEqual([0, 3]);
    expect(rolesAt(source, signerOf(destination, 'SUB1', 'CallManager'))).toEqual([0, 3]);
  });

  it('says what went where, and names the cluster that is not there', async () => {
    const { source } = await two('9.1(2)', '10.5(2)');
    expect(await source.run(BULK)).toContain(
      'Phone-SAST-trust: destination-sub1.voice.example of destination imported',
    );
    await expect(source.run({ op: 'bulk-certificates', with: ['elsewhere'] })).rejects.toThrow(
      'no cluster elsewhere to exchange certificates with',
    );
    await expect(source.run({ op: 'bulk-certificates', with: [] })).rejects.toThrow('no other cluster');
  });
});

describe('OP-23, utils itl reset remotekey', () => {
  const RESET: Operation = { op: 'reset-remotekey', list: 'itl', from: 'source' };

  it('signs the destination’s ITL with the source’s ITLRecovery, until TFTP is restarted', async () => {
    const { source, destination } = await two('11.5(1)', '12.5(1)');
    const key = identityOf(source.state.nodes[0] ?? fail(), 'ITLRecovery');
    const usual = destination.octets('PUB', 'ITLFile.tlv');
    await destination.run(RESET);
    for (const node of ['PUB', 'SUB1']) {
      const itl = destination.list(node, 'ITLFile.tlv');
      expect(itl.header.signer.serial).toBe(key.certificate.serial);
      expect(verifySignature(itl, key.certificate.publicKey)).toBe(true);
      // PUB's content on all of them
      expect(itl.bytes).toEqual(destination.octets('PUB', 'ITLFile.tlv'));
    }
    await destination.run(restartAll('TFTP'));
    expect(destination.list('PUB', 'ITLFile.tlv').header.signer).toEqual(
      signerOf(destination, 'PUB', 'ITLRecovery'),
    );
    expect(destination.octets('PUB', 'ITLFile.tlv')).not.toEqual(usual);
  });

  it('signs with the ITLRecovery of before its renewal where no other cluster is named', async () => {
    const made = await cluster('12.5(1)');
    const former = signerOf(made, 'PUB', 'ITLRecovery');
    await made.run({ op: 'regenerate', purpose: 'ITLRecovery', nodes: 'all' });
    await made.run({ op: 'reset-remotekey', list: 'itl' });
    expect(made.list('SUB1', 'ITLFile.tlv').header.signer).toEqual(former);
  });

  it.each([
    ['9.1(2)', 'has no ITLRecovery key'],
    ['15', 'it ended with 14'],
    ['15SU2', 'it ended with 14'],
  ])('%s refuses: %s', async (release, message) => {
    const { run } = await cluster(release);
    await expect(run({ op: 'reset-remotekey', list: 'itl' })).rejects.toThrow(message);
  });

  it('needs the other cluster, and an ITLRecovery there', async () => {
    const { source, destination } = await two('9.1(2)', '12.5(1)');
    await expect(destination.run(RESET)).rejects.toThrow('cluster source has no ITLRecovery');
    await expect(destination.run({ ...RESET, from: 'elsewhere' })).rejects.toThrow('no cluster elsewhere');
    await expect(source.run({ ...RESET, from: 'destination' })).rejects.toThrow('has no ITLRecovery key');
  });
});

describe('OP-25, common tokens', () => {
  it('of the same name are the same hardware at both clusters', async () => {
    const source = await cluster('9.1(2)', { name: 'source', mode: 'mixed', tokens: ['T1', 'T2'] });
    const { tokens, authorities } = source.state;
    const { context } = source.lab;
    const more = { name: 'destination', mode: 'mixed', tokens: ['T3', 'T1'] } as const;
    const destination = await createCluster(spec('10.0(1)', more), context, { tokens, authorities });
    const old = source.state.tokens.known.get('T1')?.certificate.serial;
    const [signer, common] = destination.ctlTokens;
    expect(common?.certificate.serial).toBe(old);
    // whoever trusts T1 takes a CTL of the destination that T1 signs
    expect(signer?.name).toBe('T3');
    const signed = await operate(
      destination,
      { op: 'ctl-client', action: 'update', tokens: ['T1'] },
      context,
    );
    expect(signed.state.ctl?.signer.certificate.serial).toBe(old);
  });
});

describe('OP-22, the rollback parameter', () => {
  it('serves a blank ITL and unsigned configurations at once, and leaves the CTL alone (R-65, R-67)', async () => {
    const made = await cluster('10.5(2)', { mode: 'mixed' });
    const ctl = made.octets('PUB', 'CTLFile.tlv');
    const signer = made.list('PUB', 'ITLFile.tlv').header.signer;
    await made.run({ op: 'parameter', name: 'rollback', value: true });
    for (const node of ['PUB', 'SUB1']) expect(isBlank(made.list(node, 'ITLFile.tlv'))).toBe(true);
    expect(made.list('PUB', 'ITLFile.tlv').header.signer).toEqual(signer);
    expect(made.octets('PUB', 'CTLFile.tlv')).toEqual(ctl);
    expect(made.octets('PUB', fileNames.config('SEP001F9E266369'))).toBeDefined();
    expect(made.octets('PUB', fileNames.signedConfig('SEP001F9E266369'))).toBeDefined();
    await made.run({ op: 'parameter', name: 'rollback', value: false });
    expect(isBlank(made.list('PUB', 'ITLFile.tlv'))).toBe(false);
  });
});

function fail(): never {
  throw new Error('a cluster has a publisher');
}
