import { verify } from 'node:crypto';
import { TrustfleetError } from '../errors.js';
import type { Certificate } from './certificate.js';

/** Digests of signatures by the content octets of their OID, lower-case hex. MD5 is in no certificate of this world. */
const SIGNATURE_DIGESTS: Readonly<Record<string, 'sha1' | 'sha256' | 'sha384' | 'sha512'>> = {
  '2a864886f70d010105': 'sha1',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d0401': 'sha1',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
};

/** Digest of a certificate's or a request's signature; undefined for an algorithm that is not used here. */
export function signatureDigest(oid: string): 'sha1' | 'sha256' | 'sha384' | 'sha512' | undefined {
  return Object.hasOwn(SIGNATURE_DIGESTS, oid) ? SIGNATURE_DIGESTS[oid] : undefined;
}

/** Longest way from a certificate to its root: more links than any PKI of a telephone system has. */
export const MAX_CHAIN = 8;

/** How a chain ends: at a self-signed certificate of the store, or what stands in the way of that. */
export type ChainVerdict =
  | { readonly trusted: true; readonly chain: readonly Certificate[] }
  | {
      readonly trusted: false;
      readonly reason: 'unknown-issuer' | 'expired' | 'not-yet-valid' | 'unusable';
      readonly detail: string;
    };

/** Has `issuer` signed `certificate`? Names must fit and the signature must be right; validity is not looked at. */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  if (Buffer.compare(certificate.issuerDer, issuer.subjectDer) !== 0) return false;
  const digest = signatureDigest(certificate.signatureOid);
  if (digest === undefined) return false;
  try {
    return verify(digest, certificate.tbs, issuer.publicKey, certificate.signature);
  } catch {
    // OpenSSL throws for a key that cannot have made such a signature, Certificate for one that it does not know
    return false;
  }
}

/** Roots whose own signature was looked at: with every certificate that they issued a chain comes back to the same few. */
const selfSigned = new WeakMap<Certificate, boolean>();

function isSelfSigned(root: Certificate): boolean {
  let known = selfSigned.get(root);
  if (known === undefined) {
    known = isIssuedBy(root, root);
    selfSigned.set(root, known);
  }
  return known;
}

/**
 * Follows a certificate to a root in `store`, the certificate itself included when it stands there. An intermediate in the
 * store is not enough: like OpenSSL without partial chains, which wants the root as well (CSCut87382).
 */
export function chainTo(certificate: Certificate, store: readonly Certificate[], now: Date): ChainVerdict {
  const chain = [certificate];
  try {
    for (let link = certificate; ; ) {
      if (now < link.notBefore) return refusal('not-yet-valid', link, `from ${link.notBefore.toISOString()}`);
      if (now > link.notAfter) return refusal('expired', link, `until ${link.notAfter.toISOString()}`);
      if (link.selfIssued) {
        const known = store.some((root) => root.equals(link)) && isSelfSigned(link);
        return known ? { trusted: true, chain } : refusal('unknown-issuer', link, 'self-signed, not trusted');
      }
      const issuer = store.find((candidate) => isIssuedBy(link, candidate));
      if (issuer === undefined || chain.length >= MAX_CHAIN) {
        return refusal('unknown-issuer', link, `issuer ${link.issuer} is not trusted`);
      }
      chain.push(issuer);
      link = issuer;
    }
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    return { trusted: false, reason: 'unusable', detail: error.message };
  }
}

function refusal(
  reason: 'unknown-issuer' | 'expired' | 'not-yet-valid',
  at: Certificate,
  detail: string,
): ChainVerdict {
  return { trusted: false, reason, detail: `${at.subject}: ${detail}` };
}
