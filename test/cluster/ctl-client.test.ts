import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/cluster/operation.js';
import type { ClusterSpec } from '../../src/cluster/spec.js';
import { tvsQuery } from '../../src/cluster/tvs.js';
import { signerIdOf, type TrustList, verifySignature } from '../../src/trustfile/index.js';
import { type Cluster, cluster, restartAll, roles, signedBy } from './lab.js';

type Action = Extract<Operation, { readonly op: 'ctl-client' }>['action'];

const client = (action: Action, tokens: readonly string[], remove?: readonly string[]): Operation => ({
  op: 'ctl-client',
  action,
  tokens,
  ...(remove === undefined ? {} : { remove }),
});
const TOKENS: Partial<ClusterSpec> = { mode: 'mixed', tokens: ['T1', 'T2'] };
const NON_SECURE: Operation = { op: 'set-cluster', mode: 'non-secure-mode' };
const UPDATE: Operation = { op: 'update-ctl' };
const DELETE: Operation = { op: 'delete-ctl', nodes: 'all' };
const RESTART = restartAll('TFTP', 'CallManager');

/** Which token signed the list that PUB serves; `none` where none did. */
function signingToken(made: Cluster): string {
  const list = made.list('PUB', 'CTLFile.tlv');
  const token = [...made.state.tokens.known.values()].find(
    ({ certificate }) =>
      signerIdOf(certificate, 'etoken').serial === list.header.signer.serial &&
      verifySignature(list, certificate.publicKey),
  );
  return token?.name ?? 'none';
}

/** SAST records of a list by owner. */
function sastOf(made: Cluster, list: TrustList): string[] {
  return list.records
    .filter((record) => record.role === 0)
    .map((record) => {
      const token = [...made.state.tokens.known.values()].find(({ certificate }) =>
        record.certificate?.equals(certificate),
      );
      const purpose = (['CallManager', 'ITLRecovery'] as const).find((name) =>
        made.state.nodes[0]?.identities[name]?.certificate.equals(record.certificate as never),
      );
      return token?.name ?? purpose ?? 'nobody';
    });
}

