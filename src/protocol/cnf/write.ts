import { DEVICE_SECURITY_CODES } from '../../device/security.js';
import type { DefaultConfiguration, PhoneConfiguration } from './model.js';
import { callManagerGroup, capfServers, tvsServers } from './servers.js';
import { DEFAULT_SIP_TIMERS, sipProfile } from './sip-profile.js';
import { urlElements } from './urls.js';
import { branch, leaf, writeXml, type XmlNode } from './xml-write.js';

/** What stands in CUCM's files and tells a phone nothing: chosen by the caller, or these. */
export interface WriteOptions {
  /** Number of the device in CTI. */
  readonly ctiId?: number;
  /** Key of the device in the database, without braces. */
  readonly uuid?: string;
  /** Name of the CallManager group. */
  readonly groupName?: string;
  readonly devicePoolName?: string;
  readonly softKeyFile?: string;
  /** `modern` adds what the 7800 and 8800 series have. */
  readonly family?: 'legacy' | 'modern' | 'classic';
  /** Load in the second partition of a modern phone. */
  readonly inactiveLoad?: string;
}

type Chosen = Required<Omit<WriteOptions, 'inactiveLoad'>> & Pick<WriteOptions, 'inactiveLoad'>;

const DEFAULTS: Chosen = {
  ctiId: 58,
  uuid: '0f5d8a3c-1b2c-4d5e-8f90-a1b2c3d4e5f6',
  groupName: 'Default',
  devicePoolName: 'Default',
  softKeyFile: 'SKf4ba8f0c-43fb-4e1f-9fa0-5a90a9dd2f3b.xml',
  family: 'legacy',
};

/**
 * Writes `SEP<MAC>.cnf.xml` in CUCM's order of elements, the undeclared `xsi:` included (phone-config.md 5). With
 * `fullConfig` false it is the reduced file that precedes `.enc.sgn` (phone-config.md 6).
 *
 * @throws TrustfleetError TF_CNF_MALFORMED for a value with a character that XML does not have.
 */
export function writePhoneConfiguration(
  configuration: PhoneConfiguration,
  options: WriteOptions = {},
): Buffer {
  const chosen = { ...DEFAULTS, ...options };
  const children = configuration.fullConfig
    ? fullConfiguration(configuration, chosen)
    : reducedElements(configuration);
  return writeXml(
    branch('device', children, [
      ['xsi:type', 'axl:XIPPhone'],
      ['ctiid', String(chosen.ctiId)],
      ['uuid', `{${chosen.uuid}}`],
    ]),
  );
}

/** Writes `XMLDefault.cnf.xml` (phone-config.md 7). */
export function writeDefaultConfiguration(
  configuration: DefaultConfiguration,
  groupName: string = DEFAULTS.groupName,
): Buffer {
  return writeXml(
    branch('Default', [
      callManagerGroup(groupName, configuration.callManagers),
      ...(configuration.tvs.length === 0 ? [] : [tvsServers(configuration.tvs)]),
      ...(configuration.autoRegistration === 'enabled' ? [] : [leaf('autoRegistration', 'disabled')]),
      ...configuration.loads.map(({ deviceType, model, load }) =>
        leaf(`loadInformation${deviceType}`, load, [['model', model]]),
      ),
      ...urlElements(configuration.urls),
    ]),
  );
}

function reducedElements(c: PhoneConfiguration): readonly XmlNode[] {
  return [
    leaf('fullConfig', false),
    leaf('ipAddressMode', c.ipAddressMode),
    leaf('loadInformation', c.loadInformation),
    leaf('capfAuthMode', c.capfAuthMode),
    capfServers(c.capf),
    leaf('certHash', c.certHash),
    leaf('encrConfig', c.encrConfig),
  ];
}

