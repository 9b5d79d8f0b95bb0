import { createHash } from 'node:crypto';
import type { ModelProfile } from '../../device/model.js';
import { ROLE_CODES } from '../../device/role.js';
import { TrustfleetError } from '../../errors.js';
import type { TrustFailureReason } from '../../observe/events.js';
import { Certificate } from '../../pki/certificate.js';
import { signerIdOf } from '../../trustfile/index.js';
import type { TrustList, TrustRecord } from '../../trustfile/model.js';
import type { CapfServerVerdict } from '../capf-world.js';
import type { Knobs } from '../knobs.js';
import type { PeerRefusal, PeerVerdict } from '../world.js';
import { type HeldTrust, hasTvsRecord, type SignerCache } from './held.js';

/** sha256WithRSAEncryption and ecdsa-with-SHA256, content octets of the OID in hex. */
const SHA256_SIGNATURES = new Set(['2a864886f70d01010b', '2a8648ce3d040302']);

/** What a refused peer lacked, as the end of a sentence about it. */
export const PEER_DETAIL: Readonly<Record<PeerRefusal, string>> = {
  'not-in-itl': 'its certificate is in no TVS record of the installed ITL',
  'not-in-ctl': 'its certificate is in no CallManager record of the installed CTL',
  'no-tvs-record': 'no ITL with a TVS record is installed to believe its certificate by',
  'digest-unsupported': 'its certificate is signed with SHA-256, which this model does not check (K-10)',
  malformed: 'its certificate cannot be read, or has a key of a kind that no phone knows',
  'key-too-large': 'its RSA key is longer than this model can verify with',
  'key-too-small': 'its RSA key is shorter than the 2048 bits that a phone in FIPS mode wants',
};

/** What was wrong with the certificate itself, whoever vouches for it; undefined where nothing was. */
export function certificateDetail(reason: TrustFailureReason): string | undefined {
  return reason === 'key-too-large' || reason === 'digest-unsupported' || reason === 'malformed'
    ? PEER_DETAIL[reason]
    : undefined;
}

/** What a model brings to the judgement of a peer. */
type PeerModel = Pick<ModelProfile, 'family' | 'maxRsaBits' | 'fips'>;

/** Shortest RSA key of a server that a phone in FIPS mode registers with, bits. */
const FIPS_RSA_BITS = 2048;

/** is the server's certificate that of any TVS record of the installed ITL? No name check, no chain (tvs.md 3). */
export function judgeTvsServer(
  itl: TrustList | null,
  model: PeerModel,
  knobs: Pick<Knobs, 'legacySha256Certificates'>,
  certificateDer: Uint8Array,
): PeerVerdict {
  if (itl === null || !hasTvsRecord(itl)) return { trusted: false, rule: 'R-38', reason: 'no-tvs-record' };
  if (!itl.records.some((record) => record.role === ROLE_CODES.TVS && matches(record, certificateDer))) {
    return { trusted: false, rule: 'R-39', reason: 'not-in-itl' };
  }
  return judgeCapability(model, knobs, certificateDer, 'R-39');
}

/** DT-4, R-76: is the server's certificate that of a CallManager record of the installed CTL? TVS is not asked. */
export function judgeCallManager(
  ctl: TrustList | null,
  model: PeerModel,
  knobs: Pick<Knobs, 'legacySha256Certificates'>,
  certificateDer: Uint8Array,
): PeerVerdict {
  if (!ctl?.records.some((record) => isCallManagerRole(record.role) && matches(record, certificateDer))) {
    return { trusted: false, rule: 'R-76', reason: 'not-in-ctl' };
  }
  const verdict = judgeCapability(model, knobs, certificateDer, 'R-76');
  return verdict.trusted ? judgeFips(model, certificateDer) : verdict;
}

/** R-113, of a certificate that can be read. */
function judgeFips({ fips = false }: PeerModel, certificateDer: Uint8Array): PeerVerdict {
  if (!fips) return { trusted: true };
  const { keyType, keyBits } = Certificate.fromDer(certificateDer);
  if (keyType !== 'rsa' || keyBits >= FIPS_RSA_BITS) return { trusted: true };
  return { trusted: false, rule: 'R-113', reason: 'key-too-small' };
}

export function isCallManagerRole(role: number): boolean {
  return role === ROLE_CODES.CCM || role === ROLE_CODES['CCM+TFTP'];
}

