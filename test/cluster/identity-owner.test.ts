import { describe, expect, it } from 'vitest';
import { NOTHING_EXTERNAL, type ServingNode } from '../../src/cluster/external.js';
import { ownsIdentity } from '../../src/cluster/identity-owner.js';
import type { CertificatePurpose } from '../../src/cluster/operation.js';

const ELSEWHERE = { address: '10.1.1.5', port: 2445 };

/** As the plan of a scenario has them (a list) and as a state has them (a set): the same answer. */
const forms: [string, (services: readonly string[]) => Iterable<string>][] = [
  ['a plan', (services) => services],
  ['a state', (services) => new Set(services)],
];

describe.each(forms)('which nodes of %s have a certificate', (_, services) => {
  const nodes: readonly ServingNode[] = [
    { name: 'PUB', services: services(['TFTP', 'TVS', 'CAPF']) },
    { name: 'SUB1', services: services(['CallManager', 'TVS', 'CAPF']), external: NOTHING_EXTERNAL },
    { name: 'SUB2', services: services(['TVS']), external: { places: { tvs: ELSEWHERE } } },
  ];
  const owners = (purpose: CertificatePurpose, hasItlRecovery = true): string[] =>
    nodes
      .filter((node) => ownsIdentity({ nodes, rules: { hasItlRecovery } }, node, purpose))
      .map(({ name }) => name);

  it.each<[CertificatePurpose, readonly string[]]>([
    // those that run CallManager or TFTP
    ['CallManager', ['PUB', 'SUB1']],
    // the key of an external TVS is not the cluster's
    ['TVS', ['PUB', 'SUB1']],
    // the publisher's alone (OP-11, OP-12)
    ['CAPF', ['PUB']],
    ['ITLRecovery', ['PUB']],
    ['tomcat', ['PUB', 'SUB1', 'SUB2']],
    ['ipsec', ['PUB', 'SUB1', 'SUB2']],
  ])('%s', (purpose, expected) => {
    expect(owners(purpose)).toEqual(expected);
  });

  it('ITLRecovery is nobody’s before 10.0', () => {
    expect(owners('ITLRecovery', false)).toEqual([]);
  });
});
