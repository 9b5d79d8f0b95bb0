import { createHash } from 'node:crypto';
import { modeOfProfile } from '../device/security.js';
import type { Certificate } from '../pki/certificate.js';
import type { DefaultConfiguration, PhoneConfiguration } from '../protocol/cnf/model.js';
import { certHash } from '../protocol/cnf/reduced.js';
import { DEFAULT_PORTS } from '../protocol/cnf/servers.js';
import { DEFAULT_SIP_TIMERS } from '../protocol/cnf/sip-profile.js';
import type { WriteOptions } from '../protocol/cnf/write.js';
import { type AddressBook, callManagerEntries, capfEntries, tvsEntries } from './address-book.js';
import { CAPF_AUTH_CODES } from './capf-settings.js';
import type { PhoneCapf } from './capf-state.js';
import type { IpMode } from './operation.js';
import { type ClusterMode, linesOf } from './spec.js';
import type { DeviceRecord } from './state.js';

/** Seconds that a better server must be up before a phone falls back to it (R-82). */
const CONNECTION_MONITOR_SECONDS = 120;

/**
 * In non-secure mode every device counts as non-secure, whatever its profile says (R-69, sip.md 4.4). SIP OAuth alone needs no
 * mixed mode (OP-31).
 */
export function isSecure(device: DeviceRecord, mode: ClusterMode): boolean {
  if (device.security === 'sip-oauth') return true;
  return mode === 'mixed' && device.security !== 'non-secure';
}

/** `ipAddressMode` (R-104). */
const IP_MODES = { ipv4: 0, ipv6: 1, 'two-stack': 2 } as const satisfies Record<IpMode, number>;

/**
 * What `SEP<MAC>.cnf.xml` says (phone-config.md 5).
 *
 * @param encryptedFor the phone's certificate, when the file is only sent encrypted for it; else null.
 */
export function phoneConfiguration(
  device: DeviceRecord,
  capf: PhoneCapf,
  book: AddressBook,
  mode: ClusterMode,
  encryptedFor: Certificate | null,
): PhoneConfiguration {
  const secure = isSecure(device, mode);
  const oauth = device.security === 'sip-oauth';
  const group = device.callManagerGroup.nodes;
  const changedAt = Math.max(device.changedAt, capf.changedAt);
  return {
    fullConfig: true,
    deviceProtocol: device.protocol,
    deviceSecurityMode: secure ? modeOfProfile(device.security) : 'non-secure',
    ...(oauth ? { sipOauth: true } : {}),
    ipAddressMode: IP_MODES[device.ipMode ?? 'ipv4'],
    callManagers: callManagerEntries(book, group, { protocol: device.protocol, secure, oauth }).map(
      (entry) => (oauth ? { ...entry, oauthSipPort: DEFAULT_PORTS.oauthSip } : entry),
    ),
    tvs: tvsEntries(book, group),
    capfAuthMode: capf.pending === null ? 0 : CAPF_AUTH_CODES[capf.pending.auth],
    capf: capfEntries(book, device.capfAddresses),
    loadInformation: device.load ?? device.model.loads[device.protocol] ?? '',
    versionStamp: `${changedAt}-${uuidOf(`${device.name} ${changedAt}`)}`,
    // SIP: TLS, or TCP+UDP as in CUCM's standard profile; SCCP knows TCP and TLS
    transportLayerProtocol: secure ? 3 : device.protocol === 'SIP' ? 4 : 1,
    connectionMonitorDuration: CONNECTION_MONITOR_SECONDS,
    certHash: encryptedFor === null ? '' : certHash(encryptedFor),
    encrConfig: encryptedFor !== null,
    dateTemplate: 'M/D/Y',
    urls: { ...plainUrls(book.publisher), ...secureUrls(book.publisher) },
    sip:
      device.protocol === 'SIP'
        ? {
            timers: DEFAULT_SIP_TIMERS,
            lines: linesOf(device).map((line, index) => ({
              index: index + 1,
              name: line.name,
              displayName: line.displayName,
              contact: uuidOf(`${device.name} line ${index + 1}`),
              authName: '',
              authPassword: '',
            })),
          }
        : null,
  };
}

/** What else of the database stands in the file. No soft key file is named, so that a boot is 3 requests (4.0). */
export function databaseFields(device: DeviceRecord): WriteOptions {
  return {
    ctiId: device.ctiId,
    uuid: uuidOf(device.name),
    groupName: device.callManagerGroup.name,
    devicePoolName: device.devicePool,
    softKeyFile: '',
    family: device.model.family,
  };
}

/**
 * What `XMLDefault.cnf.xml` says (phone-config.md 7): the group that an unknown phone tries, here every CallManager, and the
 * loads of the models in the database.
 */
export function defaultConfiguration(
  devices: Iterable<DeviceRecord>,
  book: AddressBook,
  say: Pick<DefaultConfiguration, 'autoRegistration'> & { readonly tvs: boolean },
): DefaultConfiguration {
  const loads = new Map<number, DefaultConfiguration['loads'][number]>();
  for (const { model, protocol } of devices) {
    const load = model.loads[protocol];
    if (load === undefined || loads.has(model.deviceType)) continue;
    loads.set(model.deviceType, { deviceType: model.deviceType, model: `Cisco ${model.model}`, load });
  }
  return {
    callManagers: callManagerEntries(book, book.callManagers, { protocol: 'SCCP', secure: false }),
    tvs: say.tvs ? tvsEntries(book, book.callManagers) : [],
    autoRegistration: say.autoRegistration,
    loads: [...loads.values()],
    urls: plainUrls(book.publisher),
  };
}

function plainUrls(address: string): Record<string, string> {
  const base = `http://${address}:8080/ccmcip`;
  return {
    authenticationURL: `${base}/authenticate.jsp`,
    directoryURL: `${base}/xmldirectory.jsp`,
    idleURL: '',
    informationURL: `${base}/GetTelecasterHelpText.jsp`,
    messagesURL: '',
    proxyServerURL: '',
    servicesURL: `${base}/getservicesmenu.jsp`,
  };
}

/** The Tomcat certificate of these must be approved by TVS (R-49). */
function secureUrls(address: string): Record<string, string> {
  const base = `https://${address}:8443/ccmcip`;
  return {
    secureAuthenticationURL: `${base}/authenticate.jsp`,
    secureDirectoryURL: `${base}/xmldirectory.jsp`,
    secureIdleURL: '',
    secureInformationURL: `${base}/GetTelecasterHelpText.jsp`,
    secureMessagesURL: '',
    secureServicesURL: `${base}/getservicesmenu.jsp`,
  };
}

/** The same UUID for the same name (as RFC 4122 version 5 has it, without a name space). */
function uuidOf(name: string): string {
  const octets = createHash('sha1').update(name).digest().subarray(0, 16);
  octets[6] = ((octets[6] ?? 0) & 0x0f) | 0x50;
  octets[8] = ((octets[8] ?? 0) & 0x3f) | 0x80;
  const hex = octets.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
