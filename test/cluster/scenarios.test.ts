import { describe, expect, it } from 'vitest';
import type { CertificatePurpose, Operation } from '../../src/cluster/operation.js';
import { boot, factory, healthy, SHARES, STRAGGLERS, WITHOUT_STRAGGLERS } from './cohorts.js';
import { cluster, restartAll, roles, signedBy } from './lab.js';

const regenerate = (purpose: 'CallManager' | 'TVS', nodes: 'all' | string[] = 'all'): Operation => ({
  op: 'regenerate',
  purpose,
  nodes,
});

describe('ctl-change, stage by stage', () => {
  /** TVS answers for the CTL by stage: none in 12.5(1), those of 4.0 in 11.5(1). */
  it.each([
    ['12.5(1)', {}, {}],
    ['11.5(1)', { SUB1: 255, SUB2: 245 }, { SUB1: 510, SUB2: 490 }],
  ])('%s', async (release, second, third) => {
    const made = await cluster(release);
    const phones = factory();

    const powerOn = boot(made, phones);
    expect(powerOn.ctl.notFound).toBe(1000);
    expect(powerOn.itl).toMatchObject({ initial: 1000, positive: {}, negative: {}, failedHandshakes: {} });

    await made.run({ op: 'set-cluster', mode: 'mixed-mode' });
    await made.run(restartAll('TFTP', 'CallManager'));
    const mixed = boot(made, phones);
    expect(mixed.ctl).toMatchObject({ initial: 1000, positive: second, negative: {}, failedHandshakes: {} });
    expect(mixed.itl).toMatchObject({ updated: 1000, positive: {} });
    expect(roles(made.list('SUB1', 'ITLFile.tlv'))).toContain('CCM+TFTP');

    await made.run(regenerate('CallManager'));
    await made.run({ op: 'update-ctl' });
    await made.run(restartAll('CallManager', 'TVS', 'TFTP'));
    const renewed = boot(made, phones);
    expect(renewed.ctl).toMatchObject({ updated: 1000, positive: third, negative: {}, failedHandshakes: {} });
    expect(renewed.itl).toMatchObject({ updated: 1000, positive: {}, negative: {}, failedHandshakes: {} });

    await made.run({ op: 'set-cluster', mode: 'non-secure-mode' });
    await made.run(restartAll('TFTP', 'CallManager'));
    const back = boot(made, phones);
    expect(back.ctl).toMatchObject({ updated: 1000, positive: {} });
    expect(back.itl).toMatchObject({ updated: 1000, positive: {} });
    expect(roles(made.list('SUB1', 'ITLFile.tlv'))).not.toContain('CCM+TFTP');
    const servers = made.list('PUB', 'CTLFile.tlv').records.filter((record) => record.role === 2);
    expect(servers.map((record) => record.length)).toEqual([31, 31, 31]);

    expect(boot(made, phones).ctl.unchanged).toBe(1000);
  });
});

describe('S-01: first power-on', () => {
  it('no CTL, an ITL on first trust, nobody asks TVS', async () => {
    const { ctl, itl } = boot(await cluster('12.5(1)'), factory());
    expect(ctl).toMatchObject({ notFound: 1000 });
    expect(itl).toMatchObject({ initial: 1000, positive: {}, negative: {}, failedHandshakes: {} });
  });
});

describe('S-02: one TFTP node’s CallManager renewed', () => {
  it('500 phones of PUB are rescued by TVS, 500 of SUB1 see the same file (R-13)', async () => {
    const made = await cluster('11.5(1)');
    const phones = healthy(made);
    await made.run(regenerate('CallManager', ['PUB']));
    await made.run({
      op: 'restart',
      services: ['CallManager', 'CTIManager', 'TVS', 'TFTP'],
      nodes: ['PUB'],
    });
    const { itl } = boot(made, phones);
    expect(itl).toMatchObject({ updated: 500, unchanged: 500, positive: { SUB1: 255, SUB2: 245 } });
    expect(itl).toMatchObject({ negative: {}, failedHandshakes: {} });
    expect(signedBy(made.state, made.file('PUB', 'SEP001F9E266369.cnf.xml.sgn'))).toBe('PUB CallManager');
  });
});

