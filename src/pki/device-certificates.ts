import type { KeyObject } from 'node:crypto';
import { type CertificateDigest, issueCertificate, spkiOf } from './authority.js';
import type { Certificate } from './certificate.js';
import {
  basicConstraints,
  type CertificateExtension,
  extendedKeyUsage,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
} from './extensions.js';
import type { NameAttribute } from './name.js';

/** A certificate authority with its key: CAPF, or our stand-in for Cisco's manufacturing CAs. */
export interface Authority {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

/** What every certificate issued by an authority needs besides its name. */
export interface IssuedRequest {
  readonly issuer: Authority;
  /** SubjectPublicKeyInfo where the key came in as octets. */
  readonly publicKey: KeyObject | Uint8Array;
  readonly digest: CertificateDigest;
  readonly serial: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Issuers of MICs: the older one, which also issued the eTokens of the CTL client, and that of newer units. */
const MANUFACTURING_NAMES = {
  'Cisco Manufacturing CA': [
    { key: 'O', value: 'Cisco Systems' },
    { key: 'CN', value: 'Cisco Manufacturing CA' },
  ],
  'Cisco Manufacturing CA SHA2': [
    { key: 'O', value: 'Cisco' },
    { key: 'CN', value: 'Cisco Manufacturing CA SHA2' },
  ],
} as const satisfies Record<string, readonly NameAttribute[]>;

export type ManufacturingAuthority = keyof typeof MANUFACTURING_NAMES;

/** Our own certificate under the name of a manufacturing CA: self-signed, where the real ones stand under a Cisco root. */
export function manufacturingCertificate(
  name: ManufacturingAuthority,
  request: Omit<IssuedRequest, 'issuer' | 'publicKey'> & {
    readonly publicKey: KeyObject;
    readonly privateKey: KeyObject;
  },
): Certificate {
  const spki = spkiOf(request.publicKey);
  return issueCertificate({
    subject: MANUFACTURING_NAMES[name],
    issuer: 'self',
    publicKey: spki,
    signWith: request.privateKey,
    digest: request.digest,
    serial: request.serial,
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    extensions: [
      basicConstraints({ pathLength: 0 }),
      keyUsage(['digitalSignature', 'certSign', 'crlSign'], true),
      subjectKeyIdentifier(spki),
    ],
  });
}

/**
 * Certificate of a security token of the CTL client (trust-files.md 5.2). In certificates the subject reads
 * `O=Cisco Systems, Inc.; OU=IPCBU; CN=SAST-ADN0054f509` with 8 spaces at its end; trust lists cut that up in their own way.
 *
 * @param token serial printed on the token, e.g. `ADN0054f509`.
 */
export function eTokenCertificate(token: string, request: IssuedRequest): Certificate {
  return issued(
    [
      { key: 'O', value: 'Cisco Systems, Inc.' },
      { key: 'OU', value: 'IPCBU' },
      { key: 'CN', value: `SAST-${token}        ` },
    ],
    request,
    (spki) => [keyUsage(['digitalSignature', 'nonRepudiation'], true), subjectKeyIdentifier(spki)],
  );
}

/** Who a phone is, for its certificates. */
export interface PhoneIdentity {
  /** With the letter of the 7900 series: `7942G`, `8841`. */
  readonly productName: string;
  /** `SEP001F9E266369`. */
  readonly device: string;
}

/** Common name of a phone's certificates and its name towards TVS: `CP-7942G-SEP001F9E266369` (capf.md 10.2). */
export function phoneCommonName({ productName, device }: PhoneIdentity): string {
  return `CP-${productName}-${device}`;
}

/**
 * Manufacturing installed certificate (capf.md 10.2).
 *
 * @param chassisSerial serial number of the box, e.g. `FCH14098ABC`.
 */
export function micCertificate(
  phone: PhoneIdentity,
  chassisSerial: string,
  request: IssuedRequest,
): Certificate {
  return issued(
    [
      { key: 'SERIALNUMBER', value: `PID:CP-${phone.productName} SN:${chassisSerial}` },
      { key: 'O', value: 'Cisco Systems Inc.' },
      { key: 'OU', value: 'CTG' },
      { key: 'CN', value: phoneCommonName(phone) },
    ],
    request,
    (spki) => [
      keyUsage(['digitalSignature', 'nonRepudiation', 'keyEncipherment'], true),
      extendedKeyUsage(['serverAuth', 'clientAuth']),
      subjectKeyIdentifier(spki),
    ],
  );
}

/** Attributes that an LSC takes over from the name of its CAPF, in the issuer's order (capf.md 10.1). */
const LSC_INHERITS: readonly string[] = ['O', 'OU', 'L', 'ST', 'C'];

/** Extensions that all LSCs have alike, in front of the name of the device. */
const LSC_EXTENSIONS: readonly CertificateExtension[] = [
  basicConstraints(),
  keyUsage(['digitalSignature', 'keyEncipherment'], true),
  extendedKeyUsage(['serverAuth', 'clientAuth', 'ipsecEndSystem']),
];

/**
 * Locally significant certificate as CAPF issues it (capf.md 10.1): no key identifiers, the bare device name as URI.
 *
 * @param device `SEP001F9E266369`: the alternative name.
 * @param commonName `CP-<product>-SEP<mac>` on real phones (capf.md 10.2); the device name with the reference server.
 */
export function lscCertificate(device: string, commonName: string, request: IssuedRequest): Certificate {
  const inherited = request.issuer.certificate.subjectAttributes.filter(({ key }) =>
    LSC_INHERITS.includes(key),
  );
  return issued([{ key: 'CN', value: commonName }, ...inherited], request, () => [
    ...LSC_EXTENSIONS,
    subjectAltName([{ uri: device }]),
  ]);
}

function issued(
  subject: readonly NameAttribute[],
  request: IssuedRequest,
  extensions: (spki: Uint8Array) => readonly CertificateExtension[],
): Certificate {
  const spki = spkiOf(request.publicKey);
  return issueCertificate({
    subject,
    issuer: request.issuer.certificate,
    publicKey: spki,
    signWith: request.issuer.privateKey,
    digest: request.digest,
    serial: request.serial,
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    extensions: extensions(spki),
  });
}
