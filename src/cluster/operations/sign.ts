import type { KeyObject } from 'node:crypto';
import { issueCertificate } from '../../pki/authority.js';
import type { Certificate } from '../../pki/certificate.js';
import { readRequest } from '../../pki/certificate-request.js';
import {
  basicConstraints,
  type CertificateExtension,
  extendedKeyUsage,
  keyUsage,
  subjectAltName,
} from '../../pki/extensions.js';
import type { NameAttribute } from '../../pki/name.js';
import { type ExternalAuthority, withAuthority } from '../authorities.js';
import { allPhones } from '../capf-state.js';
import { type ClusterContext, randomOf } from '../context.js';
import type { CertificatePurpose, Operation, SigningChange } from '../operation.js';
import { drawKeyedSerial, drawSerial } from '../serials.js';
import type { SignedCertificate, SigningRequest } from '../signing-request.js';
import type { ClusterState, NodeState } from '../state.js';
import { requestedExtensions } from './csr.js';
import { chosenNodes } from './node-choice.js';
import { type OperationResult, refused } from './result.js';

type SignOperation = Extract<Operation, { readonly op: 'sign' }>;

const DEFAULT_DAYS = 730;
const DAY_MS = 86_400_000;
/** Of the key that a CA certifies by mistake. */
const OTHER_KEY_BITS = 2048;

/** OP-15 and OP-26: an external CA signs what it is given. What it signed is in the administrator's hand until the upload. */
export async function signRequests(
  state: ClusterState,
  operation: SignOperation,
  context: ClusterContext,
): Promise<OperationResult> {
  const authorities = await withAuthority(state.authorities, operation.by, context);
  const authority = authorities.made.get(operation.by);
  if (authority === undefined) throw refused(`no CA "${operation.by}"`);
  const known: ClusterState = { ...state, authorities };
  const { purpose, change = {} } = operation;
  if (purpose === 'phones') return signForPhones(known, authority, operation, context);
  const nodes = chosenNodes(
    state,
    operation.nodes,
    (node) => node.requests[purpose] !== undefined,
    `there is no CSR for ${purpose}`,
  );
  // the one request of a multi-server certificate lies on several nodes and is signed once
  const requests = new Set(nodes.flatMap((node) => node.requests[purpose] ?? []));
  const signed = new Map<SigningRequest, SignedCertificate>();
  for (const request of requests) {
    signed.set(request, await signRequest(request, purpose, authority, change, context));
  }
  const output: string[] = [];
  const changed = known.nodes.map((node): NodeState => {
    const request = node.requests[purpose];
    const made = request === undefined ? undefined : signed.get(request);
    if (made === undefined) return node;
    output.push(`${node.name}: ${made.certificate.subject} signed by ${authority.name}`);
    return { ...node, signed: { ...node.signed, [purpose]: made } };
  });
  return { state: { ...known, nodes: changed }, output };
}

async function signRequest(
  request: SigningRequest,
  purpose: CertificatePurpose,
  authority: ExternalAuthority,
  change: SigningChange,
  context: ClusterContext,
): Promise<SignedCertificate> {
  const dropped = change.dropNames ?? [];
  const names = [...request.names.filter((name) => !dropped.includes(name)), ...(change.addNames ?? [])];
  const publicKey =
    change.key === 'other' ? (await context.keys.rsa(OTHER_KEY_BITS)).publicKey : request.publicKey;
  const certificate = certify(
    authority,
    {
      subject: request.subject,
      publicKey,
      extensions: requestedExtensions(purpose, names),
      serial: drawKeyedSerial(context.random)(publicKey),
    },
    change,
    context,
  );
  return { certificate, names };
}

/** All requests that `csr dump` gave out and nothing was imported for (OP-26, offline CA). */
function signForPhones(
  state: ClusterState,
  authority: ExternalAuthority,
  { change = {}, elsewhere = false }: SignOperation,
  context: ClusterContext,
): OperationResult {
  const dumped = allPhones(state.capf.phones).flatMap(([device, { request }]) =>
    request?.dumped === true && request.certificate === null ? [{ device, request }] : [],
  );
  if (dumped.length === 0 && !elsewhere)
    throw refused('there is no dumped CSR of a phone: expected "utils capf csr dump" first');
  const signed = dumped.map(({ device, request }) => {
    const { subject, publicKey } = readRequest(request.der);
    const extensions = phoneExtensions(device);
    const serial = drawSerial(randomOf(context, device));
    return {
      device,
      certificate: certify(authority, { subject, publicKey, extensions, serial }, change, context),
    };
  });
  return {
    state: { ...state, capf: { ...state.capf, signed: [...state.capf.signed, ...signed] } },
    output: signed.map(({ device }) => `${device}: LSC signed by ${authority.name}`),
  };
}

/** As CAPF's own LSCs have them (capf.md 10.1). */
export function phoneExtensions(device: string): readonly CertificateExtension[] {
  return [
    basicConstraints(),
    keyUsage(['digitalSignature', 'keyEncipherment'], true),
    extendedKeyUsage(['serverAuth', 'clientAuth', 'ipsecEndSystem']),
    subjectAltName([{ uri: device }]),
  ];
}

interface Wanted {
  readonly subject: readonly NameAttribute[];
  readonly publicKey: KeyObject | Uint8Array;
  readonly extensions: readonly CertificateExtension[];
  readonly serial: Uint8Array;
}

function certify(
  authority: ExternalAuthority,
  wanted: Wanted,
  { days = DEFAULT_DAYS, fromDays = 0 }: SigningChange,
  { now }: ClusterContext,
): Certificate {
  if (days <= 0) throw refused(`certificate for ${days} days, expected more than 0`);
  const from = now().getTime() + fromDays * DAY_MS;
  return issueCertificate({
    ...wanted,
    issuer: authority.certificate,
    signWith: authority.privateKey,
    digest: 'sha256',
    notBefore: new Date(from),
    notAfter: new Date(from + days * DAY_MS),
  });
}
