import { describe, expect, it } from 'vitest';
import { inspectJson, ownSigner, verifySignature } from '../../src/trustfile/index.js';
import { cluster, restartAll, roles, START_SECONDS } from './lab.js';

const ITL = 'ITLFile.tlv';
const CTL = 'CTLFile.tlv';

describe('ITL (section 1.1, trust-files.md 10)', () => {
  it.each([
    ['9.1(2)', 'non-secure', ['SAST', 'TFTP', 'TVS', 'TVS', 'TVS', 'CAPF']],
    ['11.5(1)', 'non-secure', ['SAST', 'SAST', 'TFTP', 'TVS', 'TVS', 'TVS', 'CAPF']],
    ['11.5(1)', 'mixed', ['SAST', 'SAST', 'CCM+TFTP', 'TVS', 'TVS', 'TVS', 'CAPF']],
    ['12.5(1)', 'mixed', ['SAST', 'SAST', 'CCM+TFTP', 'TVS', 'TVS', 'TVS', 'CAPF']],
  ] as const)('%s in %s mode', async (release, mode, expected) => {
    const { list } = await cluster(release, { mode });
    expect(roles(list('SUB1', ITL))).toEqual(expected);
  });

  it('has the signer as its first record, and that record verifies it', async () => {
    for (const release of ['9.1(2)', '11.5(1)', '15']) {
      const { list } = await cluster(release);
      const itl = list('SUB1', ITL);
      const signer = ownSigner(itl);
      expect(signer).toBe(itl.records[0]);
      expect(signer?.certificate && verifySignature(itl, signer.certificate.publicKey)).toBe(true);
    }
  });

  it('has the CallManager of its own node, as TFTP role and as SAST', async () => {
    const { list, state } = await cluster('12.5(1)');
    const serials = list('SUB1', ITL).records.map((record) => record.serial);
    const own = state.nodes[1]?.identities.CallManager?.certificate.serial;
    const other = state.nodes[0]?.identities.CallManager?.certificate.serial;
    expect(serials.filter((serial) => serial === own)).toHaveLength(2);
    expect(serials).not.toContain(other);
  });

  it('carries no IPADDRESS and a DNSNAME of two octets (trust-files.md 4.1, 4.3)', async () => {
    const { list } = await cluster('12.5(1)');
    for (const record of list('PUB', ITL).records) {
      expect(record.ipAddress).toBeNull();
      expect(record.dnsName).toHaveLength(1);
    }
  });

  it.each([
    ['9.1(2)', true],
    ['12.5(1)', false],
  ])('%s: hash in place of the TVS and CAPF certificate: %s', async (release, hashed) => {
    const { list, state } = await cluster(release);
    const [tvs] = list('PUB', ITL).records.filter((record) => record.role === 21);
    expect(tvs?.certificate === null).toBe(hashed);
    const sha1 = state.nodes[0]?.identities.TVS?.certificate.sha1;
    const found = hashed
      ? Buffer.from(tvs?.certificateHash?.value ?? []).toString('hex')
      : tvs?.certificate?.sha1;
    expect(found).toBe(sha1);
  });

  it('keeps its octets over a start with the same content, signer and digest (R-13)', async () => {
    const { octets, run } = await cluster('11.5(1)');
    const before = octets('SUB1', ITL);
    const output = await run(restartAll('TFTP'));
    expect(octets('SUB1', ITL)).toBe(before);
    expect(output).toEqual(['PUB: Cisco Tftp[STARTED]', 'SUB1: Cisco Tftp[STARTED]']);
  });

  it('changes on every TFTP node when one TVS certificate does, with a later time stamp', async () => {
    const { list, octets, run } = await cluster('11.5(1)');
    const before = octets('SUB1', ITL);
    await run({ op: 'regenerate', purpose: 'TVS', nodes: ['SUB2'] });
    expect(octets('SUB1', ITL)).toBe(before);
    const output = await run(restartAll('TFTP'));
    expect(output).toContain('SUB1: alarm ITLFileRegenerated');
    expect(list('SUB1', ITL).header.timestamp).toBe(START_SECONDS + 120);
  });
});

