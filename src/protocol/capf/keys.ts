import { TrustfleetError } from '../../errors.js';
import { publicKeyOf } from '../../pki/authority.js';
import { expectDer } from '../../pki/der.js';
import type { CurveName } from '../../pki/keys.js';

/** A key that a phone can be asked for (R-98, capf.md 6.1). */
export type CapfKey =
  | { readonly type: 'rsa'; readonly bits: 512 | 1024 | 2048 | 3072 | 4096 }
  | { readonly type: 'ec'; readonly curve: CurveName };

export type CapfRsaBits = Extract<CapfKey, { readonly type: 'rsa' }>['bits'];

export const CAPF_RSA_BITS: readonly CapfRsaBits[] = [512, 1024, 2048, 3072, 4096];

/** Values of KEY_TYPE and CURVE, the latter by their place. */
const KEY_TYPE_CODES = { rsa: 0, ec: 1 } as const;
export const CAPF_CURVES: readonly CurveName[] = ['prime256v1', 'secp384r1', 'secp521r1'];

/** Key order as the administrator sets it (capf.md 11). */
export type KeyOrder = 'rsa-only' | 'ec-only' | 'ec-preferred';

const CURVE_BY_BITS: Readonly<Record<256 | 384 | 521, CurveName>> = {
  256: 'prime256v1',
  384: 'secp384r1',
  521: 'secp521r1',
};

/** What to ask for, one after the other until the phone has made one. */
export function keysInOrder(
  order: KeyOrder,
  rsaBits: CapfRsaBits,
  ecBits: keyof typeof CURVE_BY_BITS,
): readonly CapfKey[] {
  const rsa: CapfKey = { type: 'rsa', bits: rsaBits };
  const ec: CapfKey = { type: 'ec', curve: CURVE_BY_BITS[ecBits] };
  if (order === 'rsa-only') return [rsa];
  return order === 'ec-only' ? [ec] : [ec, rsa];
}

/** The elements of KEY_GENERATE_REQUEST. */
export interface KeyElements {
  readonly keySize?: number;
  readonly keyType?: number;
  readonly curve?: number;
}

/** @param rsaType `left-out` as Cisco's servers do (capf.md 14). */
export function keyElements(key: CapfKey, rsaType: 'sent' | 'left-out'): KeyElements {
  if (key.type === 'ec') return { keyType: KEY_TYPE_CODES.ec, curve: CAPF_CURVES.indexOf(key.curve) };
  return rsaType === 'sent' ? { keySize: key.bits, keyType: KEY_TYPE_CODES.rsa } : { keySize: key.bits };
}

/** What a KEY_GENERATE_REQUEST asks for, undefined where it is nothing known. Without KEY_TYPE it is RSA (capf.md 14). */
export function keyOfElements({
  keySize,
  keyType = KEY_TYPE_CODES.rsa,
  curve,
}: KeyElements): CapfKey | undefined {
  if (keyType === KEY_TYPE_CODES.rsa) {
    const bits = CAPF_RSA_BITS.find((size) => size === keySize);
    return bits === undefined ? undefined : { type: 'rsa', bits };
  }
  const name = keyType === KEY_TYPE_CODES.ec && curve !== undefined ? CAPF_CURVES[curve] : undefined;
  return name === undefined ? undefined : { type: 'ec', curve: name };
}

export function sameKey(a: CapfKey, b: CapfKey): boolean {
  return a.type === 'rsa' ? b.type === 'rsa' && a.bits === b.bits : b.type === 'ec' && a.curve === b.curve;
}

/** `RSA 2048`, `EC secp384r1`: for traces (capf.md 15). */
export function keyText(key: CapfKey): string {
  return key.type === 'rsa' ? `RSA ${key.bits}` : `EC ${key.curve}`;
}

/**
 * The kind of key in a PUBLIC_KEY element.
 *
 * @throws TrustfleetError TF_KEY_MALFORMED when the octets are no SubjectPublicKeyInfo, are followed by others, or hold a key
 *   that CAPF does not know.
 */
export function keyOfSpki(spki: Uint8Array): CapfKey {
  const malformed = (message: string, cause?: unknown): TrustfleetError =>
    new TrustfleetError('TF_KEY_MALFORMED', message, { cause });
  let details: { readonly modulusLength?: number; readonly namedCurve?: string };
  try {
    const { end } = expectDer(spki, 0, spki.length, 0x30, 'PUBLIC_KEY');
    if (end !== spki.length) throw malformed(`PUBLIC_KEY ends at octet ${end} of ${spki.length}`);
    const key = publicKeyOf(spki);
    details = key.asymmetricKeyDetails ?? {};
  } catch (cause) {
    throw malformed('PUBLIC_KEY that is no SubjectPublicKeyInfo', cause);
  }
  const bits = CAPF_RSA_BITS.find((size) => size === details.modulusLength);
  if (bits !== undefined) return { type: 'rsa', bits };
  const curve = CAPF_CURVES.find((name) => name === details.namedCurve);
  if (curve !== undefined) return { type: 'ec', curve };
  const found = details.modulusLength ?? details.namedCurve ?? 'another algorithm';
  throw malformed(`PUBLIC_KEY with ${found}, expected RSA 512 to 4096 or a NIST curve`);
}
