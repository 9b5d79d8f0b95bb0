import type { TlsVersion } from '../../device/security.js';
import { CONSOLE, DRF_MASTER, SERVICE_TITLES, serviceTitles } from '../console.js';
import type { CapfCommand, CertificatePurpose, Operation, ServiceName, ShowRequest } from '../operation.js';
import { fipsQuestion, minimumQuestion } from './questions.js';
import { PROCESS_CONFIG } from './show.js';

/** Where a command is typed. */
export interface ConsolePlace {
  /** The node of the console. */
  readonly node: string;
  readonly publisher: string;
}

/** What the command line can do; devices are changed on the web pages. */
export type ConsoleOperation = Exclude<Operation, { readonly op: 'capf' | 'device' }>;

/** A command of section 3 as it is understood here. */
export interface Command {
  /** As `help` shows it. */
  readonly usage: string;
  readonly about: string;
  /** The whole line, blanks already single; case does not count. */
  readonly pattern: RegExp;
  /** Runs on the publisher alone. */
  readonly publisher?: true;
  /** undefined: understood, but not with these arguments. */
  readonly operation: (match: RegExpExecArray, place: ConsolePlace) => ConsoleOperation | undefined;
  /** Asked before it runs; the last line waits for the answer. */
  readonly question?: (match: RegExpExecArray) => readonly string[];
}

const show =
  (request: ShowRequest) =>
  (_: unknown, { node }: ConsolePlace): ConsoleOperation => ({ op: 'show', node, show: request });

const capf = (command: CapfCommand) => (): ConsoleOperation => ({ op: 'utils-capf', command });

/** `Cisco Tftp`, with or without `Cisco`, as the node of the console lists it. */
function serviceNamed(title: string, { node, publisher }: ConsolePlace): ServiceName | undefined {
  const wanted = `cisco ${title.toLowerCase().replace(/^cisco /, '')}`;
  const place = node === publisher ? 'publisher' : 'subscriber';
  return (Object.keys(SERVICE_TITLES) as ServiceName[]).find((name) =>
    serviceTitles(name, place).some((known) => known.toLowerCase() === wanted),
  );
}

const PURPOSES: readonly CertificatePurpose[] = [
  'CallManager',
  'TVS',
  'CAPF',
  'ITLRecovery',
  'tomcat',
  'ipsec',
];

function purposeNamed(text: string): CertificatePurpose | undefined {
  return PURPOSES.find((purpose) => purpose.toLowerCase() === text.toLowerCase());
}

