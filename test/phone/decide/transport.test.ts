import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { shownChecksum } from '../../../src/phone/decide/checksum.js';
import { judgeCallManager, judgeTvsServer } from '../../../src/phone/decide/peer.js';
import { registrationTargets } from '../../../src/phone/decide/targets.js';
import { chooseTransport, signallingProtocol } from '../../../src/phone/decide/transport.js';
import { DEFAULT_KNOBS } from '../../../src/phone/knobs.js';
import { hashRecord, type TrustList } from '../../../src/trustfile/index.js';
import {
  blankItl,
  configuration,
  ctl,
  emptyRecord,
  itl,
  LEGACY,
  MODERN,
  type Party,
  party,
  record,
} from '../fixtures.js';

let sub1: Party;
let renewed: Party;
let tvs: Party;
let mixed: TrustList;
let nonSecure: TrustList;

const SERVER = { name: 'sub1', address: '10.0.0.1', sccpPort: 2000, sipPort: 5060, securedSipPort: 5061 };

beforeAll(async () => {
  [sub1, renewed, tvs] = await Promise.all([party('sub1'), party('renewed'), party('tvs')]);
  mixed = ctl(sub1, [record('SAST', sub1), record('CCM+TFTP', sub1, '10.0.0.1')]);
  nonSecure = ctl(sub1, [record('SAST', sub1), emptyRecord('CCM+TFTP', { ipAddress: '10.0.0.1' })]);
});

describe('DT-4: with which transport a phone registers', () => {
  const secure = configuration({ deviceSecurityMode: 'encrypted', transportLayerProtocol: 3 });

  it('row 1: device mode non-secure: TCP 2000 or 5060, whatever CTL is installed', () => {
    for (const list of [null, mixed, nonSecure]) {
      expect(chooseTransport(configuration(), list, SERVER, MODERN)).toMatchObject({
        kind: 'nonsecure',
        transport: 'tcp',
        port: 5060,
      });
      const sccp = configuration({ deviceProtocol: 'SCCP' });
      expect(chooseTransport(sccp, list, SERVER, LEGACY)).toMatchObject({ transport: 'tcp', port: 2000 });
    }
  });

  it('row 2: in a cluster of mode 0 the configuration itself says non-secure', () => {
    expect(
      chooseTransport(configuration({ deviceSecurityMode: 'non-secure' }), mixed, SERVER, MODERN).kind,
    ).toBe('nonsecure');
  });

  it('row 3: a CTL with the certificate of that CallManager: TLS 5061, or 2443 for SCCP', () => {
    expect(chooseTransport(secure, mixed, SERVER, MODERN)).toMatchObject({
      kind: 'secure',
      mode: 'encrypted',
      port: 5061,
      rule: 'R-76',
    });
    const sccp = configuration({ deviceProtocol: 'SCCP', deviceSecurityMode: 'authenticated' });
    expect(chooseTransport(sccp, mixed, SERVER, LEGACY)).toMatchObject({ mode: 'authenticated', port: 2443 });
  });

  it('row 4: no CTL: no registration', () => {
    expect(chooseTransport(secure, null, SERVER, MODERN)).toMatchObject({ kind: 'none', rule: 'R-76' });
  });

  it('row 5: a CTL without certificate for the server: non-secure (R-69)', () => {
    expect(chooseTransport(secure, nonSecure, SERVER, MODERN)).toMatchObject({
      kind: 'nonsecure',
      rule: 'R-69',
      transport: 'tcp',
      port: 5060,
    });
  });

  it('row 6: a server that presents another certificate is refused', () => {
    const judged = (party: Party) => judgeCallManager(mixed, MODERN, DEFAULT_KNOBS, party.certificate.der);
    expect(judged(sub1)).toEqual({ trusted: true });
    expect(judged(renewed)).toEqual({ trusted: false, rule: 'R-76', reason: 'not-in-ctl' });
    // a SAST record alone makes no CallManager
    const sast = ctl(sub1, [record('SAST', renewed), record('CCM+TFTP', sub1)]);
    expect(judgeCallManager(sast, MODERN, DEFAULT_KNOBS, renewed.certificate.der).trusted).toBe(false);
  });

  it('row 7: a phone without a certificate demands TLS all the same; the handshake fails', () => {
    // the phone's own certificate is no argument of the choice
    expect(chooseTransport(secure, mixed, SERVER, MODERN).kind).toBe('secure');
  });

  it('a server that the CTL does not name is met with TLS while the CTL has any CallManager certificate', () => {
    const other = { ...SERVER, name: 'sub9', address: '10.0.0.9' };
    expect(chooseTransport(secure, mixed, other, MODERN).kind).toBe('secure');
    expect(chooseTransport(secure, nonSecure, other, MODERN).kind).toBe('nonsecure');
  });

  it('SIP: 2 is UDP, 4 is TCP, and what R-69 made non-secure speaks TCP', () => {
    const choice = (transportLayerProtocol: 1 | 2 | 3 | 4) =>
      chooseTransport(configuration({ transportLayerProtocol }), null, SERVER, MODERN);
    expect(choice(1)).toMatchObject({ transport: 'tcp' });
    expect(choice(2)).toMatchObject({ transport: 'udp', port: 5060 });
    expect(choice(3)).toMatchObject({ transport: 'tcp' });
    expect(choice(4)).toMatchObject({ transport: 'tcp' });
  });

  it('R-77, R-106, R-114: NULL ciphers and at most TLS 1.2 when authenticated, the suites of the family when encrypted', () => {
    const tls13 = { ...MODERN, tls: { ...MODERN.tls, max: '1.3' as const } };
    const authenticated = configuration({ deviceSecurityMode: 'authenticated' });
    expect(chooseTransport(authenticated, mixed, SERVER, tls13)).toMatchObject({
      ciphers: 'NULL-SHA',
      tls: { min: '1.0', max: '1.2' },
    });
    expect(chooseTransport(secure, mixed, SERVER, tls13)).toMatchObject({ tls: { max: '1.3' } });
    expect(chooseTransport(secure, mixed, SERVER, LEGACY)).toMatchObject({
      ciphers: 'AES256-SHA:AES128-SHA',
      tls: { min: '1.0', max: '1.0' },
    });
    expect(chooseTransport(secure, mixed, SERVER, MODERN)).toMatchObject({
      ciphers: 'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA:AES128-SHA',
    });
  });

  it('the protocol is that of the configuration, where the model has it', () => {
    expect(signallingProtocol('SCCP', LEGACY)).toBe('SCCP');
    expect(signallingProtocol('SIP', LEGACY)).toBe('SIP');
    expect(signallingProtocol('SCCP', MODERN)).toBe('SIP');
  });
});

