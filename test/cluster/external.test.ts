import { beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../src/cluster/operation.js';
import type { NodeSpec } from '../../src/cluster/spec.js';
import { tvsQuery } from '../../src/cluster/tvs.js';
import { ROLE_CODES, roleName } from '../../src/device/role.js';
import type { Certificate } from '../../src/pki/certificate.js';
import { capfCertificate, serverCertificate } from '../../src/pki/cucm-certificates.js';
import { parsePhoneConfiguration } from '../../src/protocol/cnf/index.js';
import { signerIdOf } from '../../src/trustfile/index.js';
import { keyPair } from './certificates.js';
import { type Cluster, cluster, phones, START } from './lab.js';

const ORGANISATION = { organisation: 'Foreign', unit: 'Lab', locality: 'L', state: 'S', country: 'US' };

async function made(serial: number): Promise<Parameters<typeof capfCertificate>[1]> {
  const validity = { notBefore: new Date(START), notAfter: new Date(Date.UTC(2036, 0, 1)) };
  const pair = await keyPair();
  return {
    ...pair,
    ...validity,
    organisation: ORGANISATION,
    digest: 'sha256',
    serial: Uint8Array.of(0x5f, serial),
  };
}

let capf: Certificate;
let tvs: Certificate;
let registrar: Certificate;
let fileServer: Certificate;
let mixed: Cluster;

/** PUB's CAPF and SUB1's TVS, SIP and TFTP are elsewhere; the rest is the cluster's own. */
function nodes(): NodeSpec[] {
  return [
    {
      name: 'PUB',
      address: '127.10.0.1',
      services: ['CallManager', 'TFTP', 'TVS', 'CAPF'],
      external: {
        places: { capf: { address: '127.0.0.3', port: 3900 } },
        certificates: { CAPF: capf.der },
      },
    },
    {
      name: 'SUB1',
      address: '127.10.0.2',
      services: ['CallManager', 'TFTP', 'TVS'],
      external: {
        places: {
          tvs: { address: '127.0.0.2', port: 2500 },
          sip: { address: '127.0.0.4', port: 5070 },
          sips: { address: '127.0.0.4', port: 5071 },
          tftp: { address: '127.0.0.2', port: 69 },
        },
        certificates: { TVS: tvs.der, CallManager: registrar.der, TFTP: fileServer.der },
      },
    },
    { name: 'SUB2', address: '127.10.0.3', services: ['CallManager', 'TVS'] },
  ];
}

beforeAll(async () => {
  capf = capfCertificate('0badcafe', await made(1));
  tvs = serverCertificate('tvs.foreign.example', await made(2));
  registrar = serverCertificate('sip.foreign.example', await made(3));
  fileServer = serverCertificate('tftp.foreign.example', await made(4));
  mixed = await cluster('12.5(1)', { mode: 'mixed', nodes: nodes(), devices: phones('encrypted') });
});

const certificatesOf = (list: 'CTLFile.tlv' | 'ITLFile.tlv', role: string): (string | undefined)[] =>
  mixed
    .list('PUB', list)
    .records.filter((record) => roleName(record.role) === role)
    .map(({ certificate }) => certificate?.sha256);

describe('what the lists and files of a cluster say of external services', () => {
  it('the ITL has their certificates in the records of TVS and CAPF', () => {
    expect(certificatesOf('ITLFile.tlv', 'CAPF')).toEqual([capf.sha256]);
    const own = mixed.state.nodes.flatMap(({ identities }) => identities.TVS?.certificate.sha256 ?? []);
    expect(certificatesOf('ITLFile.tlv', 'TVS')).toEqual([own[0], tvs.sha256, own[1]]);
    expect(own).toHaveLength(2);
  });

  it('the CTL has them under their own addresses, and the node itself for what is left of it', () => {
    const records = mixed.list('PUB', 'CTLFile.tlv').records.map((record) => ({
      role: roleName(record.role),
      address: record.ipAddress,
      certificate: record.certificate?.commonName,
    }));
    const at = (address: string) => records.filter((record) => record.address === address);
    expect(at('127.0.0.3')).toEqual([{ role: 'CAPF', address: '127.0.0.3', certificate: capf.commonName }]);
    expect(at('127.0.0.4')).toEqual([
      { role: 'CCM', address: '127.0.0.4', certificate: 'sip.foreign.example' },
    ]);
    expect(at('127.0.0.2')).toEqual([
      { role: 'TFTP', address: '127.0.0.2', certificate: 'tftp.foreign.example' },
    ]);
    // SCCP is still SUB1's own
    expect(at('127.10.0.2').map(({ role }) => role)).toEqual(['CCM+TFTP']);
  });

  it('a configuration leads each phone to the service that it needs', () => {
    const read = (name: string) =>
      parsePhoneConfiguration(mixed.octets('PUB', `${name}.cnf.xml`) ?? new Uint8Array());
    const sip = read('SEP001F9E266369');
    expect(sip.callManagers.map(({ address, securedSipPort }) => [address, securedSipPort])).toEqual([
      ['127.0.0.4', 5071],
      ['127.10.0.3', 5061],
    ]);
    expect(sip.tvs.map(({ address, port }) => [address, port])).toEqual([
      ['127.0.0.2', 2500],
      ['127.10.0.3', 2445],
    ]);
    expect(sip.capf.map(({ address, port }) => [address, port])).toEqual([['127.0.0.3', 3900]]);
    const sccp = read('SEP001F9E266370');
    expect(sccp.callManagers.map(({ address }) => address)).toEqual(['127.10.0.3', '127.10.0.1']);
  });

  it('an external TFTP node serves nothing here', () => {
    expect(mixed.octets('SUB1', 'ITLFile.tlv')).toBeUndefined();
  });

  it('TVS vouches for them, and CallManager believes LSCs of the external CAPF', () => {
    const roles = (certificate: Certificate): readonly number[] => {
      const verdict = tvsQuery(mixed.state, 'SUB2', signerIdOf(certificate));
      return verdict.result === 'positive' ? verdict.roles : [];
    };
    expect(roles(capf)).toContain(ROLE_CODES.CAPF);
    expect(roles(registrar)).toContain(ROLE_CODES['CCM+TFTP']);
    expect(roles(tvs)).toEqual([ROLE_CODES.TVS]);
    const trusted = mixed.state.nodes.map(({ held }) =>
      held.callManager?.trust.some(({ certificate }) => certificate.sha256 === capf.sha256),
    );
    expect(trusted).toEqual([true, true, true]);
  });
});

describe('operations on external services', () => {
  it.each<[Operation, string]>([
    [
      { op: 'regenerate', purpose: 'CAPF', nodes: 'all' },
      'CAPF of PUB is an external service (127.0.0.3:3900), which this cluster does not operate',
    ],
    [{ op: 'regenerate', purpose: 'TVS', nodes: ['SUB1'] }, 'TVS of SUB1 is an external service'],
    [{ op: 'restart', services: ['CAPF'], nodes: 'all' }, 'CAPF of PUB is an external service'],
    [{ op: 'restart', services: ['TFTP'], nodes: ['PUB', 'SUB1'] }, 'TFTP of SUB1 is an external service'],
    [{ op: 'utils-capf', command: { name: 'csr list' } }, 'CAPF of PUB is an external service'],
  ])('%o is refused', async (operation, message) => {
    await expect(mixed.run(operation)).rejects.toThrow(message);
  });

  it('the same on all nodes is done where the service is ours', async () => {
    const output = await mixed.run({ op: 'restart', services: ['TFTP', 'CallManager'], nodes: 'all' });
    const nodesOf = (title: RegExp): string[] =>
      output.flatMap((line) => (title.test(line) ? (line.split(':')[0] ?? '') : []));
    expect(nodesOf(/Tftp.*STARTED/i)).toEqual(['PUB']);
    expect(nodesOf(/CallManager.*STARTED/)).toEqual(['PUB', 'SUB1', 'SUB2']);
  });
});
