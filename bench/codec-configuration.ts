import {
  type PhoneConfiguration,
  parsePhoneConfiguration,
  type ServerEntry,
  writePhoneConfiguration,
} from '../src/protocol/cnf/index.js';
import { DEFAULT_SIP_TIMERS } from '../src/protocol/cnf/sip-profile.js';
import { readXml, type XmlElement } from '../src/protocol/cnf/xml-read.js';
import { jsonOf } from './codec-peers.js';
import { type CodecSample, decodes, encodes, sameContent } from './codec-sample.js';

const NODES = ['127.10.0.1', '127.10.0.2', '127.10.0.3'];

function servers(port: number): readonly ServerEntry[] {
  return NODES.map((address, priority) => ({ priority, address, port }));
}

/** A SIP phone with two lines and encrypted signalling in a cluster of three. */
export const PHONE_CONFIGURATION: PhoneConfiguration = {
  fullConfig: true,
  deviceProtocol: 'SIP',
  deviceSecurityMode: 'encrypted',
  ipAddressMode: 0,
  callManagers: NODES.map((address, priority) => ({
    priority,
    name: address,
    address,
    sccpPort: 2000,
    sipPort: 5060,
    securedSipPort: 5061,
  })),
  tvs: servers(2445),
  capfAuthMode: 0,
  capf: servers(3804).slice(0, 1),
  loadInformation: 'sip88xx.12-8-1-0001-455',
  versionStamp: '1790000000-18843a73-f9e1-4a3b-99bb-86295a710462',
  transportLayerProtocol: 3,
  connectionMonitorDuration: 120,
  certHash: '5f0c2a9b8d7e6f1a2b3c4d5e6f708192a3b4c5d6',
  encrConfig: false,
  dateTemplate: 'M/D/Y',
  urls: {
    directoryURL: 'http://127.10.0.1:8080/ccmcip/xmldirectory.jsp',
    servicesURL: 'http://127.10.0.1:8080/ccmcip/getservicesmenu.jsp',
    secureDirectoryURL: 'https://127.10.0.1:8443/ccmcip/xmldirectory.jsp',
    secureServicesURL: 'https://127.10.0.1:8443/ccmcip/getservicesmenu.jsp',
  },
  sip: {
    timers: DEFAULT_SIP_TIMERS,
    lines: [1, 2].map((index) => ({
      index,
      name: `200${index}`,
      displayName: `Reception ${index}`,
      contact: `8d0f1a52-6c0e-4d0b-9b7a-3f5d2c1e0a4${index}`,
      authName: '',
      authPassword: '',
    })),
  },
};

/** Every element of the file, also those that no phone looks at: the same content for JSON. */
function contentOf({ name, attributes, children, text }: XmlElement): unknown {
  return { name, attributes, content: children.length === 0 ? text : children.map(contentOf) };
}

/** `SEP<MAC>.cnf.xml`: the cluster writes one for every phone, every phone reads it at every boot. */
export function configurationSample(): CodecSample {
  const octets = writePhoneConfiguration(PHONE_CONFIGURATION);
  const json = jsonOf(contentOf(readXml(octets)));
  return {
    name: 'configuration XML',
    unit: 'files',
    octets,
    measures: [
      decodes('read', () => parsePhoneConfiguration(octets), json.parse),
      encodes('write', () => writePhoneConfiguration(PHONE_CONFIGURATION), json.stringify),
    ],
    says: (read) => sameContent(parsePhoneConfiguration(read), PHONE_CONFIGURATION),
  };
}
