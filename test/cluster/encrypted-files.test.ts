import { describe, expect, it } from 'vitest';
import { artefactNames } from '../../src/cluster/artefacts.js';
import { withPhoneCertificates } from '../../src/cluster/capf-record.js';
import type { DeviceChange, Operation } from '../../src/cluster/operation.js';
import { lscCertificate } from '../../src/pki/device-certificates.js';
import { freshEc } from '../../src/pki/keys.js';
import { parsePhoneConfiguration } from '../../src/protocol/cnf/read.js';
import { certHash } from '../../src/protocol/cnf/reduced.js';
import { decryptFile, verifySignature } from '../../src/trustfile/index.js';
import { manufacturer, type PhoneCertificates, phoneCertificates } from './certificates.js';
import { type Cluster, cluster, phones, START_SECONDS } from './lab.js';

/** An 8841 over SIP, and a 7942 over SCCP, which cannot read encrypted files. */
const DEVICE = 'SEP001F9E266369';
const LEGACY = 'SEP001F9E266370';

const encryption = (value: boolean): Operation => ({ op: 'parameter', name: 'tftp-encryption', value });
const device = (set: DeviceChange, devices = [DEVICE]): Operation => ({ op: 'device', devices, set });

function configuration(made: Cluster, name: string) {
  const bytes = made.octets('PUB', name);
  if (bytes === undefined) throw new Error(`PUB serves no ${name}`);
  const file = name.endsWith('.sgn') ? made.file('PUB', name) : undefined;
  return parsePhoneConfiguration(file?.kind === 'signed' ? file.payload : bytes);
}

async function withMic(made: Cluster): Promise<PhoneCertificates> {
  const own = await phoneCertificates(await manufacturer('Cisco Manufacturing CA SHA2'));
  made.state = withPhoneCertificates(made.state, [{ device: DEVICE, mic: own.mic }], START_SECONDS + 120);
  return own;
}

describe('TFTP encrypted configuration (R-57, phone-config.md 6)', () => {
  it('off: there is no .enc.sgn, and the .sgn is whole', async () => {
    const made = await cluster('12.5(1)');
    await withMic(made);
    expect(made.octets('PUB', `${DEVICE}.cnf.xml.enc.sgn`)).toBeUndefined();
    expect(configuration(made, `${DEVICE}.cnf.xml.sgn`)).toMatchObject({
      fullConfig: true,
      certHash: '',
      encrConfig: false,
    });
  });

  it('on, certificate known: reduced .sgn, and the whole file for the key of the phone', async () => {
    const made = await cluster('12.5(1)', { mode: 'mixed', devices: phones('encrypted') });
    const own = await withMic(made);
    await made.run(encryption(true));
    const reduced = configuration(made, `${DEVICE}.cnf.xml.sgn`);
    expect(reduced).toMatchObject({ fullConfig: false, certHash: certHash(own.mic), encrConfig: true });
    expect(reduced.callManagers).toEqual([]);
    expect(reduced.capf).toHaveLength(1);
    expect(configuration(made, `${DEVICE}.cnf.xml`).fullConfig).toBe(false);
    const file = made.file('PUB', `${DEVICE}.cnf.xml.enc.sgn`);
    if (file?.kind !== 'encrypted') throw new Error('not encrypted');
    const signer = made.state.nodes[0]?.identities.CallManager?.certificate;
    expect(verifySignature(file, signer?.publicKey as never)).toBe(true);
    expect(file.header.filename).toBe(`${DEVICE}.cnf.xml.enc.sgn`);
    const whole = parsePhoneConfiguration(decryptFile(file, own.privateKey));
    expect(whole).toMatchObject({
      fullConfig: true,
      deviceSecurityMode: 'encrypted',
      certHash: certHash(own.mic),
      encrConfig: true,
    });
    expect(artefactNames(made.state, 'PUB')).toContain(`${DEVICE}.cnf.xml.enc.sgn`);
  });

  it('on, no certificate known: the reduced file without certHash sends the phone to CAPF', async () => {
    const made = await cluster('12.5(1)');
    await made.run({ op: 'capf', devices: [DEVICE] });
    await made.run(encryption(true));
    expect(configuration(made, `${DEVICE}.cnf.xml.sgn`)).toMatchObject({
      fullConfig: false,
      certHash: '',
      encrConfig: true,
      capfAuthMode: 2,
    });
    expect(made.octets('PUB', `${DEVICE}.cnf.xml.enc.sgn`)).toBeUndefined();
    expect(artefactNames(made.state, 'PUB')).not.toContain(`${DEVICE}.cnf.xml.enc.sgn`);
  });

  it('an LSC counts before the MIC, and a new one makes both files anew', async () => {
    const made = await cluster('12.5(1)');
    const own = await withMic(made);
    await made.run(encryption(true));
    const before = made.octets('PUB', `${DEVICE}.cnf.xml.enc.sgn`);
    expect(made.octets('PUB', `${DEVICE}.cnf.xml.enc.sgn`)).toBe(before);
    const other = await withMic(made);
    made.state = withPhoneCertificates(made.state, [{ device: DEVICE, lsc: own.mic }], START_SECONDS + 300);
    expect(configuration(made, `${DEVICE}.cnf.xml.sgn`).certHash).toBe(certHash(own.mic));
    expect(certHash(other.mic)).not.toBe(certHash(own.mic));
    expect(made.octets('PUB', `${DEVICE}.cnf.xml.enc.sgn`)).not.toEqual(before);
  });

  it('a model that cannot read it gets the whole file (R-57), and so does a phone with an EC key', async () => {
    const made = await cluster('12.5(1)');
    await made.run(encryption(true));
    expect(configuration(made, `${LEGACY}.cnf.xml.sgn`).fullConfig).toBe(true);
    const issuer = await manufacturer('Cisco Manufacturing CA');
    const { publicKey } = await freshEc('prime256v1');
    const lsc = lscCertificate(DEVICE, DEVICE, {
      issuer,
      publicKey,
      digest: 'sha256',
      serial: Uint8Array.of(7),
      notBefore: new Date(0),
      notAfter: new Date(1e12),
    });
    made.state = withPhoneCertificates(made.state, [{ device: DEVICE, lsc }], START_SECONDS + 120);
    expect(configuration(made, `${DEVICE}.cnf.xml.sgn`).fullConfig).toBe(true);
  });

  it('the profile of a device may say otherwise than the parameter', async () => {
    const made = await cluster('12.5(1)');
    await withMic(made);
    await made.run(device({ tftpEncryption: true }));
    expect(configuration(made, `${DEVICE}.cnf.xml.sgn`).fullConfig).toBe(false);
    await made.run(encryption(true));
    await made.run(device({ tftpEncryption: false }));
    expect(configuration(made, `${DEVICE}.cnf.xml.sgn`).fullConfig).toBe(true);
    await made.run(device({ tftpEncryption: null }));
    expect(configuration(made, `${DEVICE}.cnf.xml.sgn`).fullConfig).toBe(false);
  });

  it('the default file is never encrypted', async () => {
    const made = await cluster('12.5(1)');
    await made.run(encryption(true));
    expect(made.octets('PUB', 'XMLDefault.cnf.xml.enc.sgn')).toBeUndefined();
    expect(made.octets('PUB', 'XMLDefault.cnf.xml.sgn')).toBeDefined();
  });
});

