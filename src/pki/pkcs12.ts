import type { KeyObject } from 'node:crypto';
import forge from 'node-forge';
import type { Certificate } from './certificate.js';

/**
 * A certificate with its RSA key as PKCS#12 (RFC 7292), encrypted with SHA-1 and 3DES, which every program reads.
 *
 * @param passphrase not empty; programs do not agree on what an empty one means.
 */
export function writePkcs12(
  certificate: Certificate,
  privateKey: KeyObject,
  passphrase: string,
  friendlyName: string,
): Uint8Array {
  const key = forge.pki.privateKeyFromPem(privateKey.export({ type: 'pkcs1', format: 'pem' }).toString());
  const der = forge.util.createBuffer(Buffer.from(certificate.der).toString('binary'));
  const issued = forge.pki.certificateFromAsn1(forge.asn1.fromDer(der));
  const file = forge.pkcs12.toPkcs12Asn1(key, [issued], passphrase, { algorithm: '3des', friendlyName });
  return Buffer.from(forge.asn1.toDer(file).getBytes(), 'binary');
}
