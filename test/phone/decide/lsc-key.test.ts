import { beforeAll, describe, expect, it } from 'vitest';
import { loadModel } from '../../../src/fleet/profiles.js';
import { credentialsOf } from '../../../src/phone/decide/capf-credentials.js';
import { canGenerate, isSuchKey, keySeconds } from '../../../src/phone/decide/lsc-key.js';
import { emptyFlash } from '../../../src/phone/flash.js';
import { DEFAULT_KNOBS } from '../../../src/phone/knobs.js';
import { freshEc, freshRsa } from '../../../src/pki/keys.js';
import { CAPF_CURVES, CAPF_RSA_BITS, type CapfKey } from '../../../src/protocol/capf/keys.js';
import type { TrustList } from '../../../src/trustfile/index.js';
import { CLASSIC, DEVICE, itl, LEGACY, MODERN, mic, type Party, party, record } from '../fixtures.js';

const RSA: readonly CapfKey[] = CAPF_RSA_BITS.map((bits) => ({ type: 'rsa', bits }));
const EC: readonly CapfKey[] = CAPF_CURVES.map((curve) => ({ type: 'ec', curve }));

let list: TrustList;
let own: Party;

beforeAll(async () => {
  const pub = await party('pub');
  list = itl(pub, [record('SAST', pub)]);
  own = await mic(LEGACY, DEVICE);
});

describe('key generation, phone-behaviour.md 10', () => {
  it('takes the seconds of the table', () => {
    const seconds = (model: typeof LEGACY) => [...RSA, ...EC].map((key) => keySeconds(model, key));
    expect(seconds(LEGACY)).toEqual([15, 60, 420, null, null, null, null, null]);
    expect(seconds(CLASSIC)).toEqual(seconds(LEGACY));
    expect(seconds(MODERN)).toEqual([1, 3, 15, 60, 180, 1, 1, 1]);
  });

  it('R-98: RSA sizes of the model', () => {
    const sizes = (model: typeof LEGACY) => RSA.map((key) => canGenerate(model, list, key));
    expect(sizes(LEGACY)).toEqual([true, true, true, false, false]);
    expect(sizes({ ...LEGACY, generatesRsaBits: [512, 1024] })).toEqual([true, true, false, false, false]);
    expect(sizes(MODERN)).toEqual([true, true, true, true, true]);
  });

  it('R-98: EC takes a model that has it and an ITL of version 1.1', () => {
    for (const key of EC) {
      expect(canGenerate(MODERN, list, key)).toBe(true);
      expect(canGenerate(LEGACY, list, key)).toBe(false);
      expect(canGenerate({ ...MODERN, ecKeys: false }, list, key)).toBe(false);
      expect(canGenerate(MODERN, null, key)).toBe(false);
      const old = { ...list, header: { ...list.header, signerVersion: { major: 1, minor: 0 } } };
      expect(canGenerate(MODERN, old, key)).toBe(false);
      const newer = { ...list, header: { ...list.header, signerVersion: { major: 1, minor: 1 } } };
      expect(canGenerate(MODERN, newer, key)).toBe(true);
    }
  });

  it('knows which request a pair answers', async () => {
    const [rsa, ec] = await Promise.all([freshRsa(512), freshEc('secp384r1')]);
    expect(isSuchKey(rsa, { type: 'rsa', bits: 512 })).toBe(true);
    expect(isSuchKey(rsa, { type: 'rsa', bits: 1024 })).toBe(false);
    expect(isSuchKey(ec, { type: 'ec', curve: 'secp384r1' })).toBe(true);
    expect(isSuchKey(ec, { type: 'ec', curve: 'prime256v1' })).toBe(false);
    expect(isSuchKey(ec, { type: 'rsa', bits: 512 })).toBe(false);
  });
});

describe('R-89, R-90, K-07: what the phone shows at CAPF', () => {
  const shown = (
    model: string,
    mode: 0 | 1 | 2 | 3 | 4,
    has: { lsc?: boolean; mic?: boolean },
    existingCertNeedsLsc = true,
  ) => {
    const flash = emptyFlash({ mic: () => (has.mic ? own : null) });
    flash.lsc = has.lsc ? { ...own } : null;
    const equipment = {
      flash,
      model: loadModel(model),
      knobs: { ...DEFAULT_KNOBS, existingCertNeedsLsc },
    };
    const { certificate, password, refusedAs } = credentialsOf(equipment, mode, '4711');
    return [certificate?.kind ?? password ?? 'nothing', refusedAs];
  };
  const all = { lsc: true, mic: true };

  it('mode 1 the string, mode 2 nothing', () => {
    expect(shown('7962', 1, all)).toEqual(['4711', 'invalid-auth-str']);
    expect(shown('7962', 2, all)).toEqual(['nothing', 'fail']);
  });

  it('mode 3 the LSC, else the MIC; mode 4 the MIC, else the LSC', () => {
    expect(shown('8841', 3, all)).toEqual(['lsc', 'invalid-lsc']);
    expect(shown('8841', 3, { mic: true })).toEqual(['mic', 'invalid-mic']);
    expect(shown('8841', 4, all)).toEqual(['mic', 'invalid-mic']);
    expect(shown('8841', 4, { lsc: true })).toEqual(['lsc', 'invalid-lsc']);
    expect(shown('8841', 3, {})).toEqual(['nothing', 'invalid-credentials']);
  });

  it('K-07: without an LSC a 7942 and a 7962 have nothing to show, a 7975 has its MIC', () => {
    expect(shown('7942', 3, { mic: true })).toEqual(['nothing', 'invalid-credentials']);
    expect(shown('7962', 4, { mic: true })).toEqual(['nothing', 'invalid-credentials']);
    expect(shown('7975', 3, { mic: true })).toEqual(['mic', 'invalid-mic']);
    expect(shown('7962', 3, { mic: true }, false)).toEqual(['mic', 'invalid-mic']);
  });

  it('a phone whose configuration is for another certificate shows what it has, without a mode', () => {
    expect(shown('8841', 0, all)).toEqual(['lsc', 'invalid-lsc']);
  });

  it('the MIC is not made where it is not shown', () => {
    const flash = emptyFlash({
      mic: () => {
        throw new Error('the MIC was made');
      },
    });
    expect(credentialsOf({ flash, model: LEGACY, knobs: DEFAULT_KNOBS }, 2, '')).toEqual({
      refusedAs: 'fail',
    });
  });
});
