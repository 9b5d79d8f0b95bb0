/** The embedded cluster: state, operations, the files it serves and what its services answer. What other rooms use. */
export { type Admission, type AdmissionRequest, admit } from './admission.js';
export { artefact, artefactNames } from './artefacts.js';
export { type ClusterContext, seconds } from './context.js';
export { createCluster } from './create.js';
export type { HeldByServices } from './held.js';
export type { Identity } from './identity.js';
export { operate } from './operate.js';
export type {
  CertificatePurpose,
  NodeChoice,
  Operation,
  ServiceFault,
  ServiceName,
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
export {
  TVS_TTL_SECONDS,
  type TvsSubject,
  type TvsVerdict,
  tvsIdentity,
  tvsQuery,
  tvsVerify,
} from './tvs.js';
