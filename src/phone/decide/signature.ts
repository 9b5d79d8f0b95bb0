import type { Certificate } from '../../pki/certificate.js';
import type { TrustFile } from '../../trustfile/model.js';
import type { JudgeContext } from './context.js';
import { describeSigner, type Refused, refuse } from './verdict.js';

/** can the model check this digest at all? Asked before anything that could cost a TVS query. */
export function checkDigest(context: JudgeContext, file: TrustFile): Refused | null {
  const { digest, filename } = file.header;
  const { model } = context;
  if (model.signatureDigests.includes(digest)) return null;
  return refuse(
    'R-24',
    'digest-unsupported',
    `${filename} is signed with ${digest}, a ${model.model} checks ${model.signatureDigests.join(' and ')} only`,
  );
}

/** The signature with the certificate that was found for its signer: K-04, R-85, then R-25. */
export function checkSignature(
  context: JudgeContext,
  file: TrustFile,
  certificate: Certificate,
): Refused | null {
  const { filename, signer } = file.header;
  if (context.knobs.checkListExpiry && certificate.notAfter.getTime() < context.date()) {
    return refuse(
      'R-31',
      'signer-expired',
      `the certificate of ${describeSigner(signer)}, which signed ${filename}, expired on ${certificate.notAfter.toISOString()} (K-04)`,
    );
  }
  try {
    if (certificate.keyType === 'rsa' && certificate.keyBits > context.model.maxRsaBits) {
      return refuse(
        'R-85',
        'key-too-large',
        `${filename} is signed with an RSA key of ${certificate.keyBits} bits, a ${context.model.model} verifies up to ${context.model.maxRsaBits}`,
      );
    }
    if (context.verify(file, certificate.publicKey)) return null;
  } catch {
    // a key that cannot be imported verifies nothing: below
  }
  return refuse(
    'R-25',
    'signature-invalid',
    `the signature of ${filename} does not verify with the certificate of ${describeSigner(signer)}`,
  );
}
