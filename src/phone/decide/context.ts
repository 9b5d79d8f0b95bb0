import type { KeyObject } from 'node:crypto';
import type { ModelProfile } from '../../device/model.js';
import type { TrustFile } from '../../trustfile/model.js';
import type { Knobs } from '../knobs.js';
import type { HeldTrust } from './held.js';

/** What a judgement depends on besides the file: what the phone holds, what it can do, and who computes for it. */
export interface JudgeContext {
  readonly held: HeldTrust;
  readonly model: Pick<ModelProfile, 'model' | 'securityByDefault' | 'signatureDigests' | 'maxRsaBits'>;
  readonly knobs: Pick<Knobs, 'firstCtlWithItl' | 'checkListExpiry'>;
  /** Is the file's signature that of this key? False for any doubt; throws nothing. */
  verify(file: TrustFile, key: KeyObject): boolean;
  /** Milliseconds since 1970-01-01 UTC; asked only with K-04. */
  date(): number;
}
