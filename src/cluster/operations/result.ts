import { TrustfleetError } from '../../errors.js';
import type { ServiceName } from '../operation.js';
import type { ClusterState } from '../state.js';

/** What an operation leaves behind. */
export interface OperationResult {
  readonly state: ClusterState;
  /** What the console prints, a line each; lines of one node begin with its name and a colon. */
  readonly output: readonly string[];
  /** Services that went down and came up again: whoever was connected to them no longer is. */
  readonly restarted?: readonly RestartedServices[];
}

export interface RestartedServices {
  readonly node: string;
  readonly services: readonly ServiceName[];
}

/** What whoever asked for an operation hears of it. */
export interface Operated {
  /** What the console prints, a line each. */
  readonly output: readonly string[];
  /** The cluster resets its phones now, by itself. */
  readonly resetsPhones: boolean;
}

/** The cluster says no. */
export function refused(message: string): TrustfleetError {
  return new TrustfleetError('TF_OPERATION_REFUSED', message);
}
