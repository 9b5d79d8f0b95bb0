import { releaseRules } from '../cluster/release-rules.js';
import type { ModelProfile } from '../device/model.js';
import { parseRelease } from '../device/release.js';
import type { SignallingProtocol } from '../device/security.js';
import type { ListedPhone } from './phone-list.js';

/** What `init` rehearses: the change of next Saturday. */
export const CHANGES = {
  callmanager: 'CallManager certificates renewed on all nodes',
  tvs: 'TVS certificates renewed on all nodes',
  'mixed-mode': 'the cluster goes to mixed mode',
  'non-secure': 'the cluster goes back to non-secure mode',
  'min-tls': 'minimum TLS version 1.2',
} as const;

export type Change = keyof typeof CHANGES;

/** A group of equal phones in the scenario to be. */
export interface DraftGroup {
  readonly group: string;
  readonly model: string;
  readonly phones: number;
  readonly protocol: SignallingProtocol;
  /** A device security mode, or a security profile of the fleet. */
  readonly security: string;
  readonly lsc: 'own' | 'expired' | 'none' | 'default';
  /** The one node that they know, where the cluster has no other. */
  readonly node?: string;
}

export interface Draft {
  readonly name: string;
  /** Where the phones come from, for a person. */
  readonly source: string;
  readonly release: string;
  readonly cluster: string;
  readonly mode: 'non-secure' | 'mixed';
  readonly change: Change;
  readonly groups: readonly DraftGroup[];
}

/** Most groups in one fleet: two hex digits of the MAC tell them apart. */
const MAX_GROUPS = 200;

/**
 * Groups of phones that are alike: model, protocol, security mode, LSC and device pool. Where that makes more than
 * {@link MAX_GROUPS}, pools are put together.
 */
export function groupsOf(
  phones: readonly ListedPhone[],
  models: ReadonlyMap<string, ModelProfile>,
): DraftGroup[] {
  const byPool = grouped(phones, models, true);
  return byPool.length <= MAX_GROUPS ? byPool : grouped(phones, models, false);
}

const LSCS = { valid: 'own', expired: 'expired', none: 'none' } as const;

function grouped(
  phones: readonly ListedPhone[],
  models: ReadonlyMap<string, ModelProfile>,
  pools: boolean,
): DraftGroup[] {
  const groups = new Map<string, DraftGroup>();
  for (const phone of phones) {
    const { model, security } = phone;
    const protocol = phone.protocol ?? models.get(model)?.protocols[0] ?? 'SCCP';
    const lsc = LSCS[phone.lsc];
    const parts = [
      model,
      protocol,
      security,
      ...(lsc === 'none' ? [] : [lsc === 'own' ? 'lsc' : 'expired_lsc']),
      ...(pools ? [phone.pool] : []),
    ];
    const group = parts
      .map(asName)
      .filter((part) => part !== '')
      .join('-');
    const before = groups.get(group)?.phones ?? 0;
    groups.set(group, { group, model, phones: before + 1, protocol, security, lsc });
  }
  return [...groups.values()].sort((a, b) => a.group.localeCompare(b.group));
}

function asName(text: string): string {
  return text.replace(/[^A-Za-z0-9_.]+/g, '_').replace(/^_+|_+$/g, '');
}

/** The scenario as a commented YAML document. */
export function draftYaml(draft: Draft): string {
  const { name, source, release, change, groups } = draft;
  const phones = groups.reduce((sum, group) => sum + group.phones, 0);
  const width = Math.max(...groups.map(({ group }) => JSON.stringify(group).length));
  return `# Written by trustfleet init from ${source.replace(/[\r\n]+/g, ' ')}.
# Run it with a few phones first: trustfleet run FILE --phones 20
name: ${JSON.stringify(name)}
about: ${JSON.stringify(`${CHANGES[change]}, rehearsed on a fleet of our own`)}

release: ${JSON.stringify(release)} # of the cluster before the change
cluster: ${clusterText(draft)}

# ${phones} phones in ${groups.length} groups. Names and MAC addresses are made up; what counts is the model, the mode and the LSC.
# tftp: [PUB, SUB1] in a group says whom they ask for their files, callManagerGroup: [SUB1, PUB] where they register; without it
# half of them begin with the one node and half with the other.
fleet:
  groups:
${groups.map((group) => groupText(group, width)).join('\n')}

start: healthy # phones hold the lists and the configuration of their TFTP node
load: { rate: 50/s } # how many resets a second reach the phones
# knobs: { K-05: false } # trustfleet explain K-05

steps:
${stepsText(draft)}
  - expect:
      # phones that follow neither the lists nor the configuration any more (trustfleet explain R-62)
      - { count: phones_locked, is: 0 }
      - { count: phones, where: { state: registered }, is: "100%" }
      # which lists changed, shown and not judged
      - { count: trust_lists, where: { list: itl, result: updated }, is: "100%", report: true }
`;
}

