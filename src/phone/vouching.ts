import { TrustfleetError } from '../errors.js';
import { Certificate } from '../pki/certificate.js';
import { signerIdOf } from '../trustfile/index.js';
import type { CapfServerVerdict } from './capf-world.js';
import { judgeCapability } from './decide/peer.js';
import { judgeVouched, VOUCHING_RULES, type VouchedServer } from './decide/vouched.js';
import { type Equipment, tlsProfile } from './equipment.js';
import type { StopSignal } from './stop.js';

/**
 * Asks TVS about a server's certificate that stands in no list (R-88, R-49, K-06): the answers of R-42 first, as for a signer.
 */
export async function askAboutServer(
  equipment: Equipment,
  server: VouchedServer,
  certificateDer: Uint8Array,
  signal: StopSignal,
): Promise<CapfServerVerdict> {
  const { flash, knobs, model, tvs } = equipment;
  let certificate: Certificate;
  try {
    certificate = certificateOf(certificateDer);
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    return { trusted: false, rule: VOUCHING_RULES[server], reason: 'malformed' };
  }
  const signer = signerIdOf(certificate);
  const known = tvs.find(signer);
  const outcome =
    known === undefined
      ? await tvs.search(
          {
            for: server,
            signer,
            certificate: server === 'https' ? certificateDer : null,
            servers: flash.configuration?.configuration.tvs ?? [],
            itl: flash.itl,
            tls: tlsProfile(equipment, model.tls),
          },
          signal,
        )
      : ({ result: 'positive', ...known } as const);
  const verdict = judgeVouched(server, certificateDer, outcome);
  return verdict.trusted ? judgeCapability(model, knobs, certificateDer, VOUCHING_RULES[server]) : verdict;
}

/** By the octets themselves, which in virtual time all phones get from the one server. */
const certificates = new WeakMap<Uint8Array, Certificate>();

/** @throws TrustfleetError as `Certificate.fromDer` does */
function certificateOf(der: Uint8Array): Certificate {
  let certificate = certificates.get(der);
  if (certificate === undefined) {
    certificate = Certificate.fromDer(der);
    certificates.set(der, certificate);
  }
  return certificate;
}
