import { describe, expect, it } from 'vitest';
import type { CertificatePurpose, Operation } from '../../src/cluster/operation.js';
import type { TrustStoreName } from '../../src/cluster/trust-store.js';
import { type TvsVerdict, tvsIdentity, tvsQuery, tvsVerify } from '../../src/cluster/tvs.js';
import type { Certificate } from '../../src/pki/certificate.js';
import { signerIdOf } from '../../src/trustfile/index.js';
import { type Cluster, cluster, restartAll } from './lab.js';

const ALL: CertificatePurpose[] = ['CallManager', 'TVS', 'CAPF', 'ITLRecovery', 'tomcat', 'ipsec'];

function rolesOf(verdict: TvsVerdict): readonly number[] | 'negative' {
  return verdict.result === 'positive' ? verdict.roles : 'negative';
}

function certificateOf(made: Cluster, node: number, purpose: CertificatePurpose): Certificate {
  const certificate = made.state.nodes[node]?.identities[purpose]?.certificate;
  if (certificate === undefined) throw new Error(`node ${node} has no ${purpose}`);
  return certificate;
}

/** An upload by hand (OP-25). */
function importOf(certificate: Certificate, to: readonly TrustStoreName[]): Operation {
  return { op: 'trust-import', source: { der: [certificate.der] }, to };
}

describe('roles in TVS answers (R-43)', () => {
  it.each([
    ['CallManager', [0, 2]],
    ['TVS', [21]],
    ['CAPF', [4]],
    ['ITLRecovery', [0]],
    ['tomcat', [7]],
    ['ipsec', 'negative'],
  ] as const)('own %s: %j', async (purpose, expected) => {
    const made = await cluster('12.5(1)', { certificates: { rsaBits: 1024, installed: ALL } });
    const certificate = certificateOf(made, 0, purpose);
    expect(rolesOf(tvsQuery(made.state, 'SUB2', signerIdOf(certificate)))).toEqual(expected);
    expect(rolesOf(tvsVerify(made.state, 'SUB2', certificate.der))).toEqual(expected);
  });

  it('a positive answer has the certificate and lives for a day (R-42)', async () => {
    const made = await cluster('12.5(1)');
    const certificate = certificateOf(made, 1, 'CallManager');
    expect(tvsQuery(made.state, 'PUB', signerIdOf(certificate))).toEqual({
      result: 'positive',
      certificate,
      roles: [0, 2],
      ttlSeconds: 86_400,
    });
  });

  it('K-15 false: ITLRecovery is unknown until it is imported', async () => {
    const made = await cluster('12.5(1)', { knobs: { tvsKnowsItlRecovery: false } });
    const signer = signerIdOf(certificateOf(made, 0, 'ITLRecovery'));
    expect(tvsQuery(made.state, 'PUB', signer).result).toBe('negative');
  });
});

