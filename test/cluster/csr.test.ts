import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { callManagerTls } from '../../src/cluster/call-manager.js';
import type { CertificatePurpose, Operation, SigningChange } from '../../src/cluster/operation.js';
import { readRequest } from '../../src/pki/certificate-request.js';
import { type Cluster, cluster, restartAll } from './lab.js';

const ROOT = 'Example Root CA';
const ISSUING = 'Example Issuing CA';

const csr = (purpose: CertificatePurpose, nodes: string[] = ['PUB']): Operation => ({
  op: 'csr',
  purpose,
  nodes,
});
const sign = (purpose: CertificatePurpose, change?: SigningChange, nodes: string[] = ['PUB']): Operation => ({
  op: 'sign',
  purpose,
  nodes,
  by: ISSUING,
  ...(change === undefined ? {} : { change }),
});
const upload = (purpose: CertificatePurpose, nodes: string[] = ['PUB']): Operation => ({
  op: 'upload',
  purpose,
  nodes,
});
const STORES = {
  CallManager: 'CallManager-trust',
  TVS: 'TVS-trust',
  CAPF: 'CAPF-trust',
  tomcat: 'tomcat-trust',
  ipsec: 'ipsec-trust',
} as const;
const chain = (purpose: keyof typeof STORES, authorities: string[] = [ROOT, ISSUING]): Operation => ({
  op: 'trust-import',
  source: { authorities },
  to: [STORES[purpose]],
});

function identity(made: Cluster, purpose: CertificatePurpose, node = 0) {
  const found = made.state.nodes[node]?.identities[purpose];
  if (found === undefined) throw new Error(`node ${node} has no ${purpose}`);
  return found;
}

describe('OP-15, step by step', () => {
  it.each([
    ['CallManager', 'Cisco Trust Verification Service, Cisco Tftp, Cisco CallManager, Cisco CTIManager'],
    ['TVS', 'Cisco Tftp, Cisco Trust Verification Service'],
    ['CAPF', 'Cisco Trust Verification Service, Cisco Tftp, Cisco Certificate Authority Proxy Function'],
    ['tomcat', 'Cisco Tomcat'],
    ['ipsec', 'Cisco DRF Master, Cisco DRF Local'],
  ] as const)('%s: CSR, chain to its trust store, upload, restart %s', async (purpose, restarts) => {
    const made = await cluster('12.5(1)');
    expect(await made.run(csr(purpose))).toEqual([`PUB: CSR for ${purpose} generated`]);
    await made.run(sign(purpose));
    await made.run(chain(purpose));
    const output = await made.run(upload(purpose));
    expect(output.at(-1)).toBe(`Restart ${restarts}`);
    const { certificate, privateKey } = identity(made, purpose);
    const x509 = new X509Certificate(certificate.der);
    expect(x509.issuer).toContain(`CN=${ISSUING}`);
    expect(x509.checkPrivateKey(privateKey)).toBe(true);
    expect(x509.ca).toBe(purpose === 'CAPF');
    expect(made.state.trust[STORES[purpose]].map((entry) => entry.certificate)).toContain(certificate);
  });

  it('the services hold the old identity until they restart (1.4), and the new CTL names the new one', async () => {
    const made = await cluster('12.5(1)', { mode: 'mixed' });
    const old = identity(made, 'CallManager');
    await made.run(csr('CallManager'));
    await made.run(sign('CallManager'));
    await made.run(chain('CallManager'));
    expect(await made.run(upload('CallManager'))).toContain(
      'Run "utils ctl update CTLFile" before the services are restarted.',
    );
    expect(callManagerTls(made.state, 'PUB')?.identity).toBe(old);
    await made.run({ op: 'update-ctl' });
    await made.run(restartAll('TVS', 'TFTP', 'CallManager'));
    const { certificate } = identity(made, 'CallManager');
    expect(callManagerTls(made.state, 'PUB')?.identity.certificate).toBe(certificate);
    const record = made.list('SUB1', 'CTLFile.tlv').records.find(({ role }) => role === 2);
    expect(record?.certificate?.serial).toBe(certificate.serial);
  });

  it('the request can be read by OpenSSL as well as by us, and asks for the names of the node', async () => {
    const made = await cluster('12.5(1)');
    await made.run({ op: 'csr', purpose: 'tomcat', nodes: ['SUB1'], names: ['phones.voice.example'] });
    const request = made.state.nodes[1]?.requests.tomcat;
    if (request === undefined) throw new Error('SUB1 has a CSR');
    expect(request.names).toEqual(['cl-3-sub1.voice.example', 'phones.voice.example']);
    expect(readRequest(request.der).subject.find(({ key }) => key === 'CN')?.value).toBe(
      'cl-3-sub1.voice.example',
    );
  });

  it("multi-server: one CSR and one certificate, the publisher's stands for all in the CTL (1.1)", async () => {
    const made = await cluster('12.5(1)', { mode: 'mixed' });
    await made.run({ op: 'csr', purpose: 'CallManager', nodes: 'all', distribution: 'multi-server' });
    await made.run(sign('CallManager', {}, ['PUB', 'SUB1', 'SUB2']));
    await made.run(chain('CallManager'));
    await made.run(upload('CallManager', ['PUB']));
    const certificates = [0, 1, 2].map((node) => identity(made, 'CallManager', node).certificate);
    expect(new Set(certificates.map(({ serial }) => serial)).size).toBe(1);
    expect(certificates[0]?.commonName).toBe('cl-3-pub-ms.voice.example');
    expect(new X509Certificate(certificates[0]?.der as never).subjectAltName).toBe(
      'DNS:cl-3-pub.voice.example, DNS:cl-3-sub1.voice.example, DNS:cl-3-sub2.voice.example',
    );
    // CSCur97909: the self-signed copies stay
    expect(
      made.state.trust['CallManager-trust'].filter(({ purpose }) => purpose === 'CallManager'),
    ).toHaveLength(4);
  });
});