function fullConfiguration(c: PhoneConfiguration, options: Chosen): readonly XmlNode[] {
  return [
    leaf('fullConfig', true),
    leaf('deviceProtocol', c.deviceProtocol),
    leaf('sshUserId', ''),
    leaf('sshPassword', ''),
    leaf('ipAddressMode', c.ipAddressMode),
    leaf('allowAutoConfig', true),
    leaf('ipPreferenceModeControl', c.ipAddressMode === 1 ? 1 : 0),
    branch('tzdata', [leaf('tzolsonversion', '2018g'), leaf('tzupdater', 'tzupdater.jar')]),
    devicePool(c, options),
    tvsServers(c.tvs),
    ...(c.deviceProtocol === 'SIP'
      ? [sipProfile(c.sip ?? { lines: [], timers: DEFAULT_SIP_TIMERS }, options.softKeyFile)]
      : []),
    branch('commonProfile', [
      leaf('phonePassword', ''),
      leaf('backgroundImageAccess', true),
      leaf('callLogBlfEnabled', 2),
    ]),
    leaf('loadInformation', c.loadInformation),
    ...(options.inactiveLoad === undefined ? [] : [leaf('inactiveLoadInformation', options.inactiveLoad)]),
    branch('vendorConfig', [
      leaf('disableSpeaker', false),
      leaf('pcPort', 0),
      leaf('settingsAccess', 1),
      leaf('webAccess', 0),
    ]),
    leaf('versionStamp', c.versionStamp),
    branch('userLocale', [
      leaf('name', 'English_United_States'),
      leaf('uid', 1),
      leaf('langCode', 'en_US'),
      leaf('version', '1.0.0.0-1'),
      leaf('winCharSet', 'iso-8859-1'),
    ]),
    leaf('networkLocale', 'United_States'),
    branch('networkLocaleInfo', [
      leaf('name', 'United_States'),
      leaf('uid', 64),
      leaf('version', '1.0.0.0-1'),
    ]),
    leaf('deviceSecurityMode', DEVICE_SECURITY_CODES[c.deviceSecurityMode]),
    leaf('idleTimeout', 0),
    ...urlElements(c.urls),
    leaf('dscpForSCCPPhoneConfig', 96),
    leaf('dscpForSCCPPhoneServices', 0),
    leaf('dscpForCm2Dvce', 96),
    leaf('transportLayerProtocol', c.transportLayerProtocol),
    ...(c.sipOauth === true ? [leaf('sipOAuthMode', 1)] : []),
    leaf('capfAuthMode', c.capfAuthMode),
    capfServers(c.capf),
    leaf('certHash', c.certHash),
    leaf('encrConfig', c.encrConfig),
    ...(options.family === 'modern'
      ? [leaf('TLSResumptionTimer', 3600), leaf('userId', '', [['serviceProfileFile', 'SPDefault.cnf.xml']])]
      : []),
  ];
}

function devicePool(c: PhoneConfiguration, options: Chosen): XmlNode {
  return branch(
    'devicePool',
    [
      leaf('revertPriority', 0),
      leaf('name', options.devicePoolName),
      branch(
        'dateTimeSetting',
        [
          leaf('name', 'CMLocal'),
          leaf('dateTemplate', c.dateTemplate),
          leaf('timeZone', 'W. Europe Standard/Daylight Time'),
          leaf('olsonTimeZone', 'Europe/Berlin'),
        ],
        [['uuid', '{9ec4850a-7748-11d3-bdf0-00108302ead1}']],
      ),
      callManagerGroup(options.groupName, c.callManagers),
      branch(
        'srstInfo',
        [
          leaf('name', 'Disable'),
          leaf('srstOption', 'Disable'),
          leaf('userModifiable', false),
          leaf('ipAddr1', ''),
          leaf('port1', 2000),
          leaf('ipAddr2', ''),
          leaf('port2', 2000),
          leaf('ipAddr3', ''),
          leaf('port3', 2000),
          leaf('sipIpAddr1', ''),
          leaf('sipPort1', 5060),
          leaf('isSecure', false),
        ],
        [['uuid', '{cd241e11-4a58-4d3d-9661-f06c912a18a3}']],
      ),
      leaf('connectionMonitorDuration', c.connectionMonitorDuration),
    ],
    [['uuid', '{1b1b9eb6-7803-11d3-bdf0-00108302ead1}']],
  );
}
