import { TrustfleetError } from '../errors.js';
import { Certificate } from '../pki/certificate.js';
import type { TrustList } from './model.js';
import { parseTrustFile } from './parse.js';

/** Where a signer may be looked up besides the file itself: an installed list, or a certificate. */
export type TrustSource =
  | { readonly name: string; readonly list: TrustList }
  | { readonly name: string; readonly certificate: Certificate };

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** A DER SEQUENCE: no trust file starts with it. */
const DER_SEQUENCE = 0x30;

/**
 * What a file given as trusted holds: all certificates of a PEM text, one in DER, or a CTL or ITL.
 *
 * @param name how results name it
 * @throws TrustfleetError TF_USAGE when it is none of these, otherwise as the parsers do.
 */
export function readTrustSources(name: string, bytes: Uint8Array): readonly TrustSource[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (text.includes('-----BEGIN ')) {
    const blocks = text.toString('latin1').match(PEM_CERTIFICATE) ?? [];
    if (blocks.length === 0) {
      throw new TrustfleetError('TF_USAGE', `${name} is PEM without a certificate`, {
        context: { file: name },
      });
    }
    return blocks.map((block) => ({ name, certificate: Certificate.fromPem(block) }));
  }
  if (bytes[0] === DER_SEQUENCE) return [{ name, certificate: Certificate.fromDer(bytes) }];
  const list = parseTrustFile(bytes);
  if (list.kind !== 'trust-list') {
    throw new TrustfleetError(
      'TF_USAGE',
      `${name} is a ${list.kind} file, expected a CTL, an ITL or certificates`,
      { context: { file: name } },
    );
  }
  return [{ name, list }];
}
