import { attributeNumber, child, childrenNamed, descend, portOf, wordOf } from './element.js';
import type { CallManagerEntry, ServerEntry } from './model.js';
import type { XmlElement } from './xml-read.js';
import { branch, leaf, type XmlNode } from './xml-write.js';

/** Members of a CallManager group, and TVS and CAPF servers, that a phone takes (phone-config.md 5.1): priorities 0 to 4. */
export const MAX_SERVERS = 5;

/** Ports that stand where a file names none (phone-config.md 5.1). */
export const DEFAULT_PORTS = {
  sccp: 2000,
  sip: 5060,
  securedSip: 5061,
  oauthSip: 5090,
  tvs: 2445,
  capf: 3804,
} as const;

/** Of the SIP OAuth mode (Cisco document 215572); its neighbour `sipMRAOAuthPort` is for Expressway. */
const OAUTH_PORT = 'sipOAuthPort';

/** By priority, equal ones in the order of the file; the first five. Members without an address are none. */
function ordered<T extends { readonly priority: number; readonly address: string }>(
  entries: readonly T[],
): readonly T[] {
  return entries
    .filter(({ address }) => address !== '')
    .sort((a, b) => a.priority - b.priority)
    .slice(0, MAX_SERVERS);
}

/** The CallManagers under `callManagerGroup`. */
export function readCallManagers(group: XmlElement | undefined): readonly CallManagerEntry[] {
  const members = childrenNamed(child(group, 'members'), 'member');
  return ordered(
    members.map((member, index) => {
      const callManager = child(member, 'callManager');
      const ports = child(callManager, 'ports');
      return {
        priority: attributeNumber(member, 'priority', index),
        name: wordOf(callManager, 'name'),
        address: wordOf(callManager, 'processNodeName'),
        sccpPort: portOf(ports, 'ethernetPhonePort', DEFAULT_PORTS.sccp),
        sipPort: portOf(ports, 'sipPort', DEFAULT_PORTS.sip),
        securedSipPort: portOf(ports, 'securedSipPort', DEFAULT_PORTS.securedSip),
        ...(child(ports, OAUTH_PORT) === undefined
          ? {}
          : { oauthSipPort: portOf(ports, OAUTH_PORT, DEFAULT_PORTS.oauthSip) }),
      };
    }),
  );
}

/** `callManagerGroup` with its members, as it stands in a phone's file and in the default file. */
export function callManagerGroup(name: string, entries: readonly CallManagerEntry[]): XmlNode {
  return branch('callManagerGroup', [
    leaf('name', name),
    leaf('tftpDefault', true),
    branch(
      'members',
      entries.map((entry) =>
        branch(
          'member',
          [
            branch('callManager', [
              leaf('name', entry.name),
              leaf('description', entry.name),
              branch('ports', [
                leaf('ethernetPhonePort', entry.sccpPort),
                leaf('sipPort', entry.sipPort),
                leaf('securedSipPort', entry.securedSipPort),
                ...(entry.oauthSipPort === undefined ? [] : [leaf(OAUTH_PORT, entry.oauthSipPort)]),
                branch('mgcpPorts', [leaf('listen', 2427), leaf('keepAlive', 2428)]),
              ]),
              leaf('processNodeName', entry.address),
            ]),
          ],
          [['priority', String(entry.priority)]],
        ),
      ),
    ),
  ]);
}

/** TVS servers; their elements are named differently from those of a CallManager. */
export function readTvs(device: XmlElement): readonly ServerEntry[] {
  return ordered(
    childrenNamed(descend(device, 'TVS', 'members'), 'member').map((member, index) => ({
      priority: attributeNumber(member, 'priority', index),
      address: wordOf(member, 'address'),
      port: portOf(member, 'port', DEFAULT_PORTS.tvs),
    })),
  );
}

export function tvsServers(entries: readonly ServerEntry[]): XmlNode {
  const members = entries.map(({ priority, address, port }) =>
    branch('member', [leaf('port', port), leaf('address', address)], [['priority', String(priority)]]),
  );
  return branch('TVS', [branch('members', members)]);
}

/** CAPF servers, in the order of the file: they have no priority there. */
export function readCapf(device: XmlElement): readonly ServerEntry[] {
  return ordered(
    childrenNamed(child(device, 'capfList'), 'capf').map((capf, index) => ({
      priority: index,
      address: wordOf(capf, 'processNodeName'),
      port: portOf(capf, 'phonePort', DEFAULT_PORTS.capf),
    })),
  );
}

export function capfServers(entries: readonly ServerEntry[]): XmlNode {
  return branch(
    'capfList',
    entries.map(({ address, port }) =>
      branch('capf', [leaf('phonePort', port), leaf('processNodeName', address)]),
    ),
  );
}
