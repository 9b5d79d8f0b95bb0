import { TrustfleetError } from '../../errors.js';
import { Certificate } from '../../pki/certificate.js';
import { encodePem } from '../../pki/pem.js';
import { withKnown } from '../capf-record.js';
import { CAPF_KEEP_ALIVE_MINUTES } from '../capf-settings.js';
import { allPhones, knownOf, type PhoneCapf, type PhoneRequest } from '../capf-state.js';
import type { CapfCommand } from '../operation.js';
import type { ClusterState } from '../state.js';
import { type OperationResult, refused } from './result.js';

/** OP-26, `utils capf …`. The texts of these commands are not documented (open point 6). */
export function utilsCapf(state: ClusterState, command: CapfCommand): OperationResult {
  switch (command.name) {
    case 'csr list':
      return { state, output: pendingRequests(state).map(listed) };
    case 'csr count':
      return { state, output: [`Number of pending CSRs: ${pendingRequests(state).length}`] };
    case 'csr dump':
      return dump(state);
    case 'csr delete':
      return deleteRequests(state);
    case 'cert import':
      return importCertificates(state, command.der);
    case 'stale-lsc list':
      return {
        state,
        output: staleOf(state).map(([name, { subject, serial }]) => `${name} ${subject} ${serial}`),
      };
    case 'stale-lsc delete all':
      return deleteStale(state);
    case 'set keep_alive':
      return setKeepAlive(state, command.minutes);
  }
}

interface Pending {
  readonly name: string;
  readonly request: PhoneRequest;
}

/** Requests that no certificate was imported for. */
function pendingRequests(state: ClusterState): readonly Pending[] {
  return allPhones(state.capf.phones).flatMap(([name, { request }]) =>
    request === null || request.certificate !== null ? [] : [{ name, request }],
  );
}

/** Names by key in hex, of requests that a certificate was imported for. */
function answeredRequests(state: ClusterState): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [name, { request }] of allPhones(state.capf.phones)) {
    if (request?.certificate != null) names.set(hex(request.publicKey), name);
  }
  return names;
}

/** Name and time stamp (capf.md 11). */
function listed({ name, request }: Pending): string {
  return `${name} ${new Date(request.madeAt * 1000).toISOString()}`;
}

/** Gives out all pending requests, those that were given out before as well. */
function dump(state: ClusterState): OperationResult {
  const requests = pendingRequests(state);
  if (requests.length === 0) throw refused('there is no pending CSR');
  const names = requests.map(({ name }) => name);
  return {
    state: withKnown(state, names, (phone) => ({ ...phone, request: dumped(phone.request) })),
    output: [
      `${requests.length} CSRs dumped`,
      ...requests.map(({ name, request }) => `${name}\n${encodePem('CERTIFICATE REQUEST', request.der)}`),
    ],
  };
}

function dumped(request: PhoneRequest | null): PhoneRequest | null {
  return request === null ? null : { ...request, dumped: true };
}

function deleteRequests(state: ClusterState): OperationResult {
  const names = pendingRequests(state).map(({ name }) => name);
  return {
    state: withKnown(state, names, (phone) => ({ ...phone, request: null })),
    output: [`${names.length} CSRs deleted`],
  };
}

/**
 * Takes in what the outside CA made. A certificate belongs to the request with its key; one whose phone has made another
 * request since is stale, and where there is no request any more it is nobody's.
 */
function importCertificates(state: ClusterState, der: readonly Uint8Array[] | undefined): OperationResult {
  const certificates =
    der === undefined ? state.capf.signed.map(({ certificate }) => certificate) : der.map(readUpload);
  if (certificates.length === 0) throw refused('there is no certificate to import');
  const byKey = new Map(pendingRequests(state).map(({ name, request }) => [hex(request.publicKey), name]));
  const answered = answeredRequests(state);
  const fitting = new Map<string, Certificate>();
  const stale = new Map<string, Certificate[]>();
  const output: string[] = [];
  for (const certificate of certificates) {
    const name = byKey.get(hex(certificate.spki));
    if (name !== undefined) {
      fitting.set(name, certificate);
      output.push(`${name}: certificate imported`);
      continue;
    }
    const before = answered.get(hex(certificate.spki));
    if (before !== undefined) {
      output.push(`${before}: imported already`);
      continue;
    }
    const owner = ownerOf(state, certificate);
    if (owner === undefined)
      throw refused(`certificate ${certificate.subject} is of no device of the database`);
    if (knownOf(state.capf.phones, owner).request === null) {
      output.push(`${owner}: no CSR of this phone is pending, certificate discarded`);
      continue;
    }
    stale.set(owner, [...(stale.get(owner) ?? []), certificate]);
    output.push(`${owner}: stale, the phone has made another request since`);
  }
  const changed = withKnown(
    state,
    new Set([...fitting.keys(), ...stale.keys()]),
    (phone, name): PhoneCapf => {
      const certificate = fitting.get(name);
      const request =
        phone.request === null || certificate === undefined
          ? phone.request
          : { ...phone.request, certificate };
      return { ...phone, request, stale: [...phone.stale, ...(stale.get(name) ?? [])] };
    },
  );
  return { state: { ...changed, capf: { ...changed.capf, signed: [] } }, output };
}

/** @throws TrustfleetError TF_OPERATION_REFUSED for octets that are no certificate. */
function readUpload(der: Uint8Array): Certificate {
  try {
    return Certificate.fromDer(der);
  } catch (cause) {
    if (!(cause instanceof TrustfleetError)) throw cause;
    throw new TrustfleetError('TF_OPERATION_REFUSED', `cert import: ${cause.message}`, { cause });
  }
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex');
}

/** `CP-7962G-SEP001F9E266369`, or the device name alone (capf.md 10.2). */
function ownerOf(state: ClusterState, { commonName }: Certificate): string | undefined {
  const name = commonName.slice(commonName.lastIndexOf('-') + 1);
  return state.devices.has(name) ? name : undefined;
}

function staleOf(state: ClusterState): readonly (readonly [name: string, certificate: Certificate])[] {
  return allPhones(state.capf.phones).flatMap(([name, { stale }]) =>
    stale.map((certificate) => [name, certificate] as const),
  );
}

function deleteStale(state: ClusterState): OperationResult {
  const stale = staleOf(state);
  const names = new Set(stale.map(([name]) => name));
  return {
    state: withKnown(state, names, (phone) => ({ ...phone, stale: [] })),
    output: [`${stale.length} stale LSCs deleted`],
  };
}

function setKeepAlive(state: ClusterState, minutes: number): OperationResult {
  if (
    !Number.isInteger(minutes) ||
    minutes < CAPF_KEEP_ALIVE_MINUTES.min ||
    minutes > CAPF_KEEP_ALIVE_MINUTES.max
  ) {
    throw refused(
      `keep_alive ${minutes}: expected ${CAPF_KEEP_ALIVE_MINUTES.min} to ${CAPF_KEEP_ALIVE_MINUTES.max} minutes`,
    );
  }
  return {
    state: { ...state, capf: { ...state.capf, keepAliveMinutes: minutes } },
    output: [`keep_alive ${minutes} minutes`],
  };
}
