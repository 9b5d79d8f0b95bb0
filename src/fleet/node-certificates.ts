import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { ExternalServices } from '../cluster/external.js';
import type { FeatureService } from '../cluster/spec.js';
import { reasonOf, TrustfleetError } from '../errors.js';
import { Certificate } from '../pki/certificate.js';
import { decodePem } from '../pki/pem.js';
import type { WrittenServices } from './node-services.js';

/** A node with its external services as a file writes them. */
interface WrittenNode extends WrittenServices {
  readonly name: string;
}

/** A node as a cluster has it, with the certificates of its external services. */
export interface ReadNode {
  readonly name: string;
  readonly services: readonly FeatureService[];
  readonly external?: ExternalServices;
}

/**
 * Reads the certificate files that nodes name.
 *
 * @param folder what relative names start from: that of the YAML file
 * @param report takes a file that cannot be used; the path begins at the list of nodes
 */
export function withCertificates(
  nodes: readonly WrittenNode[],
  folder: string,
  report: (path: readonly PropertyKey[], message: string) => void,
): ReadNode[] {
  return nodes.map(({ name, services, external }, i) => {
    if (external === null) return { name, services };
    const certificates: Partial<Record<FeatureService, Uint8Array>> = {};
    for (const service of services) {
      const file = external.certificates[service];
      if (file === undefined) continue;
      try {
        certificates[service] = readCertificate(isAbsolute(file) ? file : join(folder, file));
      } catch (error) {
        if (!(error instanceof TrustfleetError)) throw error;
        report([i, 'services', service, 'certificate'], error.message);
      }
    }
    return { name, services, external: { places: external.places, certificates } };
  });
}

/**
 * DER of the first certificate in a PEM file: the server's own comes before its chain.
 *
 * @throws TrustfleetError TF_FILE_UNREADABLE, TF_CERT_MALFORMED
 */
function readCertificate(file: string): Uint8Array {
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch (cause) {
    throw new TrustfleetError('TF_FILE_UNREADABLE', `cannot read ${file}: ${reasonOf(cause, file)}`, {
      cause,
    });
  }
  try {
    const { octets } = decodePem(text, ['CERTIFICATE'], 'TF_CERT_MALFORMED');
    return Uint8Array.from(Certificate.fromDer(octets).der);
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    throw new TrustfleetError(error.code, `${file}: ${error.message}`, { cause: error });
  }
}
