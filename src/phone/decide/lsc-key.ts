import type { ModelProfile } from '../../device/model.js';
import type { KeyPair } from '../../pki/keys.js';
import type { CapfKey } from '../../protocol/capf/keys.js';
import type { TrustList } from '../../trustfile/model.js';

/** Key generation times of one phone, seconds, by RSA size; one figure for every curve (phone-behaviour.md 10). */
const SECONDS: Readonly<
  Record<'79xx' | '88xx', { readonly rsa: Readonly<Record<number, number>>; readonly ec: number | null }>
> = {
  '79xx': { rsa: { 512: 15, 1024: 60, 2048: 420 }, ec: null },
  '88xx': { rsa: { 512: 1, 1024: 3, 2048: 15, 3072: 60, 4096: 180 }, ec: 1 },
};

/** How long this model is at it; null for a key that its generation does not make. */
export function keySeconds(model: Pick<ModelProfile, 'family'>, key: CapfKey): number | null {
  const times = SECONDS[model.family === 'modern' ? '88xx' : '79xx'];
  return key.type === 'ec' ? times.ec : (times.rsa[key.bits] ?? null);
}

/** RSA in the sizes that the model makes; EC takes a model that has it and an ITL of version 1.1. */
export function canGenerate(
  model: Pick<ModelProfile, 'family' | 'generatesRsaBits' | 'ecKeys'>,
  itl: TrustList | null,
  key: CapfKey,
): boolean {
  if (keySeconds(model, key) === null) return false;
  if (key.type === 'rsa') return model.generatesRsaBits.includes(key.bits);
  return model.ecKeys && itl !== null && isVersion11(itl);
}

/**
 * Files of Unified CM have header version 1.2 and no signer version; only one that says 1.0 in either place is older
 * (trust-files.md 2.1, 14.5).
 */
function isVersion11({ header }: TrustList): boolean {
  return [header.version, header.signerVersion].every(
    (version) => version === null || version.major > 1 || version.minor >= 1,
  );
}

/** Is this pair what such a request asks for? */
export function isSuchKey({ publicKey }: KeyPair, key: CapfKey): boolean {
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
  return key.type === 'rsa' ? modulusLength === key.bits : namedCurve === key.curve;
}
