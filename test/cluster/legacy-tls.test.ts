import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/cluster/operation.js';
import { type TlsService, tlsVersions } from '../../src/cluster/tls.js';
import { loadModel } from '../../src/fleet/profiles.js';
import { askedConfiguration } from '../../src/phone/decide/configuration.js';
import { EMPTY_CACHE } from '../../src/phone/decide/held.js';
import { findSigner } from '../../src/phone/decide/signer.js';
import { chooseTransport, SECURE_SCCP_PORT } from '../../src/phone/decide/transport.js';
import { parsePhoneConfiguration } from '../../src/protocol/cnf/read.js';
import { type Cluster, cluster, phones, restartAll } from './lab.js';

const LEGACY = ['7942', '7962', '7975'] as const;
const MODERN = ['8841', '8865'] as const;

/** The 7975 of the lab, whose encrypted configuration comes for a certificate, and its name. */
const DEVICE = 'SEP001F9E266371';

const minimum: Operation = { op: 'set-tls-min', version: '1.2', nodes: 'all' };

/** does a phone with these versions get into the port? */
function getsIn(made: Cluster, service: TlsService, { tls }: ReturnType<typeof loadModel>): boolean {
  const offer = tlsVersions(made.state, 'PUB', service);
  return offer !== undefined && tls.max >= offer.min && tls.min <= offer.max;
}

async function mixed(release = '12.5(1)'): Promise<Cluster> {
  const more = { ...phones('encrypted')[0], name: DEVICE, model: loadModel('7975') };
  const devices = [...phones('encrypted'), more] as ReturnType<typeof phones>;
  return cluster(release, { mode: 'mixed', devices });
}

describe('T-LEG: what stops on the 79xx once the minimum is TLS 1.2', () => {
  it.each([
    ['G-01', 'encrypted'],
    ['G-02', 'authenticated'],
  ] as const)('%s: %s mode', async (_, mode) => {
    const made = await mixed();
    const ctl = made.list('PUB', 'CTLFile.tlv');
    const configuration = {
      deviceSecurityMode: mode,
      deviceProtocol: 'SCCP',
      transportLayerProtocol: 1,
    } as const;
    const server = {
      name: '127.10.0.1',
      address: '127.10.0.1',
      sccpPort: 2000,
      sipPort: 5060,
      securedSipPort: 5061,
    };
    const transport = chooseTransport(configuration, ctl, server, loadModel('7962'));
    expect(transport).toMatchObject({ kind: 'secure', port: SECURE_SCCP_PORT, tls: { max: '1.0' } });
    expect(getsIn(made, 'sccps', loadModel('7962'))).toBe(true);
    await made.run(minimum);
    for (const model of LEGACY) {
      expect(getsIn(made, 'sccps', loadModel(model))).toBe(false);
      expect(getsIn(made, 'sips', loadModel(model))).toBe(false);
    }
    for (const model of MODERN) expect(getsIn(made, 'sips', loadModel(model))).toBe(true);
  });

  it.each([
    ['G-03', 'phone services with an HTTPS URL', 'tomcat'],
    ['G-05', 'an LSC', 'capf'],
  ] as const)('%s: %s', async (_id, _what, service) => {
    const made = await mixed();
    for (const model of LEGACY) expect(getsIn(made, service, loadModel(model))).toBe(true);
    await made.run(minimum);
    for (const model of LEGACY) expect(getsIn(made, service, loadModel(model))).toBe(false);
    for (const model of MODERN) expect(getsIn(made, service, loadModel(model))).toBe(true);
  });

  it('G-06: an encrypted configuration, for CUCM learns no certificate to encrypt for', async () => {
    const made = await mixed();
    await made.run({ op: 'parameter', name: 'tftp-encryption', value: true });
    await made.run(minimum);
    const file = made.file('PUB', `${DEVICE}.cnf.xml.sgn`);
    if (file?.kind !== 'signed') throw new Error('not signed');
    expect(parsePhoneConfiguration(file.payload)).toMatchObject({ fullConfig: false, certHash: '' });
    expect(made.octets('PUB', `${DEVICE}.cnf.xml.enc.sgn`)).toBeUndefined();
    // the reduced file sends the phone to CAPF, which does not let it in
    expect(getsIn(made, 'capf', loadModel('7975'))).toBe(false);
  });

  it.each([
    ['11.5(1)', false],
    ['12.5(1)', true],
  ] as const)(
    'G-07, R-109: CallManager renewed in %s: signer known without TVS %s',
    async (release, known) => {
      const made = await cluster(release);
      await made.run(minimum);
      const itl = made.list('PUB', 'ITLFile.tlv');
      const held = { ctl: null, itl, cache: EMPTY_CACHE };
      expect(askedConfiguration(held).form).toBe('sgn');
      await made.run({ op: 'regenerate', purpose: 'CallManager', nodes: 'all' });
      await made.run(restartAll('TVS', 'TFTP', 'CallManager'));
      const { header } = made.list('PUB', 'ITLFile.tlv');
      expect(findSigner(held, 'itl', header.signer).found !== null).toBe(known);
      for (const model of LEGACY) expect(getsIn(made, 'tvs', loadModel(model))).toBe(false);
    },
  );
});
