/**
 * The library's public face. docs/library.md shows each part of it at work; everything else is private.
 *
 * Every type that stands in a signature here can be imported by its name, but for what `ClusterState` is made of: it comes from
 * `createCluster` and `operate`, functions tell what is in it, and its fields may change.
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

// Running scenarios, in either clock, and looking at what came of them (docs/library.md 1).
// openLaboratory takes the clock from the scenario; the two below it are for who needs what only one clock has.

export type { NodeReady } from './fleet/cluster-messages.js';
export type { Device, DeviceKind } from './fleet/devices.js';
export type { FlashRecord, FlashStore } from './fleet/flash-store.js';
export type {
  ActionResult,
  BareHandshakes,
  BareKind,
  HandshakeMeter,
  HandshakeReading,
  HeldOf,
  Laboratory,
  RefusalRecord,
} from './fleet/laboratory.js';
export type { PhoneKeys } from './fleet/lsc-keys.js';
export type {
  DatagramFault,
  DeviceCapf,
  Fault,
  FleetSpec,
  GroupSpec,
  IndexCondition,
  IndexRule,
  IpSettings,
  LeakFault,
  Load,
  MicIssuer,
  PhoneAction,
  PowerPoint,
  Selection,
  SelectionField,
  TftpChoice,
} from './fleet/model.js';
export { type NetworkLaboratoryOptions, openNetworkLaboratory } from './fleet/network-laboratory.js';
export type { NetworkLaboratory } from './fleet/network-workers.js';
export type { ReadNode } from './fleet/node-certificates.js';
export type {
  ClusterSubject,
  LaboratoryCluster,
  LaboratoryClusters,
  LaboratorySpec,
  OnlineCaPlan,
} from './fleet/plan.js';
export { type ClusterProfile, loadCluster, loadFleet, loadModel, loadModels } from './fleet/profiles.js';
export type { FleetSetting } from './fleet/settings.js';
export {
  openVirtualLaboratory,
  type VirtualLaboratory,
  type VirtualLaboratoryOptions,
} from './fleet/virtual-laboratory.js';
export type { Cidr } from './net/addresses.js';
export type { ListeningPorts } from './net/cluster-front.js';
export type { HandshakeCounts, HandshakeKind } from './net/handshake-count.js';
export { DEFAULT_HEALTH_LIMITS, type HealthLimits, type HealthReading } from './observe/health.js';
export type { Sample, Snapshot, TimingSample } from './observe/sample.js';
export {
  type CatalogueEntry,
  DEFAULT_SCENARIO,
  listScenarios,
  loadScenario,
  resolveScenarios,
} from './scenario/catalogue.js';
export { laboratorySpec, type PlanOverrides } from './scenario/laboratory-spec.js';
export {
  type Clock,
  type LaboratoryOptions,
  openLaboratory,
  type RunLaboratory,
  withClock,
} from './scenario/open-laboratory.js';
export type {
  ArtefactExpectation,
  Bound,
  ClusterPlan,
  ConsoleLine,
  CountExpectation,
  Expectation,
  Figure,
  FleetPlan,
  HeldExpectation,
  NodePlan,
  NodeService,
  PlannedOperation,
  ScenarioPlan,
  Split,
  StartPlan,
  Step,
  TimeExpectation,
  TimeLimit,
} from './scenario/plan.js';
export type { HandshakeRate, Rate } from './scenario/rates.js';
export { readScenario } from './scenario/read.js';
export type { ProfileShelf } from './scenario/resolve.js';
export {
  type ExpectationResult,
  exitCodeOfRun,
  type FigureEntry,
  type RefusalKind,
  type RefusalSummary,
  type RunEnd,
  type RunResult,
  type StepResult,
} from './scenario/result.js';
export { type RunOptions, type RunProgress, runScenario } from './scenario/run.js';
export type { ServiceModel, VirtualSettings } from './virtual/settings.js';

// Trust files: reading, verifying, building, signing, encrypting (docs/library.md 2).

export { buildTrustList, type TrustListSpec } from './trustfile/build.js';
export { type Decrypted, decryptFile, decryptPayload, type EncryptedPayload } from './trustfile/decrypt.js';
export { encryptFile, type FileKey, newFileKey } from './trustfile/encrypt.js';
export { FIRMWARE_SIGNER, signFirmware } from './trustfile/firmware.js';
export {
  type InspectedCertificate,
  type InspectedHeader,
  type InspectedPlaintext,
  type InspectedRecord,
  type Inspection,
  type InspectOptions,
  inspectJson,
  isSound,
} from './trustfile/inspect.js';
export { MAX_RECORDS, MAX_TRUST_FILE_OCTETS } from './trustfile/limits.js';
export type {
  EncryptedFile,
  EncryptionHeader,
  SignedFile,
  SignerId,
  TrustFile,
  TrustFileHeader,
  TrustList,
  TrustRecord,
} from './trustfile/model.js';
export { certificatesOf, listKind, parseTrustFile } from './trustfile/parse.js';
export {
  blankItlRecord,
  certificateRecord,
  emptyRecord,
  encodeRecord,
  etokenRecord,
  hashRecord,
  ITL_DNS_NAME,
  type Layout,
  type RecordOptions,
  type RecordSpec,
} from './trustfile/records.js';
export type { FileKind } from './trustfile/scan.js';
export { type ShowOptions, showTrustList } from './trustfile/show.js';
export { type SignedFileSpec, signFile } from './trustfile/sign.js';
export type { SignatureStatus } from './trustfile/signature-status.js';
export { findSigner, findSigners, type NameStyle, signerIdOf } from './trustfile/signer.js';
export { readTrustSources, type TrustSource } from './trustfile/trust-source.js';
export { verifySignature } from './trustfile/verify.js';
export type { GivenSignature, Signer, WrittenDigest } from './trustfile/write.js';

// One phone in a world of one's own: what PhoneWorld asks and is told (docs/library.md 3).

export { lscKeys } from './fleet/lsc-keys.js';
export type {
  AlarmCode,
  BootOutcome,
  CounterLabels,
  CounterName,
  HistogramName,
  ListKind,
  PhoneState,
  Refusal,
  RefuseReason,
  RuleId,
  TransferLabels,
  TrustFailureReason,
} from './observe/events.js';
export type { CapfAnswer, CapfQuestion, CapfServerVerdict } from './phone/capf-world.js';
export type { PhoneService } from './phone/decide/service.js';
export {
  emptyFlash,
  type Factory,
  type Flash,
  type KeyedCertificate,
  type StoredConfiguration,
} from './phone/flash.js';
export { DEFAULT_KNOBS, type Knobs, readKnobs } from './phone/knobs.js';
export { Phone, type PhoneOptions } from './phone/phone.js';
export type { ServiceAnswer, ServiceQuestion } from './phone/service-world.js';
export type { StopListener, StopSignal } from './phone/stop.js';
export type {
  Endpoint,
  FetchResult,
  JudgePeer,
  LastCause,
  PeerRefusal,
  PeerVerdict,
  PhoneWorld,
  Registration,
  RegistrationAttempt,
  RegistrationEnd,
  RegistrationListener,
  RegistrationResult,
  Standby,
  StandbyListener,
  TlsProfile,
  TrustListReport,
  TvsAnswer,
  TvsQuestion,
} from './phone/world.js';
export type { CapfCredentials, PhoneCertificates } from './protocol/capf/credentials.js';
export type { CapfKey, CapfRsaBits } from './protocol/capf/keys.js';
export type { CapfPhoneEnd } from './protocol/capf/phone-end.js';
export type { CapfOperation, CapfResult } from './protocol/capf/results.js';
export type {
  CallManagerEntry,
  DefaultConfiguration,
  LineEntry,
  PhoneConfiguration,
  ServerEntry,
  SipTimers,
} from './protocol/cnf/model.js';
export { parseDefaultConfiguration, parsePhoneConfiguration } from './protocol/cnf/read.js';
export { certHash, reducedConfiguration } from './protocol/cnf/reduced.js';
export {
  type WriteOptions,
  writeDefaultConfiguration,
  writePhoneConfiguration,
} from './protocol/cnf/write.js';

// A cluster without sockets: its files, and what its services answer (docs/library.md 3).

export { type Admission, type AdmissionRefusal, type AdmissionRequest, admit } from './cluster/admission.js';
export { artefact, artefactNames } from './cluster/artefacts.js';
export type { AuthoritySpec } from './cluster/authorities.js';
export type {
  CapfAuthMode,
  CapfEcBits,
  CapfKeySetting,
  CapfSettings,
} from './cluster/capf-settings.js';
export type { ClusterContext, ForeignCluster } from './cluster/context.js';
export { createCluster } from './cluster/create.js';
export type { ExternalServices } from './cluster/external.js';
export type { LoadImage } from './cluster/firmware.js';
export type { Identity as ClusterIdentity } from './cluster/identity.js';
export type { EmbeddedCaSpec, OnlineCaConduct, OnlineCaSettings } from './cluster/online-ca.js';
export { operate } from './cluster/operate.js';
export type {
  AddedNode,
  CapfCommand,
  CertificatePurpose,
  DeviceChange,
  DeviceUser,
  IpMode,
  NodeChoice,
  Operation,
  ServiceFault,
  ServiceName,
  ShowRequest,
  SigningChange,
  TrustSource as OperationTrustSource,
} from './cluster/operation.js';
export type { Operated, OperationResult, RestartedServices } from './cluster/operations/result.js';
export type { SipTrunk } from './cluster/operations/sip-trunk.js';
export type {
  CapfAddress,
  CertificateIssuer,
  CertificatePlan,
  ClusterKnobs,
  ClusterMode,
  ClusterParameters,
  ClusterSpec,
  DeviceLine,
  DeviceSpec,
  FeatureService,
  NodeSpec,
  PhoneInteraction,
} from './cluster/spec.js';
export type { ClusterState } from './cluster/state.js';
export type { TrustStoreName } from './cluster/trust-store.js';
export { type TvsSubject, type TvsVerdict, tvsIdentity, tvsQuery, tvsVerify } from './cluster/tvs.js';

// What all of them speak of: errors, certificates, keys, models, releases.

export type { AddressFamily } from './device/address-family.js';
export type { DigestName } from './device/digest.js';
export type { MicProfile, ModelProfile } from './device/model.js';
export { compareReleases, parseRelease, type Release } from './device/release.js';
export { ROLE_CODES, type RoleName, roleName } from './device/role.js';
export type {
  DeviceSecurityMode,
  RegistrationMode,
  SecurityProfile,
  SignallingProtocol,
  TlsRange,
  TlsVersion,
} from './device/security.js';
export type { ExternalPort, ServicePlace, ServicePort } from './device/service-port.js';
export {
  type ErrorContext,
  TrustfleetError,
  type TrustfleetErrorCode,
  type TrustfleetErrorOptions,
} from './errors.js';
export { Certificate } from './pki/certificate.js';
export type { Organisation } from './pki/cucm-certificates.js';
export {
  type CurveName,
  type DrawnPrimes,
  freshKeys,
  type Identity,
  type KeySource,
  loadIdentity,
  loadPrivateKey,
  pooledKeys,
} from './pki/keys.js';
export type { NameAttribute } from './pki/name.js';
export type { KeyPair, PooledBits } from './pki/prime-pool.js';
