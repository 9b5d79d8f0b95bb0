import { spkiOf } from '../../src/pki/authority.js';
import type { Certificate } from '../../src/pki/certificate.js';
import {
  type Authority,
  type ManufacturingAuthority,
  manufacturingCertificate,
  micCertificate,
} from '../../src/pki/device-certificates.js';
import { type KeyPair, pooledKeys } from '../../src/pki/keys.js';
import { START } from './lab.js';

const keys = pooledKeys();
const VALIDITY = { notBefore: new Date(START), notAfter: new Date(Date.UTC(2036, 0, 1)) };
let serial = 0;

function nextSerial(): Uint8Array {
  serial += 1;
  return Uint8Array.of(0x4a, 0, serial >> 8, serial & 0xff);
}

export function keyPair(bits = 1024): Promise<KeyPair> {
  return keys.rsa(bits);
}

/** A CA under the name of one of Cisco's. */
export async function manufacturer(name: ManufacturingAuthority): Promise<Authority> {
  const pair = await keyPair();
  const certificate = manufacturingCertificate(name, {
    ...pair,
    digest: 'sha1',
    serial: nextSerial(),
    ...VALIDITY,
  });
  return { certificate, privateKey: pair.privateKey };
}

export interface PhoneCertificates extends KeyPair {
  readonly mic: Certificate;
  readonly spki: Uint8Array;
}

/** Key and MIC of the lab's first phone, an 8841. */
export async function phoneCertificates(
  issuer: Authority,
  device = 'SEP001F9E266369',
  productName = '8841',
): Promise<PhoneCertificates> {
  const pair = await keyPair();
  const mic = micCertificate({ productName, device }, 'FCH00000001', {
    issuer,
    publicKey: pair.publicKey,
    digest: 'sha1',
    serial: nextSerial(),
    ...VALIDITY,
  });
  return { ...pair, mic, spki: Uint8Array.from(spkiOf(pair.publicKey)) };
}
