import { describe, expect, it } from 'vitest';
import { createCluster } from '../../src/cluster/create.js';
import { type ClusterSpec, DEFAULT_CERTIFICATES } from '../../src/cluster/spec.js';
import { loadCluster, profileNames } from '../../src/fleet/profiles.js';
import { CL_3, cluster, lab, phones, spec } from './lab.js';

const [SIP_PHONE] = phones();
const [PUB] = CL_3;
if (SIP_PHONE === undefined || PUB === undefined) throw new Error('fixtures');

/** What no cluster can be, and what the message says. */
const ROWS: readonly [what: string, more: Partial<ClusterSpec>, text: string][] = [
  [
    'a release before Security By Default',
    { release: '7.1(5)' },
    'release 7.1(5) has no Security By Default',
  ],
  ['a release that is none', { release: 'latest' }, '"latest" is not a release'],
  ['a release of tomorrow', { release: '125(1)' }, '"125(1)" is later than the releases that are known'],
  ['no nodes', { nodes: [], devices: [] }, '0 nodes, expected 1 to 64'],
  [
    'two nodes of one name',
    { nodes: [PUB, { ...PUB, address: '127.10.0.9' }] },
    'node PUB: the name stands twice',
  ],
  ['two nodes at one address', { nodes: [PUB, { ...PUB, name: 'SUB1' }] }, "is another node's too"],
  ['a name in place of an address', { nodes: [{ ...PUB, address: 'pub' }] }, '"pub" is no IPv4 address'],
  [
    'a CAPF on a subscriber',
    { nodes: [PUB, { name: 'SUB1', address: '127.10.0.2', services: ['CAPF'] }], devices: [] },
    'found CAPF on SUB1: CAPF runs on the publisher only (OP-11), expected it on PUB',
  ],
  ['no TFTP', { nodes: [{ ...PUB, services: ['CallManager'] }], devices: [] }, 'no node runs TFTP'],
  [
    'a device name that is none',
    { devices: [{ ...SIP_PHONE, name: 'SEP1' }] },
    'expected SEP and 12 upper-case hex',
  ],
  ['a device twice', { devices: [SIP_PHONE, SIP_PHONE] }, 'stands twice'],
  [
    'a protocol that the model lacks',
    { devices: [{ ...SIP_PHONE, protocol: 'SCCP' }] },
    'does not speak SCCP',
  ],
  [
    'a group member that runs no CallManager',
    { devices: [{ ...SIP_PHONE, callManagerGroup: { name: 'CMG-9', nodes: ['SUB9'] } }] },
    'CMG-9 names SUB9, which runs no CallManager; expected one of PUB, SUB1, SUB2',
  ],
  [
    'a group where no node runs CallManager',
    { nodes: [{ ...PUB, services: ['TFTP'] }], devices: [SIP_PHONE] },
    'which runs no CallManager, and no node does',
  ],
  [
    'an empty group',
    { devices: [{ ...SIP_PHONE, callManagerGroup: { name: 'CMG-9', nodes: [] } }] },
    'has 0 members, expected 1 to 5',
  ],
  ['tokens outside mixed mode', { tokens: ['T1', 'T2'] }, 'tokens T1, T2 in non-secure mode'],
  ['a token twice', { mode: 'mixed', tokens: ['T1', 'T1'] }, 'a token stands twice in T1, T1'],
  [
    'a CA without its issuer',
    { authorities: [{ name: 'B', issuer: 'A' }] },
    'CA B: its issuer A does not stand',
  ],
  ['a CA twice', { authorities: [{ name: 'A' }, { name: 'A' }] }, 'CA A: the name stands twice'],
  [
    'a CAPF address that is none',
    { devices: [{ ...SIP_PHONE, capfAddresses: ['127.0.0.300'] }] },
    'CAPF address "127.0.0.300" is no IPv4 or IPv6 address',
  ],
  [
    'six CAPF addresses',
    { devices: [{ ...SIP_PHONE, capfAddresses: new Array(6).fill('::1') }] },
    '6 CAPF addresses, expected at most 5',
  ],
];

describe('specification of a cluster', () => {
  it.each(ROWS)('refuses %s', async (_, more, text) => {
    await expect(createCluster(spec('12.5(1)', more), lab().context)).rejects.toMatchObject({
      code: 'TF_PROFILE_INVALID',
      message: expect.stringContaining(text),
    });
  });

  it.each(['CL-1', 'CL-3'])('%s is shipped as a profile, with the publisher first', async (name) => {
    expect(profileNames('clusters')).toContain(name);
    const profile = loadCluster(name);
    const nodes = profile.nodes.map((node, index) => ({ ...node, address: `127.10.0.${index + 1}` }));
    expect(nodes[0]).toEqual(PUB);
    if (name === 'CL-3') expect(nodes).toEqual(CL_3);
    const made = await cluster('12.5(1)', { nodes, devices: [] });
    expect(made.list('PUB', 'ITLFile.tlv').records.length).toBe(name === 'CL-3' ? 7 : 5);
  });
});

describe('what is installed (4.0)', () => {
  it('RSA-2048 with SHA-256 for five years, names as Unified CM gives them, all serial numbers distinct', async () => {
    const made = await cluster('12.5(1)', { certificates: DEFAULT_CERTIFICATES });
    const certificates = made.state.nodes.flatMap((node) =>
      Object.values(node.identities).map(({ certificate }) => certificate),
    );
    // CallManager, TVS and Tomcat of three nodes, CAPF, ITLRecovery
    expect(certificates).toHaveLength(11);
    expect(new Set(certificates.map(({ serial }) => serial)).size).toBe(11);
    for (const certificate of certificates) {
      expect(certificate.keyBits).toBe(2048);
      expect(certificate.serialOctets).toHaveLength(16);
      expect(certificate.toX509().verify(certificate.publicKey)).toBe(true);
      expect(certificate.notAfter.getUTCFullYear() - certificate.notBefore.getUTCFullYear()).toBe(5);
    }
    const names = new Set(
      certificates.map(({ commonName }) => commonName.replace(/^CAPF-[0-9a-f]{8}$/, 'CAPF')),
    );
    expect([...names].sort()).toEqual([
      'CAPF',
      'ITLRECOVERY_cl-3-pub.voice.example',
      'cl-3-pub.voice.example',
      'cl-3-sub1.voice.example',
      'cl-3-sub2.voice.example',
    ]);
  });

  it('key sizes by purpose', async () => {
    const made = await cluster('12.5(1)', {
      certificates: { rsaBits: 1024, byPurpose: { ITLRecovery: 2048 } },
    });
    const [publisher] = made.state.nodes;
    expect(publisher?.identities.CallManager?.certificate.keyBits).toBe(1024);
    expect(publisher?.identities.ITLRecovery?.certificate.keyBits).toBe(2048);
  });

  it('every service holds what is stored: phones of a healthy start meet no surprise', async () => {
    const made = await cluster('12.5(1)', { mode: 'mixed' });
    for (const node of made.state.nodes) {
      expect(node.held.callManager?.mode).toBe('mixed');
      expect(node.held.callManager?.ctl).toBe(made.state.ctl);
      expect(node.held.identities.TVS).toBe(node.identities.TVS);
      expect(node.held.identities.CallManager).toBe(node.identities.CallManager);
    }
    expect(made.octets('SUB1', 'CTLFile.tlv')).toBe(made.state.ctl?.bytes);
  });
});
