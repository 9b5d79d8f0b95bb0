import { describe, expect, it } from 'vitest';
import { artefact, artefactNames } from '../../src/cluster/artefacts.js';
import type { DeviceSpec } from '../../src/cluster/spec.js';
import { parseDefaultConfiguration, parsePhoneConfiguration } from '../../src/protocol/cnf/read.js';
import { type Cluster, cluster, phones, restartAll, START_SECONDS, signedBy } from './lab.js';

const SIP_PHONE = 'SEP001F9E266369';
const SCCP_PHONE = 'SEP001F9E266370';

function configuration(made: Cluster, device: string, node = 'PUB') {
  const bytes = made.octets(node, `${device}.cnf.xml`);
  if (bytes === undefined) throw new Error(`${node} has no file for ${device}`);
  return parsePhoneConfiguration(bytes);
}

describe('names (phone-config.md 10)', () => {
  it('lists that a phone asks for by its own name are those of the cluster, whoever asks', async () => {
    const { octets } = await cluster('12.5(1)');
    expect(octets('SUB1', 'ITLSEP0123456789AB.tlv')).toBe(octets('SUB1', 'ITLFile.tlv'));
    expect(octets('SUB1', 'ITLSEP0123456789AB.tlv')).not.toBe(octets('PUB', 'ITLFile.tlv'));
  });

  it.each([
    'SEP0123456789AB.cnf.xml',
    'SEP0123456789AB.cnf.xml.sgn',
    'sep001f9e266369.cnf.xml',
    'SEP001f9e266369.cnf.xml',
    'SEP001F9E266369.cnf.xml.enc.sgn',
    'SEP001F9E266369.cnf.xmlx',
    'ITLSEP.tlv',
    'ITLSEP0123456789AB.tlv.sgn',
    'ext_ITLSEP001F9E266369.tlv',
    'ITLFile.tlv/',
    '../ITLFile.tlv',
    '',
    '__proto__',
    `SEP001F9E266369.cnf.xml${'\0'}`,
    'X'.repeat(70_000),
  ])('does not serve %j', async (name) => {
    const { state } = await cluster('12.5(1)');
    expect(artefact(state, 'PUB', name)).toBeUndefined();
  });

  it('serves nothing from a node without TFTP, or none of that name', async () => {
    const { state } = await cluster('12.5(1)');
    for (const node of ['SUB2', 'SUB9']) {
      expect(artefact(state, node, 'ITLFile.tlv')).toBeUndefined();
      expect(artefactNames(state, node)).toEqual([]);
    }
  });

  it.each(['non-secure', 'mixed'] as const)('each listed name is served, in %s mode', async (mode) => {
    const { state } = await cluster('12.5(1)', { mode });
    const names = artefactNames(state, 'SUB1');
    expect(names).toHaveLength(new Set(names).size);
    expect(names.includes('CTLFile.tlv')).toBe(mode === 'mixed');
    expect(names).toContain(`${SIP_PHONE}.cnf.xml.sgn`);
    expect(names).toContain('XMLDefault.cnf.xml.sgn');
    for (const name of names) expect(artefact(state, 'SUB1', name)?.length).toBeGreaterThan(0);
  });
});

