import { describe, expect, it } from 'vitest';
import { callManagerTrust } from '../../src/cluster/call-manager.js';
import { capfTrusts } from '../../src/cluster/capf.js';
import { operate } from '../../src/cluster/operate.js';
import type { Operation } from '../../src/cluster/operation.js';
import { tvsQuery } from '../../src/cluster/tvs.js';
import { chainTo } from '../../src/pki/chain.js';
import { signerIdOf } from '../../src/trustfile/index.js';
import { manufacturer, phoneCertificates } from './certificates.js';
import { type Cluster, cluster, restartAll } from './lab.js';

const remove = (certificates: string[], from: ('CallManager-trust' | 'CAPF-trust')[]): Operation => ({
  op: 'trust-delete',
  certificates,
  from,
});

function names(made: Cluster, store: 'CallManager-trust' | 'CAPF-trust'): string[] {
  return made.state.trust[store].map(({ certificate }) => certificate.commonName);
}

describe('OP-27: MIC roots', () => {
  const roots = async () => [
    await manufacturer('Cisco Manufacturing CA'),
    await manufacturer('Cisco Manufacturing CA SHA2'),
  ];

  it('stand in CallManager-trust and CAPF-trust from the beginning', async () => {
    const [legacy, modern] = await roots();
    if (legacy === undefined || modern === undefined) throw new Error('two roots');
    const made = await cluster('12.5(1)', { micRoots: [legacy.certificate.der, modern.certificate.der] });
    for (const store of ['CallManager-trust', 'CAPF-trust'] as const) {
      expect(names(made, store)).toEqual(
        expect.arrayContaining(['Cisco Manufacturing CA', 'Cisco Manufacturing CA SHA2']),
      );
    }
    // they are no signers of anything that phones load
    expect(tvsQuery(made.state, 'PUB', signerIdOf(legacy.certificate))).toMatchObject({ roles: [4] });
  });

  it('removed from CallManager-trust, a MIC no longer registers after the restart, and still enrols', async () => {
    const legacy = await manufacturer('Cisco Manufacturing CA');
    const made = await cluster('12.5(1)', { micRoots: [legacy.certificate.der] });
    const { mic } = await phoneCertificates(legacy);
    const now = made.lab.context.now();
    const registers = (): boolean => chainTo(mic, callManagerTrust(made.state, 'SUB1'), now).trusted;
    expect(registers()).toBe(true);
    expect(await made.run(remove(['Cisco_Manufacturing_CA'], ['CallManager-trust']))).toEqual([
      'CallManager-trust: Cisco Manufacturing CA deleted',
    ]);
    expect(registers()).toBe(true);
    await made.run(restartAll('CallManager'));
    expect(registers()).toBe(false);
    expect(capfTrusts(made.state, mic)).toBe(true);
    await made.run({ op: 'trust-import', source: { micRoots: 'all' }, to: ['CallManager-trust'] });
    await made.run(restartAll('CallManager'));
    expect(registers()).toBe(true);
  });

  it('mic-roots names all of them, and an unknown one is refused', async () => {
    const [legacy, modern] = await roots();
    if (legacy === undefined || modern === undefined) throw new Error('two roots');
    const made = await cluster('12.5(1)', { micRoots: [legacy.certificate.der, modern.certificate.der] });
    await expect(made.run(remove(['CAP-RTP-001'], ['CallManager-trust']))).rejects.toThrow(
      'there is no CAP-RTP-001 to delete in CallManager-trust',
    );
    await made.run(remove(['mic-roots'], ['CallManager-trust', 'CAPF-trust']));
    expect(names(made, 'CAPF-trust')).toHaveLength(1);
    await expect(
      made.run({ op: 'trust-import', source: { micRoots: ['Nobody'] }, to: ['CAPF-trust'] }),
    ).rejects.toThrow('expected one of Cisco Manufacturing CA');
  });

  it('a cluster without any says so, in no word of ours and with no empty list', async () => {
    const made = await cluster('12.5(1)');
    await expect(made.run(remove(['mic-roots'], ['CallManager-trust']))).rejects.toThrow(
      /^there is no manufacturing CA in CallManager-trust$/,
    );
    for (const micRoots of ['all', ['Cisco_Root_CA_2048']] as const) {
      await expect(
        made.run({ op: 'trust-import', source: { micRoots }, to: ['CallManager-trust'] }),
      ).rejects.toThrow(/^cluster CL-3 came with no manufacturing CA: none of its phones has a MIC$/);
    }
  });
});

