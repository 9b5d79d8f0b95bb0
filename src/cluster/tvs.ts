import { ROLE_CODES } from '../device/role.js';
import { TrustfleetError } from '../errors.js';
import { Certificate } from '../pki/certificate.js';
import { signerIdOf } from '../trustfile/index.js';
import type { Identity } from './identity.js';
import { shownIdentity } from './shown-identity.js';
import type { ClusterKnobs } from './spec.js';
import { type ClusterState, findNode, type NodeState, publisherOf } from './state.js';
import {
  TRUST_STORES,
  type TrustedCertificate,
  type TrustStoreName,
  type TrustStores,
} from './trust-store.js';

/** A signer as a phone names it: texts and serial of a trust file's header. */
export interface TvsSubject {
  readonly subject: string;
  readonly issuer: string;
  /** Hex, in either case; leading zero octets do not count (trust-files.md 6). */
  readonly serial: string;
}

export type TvsVerdict =
  | {
      readonly result: 'positive';
      readonly certificate: Certificate;
      /** Ascending (tvs.md 6). */
      readonly roles: readonly number[];
      readonly ttlSeconds: number;
    }
  | { readonly result: 'negative' };

/** 0x00015180, as seen from CUCM. */
const TVS_TTL_SECONDS = 86_400;

const NEGATIVE: TvsVerdict = { result: 'negative' };

interface Known {
  readonly certificate: Certificate;
  readonly roles: Set<number>;
}
type Index = ReadonlyMap<string, TvsVerdict>;

/** What an index was made from, besides the stores of the cluster. */
interface Indexed {
  readonly held: TrustStores | null;
  readonly recovery: Identity | undefined;
  readonly knobs: ClusterKnobs;
  readonly index: Index;
}

/**
 * Built at the first question to a node after a change of its stores, gone with them. The state as a whole is no key: it
 * changes with each LSC.
 */
const indexes = new WeakMap<TrustStores, Map<string, Indexed>>();

/** tvs.md 7.1: serial number, then issuer. */
function keyOf(serial: string, issuer: string): string {
  return `${serial.toUpperCase().replace(/^(?:00)+(?=..)/, '')}${issuer}`;
}

/** Roles that a certificate has for being in a store (R-43, K-11). */
function rolesIn(state: ClusterState, store: TrustStoreName, entry: TrustedCertificate): readonly number[] {
  switch (store) {
    case 'Phone-SAST-trust':
      return [ROLE_CODES.SAST];
    case 'CallManager-trust': {
      if (entry.purpose === 'CAPF') return [ROLE_CODES.CAPF];
      // CAs that stand there to validate phones (OP-15, OP-27) sign neither lists nor configurations
      if (entry.purpose === 'MIC root' || entry.purpose === 'authority') return [];
      if (entry.origin === 'own') return [ROLE_CODES['CCM+TFTP']];
      const sast = state.knobs.tvsSastStore === 'Phone-SAST-trust or CallManager-trust';
      return sast ? [ROLE_CODES.SAST, ROLE_CODES.TFTP] : [ROLE_CODES.TFTP];
    }
    case 'CAPF-trust':
      return [ROLE_CODES.CAPF];
    case 'TVS-trust':
      return [ROLE_CODES.TVS];
    case 'tomcat-trust':
      return [ROLE_CODES['APP-SERVER']];
    case 'ipsec-trust':
      return [];
  }
}

/**
 * All that the TVS of a node knows. Its cluster's own certificates are read live; imported ones count from the last start of
 * TVS on. What stands in the CTL alone is unknown to it.
 */
function buildIndex(state: ClusterState, node: NodeState): Index {
  const known = new Map<string, Known>();
  const add = (certificate: Certificate, roles: readonly number[]): Known | undefined => {
    if (roles.length === 0) return undefined;
    const key = keyOf(certificate.serial, certificate.issuer);
    const entry = known.get(key) ?? { certificate, roles: new Set<number>() };
    for (const role of roles) entry.roles.add(role);
    known.set(key, entry);
    return entry;
  };
  const addTrusted = (store: TrustStoreName, trusted: TrustedCertificate): void => {
    const entry = add(trusted.certificate, rolesIn(state, store, trusted));
    if (trusted.purpose !== 'token' || entry === undefined) return;
    // phones name a token as their CTL does: in the rendering of Windows
    const { serial, issuer } = signerIdOf(trusted.certificate, 'etoken');
    known.set(keyOf(serial, issuer), entry);
  };
  for (const store of TRUST_STORES) {
    for (const entry of state.trust[store]) {
      if (entry.origin === 'own') addTrusted(store, entry);
    }
    for (const entry of node.held.tvsStores?.[store] ?? []) {
      if (entry.origin === 'imported') addTrusted(store, entry);
    }
  }
  const recovery = publisherOf(state).identities.ITLRecovery;
  if (recovery !== undefined && state.knobs.tvsKnowsItlRecovery) add(recovery.certificate, [ROLE_CODES.SAST]);
  return new Map(
    [...known].map(([key, { certificate, roles }]) => [
      key,
      {
        result: 'positive',
        certificate,
        roles: [...roles].sort((a, b) => a - b),
        ttlSeconds: TVS_TTL_SECONDS,
      },
    ]),
  );
}

function indexOf(state: ClusterState, nodeName: string): Index | undefined {
  const node = findNode(state, nodeName);
  if (node === undefined || !node.services.has('TVS')) return undefined;
  let ofStores = indexes.get(state.trust);
  if (ofStores === undefined) {
    ofStores = new Map();
    indexes.set(state.trust, ofStores);
  }
  const held = node.held.tvsStores;
  const recovery = publisherOf(state).identities.ITLRecovery;
  const found = ofStores.get(nodeName);
  const { knobs } = state;
  if (found?.held === held && found.recovery === recovery && found.knobs === knobs) return found.index;
  const index = buildIndex(state, node);
  ofStores.set(nodeName, { held, recovery, knobs, index });
  return index;
}

/** QUERY_CERT: who is this signer? Negative from a node that runs no TVS. */
export function tvsQuery(state: ClusterState, nodeName: string, signer: TvsSubject): TvsVerdict {
  return indexOf(state, nodeName)?.get(keyOf(signer.serial, signer.issuer)) ?? NEGATIVE;
}

/** CERT_VERIFICATION: is this very certificate known? Octets that are no certificate are not. */
export function tvsVerify(state: ClusterState, nodeName: string, der: Uint8Array): TvsVerdict {
  let certificate: Certificate;
  try {
    certificate = Certificate.fromDer(der);
    const verdict = indexOf(state, nodeName)?.get(keyOf(certificate.serial, certificate.issuer)) ?? NEGATIVE;
    return verdict.result === 'positive' && verdict.certificate.equals(certificate) ? verdict : NEGATIVE;
  } catch (error) {
    if (error instanceof TrustfleetError) return NEGATIVE;
    throw error;
  }
}

/** What the TVS of a node shows in its handshakes (K-13). Undefined where none runs. */
export function tvsIdentity(state: ClusterState, nodeName: string): Identity | undefined {
  return shownIdentity(state, nodeName, 'TVS');
}
