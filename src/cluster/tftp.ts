import type { FileCache, TftpState } from './held.js';
import { currentItl } from './itl.js';
import { type ClusterState, ctlOn, identityOf, type NodeState, publisherOf } from './state.js';

/**
 * Start of TFTP: takes over key, mode, digest and CTL as they are stored, and rebuilds the ITL (K-13).
 *
 * @param files of the service before it stopped; what is still right in them is kept.
 * @param now seconds since 1970.
 */
export function startTftp(state: ClusterState, node: NodeState, files: FileCache, now: number): TftpState {
  const before = node.held.tftp;
  const { signer, itlSigner } = storedSigners(state, node);
  const { mode } = state;
  const digest = state.parameters.tftpSignature;
  return {
    signer,
    itlSigner,
    mode,
    digest,
    since: {
      signer: before?.signer === signer ? before.since.signer : now,
      mode: before?.mode === mode ? before.since.mode : now,
      digest: before?.digest === digest ? before.since.digest : now,
    },
    itl: currentItl(state, node, { signer: itlSigner, digest, mode }, before?.itl ?? null, now),
    ctl: ctlOn(state, node),
    files,
  };
}

function storedSigners(state: ClusterState, node: NodeState): Pick<TftpState, 'signer' | 'itlSigner'> {
  const signer = identityOf(node, 'CallManager');
  const recovers = state.rules.itlSigner === 'ITLRecovery';
  return { signer, itlSigner: recovers ? identityOf(publisherOf(state), 'ITLRecovery') : signer };
}

/** A running TFTP service that takes over new keys without a restart (K-13 `at once`). */
export function adoptSigners(state: ClusterState, node: NodeState, tftp: TftpState, now: number): TftpState {
  const stored = storedSigners(state, node);
  const since = stored.signer === tftp.signer ? tftp.since : { ...tftp.since, signer: now };
  return { ...tftp, ...stored, since };
}

/** A running TFTP service that rebuilds its ITL with all that it still holds (OP-22). */
export function rebuildItl(state: ClusterState, node: NodeState, tftp: TftpState, now: number): TftpState {
  const { itlSigner: signer, digest, mode } = tftp;
  const itl = currentItl(state, node, { signer, digest, mode }, tftp.itl, now);
  return itl === tftp.itl ? tftp : { ...tftp, itl };
}