describe('CTL (sections 1.1, 1.2, trust-files.md 10)', () => {
  it.each([
    ['10.5(1)', ['SAST', 'CCM+TFTP', 'CAPF', 'CCM+TFTP', 'CCM+TFTP']],
    ['11.5(1)', ['SAST', 'SAST', 'CCM+TFTP', 'CAPF', 'CCM+TFTP', 'CCM+TFTP']],
    ['12.5(1)', ['SAST', 'SAST', 'CCM+TFTP', 'CAPF', 'CCM+TFTP', 'CCM+TFTP']],
  ])('%s', async (release, expected) => {
    const { list } = await cluster(release, { mode: 'mixed' });
    expect(roles(list('PUB', CTL))).toEqual(expected);
  });

  it('names each server by its address; SAST and CAPF records carry the publisher’s', async () => {
    const { list } = await cluster('12.5(1)', { mode: 'mixed' });
    const places = list('PUB', CTL).records.map(({ dnsName, ipAddress }) => [dnsName, ipAddress]);
    const pub = ['127.10.0.1', '127.10.0.1'];
    expect(places).toEqual([pub, pub, pub, pub, ['127.10.0.2', '127.10.0.2'], ['127.10.0.3', '127.10.0.3']]);
  });

  it('is one file for all TFTP nodes and for phones that ask by their own name', async () => {
    const { octets } = await cluster('12.5(1)', { mode: 'mixed' });
    expect(octets('SUB1', CTL)).toBe(octets('PUB', CTL));
    expect(octets('SUB1', 'CTLSEP001F9E266369.tlv')).toBe(octets('PUB', CTL));
  });

  it('is absent in a cluster that never was in mixed mode, from both names (R-05)', async () => {
    const { octets } = await cluster('12.5(1)');
    expect(octets('PUB', CTL)).toBeUndefined();
    expect(octets('PUB', 'CTLSEP001F9E266369.tlv')).toBeUndefined();
  });

  it('has the lengths of trust-files.md 9: header a multiple of 4, records up to the last octet', async () => {
    const { list } = await cluster('12.5(1)', { mode: 'mixed' });
    const { header, records, bytes } = list('PUB', CTL);
    expect(header.headerLength % 4).toBe(0);
    expect(records.reduce((sum, record) => sum + record.length, header.headerLength)).toBe(bytes.length);
  });

  it('carries SHA-512 from the next update on, once the parameter says so (OP-30, trust-files.md 14.4)', async () => {
    const { list, run } = await cluster('12.5(1)', { mode: 'mixed' });
    await run({ op: 'parameter', name: 'tftp-signature', value: 'SHA-512' });
    await run(restartAll('TFTP'));
    expect(list('PUB', CTL).header.digest).toBe('sha1');
    expect(list('PUB', ITL).header.digest).toBe('sha512');
    await run({ op: 'update-ctl' });
    await run(restartAll('TFTP'));
    expect(list('PUB', CTL).header.digest).toBe('sha512');
  });
});

