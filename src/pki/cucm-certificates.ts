import type { KeyObject } from 'node:crypto';
import { type CertificateDigest, issueCertificate, spkiOf } from './authority.js';
import type { Certificate } from './certificate.js';
import {
  basicConstraints,
  type CertificateExtension,
  extendedKeyUsage,
  type KeyPurpose,
  type KeyUsage,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
} from './extensions.js';
import type { NameAttribute } from './name.js';

/** What an administrator typed at installation (`set web-security`); every certificate of the server carries it. */
export interface Organisation {
  readonly organisation: string;
  readonly unit: string;
  readonly locality: string;
  readonly state: string;
  /** Two letters. */
  readonly country: string;
}

/** What every self-signed certificate of a node needs besides its name. */
export interface SelfSignedRequest {
  readonly organisation: Organisation;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly digest: CertificateDigest;
  /** `cucmSerial` makes one. */
  readonly serial: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Usages as they stand in the certificates of a real cluster (trust-files.md 5.1, records of the CTL seen in bytes). */
const SERVER_USAGE: readonly KeyUsage[] = [
  'digitalSignature',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'certSign',
];
const RECOVERY_USAGE: readonly KeyUsage[] = SERVER_USAGE.filter((usage) => usage !== 'certSign');
const CAPF_USAGE: readonly KeyUsage[] = ['digitalSignature', 'keyEncipherment', 'certSign'];

/** Order of Unified CM's own certificates: C, O, OU, CN, ST, L (capf.md 10.2). */
function nodeName(commonName: string, organisation: Organisation): NameAttribute[] {
  return [
    { key: 'C', value: organisation.country },
    { key: 'O', value: organisation.organisation },
    { key: 'OU', value: organisation.unit },
    { key: 'CN', value: commonName },
    { key: 'ST', value: organisation.state },
    { key: 'L', value: organisation.locality },
  ];
}

/**
 * CallManager, TVS, Tomcat or IPsec certificate of a node, as Unified CM makes it: self-signed, with the node's host name.
 *
 * @param host common name and DNS alternative name, e.g. `cucm-pub.example.test`.
 */
export function serverCertificate(host: string, request: SelfSignedRequest): Certificate {
  return selfSigned(
    host,
    request,
    SERVER_USAGE,
    ['serverAuth', 'clientAuth', 'ipsecEndSystem'],
    [subjectAltName([{ dns: host }])],
  );
}

/**
 * CAPF certificate `CN=CAPF-<8 hex>`: a CA, since it issues LSCs (OP-11, capf.md 3).
 *
 * @param suffix 8 lower-case hex digits.
 */
export function capfCertificate(suffix: string, request: SelfSignedRequest): Certificate {
  return selfSigned(
    `CAPF-${suffix}`,
    request,
    CAPF_USAGE,
    ['serverAuth', 'ipsecEndSystem'],
    [basicConstraints({ pathLength: 0 })],
  );
}

/** ITLRecovery certificate `CN=ITLRECOVERY_<host>`: signs lists from release 12.0 on and is no CA (OP-12). */
export function itlRecoveryCertificate(host: string, request: SelfSignedRequest): Certificate {
  return selfSigned(`ITLRECOVERY_${host}`, request, RECOVERY_USAGE, ['serverAuth', 'clientAuth'], []);
}

function selfSigned(
  commonName: string,
  request: SelfSignedRequest,
  usages: readonly KeyUsage[],
  purposes: readonly KeyPurpose[],
  further: readonly CertificateExtension[],
): Certificate {
  const spki = spkiOf(request.publicKey);
  return issueCertificate({
    subject: nodeName(commonName, request.organisation),
    issuer: 'self',
    publicKey: spki,
    signWith: request.privateKey,
    digest: request.digest,
    serial: request.serial,
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    extensions: [keyUsage(usages), extendedKeyUsage(purposes), ...further, subjectKeyIdentifier(spki)],
  });
}
