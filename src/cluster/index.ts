/** The embedded cluster: state, operations, the files it serves and what its services answer. What other rooms use. */
export { type Admission, type AdmissionRequest, admit } from './admission.js';
export { artefact, artefactNames } from './artefacts.js';
export type { Authorities, AuthoritySpec, ExternalAuthority } from './authorities.js';
export {
  type CallManagerTls,
  callManagerIdentity,
  callManagerTls,
  callManagerTrust,
} from './call-manager.js';
export {
  type CapfIssue,
  capfIdentity,
  capfIssue,
  capfOrder,
  capfServesIpv6,
  capfTrusts,
} from './capf.js';
export { capfEnded, type KnownCertificates, withPhoneCertificates } from './capf-record.js';
export {
  CAPF_AUTH_CODES,
  CAPF_EC_BITS,
  type CapfAuthMode,
  type CapfKeySetting,
  type CapfOperation,
  type CapfSettings,
  capfKey,
  DEFAULT_CAPF_KEY,
} from './capf-settings.js';
export { type ClusterContext, type ForeignCluster, seconds } from './context.js';
export { createCluster } from './create.js';
export type { HeldByServices } from './held.js';
export type { Identity } from './identity.js';
export { operate } from './operate.js';
export type {
  AddedNode,
  CapfCommand,
  CertificatePurpose,
  DeviceChange,
  NodeChoice,
  Operation,
  ServiceFault,
  ServiceName,
  SigningChange,
  TrustSource,
} from './operation.js';
export type { Operated, OperationResult, RestartedServices } from './operations/result.js';
export type {
  CertificateIssuer,
  ClusterKnobs,
  ClusterMode,
  ClusterParameters,
  ClusterSpec,
  DeviceLine,
  DeviceSpec,
  FeatureService,
  NodeSpec,
} from './spec.js';
export { type ClusterState, findNode, type NodeState, nodeOf, publisherOf } from './state.js';
export {
  type NodeTls,
  offeredVersions,
  SERVICE_TLS_PORT,
  TLS_PORTS,
  type TlsPort,
  type TlsService,
  tlsVersions,
} from './tls.js';
export { TRUST_STORES, type TrustStoreName } from './trust-store.js';
export {
  type TvsSubject,
  type TvsVerdict,
  tvsIdentity,
  tvsQuery,
  tvsVerify,
} from './tvs.js';
