import type { CapfState } from './capf-state.js';
import type { Identity } from './identity.js';
import type { ListFile } from './list-file.js';
import type { CertificatePurpose } from './operation.js';
import type { ClusterMode, ClusterParameters } from './spec.js';
import type { ClusterState, DeviceRecord } from './state.js';
import type { Token } from './tokens.js';
import type { TrustStores } from './trust-store.js';

/** What the Disaster Recovery System writes away (OP-21): database, certificates with their keys, TFTP files. */
export interface Backup {
  /** Seconds since 1970. */
  readonly takenAt: number;
  readonly release: string;
  readonly nodes: readonly BackedUpNode[];
  readonly stored: StoredState;
}

export interface BackedUpNode {
  readonly name: string;
  /** Fully qualified: a backup fits only the host that it was taken from. */
  readonly host: string;
  readonly identities: Readonly<Partial<Record<CertificatePurpose, Identity>>>;
}

/** The part of a cluster's state that a backup holds as it is. */
export interface StoredState {
  readonly mode: ClusterMode;
  readonly parameters: ClusterParameters;
  readonly parametersSince: Readonly<Record<string, number>>;
  readonly trust: TrustStores;
  readonly ctl: ListFile | null;
  readonly ctlDeletedOn: ReadonlySet<string>;
  readonly ctlTokens: readonly Token[];
  readonly capf: CapfState;
  readonly devices: ReadonlyMap<string, DeviceRecord>;
}

export function storedState(state: ClusterState): StoredState {
  const { mode, parameters, parametersSince, trust, ctl, ctlDeletedOn, ctlTokens, capf, devices } = state;
  return { mode, parameters, parametersSince, trust, ctl, ctlDeletedOn, ctlTokens, capf, devices };
}
