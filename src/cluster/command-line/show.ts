import { isAtLeast } from '../../device/release.js';
import { ROLE_CODES } from '../../device/role.js';
import {
  ownSigner,
  parseTrustFile,
  recordKey,
  type ShowOptions,
  showMissing,
  showTrustList,
  verifySignature,
} from '../../trustfile/index.js';
import { RECOVERY_FILE, RECOVERY_PASSPHRASE, serviceTitles } from '../console.js';
import type { ClusterContext } from '../context.js';
import { isExternal } from '../external.js';
import type { ListFile } from '../list-file.js';
import type { ShowRequest } from '../operation.js';
import {
  type ClusterState,
  ctlOn,
  identityOf,
  type NodeState,
  nodeOf,
  publisherOf,
  SERVICES,
} from '../state.js';
import { TRUST_STORES } from '../trust-store.js';

/**
 * What the commands of section 3 print that change nothing.
 *
 * @throws TrustfleetError TF_OPERATION_REFUSED for an unknown node.
 */
export function showLines(
  state: ClusterState,
  nodeName: string,
  request: ShowRequest,
  context: Pick<ClusterContext, 'isActive'>,
): readonly string[] {
  const node = nodeOf(state, nodeName);
  switch (request.item) {
    case 'ctl':
      return listLines(node.services.has('TFTP') ? ctlOn(state, node) : null, 'ctl');
    case 'itl':
      return listLines(
        node.held.tftp?.itl ?? null,
        'itl',
        isAtLeast(state.release, '10.0') ? {} : { checksums: 'none' },
      );
    case 'tls-min':
      return [`Configured TLS minimum version: ${node.tls.min}`];
    case 'fips':
      return [
        node.tls.fips ? 'The system is operating in FIPS mode.' : 'The system is operating in NON-FIPS mode.',
      ];
    case 'common-criteria':
      return [`Common Criteria mode is ${node.tls.commonCriteria ? 'enabled' : 'disabled'}.`];
    case 'services':
      return serviceLines(state, node, context);
    case 'version':
      return [`Active Master Version: ${state.release.text}`];
    case 'recovery-key':
      return [
        `files: found = 1, ${RECOVERY_FILE} of ${identityOf(publisherOf(state), 'ITLRecovery').certificate.commonName.trim()}`,
        `passphrase: ${RECOVERY_PASSPHRASE}`,
      ];
    case 'backups':
      return state.backups.size === 0
        ? ['No backup files']
        : [...state.backups].map(
            ([name, { takenAt, nodes }]) =>
              `${name}  ${new Date(takenAt * 1000).toISOString()}  ${nodes.map((saved) => saved.name).join(', ')}`,
          );
    case 'own-certificates':
      return ownLines(node);
    case 'trust-certificates':
      return TRUST_STORES.flatMap((store) =>
        state.trust[store].map(
          ({ certificate, origin }) =>
            `${store}/${certificate.commonName.trim()}: serial ${certificate.serial}, ${origin}, valid until ${day(certificate.notAfter)}`,
        ),
      );
    case 'parameter':
      return table(request.name, settingOf(request.name)?.(state));
  }
}

/** A service that a fault has stopped is down; nobody here knows of one that is a real one elsewhere. */
function serviceLines(
  state: ClusterState,
  node: NodeState,
  { isActive }: Pick<ClusterContext, 'isActive'>,
): readonly string[] {
  const place = node.name === publisherOf(state).name ? 'publisher' : 'subscriber';
  return SERVICES.filter((service) => node.services.has(service)).flatMap((service) => {
    const isDown = !isExternal(node, service) && isActive?.(node.name, service) === false;
    return serviceTitles(service, place).map((title) => `${title}[${isDown ? 'STOPPED' : 'STARTED'}]`);
  });
}

function listLines(
  file: ListFile | null,
  kind: 'ctl' | 'itl',
  options: Pick<ShowOptions, 'checksums'> = {},
): readonly string[] {
  if (file === null) return showMissing(kind).trimEnd().split('\n');
  return showTrustList(file.bytes, { ...options, verified: isVerified(file) })
    .trimEnd()
    .split('\n');
}

/** With the key of its own SAST record; the records of a blank ITL have none, the server checks that with its own key. */
function isVerified({ bytes, signer }: ListFile): boolean {
  const list = parseTrustFile(bytes);
  if (list.kind !== 'trust-list') return false;
  const record = ownSigner(list);
  const isBlank = list.records.every(({ role, publicKey }) => role !== ROLE_CODES.SAST || publicKey === null);
  const key = record === undefined ? undefined : recordKey(record);
  if (key === undefined) return isBlank && verifySignature(list, signer.certificate.publicKey);
  return verifySignature(list, key);
}

function ownLines(node: NodeState): readonly string[] {
  return Object.values(node.identities).map(({ purpose, certificate }) => {
    const made = certificate.selfIssued ? 'Self-signed' : `Signed by ${certificate.issuer}`;
    return `${purpose}/${purpose}.pem: ${made}, ${certificate.commonName.trim()}, serial ${certificate.serial}, valid until ${day(certificate.notAfter)}`;
  });
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

type Setting = (state: ClusterState) => string;

/** Lines of the table `processconfig` that the database answers for, by `paramname`. */
export const PROCESS_CONFIG: Readonly<Record<string, Setting>> = {
  ClusterSecurityMode: ({ mode }) => (mode === 'mixed' ? '1' : '0'),
  RollBackToPreGrayback: ({ parameters }) => (parameters.rollback ? 'T' : 'F'),
};

/** `__proto__` and `constructor` are names that a user may type, and no lines of the table. */
function settingOf(name: string): Setting | undefined {
  return Object.hasOwn(PROCESS_CONFIG, name) ? PROCESS_CONFIG[name] : undefined;
}

/** As Informix prints one row, or none. */
function table(name: string, value: string | undefined): readonly string[] {
  const columns: readonly (readonly [title: string, cell: string])[] = [
    ['paramname', value === undefined ? '' : name],
    ['paramvalue', value ?? ''],
  ];
  const row = (cells: (column: readonly [string, string]) => string): string =>
    columns
      .map((column) => cells(column).padEnd(Math.max(...column.map((text) => text.length))))
      .join(' ')
      .trimEnd();
  const head = [
    row(([title]) => title),
    row(([title, cell]) => '='.repeat(Math.max(title.length, cell.length))),
  ];
  return value === undefined ? head : [...head, row(([, cell]) => cell)];
}
