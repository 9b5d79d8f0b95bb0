import { describe, expect, it } from 'vitest';
import { admit } from '../../src/cluster/admission.js';
import { artefact } from '../../src/cluster/artefacts.js';
import { oauthTls } from '../../src/cluster/call-manager.js';
import { issueToken, TOKEN_PATH, TOKEN_SECONDS, tokenFault } from '../../src/cluster/oauth.js';
import { tomcatIdentity, webAnswer } from '../../src/cluster/web.js';
import { loadModel } from '../../src/fleet/profiles.js';
import { parsePhoneConfiguration } from '../../src/protocol/cnf/index.js';
import { CL_3, type Cluster, cluster } from './lab.js';

const NOW = 1_800_000_000;
const MODEL = loadModel('8841');
const NAME = 'SEP001F9E266369';
const OTHER = 'SEP001F9E26636A';

function made(release = '14SU3'): Promise<Cluster> {
  const device = {
    model: MODEL,
    protocol: 'SIP',
    lines: [{ name: '1001', displayName: '' }],
    callManagerGroup: { name: 'CMG', nodes: ['SUB1', 'SUB2'] },
    devicePool: 'Default',
  } as const;
  return cluster(release, {
    nodes: CL_3,
    devices: [
      { ...device, name: NAME, security: 'sip-oauth' },
      { ...device, name: OTHER, security: 'encrypted' },
    ],
  });
}

describe('SIP OAuth of the cluster', () => {
  it('gives a token to devices with the profile alone, and takes it from that device alone, for an hour', async () => {
    const { state } = await made();
    const token = issueToken(state, NAME, NOW);
    if (token === undefined) throw new Error('no token');
    expect(token).toMatchObject({ token_type: 'Bearer', expires_in: TOKEN_SECONDS });
    expect(tokenFault(state, NAME, token.access_token, NOW + TOKEN_SECONDS - 1)).toBeUndefined();
    expect(tokenFault(state, NAME, token.access_token, NOW + TOKEN_SECONDS)).toBe('expired');
    expect(tokenFault(state, OTHER, token.access_token, NOW)).toBe('of another subject');
    expect(issueToken(state, OTHER, NOW)).toBeUndefined();
    expect(issueToken(state, 'SEP000000000000', NOW)).toBeUndefined();
  });

  it('does not take the token of another cluster', async () => {
    const [{ state: home }, { state: other }] = await Promise.all([made(), made()]);
    const token = issueToken(other, NAME, NOW)?.access_token ?? '';
    expect(tokenFault(home, NAME, token, NOW)).toBe('bad signature');
  });

  it('answers at Tomcat: pages to everybody, a token by device', async () => {
    const { state } = await made();
    const get = (target: string) => webAnswer(state, 'SUB1', target, NOW);
    expect(get('/ccmcip/xmldirectory.jsp').status).toBe(200);
    expect(get('/ccmcip/getservicesmenu.jsp?name=x').status).toBe(200);
    expect(get('/ccmadmin/').status).toBe(404);
    expect(webAnswer(state, 'SUB9', '/ccmcip/xmldirectory.jsp', NOW).status).toBe(404);
    expect(get(`${TOKEN_PATH}?device=${OTHER}`).status).toBe(403);
    expect(get(TOKEN_PATH).status).toBe(403);
    const { status, body } = get(`${TOKEN_PATH}?device=${NAME}`);
    expect(status).toBe(200);
    const { access_token: token } = JSON.parse(Buffer.from(body).toString()) as { access_token: string };
    expect(tokenFault(state, NAME, token, NOW)).toBeUndefined();
  });

  it('tells the phone in its configuration, in non-secure mode, too', async () => {
    const lab = await made();
    const read = (name: string) =>
      parsePhoneConfiguration(artefact(lab.state, 'PUB', `${name}.cnf.xml`) ?? Buffer.alloc(0));
    expect(read(NAME)).toMatchObject({
      sipOauth: true,
      deviceSecurityMode: 'encrypted',
      transportLayerProtocol: 3,
    });
    expect(read(NAME).callManagers.map(({ oauthSipPort }) => oauthSipPort)).toEqual([5090, 5090]);
    expect(read(OTHER)).toMatchObject({ deviceSecurityMode: 'non-secure' });
    expect(read(OTHER).sipOauth).toBeUndefined();
  });

  it.each([
    ['token at its port', { secure: true, mode: 'encrypted', oauth: true }, true],
    ['certificate at 5061', { secure: true, mode: 'encrypted' }, false],
    ['nothing at 5060', { secure: false, mode: 'nonsecure' }, false],
  ] as const)('takes the device with a %s: %s', async (_, way, accepted) => {
    const { state } = await made();
    const request = {
      deviceName: NAME,
      deviceType: null,
      protocol: 'SIP',
      address: '127.64.0.1',
      ...way,
    } as const;
    expect(admit(state, 'SUB1', request).accepted).toBe(accepted);
    expect(admit(state, 'SUB1', { ...request, deviceName: OTHER, oauth: true }).accepted).toBe(false);
  });

  it('shows the certificate that Tomcat held at its last start (OP-13)', async () => {
    const lab = await made();
    const before = tomcatIdentity(lab.state, 'SUB1');
    await lab.run({ op: 'regenerate', purpose: 'tomcat', nodes: 'all' });
    expect(tomcatIdentity(lab.state, 'SUB1')).toBe(before);
    expect(oauthTls(lab.state, 'SUB1')?.identity).toBe(before);
    await lab.run({ op: 'restart', services: ['Tomcat'], nodes: 'all' });
    expect(tomcatIdentity(lab.state, 'SUB1')).not.toBe(before);
  });

  it('is not there before 14, and comes with the upgrade', async () => {
    const lab = await made('12.5(1)');
    expect(oauthTls(lab.state, 'SUB1')).toBeUndefined();
    expect(issueToken(lab.state, NAME, NOW)).toBeUndefined();
    await lab.run({ op: 'upgrade', release: '14SU3' });
    expect(oauthTls(lab.state, 'SUB1')).toBeDefined();
    expect(issueToken(lab.state, NAME, NOW)).toBeDefined();
  });

  it('refuses the profile for a phone that has no SIP OAuth', async () => {
    const lab = await cluster('14SU3', {
      devices: [
        {
          name: NAME,
          model: loadModel('7962'),
          protocol: 'SCCP',
          security: 'non-secure',
          lines: [],
          callManagerGroup: { name: 'CMG', nodes: ['SUB1'] },
          devicePool: 'Default',
        },
      ],
    });
    await expect(lab.run({ op: 'device', devices: [NAME], set: { security: 'sip-oauth' } })).rejects.toThrow(
      'a 7962 with SCCP has no SIP OAuth',
    );
  });
});
