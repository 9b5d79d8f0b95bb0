import type { Certificate } from '../pki/certificate.js';
import {
  capfCertificate,
  itlRecoveryCertificate,
  type Organisation,
  type SelfSignedRequest,
  serverCertificate,
} from '../pki/cucm-certificates.js';
import type { Identity as KeyedCertificate } from '../pki/keys.js';
import type { ClusterContext } from './context.js';
import type { CertificatePurpose } from './operation.js';
import { drawKeyedSerial, randomOctets, yearsAfter } from './serials.js';
import type { CertificatePlan } from './spec.js';

/** A certificate of a node with its private key. A regenerated one is a new object: the same object is the same identity. */
export interface Identity extends KeyedCertificate {
  readonly purpose: CertificatePurpose;
}

/** What names the owner of an identity. */
export interface IdentityOwner {
  /** Host name without domain. */
  readonly hostName: string;
  readonly domain: string;
  readonly organisation: Organisation;
}

/** Makes a self-signed identity, valid from now on; the serial number comes from the run's random numbers and its key. */
export async function makeIdentity(
  purpose: CertificatePurpose,
  owner: IdentityOwner,
  plan: CertificatePlan,
  context: ClusterContext,
): Promise<Identity> {
  // drawn before the key is waited for: several identities are made at once, and in which order keys come is not ours
  const serialOf = drawKeyedSerial(context.random);
  const suffix = Buffer.from(randomOctets(4, context.random)).toString('hex');
  const notBefore = context.now();
  const notAfter = yearsAfter(notBefore, plan.validityYears);
  const pair = await context.keys.rsa(plan.byPurpose[purpose] ?? plan.rsaBits);
  const host = `${owner.hostName}.${owner.domain}`;
  const certificate = selfSigned(purpose, host, suffix, {
    organisation: owner.organisation,
    publicKey: pair.publicKey,
    privateKey: pair.privateKey,
    digest: plan.digest,
    serial: serialOf(pair.publicKey),
    notBefore,
    notAfter,
  });
  return { purpose, certificate, privateKey: pair.privateKey };
}

/**
 * Common names as Unified CM gives them (trust-files.md 5.1). The digits of CAPF are drawn anew each time, so that the old
 * CAPF stays in the trust stores beside the new one (OP-11).
 */
function selfSigned(
  purpose: CertificatePurpose,
  host: string,
  suffix: string,
  request: SelfSignedRequest,
): Certificate {
  if (purpose === 'CAPF') return capfCertificate(suffix, request);
  if (purpose === 'ITLRecovery') return itlRecoveryCertificate(host, request);
  return serverCertificate(host, request);
}
