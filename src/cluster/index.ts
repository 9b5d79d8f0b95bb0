/** The embedded cluster: state, operations, the files it serves and what its services answer. What other rooms use. */
export { type Admission, type AdmissionRequest, admit } from './admission.js';
export { artefact, artefactNames } from './artefacts.js';
export {
  CAPF_AUTH_CODES,
  CAPF_EC_BITS,
  CAPF_RSA_BITS,
  type CapfAuthMode,
  type CapfKey,
  type CapfOperation,
  type CapfSettings,
  capfKey,
  DEFAULT_CAPF_KEY,
} from './capf-settings.js';
export { type ClusterContext, seconds } from './context.js';
export { createCluster } from './create.js';
export type { HeldByServices } from './held.js';
export type { Identity } from './identity.js';
export { operate } from './operate.js';
export type {
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
export type { OperationResult } from './operations/result.js';
export type {
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
export { TRUST_STORES, type TrustStoreName } from './trust-store.js';
export {
  TVS_TTL_SECONDS,
  type TvsSubject,
  type TvsVerdict,
  tvsIdentity,
  tvsQuery,
  tvsVerify,
} from './tvs.js';
