import { TrustfleetError } from '../../errors.js';
import { Certificate } from '../../pki/certificate.js';
import { withAuthority } from '../authorities.js';
import type { ClusterContext } from '../context.js';
import type { CertificatePurpose, Operation, TrustSource } from '../operation.js';
import type { ClusterState } from '../state.js';
import { withTokens } from '../tokens.js';
import {
  notReplaced,
  type TrustedCertificate,
  type TrustedPurpose,
  type TrustStoreName,
  withoutCertificates,
  withUploadedCertificate,
} from '../trust-store.js';
import { type OperationResult, refused } from './result.js';

/** What an import is about to put into stores. */
interface Found {
  /** The state with tokens and CAs made that were heard of for the first time. */
  readonly state: ClusterState;
  readonly entries: readonly TrustedCertificate[];
}

/**
 * Uploads certificates to trust stores by hand (OP-07, OP-15, OP-25, and the way back of OP-27). TVS takes them over at its
 * restart, CallManager too (section 1.4).
 */
export async function trustImport(
  state: ClusterState,
  source: TrustSource,
  to: readonly TrustStoreName[],
  context: ClusterContext,
): Promise<OperationResult> {
  if (to.length === 0) throw refused('no trust store to import to: expected e.g. [CallManager-trust]');
  const found = await findCertificates(state, source, context);
  if (found.entries.length === 0) {
    throw refused('micRoots' in source ? noMicRoots(state) : 'no certificate to import');
  }
  const now = context.now();
  const output: string[] = [];
  let trust = found.state.trust;
  for (const entry of found.entries) {
    const { certificate } = entry;
    if (certificate.notAfter < now) {
      throw refused(
        `certificate ${certificate.subject} expired at ${certificate.notAfter.toISOString()}: upload refused`,
      );
    }
    const { stores, kept } = withUploadedCertificate(trust, to, entry);
    trust = stores;
    for (const name of to) {
      output.push(
        kept.includes(name)
          ? notReplaced(name, certificate)
          : `${name}: ${certificate.commonName.trim()} imported`,
      );
    }
  }
  return { state: { ...found.state, trust }, output };
}

async function findCertificates(
  state: ClusterState,
  source: TrustSource,
  context: ClusterContext,
): Promise<Found> {
  const entriesOf = (
    certificates: readonly Certificate[],
    purpose: TrustedPurpose,
  ): readonly TrustedCertificate[] =>
    certificates.map((certificate) => ({ certificate, purpose, origin: 'imported' }));
  if ('tokens' in source) {
    const tokens = await withTokens(state.tokens, source.tokens, context);
    const certificates = source.tokens.flatMap((name) => tokens.known.get(name)?.certificate ?? []);
    return { state: { ...state, tokens }, entries: entriesOf(certificates, 'token') };
  }
  if ('authorities' in source) {
    let { authorities } = state;
    for (const name of source.authorities) authorities = await withAuthority(authorities, name, context);
    const certificates = source.authorities.flatMap((name) => authorities.made.get(name)?.certificate ?? []);
    return { state: { ...state, authorities }, entries: entriesOf(certificates, 'authority') };
  }
  if ('micRoots' in source) {
    // back where they were: as own ones, they need no restart of TVS
    return { state, entries: micRoots(state, source.micRoots) };
  }
  if ('der' in source) {
    const certificates = source.der.map(readCertificate);
    return {
      state,
      entries: certificates.map((certificate) => ({
        certificate,
        purpose: purposeByName(certificate),
        origin: 'imported',
      })),
    };
  }
  return { state, entries: identitiesOf(state, source, context) };
}

function identitiesOf(
  state: ClusterState,
  source: Extract<TrustSource, { readonly certificates: unknown }>,
  context: ClusterContext,
): readonly TrustedCertificate[] {
  const other = source.cluster === undefined ? state : context.cluster?.(source.cluster);
  if (other === undefined) throw refused(`no cluster ${source.cluster} to take certificates from`);
  const { nodes = 'all' } = source;
  const chosen = other.nodes.filter(({ name }) => nodes === 'all' || nodes.includes(name));
  const missing = nodes === 'all' ? [] : nodes.filter((name) => !chosen.some((node) => node.name === name));
  if (missing.length > 0) throw refused(`cluster ${other.name} has no node ${missing.join(', ')}`);
  return source.certificates.flatMap((purpose) => {
    const identities = chosen.flatMap((node) => node.identities[purpose] ?? []);
    if (identities.length === 0) {
      throw refused(
        `cluster ${other.name} has no ${purpose} certificate on ${chosen.map(({ name }) => name).join(', ')}`,
      );
    }
    return identities.map(
      ({ certificate }): TrustedCertificate => ({ certificate, purpose, origin: 'imported' }),
    );
  });
}