describe('S-03: the forbidden pair', () => {
  it.each([
    ['a', '9.1(2)', { updated: 0, refused: 1000 }, { SUB1: 510, SUB2: 1000, PUB: 490 }],
    ['b', '11.5(1)', { updated: 0, refused: 1000 }, { SUB1: 510, SUB2: 1000, PUB: 490 }],
    ['c', '14SU3', { updated: 1000, refused: 0 }, {}],
  ])('%s, %s', async (_, release, lists, failedHandshakes) => {
    const made = await cluster(release);
    const phones = healthy(made);
    await made.run(regenerate('CallManager'));
    await made.run(regenerate('TVS'));
    await made.run(restartAll('TVS', 'TFTP', 'CallManager'));
    const { itl } = boot(made, phones);
    expect(itl).toMatchObject({ ...lists, failedHandshakes, positive: {}, negative: {} });
  });

  it('is no disaster as long as TVS is not restarted: the old identity is still in the phones’ ITL (1.4)', async () => {
    const made = await cluster('11.5(1)');
    const phones = healthy(made);
    await made.run(regenerate('CallManager'));
    await made.run(regenerate('TVS'));
    await made.run(restartAll('TFTP', 'CallManager'));
    expect(boot(made, phones).itl).toMatchObject({ updated: 1000, positive: { SUB1: 510, SUB2: 490 } });
  });
});

describe('S-15: file signature switched to SHA-512', () => {
  it('all files of a TFTP node change with its restart; back to SHA-1 they are new files again', async () => {
    const made = await cluster('12.5(1)');
    const phones = healthy(made);
    const files = ['ITLFile.tlv', 'SEP001F9E266369.cnf.xml.sgn', 'XMLDefault.cnf.xml.sgn'];
    const digests = (): unknown[] => files.map((name) => made.file('SUB1', name)?.header.digest);
    const first = made.octets('SUB1', 'ITLFile.tlv');
    await made.run({ op: 'parameter', name: 'tftp-signature', value: 'SHA-512' });
    expect(digests()).toEqual(['sha1', 'sha1', 'sha1']);
    await made.run(restartAll('TFTP'));
    expect(digests()).toEqual(['sha512', 'sha512', 'sha512']);
    expect(signedBy(made.state, made.file('SUB1', 'ITLFile.tlv'))).toBe('PUB ITLRecovery');
    expect(boot(made, phones).itl).toMatchObject({ updated: 1000, positive: {} });

    await made.run({ op: 'parameter', name: 'tftp-signature', value: 'SHA-1' });
    made.lab.pass(-180);
    await made.run(restartAll('TFTP'));
    expect(digests()).toEqual(['sha1', 'sha1', 'sha1']);
    // legacy phones still hold the first file: the new one must not be it, even within the second
    expect(made.octets('SUB1', 'ITLFile.tlv')).not.toEqual(first);
    expect(boot(made, phones).itl).toMatchObject({ updated: 1000, positive: {} });
  });
});

describe('S-22: phones powered off during two renewals', () => {
  it('the 900 follow, the 100 stragglers find no TVS that they know', async () => {
    const made = await cluster('11.5(1)');
    const phones = healthy(made, WITHOUT_STRAGGLERS);
    const stragglers = healthy(made, STRAGGLERS);
    await made.run(regenerate('CallManager'));
    await made.run(restartAll('CallManager', 'TVS', 'TFTP'));
    expect(boot(made, phones).itl).toMatchObject({ updated: 900, positive: { SUB1: 459, SUB2: 441 } });
    await made.run(regenerate('TVS'));
    await made.run(restartAll('TVS', 'TFTP'));
    expect(boot(made, phones).itl).toMatchObject({ updated: 900, positive: {}, failedHandshakes: {} });
    expect(boot(made, stragglers).itl).toMatchObject({
      refused: 100,
      positive: {},
      failedHandshakes: { SUB1: 51, SUB2: 100, PUB: 49 },
    });
  });
});