describe('OP-11: a new CAPF beside the old one', () => {
  it('the old one stays trusted until it is deleted and CallManager restarts (S-10, R-79)', async () => {
    const made = await cluster('11.5(1)');
    const old = made.state.nodes[0]?.identities.CAPF?.certificate;
    if (old === undefined) throw new Error('PUB has CAPF');
    await made.run({ op: 'regenerate', purpose: 'CAPF', nodes: 'all' });
    const trusts = (): boolean => callManagerTrust(made.state, 'SUB2').includes(old);
    await made.run(restartAll('CallManager'));
    expect(trusts()).toBe(true);
    expect(await made.run(remove(['CAPF'], ['CallManager-trust', 'CAPF-trust']))).toEqual([
      `CallManager-trust: ${old.commonName} deleted`,
      `CAPF-trust: ${old.commonName} deleted`,
    ]);
    expect(trusts()).toBe(true);
    await made.run(restartAll('CallManager'));
    expect(trusts()).toBe(false);
    expect(names(made, 'CAPF-trust')).toEqual([made.state.nodes[0]?.identities.CAPF?.certificate.commonName]);
  });

  it('by purpose nothing in use is deleted', async () => {
    const made = await cluster('11.5(1)');
    await expect(made.run(remove(['CAPF'], ['CAPF-trust']))).rejects.toThrow('there is no CAPF to delete');
  });
});

describe('trust-import (OP-25, S-18)', () => {
  it("takes another cluster's certificates, as they are stored there", async () => {
    const old = await cluster('11.5(1)', { name: 'old' });
    const made = await cluster('12.5(1)', { name: 'destination' });
    const context = {
      ...made.lab.context,
      cluster: (name: string) => (name === 'old' ? old.state : undefined),
    };
    const { state, output } = await operate(
      made.state,
      {
        op: 'trust-import',
        source: { certificates: ['CAPF', 'CallManager'], cluster: 'old' },
        to: ['CallManager-trust'],
      },
      context,
    );
    expect(output).toHaveLength(4);
    const imported = state.trust['CallManager-trust'].filter(({ origin }) => origin === 'imported');
    expect(imported.map(({ purpose }) => purpose)).toEqual([
      'CAPF',
      'CallManager',
      'CallManager',
      'CallManager',
    ]);
    await expect(
      operate(
        made.state,
        { op: 'trust-import', source: { certificates: ['CAPF'], cluster: 'nowhere' }, to: ['CAPF-trust'] },
        context,
      ),
    ).rejects.toThrow('no cluster nowhere');
    await expect(
      operate(
        made.state,
        {
          op: 'trust-import',
          source: { certificates: ['CAPF'], cluster: 'old', nodes: ['SUB1'] },
          to: ['CAPF-trust'],
        },
        context,
      ),
    ).rejects.toThrow('cluster old has no CAPF certificate on SUB1');
  });

  it('an expired certificate is refused, octets that are none too', async () => {
    const made = await cluster('11.5(1)');
    const own = made.state.nodes[0]?.identities.TVS?.certificate;
    if (own === undefined) throw new Error('PUB has TVS');
    made.lab.pass(6 * 366 * 86_400);
    const upload = (der: Uint8Array): Operation => ({
      op: 'trust-import',
      source: { der: [der] },
      to: ['TVS-trust'],
    });
    await expect(made.run(upload(own.der))).rejects.toThrow('upload refused');
    await expect(made.run(upload(Uint8Array.of(0x30, 0x00)))).rejects.toMatchObject({
      code: 'TF_OPERATION_REFUSED',
    });
  });
});
