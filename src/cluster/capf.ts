import { reasonOf, TrustfleetError } from '../errors.js';
import { Certificate } from '../pki/certificate.js';
import { isIssuedBy } from '../pki/chain.js';
import { phoneCommonName } from '../pki/device-certificates.js';
import { certificationRequestInfo } from '../protocol/capf/csr.js';
import { issueLsc } from '../protocol/capf/lsc.js';
import type { CapfIssueAnswer, CapfIssueRequest, CapfOrder } from '../protocol/capf/order.js';
import { withKnown } from './capf-record.js';
import { authenticationOf, DEFAULT_CAPF_KEY, keysToAsk } from './capf-settings.js';
import { knownOf, type PhoneRequest } from './capf-state.js';
import { type ClusterContext, randomOf, seconds } from './context.js';
import type { Identity } from './identity.js';
import { drawSerial } from './serials.js';
import { shownIdentity } from './shown-identity.js';
import { type ClusterState, type DeviceRecord, publisherOf } from './state.js';

/** What CAPF shows and signs LSCs with (K-13). Undefined where none runs. */
export function capfIdentity(state: ClusterState, nodeName: string): Identity | undefined {
  return shownIdentity(state, nodeName, 'CAPF');
}

/** What the administrator has set for a device; undefined: it is not in the database. */
export function capfOrder(state: ClusterState, deviceName: string): CapfOrder | undefined {
  if (!state.devices.has(deviceName)) return undefined;
  const { pending } = knownOf(state.capf.phones, deviceName);
  if (pending === null) {
    return {
      operation: 'none',
      authentication: { by: 'null-string' },
      keys: keysToAsk(DEFAULT_CAPF_KEY),
      completesBy: null,
    };
  }
  return {
    operation: pending.operation,
    authentication: authenticationOf(pending),
    keys: keysToAsk(pending.key),
    completesBy: pending.completeBy * 1000,
  };
}

/** Is the issuer of this certificate in CAPF-trust? One level, no chain (capf.md 9.4). */
export function capfTrusts(state: ClusterState, certificate: Certificate): boolean {
  return state.trust['CAPF-trust'].some((trusted) => isIssuedBy(certificate, trusted.certificate));
}

/** `Enable IPv6`: without it phones that come over IPv6 get no certificate. */
export function capfServesIpv6(state: ClusterState): boolean {
  return state.parameters.enableIpv6;
}

/** The answer to a phone's key, and what of the state changes with it. */
export interface CapfIssue {
  readonly answer: CapfIssueAnswer;
  /** To be applied to the state of that moment: others have changed since the question. Absent: nothing changes. */
  readonly change?: (state: ClusterState) => ClusterState;
}

/**
 * Issues, queues or passes on, as `Certificate Issuer to Endpoint` says (OP-26). CAPF's own certificates are made at once, so
 * that nothing can change between question and answer.
 *
 * @param signal ends the question to an online CA: the phone is gone
 */
export function capfIssue(
  state: ClusterState,
  request: CapfIssueRequest,
  context: ClusterContext,
  signal?: AbortSignal,
): CapfIssue | Promise<CapfIssue> {
  const device = state.devices.get(request.device);
  if (device === undefined) return refusal(`${request.device} is not in the database`);
  switch (state.parameters.certificateIssuer) {
    case 'capf':
      return issueOwn(state, device, request, context);
    case 'online-ca':
      return issueOnline(state, device, request, context, signal);
    case 'offline-ca':
      return issueOffline(state, device, request, context);
  }
}

function refusal(refused: string): CapfIssue {
  return { answer: { refused } };
}

function issueOwn(
  state: ClusterState,
  device: DeviceRecord,
  { publicKey }: CapfIssueRequest,
  context: ClusterContext,
): CapfIssue {
  const authority = capfIdentity(state, publisherOf(state).name);
  if (authority === undefined) return refusal('no CAPF runs on the publisher');
  const certificate = issueLsc({
    device: device.name,
    commonName: commonNameOf(device),
    publicKey,
    authority,
    digest: state.rules.lscDigest,
    days: state.parameters.lscDays,
    serial: drawSerial(randomOf(context, device.name)),
    unixMs: context.now().getTime(),
  });
  return { answer: { certificate } };
}

/** `CP-7962G-SEP…` (capf.md 10.2). */
function commonNameOf({ name, model }: DeviceRecord): string {
  return phoneCommonName({ productName: model.productName, device: name });
}

/** What the phone is to sign: an external CA wants a request, and CAPF has the bare key. */
function askForSignature(
  state: ClusterState,
  device: DeviceRecord,
  { publicKey }: CapfIssueRequest,
): CapfIssue {
  const subject = [
    { key: 'CN', value: commonNameOf(device) },
    { key: 'OU', value: state.organisation.unit },
    { key: 'O', value: state.organisation.organisation },
  ];
  const sign = certificationRequestInfo({ device: device.name, subject, publicKey });
  return { answer: { sign, digest: state.rules.lscDigest } };
}

async function issueOnline(
  state: ClusterState,
  device: DeviceRecord,
  request: CapfIssueRequest,
  context: ClusterContext,
  signal: AbortSignal | undefined,
): Promise<CapfIssue> {
  // capf.md 11
  if (request.key.type === 'ec') return refusal('an online CA certifies RSA keys only, and this one is EC');
  if (publisherOf(state).tls.fips) return refusal('there is no online CA in FIPS mode');
  if (context.onlineCa === undefined) return refusal('no online CA is configured');
  if (request.request === undefined) return askForSignature(state, device, request);
  try {
    const der = await context.onlineCa(request.request.der, device.name, signal);
    const certificate = Certificate.fromDer(der);
    if (Buffer.compare(certificate.spki, request.publicKey) !== 0) {
      return refusal(`the online CA certified another key than that of ${device.name}`);
    }
    return { answer: { certificate } };
  } catch (error) {
    if (!(error instanceof TrustfleetError) && signal?.aborted !== true) throw error;
    return refusal(`online CA: ${reasonOf(error)}`);
  }
}

/** The phone's request waits until a certificate was imported for it; a phone with another key starts again (OP-26). */
function issueOffline(
  state: ClusterState,
  device: DeviceRecord,
  request: CapfIssueRequest,
  context: ClusterContext,
): CapfIssue {
  const waiting = knownOf(state.capf.phones, device.name).request;
  if (waiting !== null && Buffer.compare(waiting.publicKey, request.publicKey) === 0) {
    return waiting.certificate === null ? LATER : { answer: { certificate: waiting.certificate } };
  }
  if (request.request === undefined) return askForSignature(state, device, request);
  const queued: PhoneRequest = {
    der: request.request.der,
    publicKey: request.publicKey,
    madeAt: seconds(context.now()),
    dumped: false,
    certificate: null,
  };
  return { ...LATER, change: (current) => withRequest(current, device.name, queued) };
}

const LATER: CapfIssue = { answer: { retryAfterSeconds: null } };

/** A new request takes the place of the old one, whose certificate, if it was made, is stale now. */
function withRequest(state: ClusterState, device: string, request: PhoneRequest): ClusterState {
  return withKnown(state, [device], (phone) => {
    const made = phone.request?.certificate ?? null;
    return { ...phone, request, stale: made === null ? phone.stale : [...phone.stale, made] };
  });
}