/**
 * is it the certificate of a CAPF record of CTL or ITL? A certificate in neither is for TVS, if
 * the model has Security By Default to ask it.
 */
export function judgeCapfServer(
  held: { readonly ctl: TrustList | null; readonly itl: TrustList | null },
  model: PeerModel & Pick<ModelProfile, 'securityByDefault'>,
  knobs: Pick<Knobs, 'legacySha256Certificates'>,
  certificateDer: Uint8Array,
): CapfServerVerdict | 'ask-tvs' {
  const inLists = [held.ctl, held.itl].some((list) =>
    list?.records.some((record) => record.role === ROLE_CODES.CAPF && matches(record, certificateDer)),
  );
  if (inLists) return judgeCapability(model, knobs, certificateDer, 'R-88');
  if (model.securityByDefault) return 'ask-tvs';
  return { trusted: false, rule: 'R-88', reason: 'no-security-by-default' };
}

/**
 * does a list hold the web server's certificate, in whatever role? One in neither is for TVS, if the model has Security By
 * Default to ask it.
 */
export function judgeWebServer(
  held: { readonly ctl: TrustList | null; readonly itl: TrustList | null },
  model: PeerModel & Pick<ModelProfile, 'securityByDefault'>,
  knobs: Pick<Knobs, 'legacySha256Certificates'>,
  certificateDer: Uint8Array,
): CapfServerVerdict | 'ask-tvs' {
  const inLists = [held.ctl, held.itl].some((list) =>
    list?.records.some((record) => matches(record, certificateDer)),
  );
  if (inLists) return judgeCapability(model, knobs, certificateDer, 'R-49');
  if (model.securityByDefault) return 'ask-tvs';
  return { trusted: false, rule: 'R-34', reason: 'no-security-by-default' };
}

/**
 * The certificate of the SIP OAuth port, Tomcat's: in a list, or vouched for by a TVS answer that is still good. The
 * phone has met it when it asked for its token; one that it has not met is for TVS.
 */
export function judgeOauthServer(
  held: HeldTrust,
  model: PeerModel & Pick<ModelProfile, 'securityByDefault'>,
  knobs: Pick<Knobs, 'legacySha256Certificates'>,
  certificateDer: Uint8Array,
): PeerVerdict {
  const listed = judgeWebServer(held, model, knobs, certificateDer);
  if ((listed === 'ask-tvs' || !listed.trusted) && !isCached(held.cache, certificateDer)) {
    return { trusted: false, rule: 'R-49', reason: 'not-in-itl' };
  }
  const verdict = judgeCapability(model, knobs, certificateDer, 'R-49');
  return verdict.trusted ? judgeFips(model, certificateDer) : verdict;
}

function isCached(cache: SignerCache, certificateDer: Uint8Array): boolean {
  try {
    const known = cache.find(signerIdOf(Certificate.fromDer(certificateDer)));
    return known !== undefined && Buffer.compare(known.certificate.der, certificateDer) === 0;
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    return false;
  }
}

/**
 * What the model can do with a certificate that it knows: R-85, and K-10.
 *
 * @param rule by which the phone believes the server, and no certificate that it cannot read
 */
export function judgeCapability(
  model: PeerModel,
  knobs: Pick<Knobs, 'legacySha256Certificates'>,
  certificateDer: Uint8Array,
  rule: `R-${string}`,
): PeerVerdict {
  try {
    const certificate = Certificate.fromDer(certificateDer);
    if (certificate.keyType === 'rsa' && certificate.keyBits > model.maxRsaBits) {
      return { trusted: false, rule: 'R-85', reason: 'key-too-large' };
    }
    // K-10: false is the picture of S1, where the 79xx cannot use certificates signed with SHA-256
    if (knobs.legacySha256Certificates || model.family === 'modern') return { trusted: true };
    if (!SHA256_SIGNATURES.has(certificate.signatureOid)) return { trusted: true };
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    return { trusted: false, rule, reason: 'malformed' };
  }
  return { trusted: false, rule: 'R-105', reason: 'digest-unsupported' };
}

/** The record's certificate, or the one that its hash names (trust-files.md 4.3). */
function matches(record: TrustRecord, certificateDer: Uint8Array): boolean {
  if (record.certificate !== null) return Buffer.compare(record.certificate.der, certificateDer) === 0;
  if (record.certificateHash === null) return false;
  const { digest, value } = record.certificateHash;
  return Buffer.compare(createHash(digest).update(certificateDer).digest(), value) === 0;
}
