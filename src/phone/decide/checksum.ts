import { createHash } from 'node:crypto';
import type { ModelProfile } from '../../device/model.js';
import type { TrustList } from '../../trustfile/model.js';

/** what this model shows as the list's checksum, lower-case hex. `show ctl` prints MD5 and SHA-1: compare the right one. */
export function shownChecksum(list: TrustList, model: Pick<ModelProfile, 'checksum'>): string {
  return createHash(model.checksum).update(list.bytes).digest('hex');
}