function micRoots(state: ClusterState, names: 'all' | readonly string[]): readonly TrustedCertificate[] {
  const chosen =
    names === 'all'
      ? state.micRoots
      : names.map((name) => {
          const root = state.micRoots.find(({ commonName }) => commonName === spelled(name));
          if (root !== undefined) return root;
          if (state.micRoots.length === 0) throw refused(noMicRoots(state));
          throw refused(`no manufacturing CA "${name}": expected one of ${namesOf(state.micRoots)}`);
        });
  return chosen.map((certificate) => ({ certificate, purpose: 'MIC root', origin: 'own' }));
}

/** A cluster knows the makers of its own phones: without any, or with phones that have no MIC, there is none. */
function noMicRoots({ name }: ClusterState): string {
  return `cluster ${name} came with no manufacturing CA: none of its phones has a MIC`;
}

function namesOf(certificates: readonly Certificate[]): string {
  return certificates.map(({ commonName }) => commonName.trim()).join(', ');
}

/** @throws TrustfleetError TF_OPERATION_REFUSED for octets that are no certificate. */
function readCertificate(der: Uint8Array): Certificate {
  try {
    return Certificate.fromDer(der);
  } catch (cause) {
    if (!(cause instanceof TrustfleetError)) throw cause;
    throw new TrustfleetError(
      'TF_OPERATION_REFUSED',
      `the uploaded file is no certificate: ${cause.message}`,
      {
        cause,
      },
    );
  }
}

/** What a certificate from elsewhere is, by the names that Unified CM gives (trust-files.md 5.1). */
function purposeByName({ commonName, issuer, subject }: Certificate): TrustedPurpose {
  if (/^CAPF-[0-9a-f]{8}$/.test(commonName)) return 'CAPF';
  if (commonName.startsWith('ITLRECOVERY_')) return 'ITLRecovery';
  if (commonName.startsWith('SAST-')) return 'token';
  return subject === issuer && !commonName.includes('.') ? 'authority' : 'CallManager';
}

/** CUCM lists `Cisco Root CA 2048` as `Cisco_Root_CA_2048`. */
function spelled(name: string): string {
  return name.replaceAll('_', ' ');
}

const PURPOSES: readonly string[] = [
  'CallManager',
  'TVS',
  'CAPF',
  'ITLRecovery',
  'tomcat',
  'ipsec',
] satisfies readonly CertificatePurpose[];

type DeleteOperation = Extract<Operation, { readonly op: 'trust-delete' }>;

/**
 * Deletes certificates from trust stores (OP-11, OP-27). By purpose: those that no service has as identity any more, and
 * imported ones; by common name: whatever has it. On all nodes at once.
 */
export function trustDelete(state: ClusterState, operation: DeleteOperation): OperationResult {
  const { certificates, from } = operation;
  if (certificates.length === 0) throw refused('no certificate to delete');
  const output: string[] = [];
  let { trust } = state;
  for (const wanted of certificates) {
    const isWanted = matcher(state, wanted, operation.only);
    const gone = from.flatMap((name) => trust[name].filter(isWanted).map((entry) => ({ name, entry })));
    if (gone.length === 0) throw refused(nothingToDelete(state, wanted, operation));
    for (const { name, entry } of gone) {
      output.push(`${name}: ${entry.certificate.commonName.trim()} deleted`);
    }
    trust = withoutCertificates(trust, from, isWanted);
  }
  return { state: { ...state, trust }, output };
}

function isMicRoot({ purpose }: TrustedCertificate): boolean {
  return purpose === 'MIC root';
}

/** MIC roots by what they are: the word for all of them is the scenario's, none of an administrator. */
function nothingToDelete({ trust }: ClusterState, wanted: string, { from, only }: DeleteOperation): string {
  const where = from.join(', ');
  if (wanted !== MIC_ROOTS && only === undefined) return `there is no ${wanted} to delete in ${where}`;
  const there = from.flatMap((name) => trust[name].filter(isMicRoot).map(({ certificate }) => certificate));
  if (there.length === 0) return `there is no manufacturing CA in ${where}`;
  return `no manufacturing CA "${wanted}" in ${where}: expected all or one of ${namesOf([...new Set(there)])}`;
}

/** Stands for every MIC root. */
const MIC_ROOTS = 'mic-roots';

function matcher(
  state: ClusterState,
  wanted: string,
  only: DeleteOperation['only'],
): (entry: TrustedCertificate) => boolean {
  if (wanted === MIC_ROOTS) return isMicRoot;
  if (only === 'MIC root') return (entry) => isMicRoot(entry) && isNamed(entry, wanted);
  if (PURPOSES.includes(wanted)) {
    const current = new Set(
      state.nodes.flatMap((node) => Object.values(node.identities).map(({ certificate }) => certificate)),
    );
    return ({ purpose, certificate }) => purpose === wanted && !current.has(certificate);
  }
  return (entry) => isNamed(entry, wanted);
}

function isNamed({ certificate }: TrustedCertificate, wanted: string): boolean {
  return [wanted, spelled(wanted)].includes(certificate.commonName.trim());
}