/** Every command of cluster-operations.md 3, and a few that a certificate change needs beside them. */
export const COMMANDS: readonly Command[] = [
  {
    usage: 'utils ctl set-cluster mixed-mode',
    about: 'mixed mode without tokens (OP-01)',
    pattern: /^utils ctl set-cluster mixed-mode$/i,
    publisher: true,
    operation: () => ({ op: 'set-cluster', mode: 'mixed-mode' }),
    question: () => [CONSOLE.mixedMode[0]],
  },
  {
    usage: 'utils ctl set-cluster non-secure-mode',
    about: 'back to non-secure mode (OP-03)',
    pattern: /^utils ctl set-cluster non-secure-mode$/i,
    publisher: true,
    operation: () => ({ op: 'set-cluster', mode: 'non-secure-mode' }),
    question: () => [CONSOLE.nonSecureMode[0]],
  },
  {
    usage: 'utils ctl update CTLFile',
    about: 'a new CTL from what is stored (OP-05)',
    pattern: /^utils ctl update CTLFile$/i,
    publisher: true,
    operation: () => ({ op: 'update-ctl' }),
    question: () => [CONSOLE.updateCtl[0]],
  },
  {
    usage: 'utils ctl reset localkey',
    about: 'the CTL signed by the other key (OP-24)',
    pattern: /^utils ctl reset localkey$/i,
    publisher: true,
    operation: () => ({ op: 'reset-localkey', list: 'ctl' }),
  },
  {
    usage: 'utils itl reset localkey',
    about: 'the ITL signed by the other key, on all TFTP nodes (OP-23)',
    pattern: /^utils itl reset localkey$/i,
    publisher: true,
    operation: () => ({ op: 'reset-localkey', list: 'itl' }),
  },
  {
    usage: 'utils itl reset remotekey SERVER USER ITLRecovery.p12',
    about: 'the ITL signed by the ITLRecovery of before, on all TFTP nodes; until 14 (OP-23)',
    pattern: /^utils itl reset remotekey \S+ \S+ \S*ITLRecovery\.p12$/i,
    publisher: true,
    operation: () => ({ op: 'reset-remotekey', list: 'itl' }),
  },
  {
    usage: 'show ctl',
    about: 'the CTL of this node',
    pattern: /^show ctl$/i,
    operation: show({ item: 'ctl' }),
  },
  {
    usage: 'show itl',
    about: 'the ITL of this node',
    pattern: /^show itl$/i,
    operation: show({ item: 'itl' }),
  },
  {
    usage: 'file delete tftp CTLFile.tlv',
    about: 'deletes the CTL of this node (OP-31)',
    pattern: /^file delete (?:tftp |activelog (?:\/?cm\/tftpdata\/))CTLFile\.tlv$/i,
    operation: (_, { node }) => ({ op: 'delete-ctl', nodes: [node] }),
    question: () => [CONSOLE.deleteCtl[0], 'Enter "y" followed by return to continue:'],
  },
  {
    usage: 'file get tftp ITLRecovery.p12',
    about: 'the ITLRecovery key pair, into the folder where the console was started',
    pattern: /^file get tftp ITLRecovery\.p12$/i,
    publisher: true,
    operation: show({ item: 'recovery-key' }),
  },
  {
    usage: "run sql select paramname,paramvalue from processconfig where paramname='NAME'",
    about: Object.keys(PROCESS_CONFIG).join(' or '),
    pattern:
      /^run sql select paramname ?, ?paramvalue from processconfig where paramname ?= ?['"](\w+)['"];?$/i,
    operation: ([, name = ''], { node }) => ({ op: 'show', node, show: { item: 'parameter', name } }),
  },
  {
    usage: 'show tls min-version',
    about: 'minimum TLS version of this node',
    pattern: /^show tls min-version$/i,
    operation: show({ item: 'tls-min' }),
  },
  {
    usage: 'set tls min-version 1.0 | 1.1 | 1.2 | 1.3',
    about: 'minimum TLS version; the node restarts (OP-28)',
    pattern: /^set tls min-version (1\.[0-3])$/i,
    operation: ([, version], { node }) => ({
      op: 'set-tls-min',
      version: version as TlsVersion,
      nodes: [node],
    }),
    question: ([, version]) => minimumQuestion(version as TlsVersion),
  },
  {
    usage: 'utils capf set keep_alive MINUTES',
    about: 'how often CAPF says that it is there, 5 to 60 (OP-26)',
    pattern: /^utils capf set keep_alive (\d{1,4})$/i,
    publisher: true,
    operation: ([, minutes]) => ({
      op: 'utils-capf',
      command: { name: 'set keep_alive', minutes: Number(minutes) },
    }),
  },
  {
    usage: 'utils capf stale-lsc list',
    about: 'certificates whose phone has made another request since',
    pattern: /^utils capf stale-lsc list$/i,
    publisher: true,
    operation: capf({ name: 'stale-lsc list' }),
  },
  {
    usage: 'utils capf stale-lsc delete all',
    about: 'deletes them',
    pattern: /^utils capf stale-lsc delete all$/i,
    publisher: true,
    operation: capf({ name: 'stale-lsc delete all' }),
  },
  ...(['list', 'count', 'dump', 'delete'] as const).map(
    (verb): Command => ({
      usage: `utils capf csr ${verb}`,
      about: `requests of phones that wait for an offline CA: ${verb}`,
      pattern: new RegExp(`^utils capf csr ${verb}$`, 'i'),
      publisher: true,
      operation: capf({ name: `csr ${verb}` }),
    }),
  ),
  {
    usage: 'utils capf cert import',
    about: 'takes in what the offline CA made',
    pattern: /^utils capf cert import$/i,
    publisher: true,
    operation: capf({ name: 'cert import' }),
  },
  {
    usage: 'utils service restart SERVICE',
    about: `on this node: ${Object.values(SERVICE_TITLES).join(', ')}; on the publisher ${DRF_MASTER}`,
    pattern: /^utils service restart (.+)$/i,
    operation: ([, title = ''], place) => {
      const service = serviceNamed(title, place);
      return service === undefined ? undefined : { op: 'restart', services: [service], nodes: [place.node] };
    },
  },
  {
    usage: 'utils service list',
    about: 'services of this node',
    pattern: /^utils service list$/i,
    operation: show({ item: 'services' }),
  },
  {
    usage: 'utils system restart',
    about: 'restarts this node',
    pattern: /^utils system restart$/i,
    operation: (_, { node }) => ({ op: 'reboot', nodes: [node] }),
    question: () => ['Do you really want to restart ?', 'Enter (yes/no)?'],
  },
  ...(['enable', 'disable'] as const).map(
    (verb): Command => ({
      usage: `utils fips ${verb}`,
      about: 'FIPS mode of this node; enabling makes all its certificates anew (OP-29)',
      pattern: new RegExp(`^utils fips ${verb}$`, 'i'),
      operation: (_, { node }) => ({ op: 'fips', enable: verb === 'enable', nodes: [node] }),
      question: () => fipsQuestion(verb === 'enable'),
    }),
  ),
  {
    usage: 'utils fips status',
    about: 'FIPS mode of this node',
    pattern: /^utils fips status$/i,
    operation: show({ item: 'fips' }),
  },
  ...(['enable', 'disable'] as const).map(
    (verb): Command => ({
      usage: `utils fips_common_criteria ${verb}`,
      about: 'Common Criteria mode of this node, which needs FIPS mode (R-112)',
      pattern: new RegExp(`^utils fips_common_criteria ${verb}$`, 'i'),
      operation: (_, { node }) => ({ op: 'common-criteria', enable: verb === 'enable', nodes: [node] }),
      question: () => ['The system will reboot.', 'Do you want to continue (yes/no) ?'],
    }),
  ),
  {
    usage: 'utils fips_common_criteria status',
    about: 'Common Criteria mode of this node',
    pattern: /^utils fips_common_criteria status$/i,
    operation: show({ item: 'common-criteria' }),
  },
  {
    usage: 'set cert default-ca-list disable all | NAME',
    about: 'takes manufacturing CAs out of CallManager-trust (OP-27)',
    pattern: /^set cert default-ca-list disable (.+)$/i,
    operation: ([, name = '']) => ({
      op: 'trust-delete',
      certificates: [name.toLowerCase() === 'all' ? 'mic-roots' : name],
      from: ['CallManager-trust'],
      only: 'MIC root',
    }),
  },
  {
    usage: 'set cert default-ca-list enable all | NAME',
    about: 'puts them back',
    pattern: /^set cert default-ca-list enable (.+)$/i,
    operation: ([, name = '']) => ({
      op: 'trust-import',
      source: { micRoots: name.toLowerCase() === 'all' ? 'all' : [name] },
      to: ['CallManager-trust'],
    }),
  },
  {
    usage: 'set cert regen PURPOSE',
    about: `a new self-signed certificate on this node: ${PURPOSES.join(', ')} (OP-09 to OP-14)`,
    pattern: /^set cert regen (\S+)$/i,
    operation: ([, name = ''], { node }) => {
      const purpose = purposeNamed(name);
      return purpose === undefined ? undefined : { op: 'regenerate', purpose, nodes: [node] };
    },
    question: ([, name = '']) => [
      `WARNING: This operation will overwrite any CA signed certificate previously imported for ${purposeNamed(name) ?? name}`,
      'Proceed with regeneration (yes|no)?',
    ],
  },
  {
    usage: 'show cert list own | trust',
    about: 'certificates of this node, or of the trust stores',
    pattern: /^show cert list (own|trust)$/i,
    operation: ([, which = ''], place) =>
      show({ item: which.toLowerCase() === 'own' ? 'own-certificates' : 'trust-certificates' })(which, place),
  },
  {
    usage: 'set web-security ORGUNIT ORGNAME LOCALITY STATE [COUNTRY]',
    about: 'a new tomcat certificate with another subject (OP-13)',
    pattern: /^set web-security (\S+) (\S+) (\S+) (\S+)(?: ([a-z]{2}))?$/i,
    operation: ([, unit = '', organisation = '', locality = '', state = '', country = 'US'], { node }) => ({
      op: 'web-security',
      node,
      organisation: { unit, organisation, locality, state, country: country.toUpperCase() },
    }),
  },
  {
    usage: 'set network hostname NAME',
    about: 'a new host name; all certificates of this node are made anew (OP-18)',
    pattern: /^set network hostname (\S+)$/i,
    operation: ([, hostName = ''], { node }) => ({ op: 'rename', node, hostName }),
    question: () => ['The system will reboot.', 'Continue (y/n)?'],
  },
  {
    usage: 'set network domain NAME',
    about: 'a new domain, likewise',
    pattern: /^set network domain (\S+)$/i,
    operation: ([, domain = ''], { node }) => ({ op: 'rename', node, domain }),
    question: () => ['The system will reboot.', 'Continue (y/n)?'],
  },
  {
    usage: 'utils disaster_recovery backup network FEATURES DEVICE',
    about: 'everything that is stored, under the time of day (OP-21)',
    pattern: /^utils disaster_recovery backup network \S+ \S+$/i,
    publisher: true,
    operation: () => ({ op: 'backup' }),
  },
  {
    usage: 'utils disaster_recovery show_backupfiles DEVICE',
    about: 'backups that were taken',
    pattern: /^utils disaster_recovery show_backupfiles \S+$/i,
    publisher: true,
    operation: show({ item: 'backups' }),
  },
  {
    usage: 'utils disaster_recovery restore network SERVER BACKUP DEVICE',
    about: 'brings a backup back on all nodes, which restart (OP-21)',
    pattern: /^utils disaster_recovery restore network \S+ (\S+) \S+$/i,
    publisher: true,
    operation: ([, name = '']) => ({ op: 'restore', name }),
    question: () => ['Restoring overwrites what is stored on all nodes.', 'Do you want to continue (y/n)?'],
  },
  {
    usage: 'utils disaster_recovery prepare restore pub_from_sub',
    about: 'the publisher anew, its database from a subscriber (OP-21)',
    pattern: /^utils disaster_recovery prepare restore pub_from_sub$/i,
    publisher: true,
    operation: () => ({ op: 'rebuild-publisher' }),
  },
  {
    usage: 'show version active',
    about: 'the release',
    pattern: /^show version active$/i,
    operation: show({ item: 'version' }),
  },
];