describe('SEP<MAC>.cnf.xml (phone-config.md 5)', () => {
  it('names the members of the group, their TVS in the same order, and CAPF, all by address', async () => {
    const made = await cluster('12.5(1)');
    const config = configuration(made, SCCP_PHONE);
    expect(config.callManagers.map(({ name, address }) => [name, address])).toEqual([
      ['SUB2', '127.10.0.3'],
      ['PUB', '127.10.0.1'],
    ]);
    expect(config.callManagers[0]).toMatchObject({ sccpPort: 2000, sipPort: 5060, securedSipPort: 5061 });
    expect(config.tvs).toEqual([
      { priority: 0, address: '127.10.0.3', port: 2445 },
      { priority: 1, address: '127.10.0.1', port: 2445 },
    ]);
    expect(config.capf).toEqual([{ priority: 0, address: '127.10.0.1', port: 3804 }]);
    expect(config.loadInformation).toMatch(/^SCCP42\./);
    expect(config.sip).toBeNull();
  });

  it('says what a SIP phone registers with', async () => {
    const made = await cluster('12.5(1)');
    const config = configuration(made, SIP_PHONE);
    expect(config).toMatchObject({ deviceProtocol: 'SIP', transportLayerProtocol: 4 });
    const [line] = config.sip?.lines ?? [];
    expect(line).toMatchObject({ index: 1, name: '1001', displayName: 'Alice Example' });
    expect(line?.contact).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(config.sip?.timers).toMatchObject({
      registerExpires: 3600,
      registerDelta: 5,
      keepAliveExpires: 120,
    });
  });

  it('leaves out members that run no TVS', async () => {
    const [, phone] = phones();
    if (phone === undefined) throw new Error('two phones');
    const made = await cluster('12.5(1)', {
      devices: [phone],
      nodes: [
        { name: 'PUB', address: '127.10.0.1', services: ['CallManager', 'TFTP', 'TVS'] },
        { name: 'SUB2', address: '127.10.0.3', services: ['CallManager'] },
      ],
    });
    const config = configuration(made, SCCP_PHONE);
    expect(config.tvs).toEqual([{ priority: 0, address: '127.10.0.1', port: 2445 }]);
    expect(config.capf).toEqual([]);
  });

  /** Device mode by cluster mode; in non-secure mode every device counts as non-secure. */
  const MODES: readonly [
    mode: 'non-secure' | 'mixed',
    profile: DeviceSpec['security'],
    expected: DeviceSpec['security'],
    sip: number,
    sccp: number,
  ][] = [
    ['non-secure', 'encrypted', 'non-secure', 4, 1],
    ['non-secure', 'non-secure', 'non-secure', 4, 1],
    ['mixed', 'non-secure', 'non-secure', 4, 1],
    ['mixed', 'authenticated', 'authenticated', 3, 3],
    ['mixed', 'encrypted', 'encrypted', 3, 3],
  ];
  it.each(MODES)('%s mode, profile %s: device mode %s', async (mode, profile, expected, sip, sccp) => {
    const made = await cluster('12.5(1)', { mode, devices: phones(profile) });
    expect(configuration(made, SIP_PHONE).deviceSecurityMode).toBe(expected);
    expect(configuration(made, SIP_PHONE).transportLayerProtocol).toBe(sip);
    expect(configuration(made, SCCP_PHONE).transportLayerProtocol).toBe(sccp);
  });

  it('has one version stamp on all nodes, whatever is done to the cluster', async () => {
    const made = await cluster('12.5(1)');
    const stamp = configuration(made, SIP_PHONE).versionStamp;
    expect(stamp.startsWith(`${START_SECONDS}-`)).toBe(true);
    await made.run({ op: 'set-cluster', mode: 'mixed-mode' });
    await made.run({ op: 'regenerate', purpose: 'CallManager', nodes: 'all' });
    await made.run(restartAll('TFTP'));
    expect(configuration(made, SIP_PHONE, 'SUB1').versionStamp).toBe(stamp);
    expect(configuration(made, SCCP_PHONE).versionStamp).not.toBe(stamp);
  });
});

