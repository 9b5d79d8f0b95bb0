import { describe, expect, it } from 'vitest';
import { admit } from '../../src/cluster/admission.js';
import type { CertificatePurpose, ServiceName } from '../../src/cluster/operation.js';
import { tvsIdentity, tvsQuery } from '../../src/cluster/tvs.js';
import { signerIdOf } from '../../src/trustfile/index.js';
import { cluster, phones, restartAll, signedBy } from './lab.js';

/** cluster-operations.md 1.4, row by row: what a service holds until it is restarted. */
const IDENTITIES: readonly [service: ServiceName, purpose: CertificatePurpose][] = [
  ['Tomcat', 'tomcat'],
  ['CallManager', 'CallManager'],
  ['TFTP', 'CallManager'],
  ['TVS', 'TVS'],
  ['CAPF', 'CAPF'],
  ['CTIManager', 'CallManager'],
  ['HAProxy', 'CallManager'],
  ['DRF', 'ipsec'],
];
const ALL: CertificatePurpose[] = ['CallManager', 'TVS', 'CAPF', 'ITLRecovery', 'tomcat', 'ipsec'];

describe('OP-17, section 1.4, K-13: an identity changes for the outside world at the restart of its service', () => {
  it.each(IDENTITIES)('%s goes on with its old %s certificate', async (service, purpose) => {
    const lab = await cluster('12.5(1)', { certificates: { rsaBits: 1024, installed: ALL } });
    const held = (): unknown => lab.state.nodes[0]?.held.identities[service];
    const stored = (): unknown => lab.state.nodes[0]?.identities[purpose];
    const old = held();
    expect(old).toBe(stored());
    await lab.run({ op: 'regenerate', purpose, nodes: ['PUB'] });
    expect(stored()).not.toBe(old);
    expect(held()).toBe(old);
    await lab.run({ op: 'restart', services: [service], nodes: ['PUB'] });
    expect(held()).toBe(stored());
  });

  it('CallManager: mode and CTL', async () => {
    const lab = await cluster('12.5(1)', { devices: phones('encrypted') });
    const ask = (secure: boolean): boolean =>
      admit(lab.state, 'SUB1', {
        deviceName: 'SEP001F9E266369',
        deviceType: 683,
        protocol: 'SIP',
        address: '127.64.0.1',
        secure,
        mode: secure ? 'encrypted' : 'nonsecure',
      }).accepted;
    await lab.run({ op: 'set-cluster', mode: 'mixed-mode' });
    expect([ask(false), ask(true)]).toEqual([true, false]);
    expect(lab.state.nodes[1]?.held.callManager?.ctl).toBeNull();
    await lab.run(restartAll('CallManager'));
    expect([ask(false), ask(true)]).toEqual([false, true]);
    expect(lab.state.nodes[1]?.held.callManager?.ctl).toBe(lab.state.ctl);
  });

  it('CallManager: trust stores, so a new CAPF root is unknown to it', async () => {
    const lab = await cluster('12.5(1)');
    await lab.run({ op: 'regenerate', purpose: 'CAPF', nodes: 'all' });
    const fresh = lab.state.nodes[0]?.identities.CAPF?.certificate.serial;
    const known = (): (string | undefined)[] =>
      lab.state.nodes[1]?.held.callManager?.trust.map(({ certificate }) => certificate.serial) ?? [];
    expect(known()).not.toContain(fresh);
    await lab.run(restartAll('CallManager'));
    expect(known()).toContain(fresh);
  });

  it('TFTP: signing key, ITL and CTL', async () => {
    const lab = await cluster('11.5(1)');
    const names = ['ITLFile.tlv', 'SEP001F9E266369.cnf.xml.sgn'];
    const before = names.map((name) => lab.octets('PUB', name));
    await lab.run({ op: 'regenerate', purpose: 'CallManager', nodes: 'all' });
    await lab.run({ op: 'set-cluster', mode: 'mixed-mode' });
    expect(names.map((name) => lab.octets('PUB', name))).toEqual(before);
    expect(lab.octets('PUB', 'CTLFile.tlv')).toBeUndefined();
    expect(signedBy(lab.state, lab.file('PUB', 'ITLFile.tlv'))).toBe('nobody stored');
    await lab.run({ op: 'restart', services: ['TFTP'], nodes: ['PUB'] });
    expect(signedBy(lab.state, lab.file('PUB', 'ITLFile.tlv'))).toBe('PUB CallManager');
    expect(signedBy(lab.state, lab.file('PUB', 'SEP001F9E266369.cnf.xml.sgn'))).toBe('PUB CallManager');
    expect(lab.octets('PUB', 'CTLFile.tlv')).toBeDefined();
    expect(lab.octets('SUB1', 'CTLFile.tlv')).toBeUndefined();
  });

  it('a list that is built meanwhile carries the stored certificates of all services', async () => {
    const lab = await cluster('11.5(1)');
    await lab.run({ op: 'regenerate', purpose: 'TVS', nodes: ['SUB2'] });
    await lab.run(restartAll('TFTP'));
    const stored = lab.state.nodes[2]?.identities.TVS?.certificate.serial;
    const serials = lab.list('PUB', 'ITLFile.tlv').records.map((record) => record.serial);
    expect(serials).toContain(stored);
    expect(serials).not.toContain(tvsIdentity(lab.state, 'SUB2')?.certificate.serial);
  });

  it('TVS: its identity, but not its stores (R-43)', async () => {
    const lab = await cluster('11.5(1)');
    const old = lab.list('PUB', 'ITLFile.tlv').header.signer;
    await lab.run({ op: 'regenerate', purpose: 'CallManager', nodes: ['PUB'] });
    const fresh = lab.state.nodes[0]?.identities.CallManager?.certificate;
    if (fresh === undefined) throw new Error('PUB has no CallManager certificate');
    expect(tvsQuery(lab.state, 'SUB1', old).result).toBe('negative');
    expect(tvsQuery(lab.state, 'SUB1', signerIdOf(fresh))).toMatchObject({
      result: 'positive',
      roles: [0, 2],
    });
  });

  it.each([
    ['12.5(1)', 'TVS', 'TVS', false],
    ['12.5(1)', 'CAPF', 'CAPF', false],
    ['14', 'TVS', 'TVS', true],
    ['15', 'CAPF', 'CAPF', true],
    ['15', 'CallManager', 'CallManager', false],
  ] as const)('release %s restarts by itself after %s: %s %s', async (release, purpose, service, itself) => {
    const lab = await cluster(release);
    await lab.run({ op: 'regenerate', purpose, nodes: 'all' });
    const [publisher] = lab.state.nodes;
    expect(publisher?.held.identities[service] === publisher?.identities[purpose]).toBe(itself);
  });

  it('K-13 at once: services use the new identity and TFTP rebuilds its ITL without a restart', async () => {
    const lab = await cluster('11.5(1)', { knobs: { identityChangesAt: 'at once' } });
    const itl = lab.octets('SUB1', 'ITLFile.tlv');
    await lab.run({ op: 'regenerate', purpose: 'TVS', nodes: ['PUB'] });
    expect(tvsIdentity(lab.state, 'PUB')).toBe(lab.state.nodes[0]?.identities.TVS);
    expect(lab.octets('SUB1', 'ITLFile.tlv')).not.toEqual(itl);
    await lab.run({ op: 'regenerate', purpose: 'CallManager', nodes: ['SUB1'] });
    expect(signedBy(lab.state, lab.file('SUB1', 'ITLFile.tlv'))).toBe('SUB1 CallManager');
    expect(signedBy(lab.state, lab.file('SUB1', 'SEP001F9E266369.cnf.xml.sgn'))).toBe('SUB1 CallManager');
  });

  it('K-13 at once: the CTL still waits for the restart of TFTP', async () => {
    const lab = await cluster('12.5(1)', { knobs: { identityChangesAt: 'at once' } });
    await lab.run({ op: 'set-cluster', mode: 'mixed-mode' });
    await lab.run({ op: 'regenerate', purpose: 'TVS', nodes: 'all' });
    expect(lab.octets('PUB', 'CTLFile.tlv')).toBeUndefined();
  });
});