describe('non-secure CTL (R-69, trust-files.md 4.4)', () => {
  it('leaves servers 21 + length of DNSNAME octets: 31 for 127.10.0.1; SAST and CAPF stay as they were', async () => {
    const { list, run, octets } = await cluster('10.0(1)', { mode: 'mixed' });
    const before = list('PUB', CTL);
    await run({ op: 'set-cluster', mode: 'non-secure-mode' });
    await run(restartAll('TFTP', 'CallManager'));
    const after = list('PUB', CTL);
    expect(octets('PUB', CTL)).not.toEqual(before.bytes);
    expect(roles(after)).toEqual(roles(before));
    for (const [index, record] of after.records.entries()) {
      const old = before.records[index];
      if (record.role !== 2) {
        const slice = (list: typeof after, at: number): Uint8Array =>
          list.bytes.subarray(at, at + record.length);
        expect(slice(after, record.offset)).toEqual(slice(before, old?.offset ?? 0));
        continue;
      }
      expect(record.length).toBe(21 + (record.dnsName ?? '').length);
      expect(record.length).toBe(31);
      expect(record.certificate).toBeNull();
      expect(record.ipAddress).toBe(old?.ipAddress);
    }
  });

  const sast = (list: {
    readonly records: readonly { readonly role: number; readonly serial: string | null }[];
  }) => list.records.filter(({ role }) => role === 0 || role === 4).map(({ serial }) => serial);

  it('stays as it was written but for the servers: after an upgrade, and with newer certificates stored', async () => {
    const { list, run } = await cluster('10.5(1)', { mode: 'mixed' });
    const before = list('PUB', CTL);
    await run({ op: 'upgrade', release: '12.5(1)SU3' });
    await run({ op: 'regenerate', purpose: 'CAPF', nodes: 'all' });
    await run({ op: 'set-cluster', mode: 'non-secure-mode' });
    await run(restartAll('TFTP'));
    const after = list('PUB', CTL);
    expect(sast(after)).toEqual(sast(before));
    expect(after.header.signer).toEqual(before.header.signer);
    expect(inspectJson(after.bytes, { file: CTL }).signature.status).toBe('valid');
  });

  it('is made anew, and signed by a key that stands in it, where the key that signed it is gone', async () => {
    const { list, run } = await cluster('11.5(1)', { mode: 'mixed' });
    const before = list('PUB', CTL);
    await run({ op: 'regenerate', purpose: 'CallManager', nodes: ['PUB'] });
    await run({ op: 'set-cluster', mode: 'non-secure-mode' });
    await run(restartAll('TFTP'));
    const after = list('PUB', CTL);
    expect(after.header.signer.serial).not.toBe(before.header.signer.serial);
    expect(inspectJson(after.bytes, { file: CTL }).signature.status).toBe('valid');
  });

  it('with tokens is signed by one of them where the local key that signed it (OP-24) is gone', async () => {
    const { list, run } = await cluster('12.5(1)', { mode: 'mixed', tokens: ['T1', 'T2'] });
    await run({ op: 'reset-localkey', list: 'ctl' });
    await run({ op: 'regenerate', purpose: 'CallManager', nodes: ['PUB'] });
    await run({ op: 'set-cluster', mode: 'non-secure-mode' });
    await run(restartAll('TFTP'));
    const after = list('PUB', CTL);
    expect(after.header.signer.subject).toContain('SAST-ADN');
    expect(inspectJson(after.bytes, { file: CTL }).signature.status).toBe('valid');
  });

  it('has the signer that it had', async () => {
    const { list, run } = await cluster('11.5(1)', { mode: 'mixed' });
    const { signer } = list('PUB', CTL).header;
    await run({ op: 'set-cluster', mode: 'non-secure-mode' });
    await run(restartAll('TFTP'));
    expect(list('PUB', CTL).header.signer).toEqual(signer);
  });
});

describe('blank ITL (R-65, OP-22)', () => {
  it('keeps header and CAPF record; SAST, TFTP and TVS records are 15 octets of name and role', async () => {
    const { list, run } = await cluster('11.5(1)');
    const before = list('SUB1', ITL);
    await run({ op: 'parameter', name: 'rollback', value: true });
    const blank = list('SUB1', ITL);
    expect(blank.header.signer).toEqual(before.header.signer);
    expect(roles(blank)).toEqual(roles(before));
    for (const record of blank.records) {
      if (record.role === 4) {
        expect(record.certificate).not.toBeNull();
        continue;
      }
      expect([record.certificate, record.certificateHash, record.ipAddress, record.publicKey]).toEqual([
        null,
        null,
        null,
        null,
      ]);
      // 5 of RECORDLENGTH, 3 + 2 of DNSNAME, 5 of FUNCTION
      expect(record.length).toBe(15);
    }
  });

  it('leaves the CTL alone (R-67) and the signed configurations available', async () => {
    const { octets, run } = await cluster('11.5(1)', { mode: 'mixed' });
    const ctl = octets('PUB', CTL);
    const config = octets('PUB', 'SEP001F9E266369.cnf.xml.sgn');
    await run({ op: 'parameter', name: 'rollback', value: true });
    await run(restartAll('TFTP', 'TVS'));
    expect(octets('PUB', CTL)).toBe(ctl);
    expect(octets('PUB', 'SEP001F9E266369.cnf.xml.sgn')).toBe(config);
    expect(octets('PUB', 'SEP001F9E266369.cnf.xml')).toBeDefined();
  });

  it('is followed by the normal ITL as a new file once the parameter is False', async () => {
    const { list, run } = await cluster('12.5(1)');
    const before = list('PUB', ITL);
    await run({ op: 'parameter', name: 'rollback', value: true });
    await run({ op: 'parameter', name: 'rollback', value: false });
    const after = list('PUB', ITL);
    expect(after.records.map((record) => record.serial)).toEqual(
      before.records.map((record) => record.serial),
    );
    expect(after.bytes).not.toEqual(before.bytes);
  });
});