describe('section 1.2: SAST records in token mode', () => {
  it.each([
    ['8.6', ['T1', 'T2']],
    ['9.1(2)', ['T1', 'T2']],
    ['10.0(1)', ['T1', 'T2']],
    ['10.5(2)', ['T1', 'T2']],
    ['11.5(1)', ['T1', 'T2', 'ITLRecovery', 'CallManager']],
    ['12.0(1)', ['T1', 'T2', 'ITLRecovery', 'CallManager']],
    ['12.5(1)', ['T1', 'T2', 'ITLRecovery', 'CallManager']],
  ])('%s: %j, signed by the first token', async (release, sast) => {
    const made = await cluster(release, TOKENS);
    const list = made.list('SUB1', 'CTLFile.tlv');
    expect(sastOf(made, list)).toEqual(sast);
    expect(signingToken(made)).toBe('T1');
  });

  it('records as the CTL client writes them: token names, no SIGNATURE (trust-files.md 4.3, 5.2)', async () => {
    const made = await cluster('10.0(1)', TOKENS);
    const list = made.list('PUB', 'CTLFile.tlv');
    expect(roles(list)).toEqual(['SAST', 'SAST', 'CCM+TFTP', 'CAPF', 'CCM+TFTP', 'CCM+TFTP']);
    expect(list.records.every((record) => record.signature === null)).toBe(true);
    const [first] = list.records;
    expect(first?.subject).toMatch(/^cn="SAST-ADN[0-9a-f]{8} {8}";ou=IPCBU;o="Cisco Systems$/);
    expect(first?.issuer).toBe('cn=Cisco Manufacturing CA;o=Cisco Systems');
    expect(first?.certificate?.keyBits).toBe(1024);
    expect(list.header.headerLength).toBeGreaterThan(200);
    expect(list.header.signer).toEqual(signerIdOf(made.state.ctlTokens[0]?.certificate as never, 'etoken'));
  });
});

describe('OP-04: non-secure mode with a token', () => {
  it('is refused in Cisco’s words where mixed mode has lost its CTL, whatever token is in hand', async () => {
    const made = await cluster('9.1(2)', TOKENS);
    await made.run(DELETE);
    await expect(made.run(client('set-non-secure', ['T1']))).rejects.toThrow(
      /^No CTL File exists on the server but the Call Manager Cluster Security Mode is in Secure Mode\./,
    );
  });
});

describe('OP-02: mixed mode with tokens', () => {
  it('writes a CTL with both and asks for restarts', async () => {
    const made = await cluster('9.1(2)');
    const output = await made.run(client('set-mixed', ['T1', 'T2']));
    expect(output.slice(1)).toEqual([
      'PUB: Passed',
      'SUB1: Passed',
      'SUB2: Passed',
      'Auto-registration is disabled',
      'Please Restart the TFTP and Cisco CallManager services on all nodes in the cluster that run these services',
    ]);
    expect(made.state.mode).toBe('mixed');
    expect(made.octets('PUB', 'CTLFile.tlv')).toBeUndefined();
    await made.run(RESTART);
    expect(signingToken(made)).toBe('T1');
  });

  it.each<[what: string, release: string, spec: Partial<ClusterSpec>, operation: Operation, text: string]>([
    [
      'one token',
      '9.1(2)',
      {},
      client('set-mixed', ['T1']),
      '1 security token for the CTL, expected at least 2',
    ],
    ['one token twice', '9.1(2)', {}, client('set-mixed', ['T1', 'T1']), 'expected at least 2'],
    ['no token', '9.1(2)', {}, client('set-mixed', []), 'none is inserted'],
    ['release 14 (section 1.2)', '14', {}, client('set-mixed', ['T1', 'T2']), 'expected a release before 14'],
    ['mixed mode already', '9.1(2)', TOKENS, client('set-mixed', ['T1']), 'is in mixed mode already'],
    [
      'no export-controlled functionality',
      '12.5(1)',
      { parameters: { exportControl: false } },
      client('set-mixed', ['T1', 'T2']),
      'ClusterModeSecurityFailedExportControlNotAllow',
    ],
    [
      'OP-04: an unknown token',
      '9.1(2)',
      TOKENS,
      client('set-non-secure', ['T9']),
      'The Security Token you have inserted does not exist in the CTL File',
    ],
    [
      'OP-05: an update that an unknown token would sign',
      '9.1(2)',
      TOKENS,
      client('update', ['T3', 'T1']),
      'The Security Token you have inserted does not exist in the CTL File',
    ],
    [
      'OP-07: a tokenless CTL that was not deleted',
      '10.5(2)',
      { mode: 'mixed' },
      client('update', ['T1', 'T2']),
      'OP-07: delete it first',
    ],
    [
      'OP-05: an update where there never was a CTL',
      '9.1(2)',
      {},
      client('update', ['T1', 'T2']),
      'cluster CL-3 is in non-secure mode and has no CTL to update: expected set-mixed',
    ],
    [
      'non-secure mode already',
      '9.1(2)',
      {},
      client('set-non-secure', ['T1']),
      'is in non-secure mode already',
    ],
    [
      'taking the token off that signs',
      '9.1(2)',
      TOKENS,
      client('update', ['T1', 'T3'], ['T1']),
      'token T1 cannot be taken off',
    ],
    ['taking the second one off', '9.1(2)', TOKENS, client('update', ['T1'], ['T2']), 'expected at least 2'],
  ])('refuses %s', async (_, release, more, operation, text) => {
    const made = await cluster(release, more);
    const before = made.state;
    await expect(made.run(operation)).rejects.toMatchObject({
      code: 'TF_OPERATION_REFUSED',
      message: expect.stringContaining(text),
    });
    expect(made.state).toBe(before);
  });

  it('refuses where TLS 1.0 is off: the client has no other (G-09)', async () => {
    const made = await cluster('12.5(1)', TOKENS);
    await made.run({ op: 'set-tls-min', version: '1.2', nodes: ['SUB2'] });
    await expect(made.run(client('update', ['T1']))).rejects.toThrow(
      'the CTL client cannot connect to SUB2: it has TLS 1.0 only, CTL-SERV 2444 offers 1.2 or later',
    );
  });

  it('a cluster cannot be created with one token, nor with tokens in 14', async () => {
    await expect(cluster('9.1(2)', { mode: 'mixed', tokens: ['T1'] })).rejects.toThrow('expected at least 2');
    await expect(cluster('14', TOKENS)).rejects.toThrow('no CTL client');
  });
});

describe('S-07, OP-03 and OP-04: back to non-secure mode', () => {
  it.each<[string, Operation, string]>([
    ['OP-03 with the stored key of the token', NON_SECURE, 'T1'],
    ['OP-04 with the first token', client('set-non-secure', ['T1']), 'T1'],
    ['OP-04 with the second token', client('set-non-secure', ['T2']), 'T2'],
  ])('%s: same SAST and CAPF, servers without certificate (R-69)', async (_, operation, token) => {
    const made = await cluster('10.0(1)', TOKENS);
    const before = made.list('PUB', 'CTLFile.tlv');
    await made.run(operation);
    await made.run(RESTART);
    const after = made.list('PUB', 'CTLFile.tlv');
    expect(signingToken(made)).toBe(token);
    expect(roles(after)).toEqual(roles(before));
    const kept = (list: TrustList) =>
      list.records
        .filter(({ role }) => role === 0 || role === 4)
        .map(({ offset, length, ...record }) => ({ length, subject: record.subject, key: record.publicKey }));
    expect(kept(after)).toEqual(kept(before));
    const servers = after.records.filter(({ role }) => role === 2);
    // 21 + length of DNSNAME: 31 for 127.10.0.1
    expect(servers.map(({ length, certificate }) => [length, certificate])).toEqual([
      [31, null],
      [31, null],
      [31, null],
    ]);
    expect(Buffer.compare(after.bytes, before.bytes)).not.toBe(0);
  });
});

describe('OP-05 to OP-08', () => {
  it('OP-05: an update takes the stored certificates, and new tokens in hand', async () => {
    const made = await cluster('9.1(2)', TOKENS);
    await made.run({ op: 'regenerate', purpose: 'CallManager', nodes: 'all' });
    await made.run(client('update', ['T2', 'T3']));
    await made.run(RESTART);
    const list = made.list('PUB', 'CTLFile.tlv');
    expect(sastOf(made, list)).toEqual(['T1', 'T2', 'T3']);
    expect(signingToken(made)).toBe('T2');
    expect(list.records.find(({ role }) => role === 2)?.certificate?.serial).toBe(
      made.state.nodes[0]?.identities.CallManager?.certificate.serial,
    );
  });

  it('OP-06: utils ctl update makes a tokenless CTL of one with tokens', async () => {
    const made = await cluster('11.5(1)', TOKENS);
    await made.run(UPDATE);
    await made.run(RESTART);
    const list = made.list('PUB', 'CTLFile.tlv');
    expect(sastOf(made, list)).toEqual(['CallManager', 'ITLRecovery']);
    expect(signedBy(made.state, list)).toBe('PUB CallManager');
    expect(list.records.some(({ signature }) => signature === null)).toBe(false);
  });

  it('OP-07: tokenless to tokens, by way of Phone-SAST-trust and a deleted CTL', async () => {
    const made = await cluster('11.5(1)', { mode: 'mixed' });
    await made.run(DELETE);
    await made.run({ op: 'trust-import', source: { tokens: ['T1', 'T2'] }, to: ['Phone-SAST-trust'] });
    const output = await made.run(client('update', ['T1', 'T2']));
    expect(output[0]).toBe(
      'No CTL File exists on the server but the Call Manager Cluster Security Mode is in Secure Mode. For the system to function, you must create the CTL File and set Call Manager Cluster to Secure Mode.',
    );
    await made.run(restartAll('TFTP', 'CallManager', 'TVS'));
    expect(signingToken(made)).toBe('T1');
    // phones ask for the token in the words of the CTL that it signed
    const { signer } = made.list('PUB', 'CTLFile.tlv').header;
    expect(tvsQuery(made.state, 'SUB2', signer)).toMatchObject({ result: 'positive', roles: [0] });
  });

  it('R-44: a token that was not uploaded is unknown to TVS, although it stands in the CTL', async () => {
    const made = await cluster('9.1(2)', TOKENS);
    expect(tvsQuery(made.state, 'PUB', made.list('PUB', 'CTLFile.tlv').header.signer).result).toBe(
      'negative',
    );
  });

  it('OP-04: a token can be taken off on the way to non-secure mode', async () => {
    const made = await cluster('10.0(1)', { mode: 'mixed', tokens: ['T1', 'T2', 'T3'] });
    await made.run({ op: 'ctl-client', action: 'set-non-secure', tokens: ['T1'], remove: ['T3'] });
    await made.run(RESTART);
    expect(sastOf(made, made.list('PUB', 'CTLFile.tlv'))).toEqual(['T1', 'T2']);
  });

  it('OP-08: one of two lost, the other one takes it off and adds a new one', async () => {
    const made = await cluster('9.1(2)', TOKENS);
    await made.run(client('update', ['T2', 'T3'], ['T1']));
    await made.run(RESTART);
    expect(sastOf(made, made.list('PUB', 'CTLFile.tlv'))).toEqual(['T2', 'T3']);
  });

  it('OP-08: all lost from 10.0 on, OP-03 needs none', async () => {
    const made = await cluster('10.0(1)', TOKENS);
    await made.run(NON_SECURE);
    expect(made.state.mode).toBe('non-secure');
  });

  it('OP-08: all lost before 10.0, deleted on all servers and made anew with another pair', async () => {
    const made = await cluster('9.1(2)', TOKENS);
    await expect(made.run(NON_SECURE)).rejects.toThrow('expected 10.0');
    await made.run(DELETE);
    await made.run(client('update', ['T3', 'T4']));
    await made.run(RESTART);
    const list = made.list('SUB1', 'CTLFile.tlv');
    expect(sastOf(made, list)).toEqual(['T3', 'T4']);
    expect(signingToken(made)).toBe('T3');
    expect(made.state.mode).toBe('mixed');
  });
});

describe('OP-31: file delete tftp CTLFile.tlv', () => {
  it('is literal, and served on until the restart (1.4)', async () => {
    const made = await cluster('9.1(2)', TOKENS);
    expect(await made.run({ op: 'delete-ctl', nodes: ['PUB'] })).toEqual([
      'PUB: Delete the File CTLFile.tlv?',
      'PUB: Enter "y" followed by return to continue: y',
      'PUB: files: found = 1, deleted = 1',
    ]);
    expect(made.octets('PUB', 'CTLFile.tlv')).toBeDefined();
    await made.run(restartAll('TFTP'));
    expect(made.octets('PUB', 'CTLFile.tlv')).toBeUndefined();
    expect(made.octets('SUB1', 'CTLFile.tlv')).toBeDefined();
    expect(made.state.ctlTokens).toHaveLength(2);
    await made.run({ op: 'delete-ctl', nodes: 'all' });
    expect(made.state.ctl).toBeNull();
  });

  it('finds nothing where there is none', async () => {
    const made = await cluster('9.1(2)');
    await expect(made.run(DELETE)).rejects.toThrow('there is no CTLFile.tlv on any node');
  });

  it('a CTL that a node lost comes back with the next one', async () => {
    const made = await cluster('9.1(2)', TOKENS);
    await made.run({ op: 'delete-ctl', nodes: ['SUB1'] });
    await made.run(client('update', ['T1']));
    await made.run(RESTART);
    expect(made.octets('SUB1', 'CTLFile.tlv')).toEqual(made.octets('PUB', 'CTLFile.tlv'));
  });
});
