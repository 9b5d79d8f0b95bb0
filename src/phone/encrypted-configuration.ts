import { createHash } from 'node:crypto';
import { TrustfleetError } from '../errors.js';
import { decryptFile } from '../trustfile/decrypt.js';
import type { EncryptedFile } from '../trustfile/model.js';
import { signallingProtocol } from './decide/transport.js';
import { malformed, type Refused } from './decide/verdict.js';
import { type Equipment, ownCertificate } from './equipment.js';
import type { StoredConfiguration } from './flash.js';

/**
 * Phone-config.md 6: a reduced `.sgn` sends the phone to `.enc.sgn` when its `certHash` is the MD5 of the phone's own
 * certificate and the model has encrypted configurations with this protocol.
 */
export function wantsEncryptedFile(
  { flash, model }: Equipment,
  { configuration }: StoredConfiguration,
): boolean {
  if (configuration.fullConfig || !configuration.encrConfig || configuration.certHash === '') return false;
  if (model.encryptedConfig[signallingProtocol(configuration.deviceProtocol, model)] !== true) return false;
  const own = ownCertificate(flash);
  if (own === null) return false;
  return createHash('md5').update(own.certificate.der).digest('hex') === configuration.certHash.toLowerCase();
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