describe('imported certificates (R-43, K-11, R-44)', () => {
  const CASES = [
    ['Phone-SAST-trust or CallManager-trust', ['CallManager-trust', 'Phone-SAST-trust'], [0, 3]],
    ['Phone-SAST-trust or CallManager-trust', ['CallManager-trust'], [0, 3]],
    ['Phone-SAST-trust or CallManager-trust', ['Phone-SAST-trust'], [0]],
    ['Phone-SAST-trust only', ['CallManager-trust', 'Phone-SAST-trust'], [0, 3]],
    ['Phone-SAST-trust only', ['CallManager-trust'], [3]],
    ['Phone-SAST-trust only', ['Phone-SAST-trust'], [0]],
  ] as const;

  it.each(CASES)('K-11 %s, a foreign CallManager in %j: roles %j', async (tvsSastStore, stores, expected) => {
    const source = await cluster('11.5(1)', { name: 'source', knobs: { tvsSastStore } });
    const destination = await cluster('12.5(1)', { name: 'destination' });
    const foreign = certificateOf(destination, 0, 'CallManager');
    await source.run(importOf(foreign, stores));
    await source.run(restartAll('TVS'));
    expect(rolesOf(tvsQuery(source.state, 'SUB1', signerIdOf(foreign)))).toEqual(expected);
  });

  it('count from the next restart of TVS on, node by node', async () => {
    const source = await cluster('11.5(1)', { name: 'source' });
    const foreign = certificateOf(await cluster('12.5(1)', { name: 'destination' }), 0, 'ITLRecovery');
    await source.run(importOf(foreign, ['Phone-SAST-trust']));
    await source.run({ op: 'restart', services: ['TVS'], nodes: ['SUB1'] });
    expect(tvsQuery(source.state, 'SUB1', signerIdOf(foreign)).result).toBe('positive');
    expect(tvsQuery(source.state, 'SUB2', signerIdOf(foreign)).result).toBe('negative');
  });

  it('one certificate per common name and store: the newer replaces the older (1.3)', async () => {
    const made = await cluster('11.5(1)', { name: 'source' });
    const other = await cluster('12.5(1)', { name: 'destination' });
    const first = certificateOf(other, 0, 'CallManager');
    await other.run({ op: 'regenerate', purpose: 'CallManager', nodes: ['PUB'] });
    const second = certificateOf(other, 0, 'CallManager');
    await made.run(importOf(first, ['CallManager-trust']));
    await made.run(importOf(second, ['CallManager-trust']));
    const serials = made.state.trust['CallManager-trust'].map(({ certificate }) => certificate.serial);
    expect(serials).toContain(second.serial);
    expect(serials).not.toContain(first.serial);
    const output = await made.run(importOf(first, ['CallManager-trust']));
    expect(output.join()).toContain('is not replaced');
  });
});

describe('what is looked up', () => {
  it('serial and issuer, whatever the case of the hex and leading zero octets (tvs.md 7.1)', async () => {
    const made = await cluster('11.5(1)');
    const id = signerIdOf(certificateOf(made, 0, 'CallManager'));
    for (const serial of [id.serial.toUpperCase(), `00${id.serial}`, `0000${id.serial}`]) {
      expect(tvsQuery(made.state, 'PUB', { ...id, serial }).result).toBe('positive');
    }
    expect(tvsQuery(made.state, 'PUB', { ...id, serial: `${id.serial}00` }).result).toBe('negative');
    expect(tvsQuery(made.state, 'PUB', { ...id, issuer: `${id.issuer} ` }).result).toBe('negative');
  });

  it('VERIFY compares the whole certificate', async () => {
    const made = await cluster('11.5(1)');
    const der = Uint8Array.from(certificateOf(made, 0, 'CallManager').der);
    expect(tvsVerify(made.state, 'PUB', der).result).toBe('positive');
    der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1;
    expect(tvsVerify(made.state, 'PUB', der).result).toBe('negative');
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['rubbish', Uint8Array.from([1, 2, 3])],
    ['a cut certificate', Uint8Array.from([0x30, 0x82, 0x03, 0xe3, 0x30])],
  ])('VERIFY of %s is negative', async (_, der) => {
    const made = await cluster('11.5(1)');
    expect(tvsVerify(made.state, 'PUB', der).result).toBe('negative');
  });

  it('a node without TVS, or none of that name, knows nothing and shows nothing', async () => {
    const made = await cluster('11.5(1)', {
      devices: [],
      nodes: [
        { name: 'PUB', address: '127.10.0.1', services: ['CallManager', 'TFTP', 'CAPF'] },
        { name: 'SUB1', address: '127.10.0.2', services: ['TVS'] },
      ],
    });
    const signer = made.list('PUB', 'ITLFile.tlv').header.signer;
    expect(tvsQuery(made.state, 'SUB1', signer).result).toBe('positive');
    expect(tvsQuery(made.state, 'PUB', signer).result).toBe('negative');
    expect(tvsQuery(made.state, 'SUB7', signer).result).toBe('negative');
    expect(tvsIdentity(made.state, 'PUB')).toBeUndefined();
    expect(tvsIdentity(made.state, 'SUB7')).toBeUndefined();
  });
});
