import { TrustfleetError } from '../../errors.js';
import type { ClusterState } from '../state.js';

/** What an operation leaves behind. */
export interface OperationResult {
  readonly state: ClusterState;
  /** What the console prints, a line each; lines of one node begin with its name and a colon. */
  readonly output: readonly string[];
}

/** The cluster says no. */
export function refused(message: string): TrustfleetError {
  return new TrustfleetError('TF_OPERATION_REFUSED', message);
}
