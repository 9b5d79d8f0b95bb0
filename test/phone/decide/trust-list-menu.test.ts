import { beforeAll, describe, expect, it } from 'vitest';
import { menuText, trustListMenu } from '../../../src/phone/decide/trust-list-menu.js';
import type { TrustList } from '../../../src/trustfile/index.js';
import { blankItl, ctl, emptyRecord, itl, type Party, party, record } from '../fixtures.js';

let pub: Party;
let capf: Party;
let tvs: Party;
let mixed: TrustList;
let nonSecure: TrustList;
let ownItl: TrustList;

beforeAll(async () => {
  [pub, capf, tvs] = await Promise.all([party('pub'), party('capf'), party('tvs')]);
  const others = [record('SAST', pub), record('CAPF', capf, '10.0.0.1')];
  mixed = ctl(pub, [record('CCM+TFTP', pub, '10.0.0.1'), ...others]);
  nonSecure = ctl(pub, [emptyRecord('CCM+TFTP', { ipAddress: '10.0.0.1' }), ...others]);
  ownItl = itl(pub, [record('SAST', pub), record('TFTP', pub, '10.0.0.1'), record('TVS', tvs, '10.0.0.1')]);
});

const roles = (items: readonly string[] | null) => items?.map((item) => item.split(' ')[0]);

describe('R-70: what the menu of a phone shows of its lists', () => {
  it('the servers of a mixed mode CTL; its SAST records are none', () => {
    expect(roles(trustListMenu({ ctl: mixed, itl: null }).ctl)).toEqual(['CCM+TFTP', 'CAPF']);
  });

  it('only CAPF of the CTL once the cluster is non-secure (R-69), and the ITL as before (221657)', () => {
    const before = trustListMenu({ ctl: mixed, itl: ownItl });
    const after = trustListMenu({ ctl: nonSecure, itl: ownItl });
    expect(roles(after.ctl)).toEqual(['CAPF']);
    expect(after.itl).toEqual(before.itl);
    expect(roles(after.itl)).toEqual(['TFTP', 'TVS']);
    // the record is there all the same
    expect(nonSecure.records).toHaveLength(mixed.records.length);
  });

  it('tells a list without servers to show from one that is not there', () => {
    expect(menuText(trustListMenu({ ctl: null, itl: blankItl(pub) }))).toBe(
      'CTL: not installed; ITL: no servers',
    );
  });
});
