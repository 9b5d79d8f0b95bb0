import { describe, expect, it } from 'vitest';
import { callManagerTls } from '../../src/cluster/call-manager.js';
import type { Operation } from '../../src/cluster/operation.js';
import { IM_PRESENCE_TLS_PORTS, offeredVersions, type TlsPort, tlsVersions } from '../../src/cluster/tls.js';
import type { TlsRange, TlsVersion } from '../../src/device/security.js';
import { loadModel } from '../../src/fleet/profiles.js';
import { cluster } from './lab.js';

/** phone-behaviour.md 13, T-PORT: N 1.0, N 1.1, N 1.2, CC 1.0, CC 1.1, CC 1.2, and where a 79xx works. */
const USUAL = ['1.0,1.1,1.2', '1.1,1.2', '1.2', '1.1', '1.1,1.2', '1.2'] as const;
const T_PORT: readonly [id: TlsPort, cells: readonly string[], legacyWorks: boolean][] = [
  ['P-01', USUAL, true],
  ['P-02', USUAL, true],
  ['P-03', USUAL, true],
  ['P-04', USUAL, true],
  ['P-05', USUAL, true],
  ['P-06', USUAL, true],
  ['P-07', USUAL, true],
  ['P-08', ['1.2', '1.2', '1.2', '1.1', '1.2', '1.2'], false],
  ['P-09', USUAL, true],
  ['P-10', ['1.2', '1.2', '1.2', '1.1', '1.1,1.2', '1.2'], false],
  ['P-11', USUAL, true],
  ['P-12', USUAL, true],
];
const COLUMNS: readonly [name: string, commonCriteria: boolean, min: TlsVersion][] = [
  ['N 1.0', false, '1.0'],
  ['N 1.1', false, '1.1'],
  ['N 1.2', false, '1.2'],
  ['CC 1.0', true, '1.0'],
  ['CC 1.1', true, '1.1'],
  ['CC 1.2', true, '1.2'],
];
const CELLS = T_PORT.flatMap(([id, cells, legacyWorks]) =>
  COLUMNS.map(([column, commonCriteria, min], at) => ({
    id,
    column,
    tls: { commonCriteria, min, fips: commonCriteria },
    expected: cells[at] ?? '',
    legacy: legacyWorks && column === 'N 1.0',
  })),
);

const VERSIONS: readonly TlsVersion[] = ['1.0', '1.1', '1.2', '1.3'];

function listed({ min, max }: TlsRange): string {
  return VERSIONS.filter((version) => version >= min && version <= max).join();
}

/** has the model a version in common with the offer? */
function getsIn(offer: TlsRange, model: string): boolean {
  const { tls } = loadModel(model);
  return tls.max >= offer.min && tls.min <= offer.max;
}

describe('T-PORT (R-107), every cell', () => {
  it.each(CELLS)(
    '$id $column: $expected; 79xx (1.0 only, R-108) $legacy, 88xx always',
    ({ id, tls, expected, legacy }) => {
      const offer = offeredVersions(id, tls, false);
      expect(listed(offer)).toBe(expected);
      for (const model of ['7942', '7962', '7975']) expect(getsIn(offer, model)).toBe(legacy);
      for (const model of ['8841', '8865']) expect(getsIn(offer, model)).toBe(true);
    },
  );

  it('T-IMP: the six ports of IM and Presence, of which desk phones use none', () => {
    expect(IM_PRESENCE_TLS_PORTS).toEqual([443, 5061, 5062, 7335, 8083, 8443]);
    expect(T_PORT.find(([id]) => id === 'P-01')?.[1]).toEqual(USUAL);
  });

  it.each(CELLS)(
    '15SU2: $id $column has 1.3 in normal mode, and CC stays (R-112, R-114)',
    ({ id, tls, expected }) => {
      expect(listed(offeredVersions(id, tls, true))).toBe(tls.commonCriteria ? expected : `${expected},1.3`);
    },
  );

  it.each(T_PORT.map(([id]) => id))('15SU2: %s with minimum 1.3 offers 1.3 alone (R-115)', (id) => {
    expect(listed(offeredVersions(id, { min: '1.3', commonCriteria: false, fips: false }, true))).toBe('1.3');
  });
});

const minimum = (version: TlsVersion, nodes: 'all' | string[] = 'all'): Operation => ({
  op: 'set-tls-min',
  version,
  nodes,
});