describe('.sgn (trust-files.md 11)', () => {
  it('is the plain file behind a header that names it', async () => {
    const made = await cluster('12.5(1)');
    const plain = Buffer.from(made.octets('PUB', `${SIP_PHONE}.cnf.xml`) ?? []);
    const file = made.file('PUB', `${SIP_PHONE}.cnf.xml.sgn`);
    if (file?.kind !== 'signed') throw new Error('no signed file');
    expect(plain.equals(file.payload)).toBe(true);
    expect(plain.equals(made.octets('PUB', `${SIP_PHONE}.cnf.xml`) ?? new Uint8Array(0))).toBe(true);
    expect(file.header).toMatchObject({
      filename: `${SIP_PHONE}.cnf.xml.sgn`,
      timestamp: START_SECONDS,
      digest: 'sha1',
      version: { major: 1, minor: 0 },
    });
  });

  it('is signed anew only when content, key or digest changed', async () => {
    const made = await cluster('12.5(1)');
    const name = `${SIP_PHONE}.cnf.xml.sgn`;
    const first = made.octets('PUB', name);
    const other = made.octets('SUB1', name);
    await made.run(restartAll('TFTP', 'TVS', 'CallManager'));
    await made.run({ op: 'set-cluster', mode: 'mixed-mode' });
    await made.run(restartAll('TFTP'));
    expect(made.octets('PUB', name)).toBe(first);
    await made.run({ op: 'regenerate', purpose: 'CallManager', nodes: ['PUB'] });
    await made.run(restartAll('TFTP'));
    expect(made.octets('PUB', name)).not.toEqual(first);
    expect(made.file('PUB', name)?.header.timestamp).toBe(START_SECONDS + 5 * 60);
    expect(made.octets('SUB1', name)).toBe(other);
    await made.run({ op: 'parameter', name: 'tftp-signature', value: 'SHA-512' });
    expect(made.octets('SUB1', name)).toBe(other);
    await made.run(restartAll('TFTP'));
    expect(made.file('SUB1', name)?.header).toMatchObject({
      digest: 'sha512',
      timestamp: START_SECONDS + 7 * 60,
    });
  });

  it('of a device with a secure profile changes with the cluster mode', async () => {
    const made = await cluster('12.5(1)', { devices: phones('encrypted') });
    const name = `${SIP_PHONE}.cnf.xml.sgn`;
    const first = made.octets('PUB', name);
    await made.run({ op: 'set-cluster', mode: 'mixed-mode' });
    await made.run(restartAll('TFTP'));
    expect(made.octets('PUB', name)).not.toEqual(first);
    expect(made.file('PUB', name)?.header.timestamp).toBe(START_SECONDS + 120);
  });

  it('follows from the state alone: whether it was asked for before changes no octet', async () => {
    const made = await cluster('12.5(1)', { devices: phones('encrypted') });
    const name = `${SIP_PHONE}.cnf.xml.sgn`;
    made.octets('PUB', name);
    for (const mode of ['mixed-mode', 'non-secure-mode'] as const) {
      await made.run({ op: 'set-cluster', mode });
      await made.run(restartAll('TFTP'));
    }
    const kept = made.octets('PUB', name);
    for (const node of made.state.nodes) node.held.tftp?.files.clear();
    const again = made.octets('PUB', name);
    expect(again).not.toBe(kept);
    expect(again).toEqual(kept);
  });

  it('keeps one file for each device that was asked for', async () => {
    const made = await cluster('12.5(1)');
    for (let boot = 0; boot < 3; boot += 1) {
      for (const name of artefactNames(made.state, 'PUB')) made.octets('PUB', name);
      await made.run(restartAll('TFTP'));
    }
    expect(made.state.nodes[0]?.held.tftp?.files.size).toBe(3);
    expect(made.state.nodes[1]?.held.tftp?.files.size).toBe(0);
  });
});

describe('XMLDefault.cnf.xml (phone-config.md 7)', () => {
  it('names every CallManager and the loads of the models in the database', async () => {
    const made = await cluster('12.5(1)');
    const config = parseDefaultConfiguration(made.octets('SUB1', 'XMLDefault.cnf.xml') ?? new Uint8Array(0));
    expect(config.callManagers.map(({ name }) => name)).toEqual(['PUB', 'SUB1', 'SUB2']);
    expect(config.loads.map(({ deviceType, model }) => [deviceType, model])).toEqual([
      [683, 'Cisco 8841'],
      [434, 'Cisco 7942'],
    ]);
    expect(signedBy(made.state, made.file('SUB1', 'XMLDefault.cnf.xml.sgn'))).toBe('SUB1 CallManager');
  });
});
