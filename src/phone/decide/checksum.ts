import { createHash } from 'node:crypto';
import type { ModelProfile } from '../../device/model.js';
import type { TrustList } from '../../trustfile/model.js';

/** what this model shows as the list's checksum, lower-case hex. `show ctl` prints MD5 and SHA-1: compare the right one. */
export function shownChecksum(list: TrustList, model: Pick<ModelProfile, 'checksum'>): string {
  return createHash(model.checksum).update(list.bytes).digest('hex');
}

const signatureDigests = new WeakMap<TrustList, string>();

/** SHA-1 over the list's signature value, lower-case hex, as the DeviceTLInfo alarm reports it (sip.md 5.1). */
export function signatureSha1(list: TrustList): string {
  let digest = signatureDigests.get(list);
  if (digest === undefined) {
    digest = createHash('sha1').update(list.header.signature).digest('hex');
    signatureDigests.set(list, digest);
  }
  return digest;
}
