import { describe, expect, it } from 'vitest';
import { tvsQuery } from '../../src/cluster/tvs.js';
import { cluster, roles, signedBy } from './lab.js';

/** cluster-operations.md 1.2, row by row; null: not available. */
const ROWS = [
  { release: '8.6', itl: 'CallManager', ctl: null, sast: [] },
  { release: '9.1(2)', itl: 'CallManager', ctl: null, sast: [] },
  { release: '10.0(1)', itl: 'CallManager', ctl: 'PUB CallManager', sast: ['CallManager'] },
  { release: '10.5(1)', itl: 'CallManager', ctl: 'PUB CallManager', sast: ['CallManager'] },
  { release: '10.5(2)', itl: 'CallManager', ctl: 'PUB CallManager', sast: ['CallManager', 'ITLRecovery'] },
  { release: '11.5(1)', itl: 'CallManager', ctl: 'PUB CallManager', sast: ['CallManager', 'ITLRecovery'] },
  { release: '12.0(1)', itl: 'ITLRecovery', ctl: 'PUB ITLRecovery', sast: ['ITLRecovery', 'CallManager'] },
  { release: '12.5(1)', itl: 'ITLRecovery', ctl: 'PUB ITLRecovery', sast: ['ITLRecovery', 'CallManager'] },
  { release: '14SU3', itl: 'ITLRecovery', ctl: 'PUB ITLRecovery', sast: ['ITLRecovery', 'CallManager'] },
  { release: '15', itl: 'ITLRecovery', ctl: 'PUB ITLRecovery', sast: ['ITLRecovery', 'CallManager'] },
] as const;

describe.each(ROWS)('section 1.2, release $release', ({ release, itl, ctl, sast }) => {
  it(`signs each ITL with ${itl}`, async () => {
    const { state, file } = await cluster(release);
    const owner = (node: string): string =>
      itl === 'CallManager' ? `${node} CallManager` : 'PUB ITLRecovery';
    expect(signedBy(state, file('PUB', 'ITLFile.tlv'))).toBe(owner('PUB'));
    expect(signedBy(state, file('SUB1', 'ITLFile.tlv'))).toBe(owner('SUB1'));
  });

  it('signs configurations with the CallManager key of the serving node', async () => {
    const { state, file } = await cluster(release);
    expect(signedBy(state, file('PUB', 'SEP001F9E266369.cnf.xml.sgn'))).toBe('PUB CallManager');
    expect(signedBy(state, file('SUB1', 'SEP001F9E266369.cnf.xml.sgn'))).toBe('SUB1 CallManager');
  });

  if (ctl === null) {
    it('has no tokenless mixed mode (OP-01)', async () => {
      await expect(cluster(release, { mode: 'mixed' })).rejects.toMatchObject({
        code: 'TF_OPERATION_REFUSED',
        message: expect.stringContaining('expected 10.0 or later'),
      });
    });
  } else {
    it(`signs the tokenless CTL with ${ctl}, with SAST records ${sast.join(', ')}`, async () => {
      const { state, file, list } = await cluster(release, { mode: 'mixed' });
      expect(signedBy(state, file('PUB', 'CTLFile.tlv'))).toBe(ctl);
      const [publisher] = state.nodes;
      const serials = list('SUB1', 'CTLFile.tlv')
        .records.filter((record) => record.role === 0)
        .map((record) => record.serial);
      expect(serials).toEqual(sast.map((purpose) => publisher?.identities[purpose]?.certificate.serial));
    });
  }
});

describe('ITLRecovery', () => {
  it.each([
    ['9.1(2)', false],
    ['10.0(1)', true],
    ['12.5(1)', true],
  ])('in release %s: in the ITL as SAST %s', async (release, present) => {
    const { state, list } = await cluster(release);
    const recovery = state.nodes[0]?.identities.ITLRecovery;
    expect(recovery !== undefined).toBe(present);
    expect(roles(list('SUB1', 'ITLFile.tlv')).filter((role) => role === 'SAST')).toHaveLength(
      present ? 2 : 1,
    );
  });

  it('is one for the cluster: both TFTP nodes sign their ITL with it, yet the lists differ', async () => {
    const { list, octets, state } = await cluster('12.5(1)');
    expect(list('PUB', 'ITLFile.tlv').header.signer).toEqual(list('SUB1', 'ITLFile.tlv').header.signer);
    expect(octets('PUB', 'ITLFile.tlv')).not.toEqual(octets('SUB1', 'ITLFile.tlv'));
    expect(tvsQuery(state, 'SUB2', list('PUB', 'ITLFile.tlv').header.signer)).toMatchObject({ roles: [0] });
  });
});
