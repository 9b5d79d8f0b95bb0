import { describe, expect, it } from 'vitest';
import { type AdmissionRequest, admit } from '../../src/cluster/admission.js';
import { RunningCluster } from '../../src/cluster/running-cluster.js';
import { loadModels } from '../../src/fleet/profiles.js';
import { parseDefaultConfiguration } from '../../src/protocol/cnf/index.js';
import { type Cluster, cluster, restartAll } from './lab.js';

const STRANGER: AdmissionRequest = {
  deviceName: 'SEP020001000001',
  deviceType: 683,
  protocol: 'SIP',
  address: '127.64.0.1',
  secure: false,
  mode: 'nonsecure',
};

const models = [...loadModels().values()];
const enabled = { autoRegistration: true } as const;

function defaultOf(made: Cluster) {
  return parseDefaultConfiguration(made.octets('PUB', 'XMLDefault.cnf.xml') ?? new Uint8Array(0));
}

describe('auto-registration, R-09', () => {
  it('off as in a new cluster: an unknown phone is refused', async () => {
    const { state } = await cluster('12.5(1)', { models });
    expect(admit(state, 'PUB', STRANGER)).toMatchObject({ accepted: false, reason: 'unknown-device' });
  });

  it('on: it gets a record and a directory number, and its own files from then on', async () => {
    const made = await cluster('12.5(1)', { models });
    await made.run({ op: 'parameter', name: 'auto-registration', value: true });
    const running = new RunningCluster(made.state, made.lab.context);
    expect(running.admit('PUB', STRANGER)).toMatchObject({ accepted: true });
    const record = running.state.devices.get(STRANGER.deviceName);
    expect(record).toMatchObject({ security: 'non-secure', protocol: 'SIP', model: { model: '8841' } });
    made.state = running.state;
    expect(made.octets('SUB1', `${STRANGER.deviceName}.cnf.xml.sgn`)).toBeDefined();
    const again = running.admit('SUB2', STRANGER);
    expect(again).toEqual({ accepted: true, lines: record?.lines });
    expect(running.state.devices.size).toBe(made.state.devices.size);
  });

  it.each([
    ['over TLS', { secure: true, mode: 'encrypted' }],
    ['without a device type', { deviceType: null }],
    ['of a type without a device package', { deviceType: 9_999 }],
    ['with a protocol that the model has not', { protocol: 'SCCP' }],
    ['with a name that is none of a phone', { deviceName: '__proto__' }],
  ] as const)('not %s', async (_, more) => {
    const { state } = await cluster('12.5(1)', { models, parameters: enabled });
    expect(admit(state, 'PUB', { ...STRANGER, ...more }).accepted).toBe(false);
  });
});

describe('auto-registration in mixed mode, R-10', () => {
  it.each([
    ['10.5(2)', 683, false],
    ['11.5(1)', 683, true],
    ['12.5(1)', 683, true],
    ['12.5(1)', 585, false],
    ['12.5(1)', 586, false],
  ] as const)('%s, device type %i: %s', async (release, deviceType, accepted) => {
    const own = models.map((model) => (model.deviceType === 683 ? { ...model, deviceType } : model));
    const { state } = await cluster(release, { mode: 'mixed', models: own, parameters: enabled });
    expect(admit(state, 'PUB', { ...STRANGER, deviceType }).accepted).toBe(accepted);
    const nonSecure = await cluster(release, { models: own, parameters: enabled });
    expect(admit(nonSecure.state, 'PUB', { ...STRANGER, deviceType }).accepted).toBe(true);
  });

  it('before 11.5 the default file tells phones so, once TFTP has restarted', async () => {
    const made = await cluster('10.5(2)', { models, parameters: enabled });
    expect(defaultOf(made).autoRegistration).toBe('enabled');
    await made.run({ op: 'set-cluster', mode: 'mixed-mode' });
    expect(made.state.parameters.autoRegistration).toBe(false);
    expect(defaultOf(made).autoRegistration).toBe('enabled');
    await made.run(restartAll('TFTP', 'CallManager'));
    expect(defaultOf(made).autoRegistration).toBe('disabled');
    await expect(made.run({ op: 'parameter', name: 'auto-registration', value: true })).rejects.toThrow(
      'R-10',
    );
  });

  it('from 11.5 on mixed mode leaves it as it is', async () => {
    const made = await cluster('11.5(1)', { models, parameters: enabled });
    await made.run({ op: 'set-cluster', mode: 'mixed-mode' });
    await made.run(restartAll('TFTP', 'CallManager'));
    expect(made.state.parameters.autoRegistration).toBe(true);
    expect(defaultOf(made).autoRegistration).toBe('enabled');
  });
});

describe('TVS of the default file, R-45', () => {
  it.each([
    ['8.6(2)', 0],
    ['9.1(2)', 3],
    ['12.5(1)', 3],
  ])('%s names %i servers', async (release, servers) => {
    expect(defaultOf(await cluster(release)).tvs).toHaveLength(servers);
  });
});