describe('where a phone registers, R-82 and K-05', () => {
  const ask = (changes: Partial<Parameters<typeof registrationTargets>[0]> = {}) =>
    registrationTargets({
      configuration: configuration(),
      locked: false,
      itlTooLarge: false,
      autoRegistrationDisabled: false,
      tftpServers: ['10.0.0.9', '10.0.0.1'],
      knobs: DEFAULT_KNOBS,
      ...changes,
    });
  const addresses = (choice: ReturnType<typeof ask>) => choice.targets.map(({ server }) => server.address);

  it('R-82: the members of the group by priority, nobody else', () => {
    const shuffled = configuration();
    const backwards = { ...shuffled, callManagers: [...shuffled.callManagers].reverse() };
    expect(addresses(ask({ configuration: backwards }))).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  it('R-62, K-05: a locked non-secure phone tries its TFTP servers after the members', () => {
    const choice = ask({ locked: true });
    expect(choice.rule).toBe('R-62');
    expect(addresses(choice)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.9']);
    expect(choice.targets.map(({ member }) => member)).toEqual([true, true, false]);
  });

  it('K-05 false: it stays unregistered; secure ones go by their certificates', () => {
    const knobs = { lockedNonSecureRegisters: false };
    expect(ask({ locked: true, knobs })).toEqual({ rule: 'R-62', targets: [] });
    expect(addresses(ask({ locked: false, knobs }))).toHaveLength(2);
    const secure = configuration({ deviceSecurityMode: 'encrypted' });
    expect(addresses(ask({ locked: true, knobs, configuration: secure }))).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  it('R-32: a phone whose ITL is too large does not register; one without configuration has nowhere to go', () => {
    expect(ask({ itlTooLarge: true })).toEqual({ rule: 'R-32', targets: [] });
    expect(ask({ configuration: null })).toEqual({ rule: 'R-82', targets: [] });
  });
});

describe('R-38: which TVS server is believed', () => {
  const judged = (list: TrustList | null, peer: Party, knobs = DEFAULT_KNOBS) =>
    judgeTvsServer(list, LEGACY, knobs, peer.certificate.der);

  it('any TVS record of the ITL will do, by certificate or by hash', () => {
    expect(judged(itl(sub1, [record('TVS', renewed), record('TVS', tvs)]), tvs)).toEqual({ trusted: true });
    expect(judged(itl(sub1, [hashRecord('TVS', tvs.certificate)]), tvs)).toEqual({ trusted: true });
  });

  it('not one that stands there in another role, nor one that does not stand there (R-39)', () => {
    const list = itl(sub1, [record('TFTP', renewed), record('TVS', tvs)]);
    expect(judged(list, renewed)).toEqual({ trusted: false, rule: 'R-39', reason: 'not-in-itl' });
    expect(judged(list, sub1)).toEqual({ trusted: false, rule: 'R-39', reason: 'not-in-itl' });
  });

  it('nobody without an ITL, with a blank one, or with one that has no TVS record', () => {
    for (const list of [null, blankItl(sub1), itl(sub1, [record('TFTP', tvs)])]) {
      expect(judged(list, tvs)).toEqual({ trusted: false, rule: 'R-38', reason: 'no-tvs-record' });
    }
  });

  it('K-10 false: a 79xx cannot use a server with a SHA-256 certificate, an 88xx can', async () => {
    const knobs = { ...DEFAULT_KNOBS, legacySha256Certificates: false };
    const sha1 = await party('sha1', { digest: 'sha1' });
    expect(judged(itl(sub1, [record('TVS', tvs)]), tvs, knobs)).toMatchObject({ rule: 'R-105' });
    expect(judged(itl(sub1, [record('TVS', sha1)]), sha1, knobs)).toEqual({ trusted: true });
    const list = itl(sub1, [record('TVS', tvs)]);
    expect(judgeTvsServer(list, MODERN, knobs, tvs.certificate.der)).toEqual({ trusted: true });
  });
});

describe('R-74: the checksum on the screen', () => {
  it('is MD5 on the 79xx and SHA-1 on the 88xx', () => {
    const hex = (algorithm: string) => createHash(algorithm).update(mixed.bytes).digest('hex');
    expect(shownChecksum(mixed, LEGACY)).toBe(hex('md5'));
    expect(shownChecksum(mixed, MODERN)).toBe(hex('sha1'));
  });
});