describe('OP-28, set tls min-version', () => {
  it.each(['12.5(1)', '15', '15SU2'])('%s: 1.0 at the beginning (4.0)', async (release) => {
    const { state } = await cluster(release);
    expect(tlsVersions(state, 'PUB', 'sccps')?.min).toBe('1.0');
  });

  it('until 15SU1 node by node, and each restarts', async () => {
    const made = await cluster('15SU1');
    expect(await made.run(minimum('1.2', ['SUB1']))).toEqual([
      'SUB1: Warning: phones, gateways and applications that have TLS 1.0 or 1.1 only can no longer connect',
      'SUB1: Do you want to continue (yes/no) ? yes',
      'SUB1: Successfully set minimum TLS version to 1.2',
      'SUB1: The system will reboot in few minutes.',
    ]);
    expect(['PUB', 'SUB1', 'SUB2'].map((node) => tlsVersions(made.state, node, 'tvs')?.min)).toEqual([
      '1.0',
      '1.2',
      '1.0',
    ]);
  });

  it('from 15SU2 on for the whole cluster (R-111)', async () => {
    const made = await cluster('15SU2');
    const output = await made.run(minimum('1.3', ['PUB']));
    expect(output[0]).toContain('authenticated mode of phone and trunk profiles will not work');
    expect(output.filter((line) => line.includes('Do you want to continue'))).toHaveLength(1);
    expect(output.every((line) => !line.startsWith('SUB'))).toBe(true);
    await made.run({ op: 'add-node', node: { name: 'SUB3', services: ['CallManager', 'TVS'] } });
    for (const node of ['PUB', 'SUB1', 'SUB2', 'SUB3']) {
      expect(tlsVersions(made.state, node, 'sips')).toEqual({ min: '1.3', max: '1.3' });
    }
    await expect(made.run(minimum('1.2', ['SUB1']))).rejects.toThrow('is set on the publisher PUB');
  });

  it('there is no 1.3 before 15SU2', async () => {
    const made = await cluster('15SU1');
    await expect(made.run(minimum('1.3'))).rejects.toThrow('release 15SU1 has no TLS 1.3');
  });

  it('the restart makes every service take over what is stored (1.4)', async () => {
    const made = await cluster('11.5(1)');
    await made.run({ op: 'regenerate', purpose: 'CallManager', nodes: 'all' });
    await made.run(minimum('1.1', ['SUB1']));
    const held = (node: string) => callManagerTls(made.state, node)?.identity;
    const stored = (at: number) => made.state.nodes[at]?.identities.CallManager;
    expect(held('SUB1')).toBe(stored(1));
    expect(held('PUB')).not.toBe(stored(0));
  });

  it('says which services went down', async () => {
    const made = await cluster('12.5(1)');
    const { operate } = await import('../../src/cluster/operate.js');
    const { restarted } = await operate(made.state, minimum('1.1', ['SUB2']), made.lab.context);
    expect(restarted).toEqual([
      { node: 'SUB2', services: ['CallManager', 'TVS', 'CTIManager', 'HAProxy', 'Tomcat', 'DRF'] },
    ]);
  });
});

const FIPS = (enable: boolean): Operation => ({ op: 'fips', enable, nodes: 'all' });
const CC = (enable: boolean): Operation => ({ op: 'common-criteria', enable, nodes: 'all' });

describe('OP-29, Common Criteria and FIPS (R-112)', () => {
  it('FIPS makes all identities of the nodes anew at once (OP-16, last row)', async () => {
    const made = await cluster('12.5(1)');
    const before = made.state;
    await made.run(FIPS(true));
    for (const [at, node] of made.state.nodes.entries()) {
      for (const [purpose, identity] of Object.entries(before.nodes[at]?.identities ?? {})) {
        expect(node.identities[purpose as 'TVS'], `${node.name} ${purpose}`).not.toBe(identity);
      }
      expect(node.held.identities.TVS).toBe(node.identities.TVS);
      expect(node.identities.tomcat).toBeDefined();
    }
    expect(tlsVersions(made.state, 'PUB', 'capf')).toEqual({ min: '1.0', max: '1.2' });
  });

  it('a mode that all nodes have is refused, and changes no certificate', async () => {
    const made = await cluster('12.5(1)');
    await expect(made.run(FIPS(false))).rejects.toThrow('PUB, SUB1, SUB2: not in FIPS mode');
    await made.run({ op: 'fips', enable: true, nodes: ['SUB1'] });
    await expect(made.run({ op: 'fips', enable: true, nodes: ['SUB1'] })).rejects.toThrow(
      'SUB1: in FIPS mode already',
    );
    await expect(made.run(CC(false))).rejects.toThrow('not in Common Criteria mode');
  });

  it('CC mode needs FIPS mode, and keeps it', async () => {
    const made = await cluster('12.5(1)');
    await expect(made.run(CC(true))).rejects.toThrow('PUB is not in FIPS mode');
    await made.run(FIPS(true));
    await made.run(CC(true));
    // the oddity of T-PORT: minimum 1.0 offers 1.1 alone
    expect(tlsVersions(made.state, 'SUB1', 'sccps')).toEqual({ min: '1.1', max: '1.1' });
    expect(callManagerTls(made.state, 'SUB1')?.extendedKeyUsage).toBe('client-auth');
    await expect(made.run(FIPS(false))).rejects.toThrow('PUB is in Common Criteria mode');
    await made.run(CC(false));
    await made.run(FIPS(false));
    expect(callManagerTls(made.state, 'SUB1')).toMatchObject({
      versions: { min: '1.0', max: '1.2' },
      extendedKeyUsage: 'any',
    });
  });

  it('CC mode and minimum 1.3 exclude each other', async () => {
    const made = await cluster('15SU2');
    await made.run(FIPS(true));
    await made.run(minimum('1.3'));
    await expect(made.run(CC(true))).rejects.toThrow('Common Criteria mode ends at 1.2');
    await made.run(minimum('1.2'));
    await made.run(CC(true));
    await expect(made.run(minimum('1.3'))).rejects.toThrow('has no TLS 1.3 (R-112)');
  });

  it('an online CA and FIPS mode exclude each other (OP-26)', async () => {
    const made = await cluster('12.5(1)');
    await made.run(FIPS(true));
    await expect(
      made.run({ op: 'parameter', name: 'certificate-issuer', value: 'online-ca' }),
    ).rejects.toThrow('no online CA in FIPS mode');
  });
});
