import type { KeyObject } from 'node:crypto';
import { TrustfleetError } from '../../errors.js';
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
  const { maxRsaBits, model } = context.model;
  const key = usableKey(certificate);
  if (key?.type === 'rsa' && key.bits > maxRsaBits) {
    return refuse(
      'R-85',
      'key-too-large',
      `${filename} is signed with an RSA key of ${key.bits} bits, a ${model} verifies up to ${maxRsaBits}`,
    );
  }
  // a key that cannot be imported verifies nothing
  if (key !== undefined && context.verify(file, key.publicKey)) return null;
  return refuse(
    'R-25',
    'signature-invalid',
    `the signature of ${filename} does not verify with the certificate of ${describeSigner(signer)}`,
  );
}

interface SignerKey {
  readonly type: Certificate['keyType'];
  readonly bits: number;
  readonly publicKey: KeyObject;
}

function usableKey(certificate: Certificate): SignerKey | undefined {
  try {
    const { keyType: type, keyBits: bits, publicKey } = certificate;
    return { type, bits, publicKey };
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    return undefined;
  }
}