/** What is done before the upload, and the message that it ends with (table of OP-15). */
const ERRORS: readonly [what: string, before: readonly Operation[], text: string][] = [
  [
    'nothing of the chain in the trust store',
    [csr('tomcat'), sign('tomcat')],
    `PUB: CA certificate is not available in the trust-store: CN=${ISSUING};O=Example Trust Services`,
  ],
  [
    'the root is missing',
    [csr('tomcat'), sign('tomcat'), chain('tomcat', [ISSUING])],
    'CA certificate is not available in the trust-store',
  ],
  [
    'the intermediate is missing',
    [csr('tomcat'), sign('tomcat'), chain('tomcat', [ROOT])],
    'CA certificate is not available in the trust-store',
  ],
  [
    'the chain is in the store of another purpose',
    [csr('tomcat'), sign('tomcat'), chain('TVS')],
    'is not in tomcat-trust',
  ],
  [
    'the CSR is used up',
    [csr('tomcat'), sign('tomcat'), chain('tomcat'), upload('tomcat')],
    'PUB: File /usr/local/platform/.security/tomcat/keys/tomcat.csr Does Not Exist',
  ],
  [
    'the CSR was generated anew meanwhile',
    [csr('tomcat'), sign('tomcat'), csr('tomcat'), chain('tomcat')],
    'PUB: CSR Public Key and Certificate Public Key Do Not Match',
  ],
  [
    'the CA certified another key',
    [csr('tomcat'), sign('tomcat', { key: 'other' }), chain('tomcat')],
    'CSR Public Key and Certificate Public Key Do Not Match',
  ],
  [
    'the CA added a name',
    [csr('tomcat'), sign('tomcat', { addNames: ['www.voice.example'] }), chain('tomcat')],
    'PUB: CSR Subject Alternate Name (SAN) and Certificate SAN Does Not Match',
  ],
  [
    'the CA removed the name',
    [csr('tomcat'), sign('tomcat', { dropNames: ['cl-3-pub.voice.example'] }), chain('tomcat')],
    'CSR Subject Alternate Name (SAN) and Certificate SAN Does Not Match',
  ],
  [
    'the certificate is expired',
    [csr('tomcat'), sign('tomcat', { fromDays: -20, days: 10 }), chain('tomcat')],
    'upload refused',
  ],
  ['nothing was signed', [csr('tomcat')], 'no CA has signed anything for tomcat'],
];

