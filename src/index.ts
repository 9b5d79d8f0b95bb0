/**
 * The library's public face: trust files, the pure cluster, the phone, and running scenarios. Everything else is private.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { inspectJson } from 'trustfleet';
 *
 * const file = 'CTLFile.tlv';
 * console.log(inspectJson(readFileSync(file), { file }).signature);
 * ```
 */
export {
  type Admission,
  type AdmissionRequest,
  admit,
  artefact,
  artefactNames,
  type ClusterContext,
  type ClusterSpec,
  type ClusterState,
  createCluster,
  operate,
  tvsQuery,
  tvsVerify,
} from './cluster/index.js';
export type { Operation } from './cluster/operation.js';
export type { ModelProfile } from './device/model.js';
export { compareReleases, parseRelease, type Release } from './device/release.js';
export { ROLE_CODES, type RoleName, roleName } from './device/role.js';
export { type ErrorContext, TrustfleetError, type TrustfleetErrorCode } from './errors.js';
export type { Laboratory } from './fleet/laboratory.js';
export { type NetworkLaboratoryOptions, openNetworkLaboratory } from './fleet/network-laboratory.js';
export { loadCluster, loadFleet, loadModel, loadModels } from './fleet/profiles.js';
export type { Snapshot } from './observe/sample.js';
export { DEFAULT_KNOBS, type Knobs, readKnobs } from './phone/knobs.js';
export { Phone, type PhoneOptions } from './phone/phone.js';
export type { PhoneWorld } from './phone/world.js';
export { Certificate } from './pki/certificate.js';
export { certHash, reducedConfiguration } from './protocol/cnf/reduced.js';
export { loadScenario, resolveScenarios } from './scenario/catalogue.js';
export { laboratorySpec } from './scenario/laboratory-spec.js';
export type { ScenarioPlan } from './scenario/plan.js';
export { readScenario } from './scenario/read.js';
export type { RunResult } from './scenario/result.js';
export { runScenario } from './scenario/run.js';
export * from './trustfile/index.js';
