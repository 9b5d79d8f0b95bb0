import { createSign, type KeyObject } from 'node:crypto';
import type { SignerId } from './model.js';
import { parseTrustFile } from './parse.js';
import { signedOctets } from './verify.js';
import { type GivenSignature, writeFile } from './write.js';

/** Whom the headers of all firmware name; the certificate behind it was never seen (trust-files.md 11). */
export const FIRMWARE_SIGNER: SignerId = {
  subject: 'CN=someSigner;OU=someOrgUnit;O=someOrg',
  issuer: 'CN=someCA;OU=someOrgUnit;O=someOrg',
  serial: '1234567890abcdef',
};

/**
 * A load list (`.loads`) or a part of a load (`.sbn`) as manufacturers sign it: header version 1.1, SHA-1, no time stamp, its
 * own name (trust-files.md 11). What octets the real signature covers is not known; here they are those of every other file.
 *
 * @param privateKey RSA, 2048 bits
 */
export function signFirmware(name: string, payload: Uint8Array, privateKey: KeyObject): Buffer {
  const write = (signature: Uint8Array): Buffer => {
    const signer: GivenSignature = { id: FIRMWARE_SIGNER, signature };
    return writeFile(
      {
        version: { major: 1, minor: 1 },
        signerVersion: null,
        filename: name,
        timestamp: null,
        digest: 'sha1',
        layout: 'cucm',
        extra: [],
      },
      [payload],
      signer,
    );
  };
  const unsigned = parseTrustFile(write(new Uint8Array(256)));
  return write(createSign('RSA-SHA1').update(signedOctets(unsigned)).sign(privateKey));
}