describe('upload errors (table of OP-15)', () => {
  it.each(ERRORS)('%s', async (_, before, text) => {
    const made = await cluster('12.5(1)');
    for (const operation of before) await made.run(operation);
    const state = made.state;
    await expect(made.run(upload('tomcat'))).rejects.toMatchObject({
      code: 'TF_OPERATION_REFUSED',
      message: expect.stringContaining(text),
    });
    expect(made.state).toBe(state);
  });

  it('names in another order are the same names', async () => {
    const made = await cluster('12.5(1)');
    await made.run({ op: 'csr', purpose: 'tomcat', nodes: ['PUB'], names: ['a.voice.example'] });
    const swap = { dropNames: ['cl-3-pub.voice.example'], addNames: ['cl-3-pub.voice.example'] };
    await made.run(sign('tomcat', swap));
    await made.run(chain('tomcat'));
    await expect(made.run(upload('tomcat'))).resolves.toBeDefined();
  });

  it('same common name, older FROM date: identity replaced, trust store not (1.3)', async () => {
    const made = await cluster('12.5(1)');
    const old = identity(made, 'CallManager').certificate;
    await made.run(csr('CallManager'));
    await made.run(sign('CallManager', { fromDays: -400 }));
    await made.run(chain('CallManager'));
    const output = await made.run(upload('CallManager'));
    expect(output).toContain(
      'PUB: CallManager-trust: cl-3-pub.voice.example is not replaced, the one that is there is valid from a later date on',
    );
    const { certificate } = identity(made, 'CallManager');
    expect(certificate.issuer).toContain(ISSUING);
    const trusted = made.state.trust['CallManager-trust'].map((entry) => entry.certificate);
    expect(trusted).toContain(old);
    expect(trusted).not.toContain(certificate);
  });

  it('same common name, later FROM date: replaced in the trust store as well', async () => {
    const made = await cluster('12.5(1)');
    const old = identity(made, 'CallManager').certificate;
    await made.run(csr('CallManager'));
    await made.run(sign('CallManager'));
    await made.run(chain('CallManager'));
    await made.run(upload('CallManager'));
    expect(made.state.trust['CallManager-trust'].map((entry) => entry.certificate)).not.toContain(old);
  });

  it('warns of a CA-signed CallManager key of 4096 bits in mixed mode (CSCup54818)', async () => {
    const made = await cluster('12.5(1)', {
      mode: 'mixed',
      certificates: { rsaBits: 1024, byPurpose: { CallManager: 4096 } },
      nodes: [{ name: 'PUB', address: '127.10.0.1', services: ['CallManager', 'TFTP', 'TVS', 'CAPF'] }],
      devices: [],
    });
    await made.run(csr('CallManager'));
    await made.run(sign('CallManager'));
    await made.run(chain('CallManager'));
    expect((await made.run(upload('CallManager'))).join()).toContain('not supported in mixed mode');
  });
});

describe('refusals of CSR and sign', () => {
  it.each<[string, Operation, string]>([
    ['ITLRecovery', csr('ITLRecovery'), 'self-signed'],
    ['CAPF of a subscriber', csr('CAPF', ['SUB1']), 'there is no CAPF certificate on SUB1'],
    [
      'multi-server TVS',
      { op: 'csr', purpose: 'TVS', nodes: 'all', distribution: 'multi-server' },
      'CallManager or tomcat',
    ],
    ['no CSR to sign', sign('tomcat'), 'there is no CSR for tomcat on PUB'],
    [
      'an unknown CA',
      { op: 'sign', purpose: 'tomcat', nodes: 'all', by: 'Nobody' },
      `expected one of ${ROOT}, ${ISSUING}`,
    ],
    [
      'no dumped CSR of a phone',
      { op: 'sign', purpose: 'phones', nodes: 'all', by: ISSUING },
      'utils capf csr dump',
    ],
  ])('%s', async (_, operation, text) => {
    const { run } = await cluster('12.5(1)');
    await expect(run(operation)).rejects.toThrow(text);
  });
});
