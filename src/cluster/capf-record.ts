import type { Certificate } from '../pki/certificate.js';
import { isIssuedBy } from '../pki/chain.js';
import type { CapfServerEnd } from '../protocol/capf/order.js';
import { knownOf, type PhoneCapf, withPhones } from './capf-state.js';
import type { ClusterState } from './state.js';

/**
 * The state after a CAPF session: a success resets the operation to none and leaves what it brought in the database, an
 * operation whose time has run out is withdrawn, everything else stays as it was (capf.md 8.6).
 *
 * @param now seconds since 1970.
 */
export function capfEnded(state: ClusterState, end: CapfServerEnd, now: number): ClusterState {
  if (!state.devices.has(end.device)) return state;
  const before = knownOf(state.capf.phones, end.device);
  const after = afterSession(state, before, end, now);
  return after === before ? state : withKnown(state, [end.device], () => ({ ...after, changedAt: now }));
}

function afterSession(state: ClusterState, phone: PhoneCapf, end: CapfServerEnd, now: number): PhoneCapf {
  if (end.result === 'success' && end.operation !== 'none') return succeeded(state, phone, end);
  if (end.result === 'fetch-success-but-no-cert') return { ...phone, pending: null, lsc: null };
  const isLate = phone.pending !== null && now > phone.pending.completeBy;
  return isLate ? { ...phone, pending: null } : phone;
}

function succeeded(state: ClusterState, phone: PhoneCapf, end: CapfServerEnd): PhoneCapf {
  const { operation, certificate: brought } = end;
  const certificate = brought ?? null;
  switch (operation) {
    case 'install':
      return { ...phone, pending: null, lsc: certificate ?? phone.lsc, request: null };
    case 'delete':
      return { ...phone, pending: null, lsc: null };
    case 'fetch':
      return certificate !== null && isMic(state, certificate)
        ? { ...phone, pending: null, mic: certificate }
        : { ...phone, pending: null, lsc: certificate };
    case 'none':
      return phone;
  }
}

/** A phone without LSC gives its MIC when it is asked for its certificate. */
function isMic(state: ClusterState, certificate: Certificate): boolean {
  return state.micRoots.some((root) => isIssuedBy(certificate, root));
}

/** Certificates of phones as they come with a fleet: LSCs that were installed before the run, MICs that CAPF knows. */
export interface KnownCertificates {
  readonly device: string;
  /** null: it has none. Left out: nothing is said of it. */
  readonly lsc?: Certificate | null;
  readonly mic?: Certificate | null;
}

/** The state with them in the database, as if CAPF had installed or fetched them. */
export function withPhoneCertificates(
  state: ClusterState,
  entries: readonly KnownCertificates[],
  now: number,
): ClusterState {
  const byName = new Map(entries.map((entry) => [entry.device, entry]));
  return withKnown(state, byName.keys(), (phone, name) => {
    const { lsc = phone.lsc, mic = phone.mic } = byName.get(name) ?? {};
    return { ...phone, lsc, mic, changedAt: now };
  });
}

/** The state with what CAPF knows of some phones changed. */
export function withKnown(
  state: ClusterState,
  names: Iterable<string>,
  change: (phone: PhoneCapf, name: string) => PhoneCapf,
): ClusterState {
  return { ...state, capf: { ...state.capf, phones: withPhones(state.capf.phones, names, change) } };
}
