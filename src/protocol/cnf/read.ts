import type { DeviceSecurityMode, SignallingProtocol } from '../../device/security.js';
import { TrustfleetError } from '../../errors.js';
import { booleanOf, child, choiceOf, descend, integerOf, wordOf } from './element.js';
import type { DefaultConfiguration, PhoneConfiguration } from './model.js';
import { readCallManagers, readCapf, readTvs } from './servers.js';
import { readSipProfile } from './sip-profile.js';
import { readUrls } from './urls.js';
import { readXml, type XmlElement } from './xml-read.js';

/** Seconds where a file says nothing (sip.md 6). */
const DEFAULT_CONNECTION_MONITOR_SECONDS = 120;

const PROTOCOLS: ReadonlyMap<string, SignallingProtocol> = new Map([
  ['sccp', 'SCCP'],
  ['sip', 'SIP'],
]);

const SECURITY_MODES: ReadonlyMap<string, DeviceSecurityMode> = new Map([
  ['1', 'non-secure'],
  ['2', 'authenticated'],
  ['3', 'encrypted'],
]);

const ADDRESS_MODES = numbers([0, 1, 2] as const);
const CAPF_MODES = numbers([0, 1, 2, 3, 4] as const);
const TRANSPORTS = numbers([1, 2, 3, 4] as const);

function numbers<T extends number>(values: readonly T[]): ReadonlyMap<string, T> {
  return new Map(values.map((value) => [String(value), value]));
}

function rootOf(octets: Uint8Array, name: string): XmlElement {
  const root = readXml(octets);
  if (root.name !== name) {
    throw new TrustfleetError('TF_CNF_MALFORMED', `root element <${root.name}>, expected <${name}>`);
  }
  return root;
}

/**
 * Reads `SEP<MAC>.cnf.xml`, whole or reduced, in any order of elements. Unknown elements are ignored; a missing or empty one
 * means CUCM's default: signalling as the presence of `sipProfile` says, non-secure, IPv4, nothing pending at CAPF.
 *
 * @throws TrustfleetError TF_CNF_MALFORMED for what is no XML, another root or a value that its element does not have;
 *   TF_MESSAGE_TOO_LARGE past a limit of `XML_LIMITS`.
 */
export function parsePhoneConfiguration(xml: Uint8Array): PhoneConfiguration {
  const device = rootOf(xml, 'device');
  const profile = child(device, 'sipProfile');
  const deviceProtocol = choiceOf(
    device,
    'deviceProtocol',
    PROTOCOLS,
    profile === undefined ? 'SCCP' : 'SIP',
  );
  return {
    fullConfig: booleanOf(device, 'fullConfig', true),
    deviceProtocol,
    deviceSecurityMode: choiceOf(device, 'deviceSecurityMode', SECURITY_MODES, 'non-secure'),
    ...(wordOf(device, 'sipOAuthMode') === '1' ? { sipOauth: true } : {}),
    ipAddressMode: choiceOf(device, 'ipAddressMode', ADDRESS_MODES, 0),
    callManagers: readCallManagers(descend(device, 'devicePool', 'callManagerGroup')),
    tvs: readTvs(device),
    capfAuthMode: choiceOf(device, 'capfAuthMode', CAPF_MODES, 0),
    capf: readCapf(device),
    loadInformation: wordOf(device, 'loadInformation'),
    versionStamp: wordOf(device, 'versionStamp'),
    transportLayerProtocol: choiceOf(
      device,
      'transportLayerProtocol',
      TRANSPORTS,
      deviceProtocol === 'SIP' ? 4 : 1,
    ),
    connectionMonitorDuration: integerOf(
      child(device, 'devicePool'),
      'connectionMonitorDuration',
      DEFAULT_CONNECTION_MONITOR_SECONDS,
      0,
      86_400,
    ),
    certHash: wordOf(device, 'certHash').toLowerCase(),
    encrConfig: booleanOf(device, 'encrConfig', false),
    dateTemplate: wordOf(descend(device, 'devicePool', 'dateTimeSetting'), 'dateTemplate'),
    urls: readUrls(device),
    sip: profile === undefined || deviceProtocol === 'SCCP' ? null : readSipProfile(profile),
  };
}

/**
 * Reads `XMLDefault.cnf.xml` (phone-config.md 7).
 *
 * @throws TrustfleetError as `parsePhoneConfiguration`.
 */
export function parseDefaultConfiguration(xml: Uint8Array): DefaultConfiguration {
  const root = rootOf(xml, 'Default');
  return {
    callManagers: readCallManagers(child(root, 'callManagerGroup')),
    tvs: readTvs(root),
    autoRegistration: wordOf(root, 'autoRegistration') === 'disabled' ? 'disabled' : 'enabled',
    loads: root.children.flatMap((element) => {
      const deviceType = /^loadInformation(\d{1,9})$/.exec(element.name)?.[1];
      if (deviceType === undefined) return [];
      const model = element.attributes.model ?? '';
      return [{ deviceType: Number(deviceType), model, load: element.text.trim() }];
    }),
    urls: readUrls(root),
  };
}
