import { writePkcs12 } from '../pki/pkcs12.js';
import { RECOVERY_PASSPHRASE } from './console.js';
import { type ClusterState, identityOf, publisherOf } from './state.js';

/**
 * The ITLRecovery key pair of the cluster as PKCS#12.
 *
 * @throws TrustfleetError TF_OPERATION_REFUSED before 10.0, which has none.
 */
export function recoveryFile(state: ClusterState): Uint8Array {
  const { certificate, privateKey } = identityOf(publisherOf(state), 'ITLRecovery');
  return writePkcs12(certificate, privateKey, RECOVERY_PASSPHRASE, 'ITLRecovery');
}
