import type { KeyObject } from 'node:crypto';
import { digestName } from '../device/digest.js';
import { isTftpRole, ROLE_CODES, roleName } from '../device/role.js';
import { TrustfleetError } from '../errors.js';
import { unsupportedAlgorithm } from './header.js';
import type { SignerId, TrustRecord } from './model.js';
import { u8 } from './octets.js';
import type { FileKind } from './scan.js';
import { namesCertificate, recordKey, sameSigner } from './signer.js';
import { valueOffset } from './table.js';
import { HEADER_TAG, modulusCode } from './tags.js';
import type { TrustSource } from './trust-source.js';
import { verifyScanned } from './verify.js';

/** Result of looking for the signer and checking with its key (contracts.md, `inspect --json`). */
export interface SignatureStatus {
  readonly status: 'valid' | 'invalid' | 'signer-unknown' | 'unsupported';
  /** Where the signer was found, `SAST record 1 of this file`; null when it was not. */
  readonly signedBy: string | null;
  /** Why it is not valid; absent when it is. */
  readonly reason?: string;
}

interface Candidate {
  readonly where: string;
  /** undefined: there is a signer, but no key that could be used. */
  readonly key: KeyObject | undefined;
}

/**
 * Looks the signer up in the file's own SAST records, then in `trust`, and checks the signature with each key that goes by
 * its name. This says who signed, not whether a phone would take the file: that is `check`.
 *
 * @throws TrustfleetError TF_CERT_MALFORMED for a signer's certificate that cannot be read.
 */
export function signatureStatus(
  file: {
    readonly kind: FileKind;
    readonly bytes: Uint8Array;
    readonly table: Int32Array;
    readonly signer: SignerId;
    readonly records: readonly TrustRecord[];
  },
  trust: readonly TrustSource[],
): SignatureStatus {
  const unsupported = unsupportedAlgorithm(file.bytes, file.table);
  if (unsupported !== undefined) {
    return { status: 'unsupported', signedBy: null, reason: unsupported.message };
  }
  const candidates = [
    ...ownCandidates(file.records, file.signer),
    ...trust.flatMap((source) => trustedCandidates(source, file.signer, file.kind)),
  ];
  const [first] = candidates;
  if (first === undefined) {
    return {
      status: 'signer-unknown',
      signedBy: null,
      reason: 'no record or certificate of the signer found',
    };
  }
  const usable = candidates.filter(({ key }) => key !== undefined && canSign(key));
  const valid = usable.find(({ key }) => key !== undefined && verifyScanned(file.bytes, file.table, key));
  if (valid !== undefined) return { status: 'valid', signedBy: valid.where };
  const [claimed] = usable;
  if (claimed === undefined) {
    return { status: 'unsupported', signedBy: first.where, reason: unusable(first.key) };
  }
  const digest = digestName(u8(file.bytes, valueOffset(file.table, HEADER_TAG.DIGESTALGORITHM)));
  return {
    status: 'invalid',
    signedBy: claimed.where,
    reason: `the ${digest} signature does not verify with the key of its signer`,
  };
}

function ownCandidates(records: readonly TrustRecord[], signer: SignerId): Candidate[] {
  return records.flatMap((record, index) =>
    record.role === ROLE_CODES.SAST && sameSigner(signer, record)
      ? [{ where: `SAST record ${index + 1} of this file`, key: keyOf(() => recordKey(record)) }]
      : [],
  );
}

function trustedCandidates(source: TrustSource, signer: SignerId, kind: FileKind): Candidate[] {
  if ('certificate' in source) {
    const { certificate, name } = source;
    return namesCertificate(signer, certificate)
      ? [
          {
            where: `certificate "${certificate.subject}" of ${name}`,
            key: keyOf(() => certificate.publicKey),
          },
        ]
      : [];
  }
  // the same certificate often stands in a list twice: name the role that fits the file (R-23)
  const fits = (role: number): boolean =>
    kind === 'trust-list' ? role === ROLE_CODES.SAST : isTftpRole(role);
  return source.list.records
    .map((record, index) => ({ record, number: index + 1 }))
    .filter(({ record }) => sameSigner(signer, record))
    .sort((a, b) => Number(fits(b.record.role)) - Number(fits(a.record.role)))
    .map(({ record, number }) => ({
      where: `${roleName(record.role)} record ${number} of ${source.name}`,
      key: keyOf(() => recordKey(record)),
    }));
}

/** A key of a kind that OpenSSL or the list's encoding does not carry is none. */
function keyOf(read: () => KeyObject | undefined): KeyObject | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof TrustfleetError && error.code === 'TF_CERT_UNSUPPORTED') return undefined;
    throw error;
  }
}

function canSign(key: KeyObject): boolean {
  const bits = key.asymmetricKeyDetails?.modulusLength;
  return key.asymmetricKeyType === 'rsa' && bits !== undefined && modulusCode(bits) !== undefined;
}

function unusable(key: KeyObject | undefined): string {
  if (key === undefined) return 'the record of the signer has no usable key';
  const type = key.asymmetricKeyType ?? 'unknown';
  const bits = key.asymmetricKeyDetails?.modulusLength;
  return `the signer has a key of type ${type}${bits === undefined ? '' : ` and ${bits} bits`}, signers are RSA 512, 1024, 2048 or 4096`;
}