describe('the database record of a device', () => {
  it.each([
    [undefined, 0],
    ['ipv4', 0],
    ['ipv6', 1],
    ['two-stack', 2],
  ] as const)('IP mode %s: ipAddressMode %i (R-104)', async (ipMode, expected) => {
    const made = await cluster('12.5(1)');
    if (ipMode !== undefined) await made.run(device({ ipMode }));
    expect(configuration(made, `${DEVICE}.cnf.xml`).ipAddressMode).toBe(expected);
  });

  it.each<[what: string, addresses: string[] | null, expected: string[]]>([
    ['none of its own', null, ['127.10.0.1']],
    ['both families', ['127.10.0.1', '::1'], ['127.10.0.1', '::1']],
    ['IPv6 alone', ['::1'], ['::1']],
    ['no CAPF at all', [], []],
  ])('CAPF addresses, %s (T6)', async (_, capfAddresses, expected) => {
    const made = await cluster('12.5(1)');
    await made.run(device({ capfAddresses }));
    expect(configuration(made, `${DEVICE}.cnf.xml`).capf.map(({ address }) => address)).toEqual(expected);
  });

  it('another security mode shows in its configuration at once', async () => {
    const made = await cluster('12.5(1)', { mode: 'mixed' });
    expect(configuration(made, `${DEVICE}.cnf.xml`).deviceSecurityMode).toBe('non-secure');
    expect(await made.run(device({ security: 'encrypted' }))).toEqual(['1 devices updated']);
    expect(configuration(made, `${DEVICE}.cnf.xml`).deviceSecurityMode).toBe('encrypted');
    expect(made.file('PUB', `${DEVICE}.cnf.xml.sgn`)?.header.timestamp).toBe(START_SECONDS + 60);
  });

  it.each<[string, DeviceChange, string]>([
    ['nothing', {}, 'nothing to set'],
    ['a protocol that the model does not speak', { protocol: 'SCCP' }, 'does not speak SCCP'],
    ['an address that is none', { capfAddresses: ['pub.voice.example'] }, 'is no IPv4 or IPv6 address'],
    ['an unknown CallManager', { callManagerGroup: { name: 'X', nodes: ['SUB9'] } }, 'runs no CallManager'],
  ])('refuses %s', async (_, set, text) => {
    const { run } = await cluster('12.5(1)');
    await expect(run(device(set))).rejects.toMatchObject({
      code: 'TF_OPERATION_REFUSED',
      message: expect.stringContaining(text),
    });
  });
});