/** Without the `utils ctl` commands a CTL takes tokens (OP-02). */
function hasCtlCommands(release: string): boolean {
  return releaseRules(parseRelease(release)).ctlSigner !== null;
}

function clusterText({ cluster, mode, release }: Draft): string {
  const hasTokens = mode === 'mixed' && !hasCtlCommands(release);
  return `{ profile: ${JSON.stringify(cluster)}, mode: ${mode}${hasTokens ? ', tokens: [T1, T2]' : ''} } # trustfleet serve ${cluster} shows its nodes`;
}

function groupText(
  { group, model, phones, protocol, security, lsc, node }: DraftGroup,
  width: number,
): string {
  const name = `${JSON.stringify(group)},`.padEnd(width + 1);
  const servers = node === undefined ? '' : `, tftp: ${node}, callManagerGroup: ${node}`;
  return `    - { group: ${name} model: "${model}", phones: ${phones}, protocol: ${protocol}, security: ${security}, lsc: ${lsc}${servers} }`;
}

function stepsText(draft: Draft): string {
  return stepsOf(draft)
    .map(([step, comment]) => `  - ${step}${comment === '' ? '' : ` # ${comment}`}`)
    .join('\n');
}

type StepLine = readonly [step: string, comment: string];

const RESET: StepLine = ['phones: { reset: all }', 'every phone asks for its lists and its configuration'];

/** Renewed CallManager certificates go into the CTL before the services restart (OP-05). */
function ctlUpdate({ mode, release }: Draft): StepLine[] {
  if (mode !== 'mixed') return [];
  const step = hasCtlCommands(release)
    ? 'operate: { update-ctl: cli }'
    : 'operate: { ctl-client: update, tokens: [T1] }';
  return [[step, 'the CTL first, then the restarts']];
}

/** What changes with new CallManager certificates (section 1.2 of the operations reference). */
function signerComment({ release }: Draft): string {
  return releaseRules(parseRelease(release)).itlSigner === 'CallManager'
    ? 'who signs the lists is another one now: trustfleet explain R-22'
    : 'ITLRecovery signs the lists as before, configurations have another signer: trustfleet explain R-50';
}

function stepsOf(draft: Draft): StepLine[] {
  switch (draft.change) {
    case 'callmanager':
      return [
        ['operate: { regenerate: CallManager, nodes: all }', signerComment(draft)],
        ...ctlUpdate(draft),
        [
          'operate: { restart: [CallManager, TVS, TFTP], nodes: all }',
          'services hold the old certificates until then',
        ],
        RESET,
      ];
    case 'tvs':
      return [
        [
          'operate: { regenerate: TVS, nodes: all }',
          'last of all, when every phone is back from the change before',
        ],
        ['operate: { restart: [TVS, TFTP], nodes: all }', ''],
        RESET,
      ];
    case 'mixed-mode':
      return [
        ['operate: { set-cluster: mixed-mode }', 'utils ctl set-cluster mixed-mode'],
        ['operate: { restart: [TFTP, CallManager], nodes: all }', ''],
        RESET,
      ];
    case 'non-secure':
      return [
        ['operate: { set-cluster: non-secure-mode }', 'utils ctl set-cluster non-secure-mode'],
        ['operate: { restart: [TFTP, CallManager], nodes: all }', ''],
        RESET,
      ];
    case 'min-tls':
      return [
        ['operate: { set-tls-min: "1.2" }', '79xx have TLS 1.0 alone (trustfleet explain T-LEG)'],
        RESET,
      ];
  }
}