describe('S-23: TFTP nodes out of step', () => {
  it('SUB1 serves with its replaced key, which TVS no longer knows, until its TFTP restarts', async () => {
    const made = await cluster('11.5(1)');
    const phones = healthy(made);
    await made.run(regenerate('CallManager', ['PUB', 'SUB1']));
    await made.run({ op: 'restart', services: ['TFTP'], nodes: ['PUB'] });
    const first = boot(made, phones);
    expect(first.itl).toMatchObject({ updated: 500, unchanged: 500, positive: { SUB1: 255, SUB2: 245 } });

    // PUB's TFTP stops: its phones reach SUB1
    const moved = phones.map((phone) => ({ ...phone, tftp: 'SUB1' as const }));
    const second = boot(made, moved);
    expect(second.itl).toMatchObject({ refused: 500, unchanged: 500, negative: { SUB1: 255, SUB2: 245 } });
    expect(signedBy(made.state, made.file('SUB1', 'ITLFile.tlv'))).toBe('nobody stored');

    await made.run({ op: 'restart', services: ['TFTP'], nodes: ['SUB1'] });
    const third = boot(made, moved);
    expect(third.itl).toMatchObject({ updated: 1000, positive: { SUB1: 510, SUB2: 490 }, negative: {} });
    expect(SHARES.reduce((sum, share) => sum + share.phones, 0)).toBe(1000);
  });
});

describe('OP-16: forbidden combinations', () => {
  const renewed = async (
    release: string,
    more: Parameters<typeof cluster>[1],
    purposes: CertificatePurpose[],
  ) => {
    const made = await cluster(release, more);
    const phones = healthy(made);
    for (const purpose of purposes) await made.run({ op: 'regenerate', purpose, nodes: 'all' });
    await made.run(restartAll('TVS', 'TFTP', 'CallManager'));
    return { made, phones };
  };

  it.each<[release: string, purposes: CertificatePurpose[]]>([
    ['9.1(2)', ['CallManager', 'TVS']],
    ['11.5(1)', ['CallManager', 'TVS']],
    ['12.5(1)', ['ITLRecovery', 'TVS']],
    ['12.5(1)', ['CallManager', 'TVS', 'ITLRecovery']],
    ['15', ['CallManager', 'TVS', 'ITLRecovery']],
  ])('%s, %j: no phone takes the new ITL', async (release, purposes) => {
    const { made, phones } = await renewed(release, {}, purposes);
    expect(boot(made, phones).itl).toMatchObject({ updated: 0, refused: 1000, positive: {} });
  });

  it.each<[release: string, purposes: CertificatePurpose[]]>([
    ['12.5(1)', ['CallManager', 'TVS']],
    ['15', ['CallManager', 'TVS']],
    ['11.5(1)', ['ITLRecovery', 'TVS']],
  ])('%s, %j: the signer is known, and nothing is lost', async (release, purposes) => {
    const { made, phones } = await renewed(release, {}, purposes);
    expect(boot(made, phones).itl).toMatchObject({ updated: 1000, refused: 0 });
  });

  it.each([
    ['non-secure', 500, 'those that hold PUB’s ITL'],
    ['mixed', 1000, 'all of them, by the CTL that lists PUB’s CallManager'],
  ] as const)('ITLRecovery and TVS in 12.5, %s: the local key saves %i, %s', async (mode, saved, _who) => {
    const { made, phones } = await renewed('12.5(1)', { mode }, ['ITLRecovery', 'TVS']);
    boot(made, phones);
    await made.run({ op: 'reset-localkey', list: 'itl' });
    expect(boot(made, phones).itl).toMatchObject({ updated: saved, refused: 1000 - saved });
  });
});
