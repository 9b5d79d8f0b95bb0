import { createHash } from 'node:crypto';
import type { SignallingProtocol } from '../device/security.js';
import type { DefaultConfiguration, PhoneConfiguration } from '../protocol/cnf/model.js';
import { parseDefaultConfiguration } from '../protocol/cnf/read.js';
import type { Equipment } from './equipment.js';
import type { StoredConfiguration } from './flash.js';

/** `connectionMonitorDuration`, which the default file does not say (sip.md 6). */
const CONNECTION_MONITOR_SECONDS = 120;

/**
 * What `XMLDefault.cnf.xml` makes a phone do (R-09, phone-config.md 7): it registers non-secure with the group of the file. It
 * runs the load that the file has for its device type; without one it goes on with its own.
 *
 * @throws TrustfleetError TF_CNF_MALFORMED, TF_MESSAGE_TOO_LARGE
 */
export function defaultConfiguration(
  { flash, model }: Pick<Equipment, 'flash' | 'model'>,
  xml: Uint8Array,
): StoredConfiguration {
  const file = parseDefaultConfiguration(xml);
  const loadInformation = file.loads.find(({ deviceType }) => deviceType === model.deviceType)?.load ?? '';
  const before = flash.configuration?.configuration.deviceProtocol;
  const protocol = protocolOf(model.loads, loadInformation) ?? before ?? model.protocols[0] ?? 'SCCP';
  return {
    configuration: configurationOf(file, protocol, loadInformation),
    sha256: createHash('sha256').update(xml).digest('hex'),
    isDefault: { autoRegistration: file.autoRegistration },
  };
}

/** Which protocol a load speaks, where the model knows it. */
function protocolOf(
  loads: Readonly<Partial<Record<SignallingProtocol, string>>>,
  load: string,
): SignallingProtocol | undefined {
  return (['SCCP', 'SIP'] as const).find((protocol) => load !== '' && loads[protocol] === load);
}

function configurationOf(
  { callManagers, tvs, urls }: DefaultConfiguration,
  deviceProtocol: SignallingProtocol,
  loadInformation: string,
): PhoneConfiguration {
  return {
    fullConfig: true,
    deviceProtocol,
    deviceSecurityMode: 'non-secure',
    ipAddressMode: 0,
    callManagers,
    tvs,
    capfAuthMode: 0,
    capf: [],
    loadInformation,
    versionStamp: '',
    transportLayerProtocol: deviceProtocol === 'SIP' ? 4 : 1,
    connectionMonitorDuration: CONNECTION_MONITOR_SECONDS,
    certHash: '',
    encrConfig: false,
    dateTemplate: '',
    urls,
    sip: null,
  };
}
