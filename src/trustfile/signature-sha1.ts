import { createHash } from 'node:crypto';
import type { TrustFile } from './model.js';

const signatureDigests = new WeakMap<TrustFile, string>();

/** SHA-1 over a file's signature value, lower-case hex, as the DeviceTLInfo alarm reports that of a list (sip.md 5.1, R-75). */
export function signatureSha1(list: TrustFile): string {
  let digest = signatureDigests.get(list);
  if (digest === undefined) {
    digest = createHash('sha1').update(list.header.signature).digest('hex');
    signatureDigests.set(list, digest);
  }
  return digest;
}
