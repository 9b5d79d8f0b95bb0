/**
 * Keys of contracts.md 4 that this version does not play yet. They are told apart from slips of the finger: whoever writes
 * one did nothing wrong.
 */
const LATER = {
  scenario: { clusters: 'several clusters' },
  cluster: { tokens: 'mixed mode with hardware tokens', release: 'a release for each of several clusters' },
  group: {
    firmware: 'firmware of single groups',
    tls: 'TLS versions of single groups',
    lsc: 'locally significant certificates',
    mic: 'manufacturing certificates of single groups',
    holds: 'lists of another cluster in the flash',
    ip: 'IPv6 addresses of phones',
    capf: 'certificate enrolment (CAPF)',
  },
  operate: {
    'ctl-client': 'the CTL client and its tokens',
    tokens: 'the CTL client and its tokens',
    'reset-localkey': 'utils itl reset and utils ctl reset',
    'reset-remotekey': 'utils itl reset and utils ctl reset',
    'delete-ctl': 'deleting the CTL on a server',
    'set-tls-min': 'minimum TLS versions',
    'common-criteria': 'Common Criteria mode',
    fips: 'FIPS mode',
    'trust-import': 'imports into trust stores',
    'trust-delete': 'imports into trust stores',
    'bulk-certificates': 'bulk certificate exchange',
    csr: 'certificates signed by a CA',
    sign: 'certificates signed by a CA',
    upload: 'certificates signed by a CA',
    backup: 'backup and restore',
    restore: 'backup and restore',
    'rebuild-publisher': 'rebuilding the publisher',
    upgrade: 'upgrades',
    rename: 'new host names',
    'add-node': 'adding and removing nodes',
    'remove-node': 'adding and removing nodes',
    capf: 'certificate enrolment (CAPF)',
    device: 'changes to devices in the database',
    cluster: 'several clusters',
  },
  phones: {
    type: 'typing an authentication string',
    retarget: 'moving phones to another cluster',
    open: 'HTTPS services',
  },
  fault: {
    refuse: 'refusing a service or an address family',
    service: 'refusing a service or an address family',
    eachPhone: 'refusing a service or an address family',
    datagrams: 'dropped, duplicated and delayed datagrams',
    power: 'power cuts',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A place in a scenario whose keys the contract has more of than this version. */
export type Place = keyof typeof LATER;

/** Why a key is refused although the contract has it; undefined where it is simply unknown. */
export function notYet(place: Place | undefined, key: string): string | undefined {
  if (place === undefined) return undefined;
  const words: Readonly<Record<string, string>> = LATER[place];
  return Object.hasOwn(words, key) ? `"${key}" is not supported yet: ${words[key]}` : undefined;
}
