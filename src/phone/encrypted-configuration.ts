import { createHash } from 'node:crypto';
import type { ModelProfile } from '../device/model.js';
import type { SignallingProtocol } from '../device/security.js';
import { TrustfleetError } from '../errors.js';
import type { PhoneConfiguration } from '../protocol/cnf/model.js';
import { decryptFile } from '../trustfile/decrypt.js';
import type { EncryptedFile } from '../trustfile/model.js';
import { signallingProtocol } from './decide/transport.js';
import { malformed, type Refused } from './decide/verdict.js';
import { type Equipment, ownCertificate } from './equipment.js';
import type { Flash, StoredConfiguration } from './flash.js';

/** Where a reduced `.sgn` sends the phone (phone-config.md 6). */
export type ReducedFor =
  /** `certHash` is the MD5 of the phone's own certificate: to `.enc.sgn`. */
  | 'own-certificate'
  /** It is empty, or another certificate's: to CAPF first. */
  | 'other-certificate'
  /** nowhere, the model has no encrypted configuration with its protocol. */
  | 'unsupported';

/** What a reduced configuration leads to; null for a whole one. */
export function reducedFor(
  { flash, model }: Pick<Equipment, 'flash' | 'model'>,
  { configuration }: StoredConfiguration,
): ReducedFor | null {
  if (configuration.fullConfig || !configuration.encrConfig) return null;
  if (model.encryptedConfig[runningProtocol(flash, model, configuration)] !== true) return 'unsupported';
  if (configuration.certHash === '') return 'other-certificate';
  const own = ownCertificate(flash);
  if (own === null) return 'other-certificate';
  const hash = createHash('md5').update(own.certificate.der).digest('hex');
  return hash === configuration.certHash.toLowerCase() ? 'own-certificate' : 'other-certificate';
}

/**
 * A reduced file does not say the protocol (trust-files.md 12): it is that of the load that the file names, else that of the
 * configuration in force.
 */
function runningProtocol(
  flash: Pick<Flash, 'configuration'>,
  model: ModelProfile,
  reduced: PhoneConfiguration,
): SignallingProtocol {
  const byLoad = model.protocols.find((protocol) => model.loads[protocol] === reduced.loadInformation);
  const inForce = flash.configuration?.configuration.deviceProtocol ?? reduced.deviceProtocol;
  return byLoad ?? signallingProtocol(inForce, model);
}

/** The XML of a file whose signature was accepted; a file for another device's key cannot be read. */
export function decryptWithOwnKey({ flash }: Equipment, file: EncryptedFile): Uint8Array | Refused {
  const own = ownCertificate(flash);
  if (own === null) return malformed(file.header.filename, 'the phone has no certificate to decrypt it with');
  try {
    return decryptFile(file, own.privateKey);
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    return malformed(file.header.filename, error.message);
  }
}
