import { describe, expect, it } from 'vitest';
import { expandFleet } from '../../src/fleet/devices.js';
import { MicMaker } from '../../src/fleet/mics.js';
import { micKinds, PhonePrimeSource, type PhonePrimes } from '../../src/fleet/phone-primes.js';
import { loadFleet, loadModels } from '../../src/fleet/profiles.js';
import { testPhonePrimes } from '../../src/fleet/test-keys.js';
import { Certificate } from '../../src/pki/certificate.js';

const models = loadModels();
/** Of every model of FLEET-A some. */
const devices = expandFleet(loadFleet('FLEET-A'), models, 20).filter(({ kind }) => kind.mic !== null);
const made = new Date('2026-01-01T00:00:00Z');

/** Serial numbers of all MICs and of the manufacturing CAs that issued them. */
function serialsOf({ mics, shared = false }: Omit<PhonePrimes, 'lscs'>): string[] {
  const maker = new MicMaker(mics, made, shared);
  const phones = devices.map((device) => {
    const model = models.get(device.kind.model);
    if (model === undefined) throw new Error(device.kind.model);
    return maker.mic(device, model).certificate;
  });
  const roots = maker.roots(micKinds(devices)).map((der) => Certificate.fromDer(Buffer.from(der)));
  expect(roots).toHaveLength(2);
  return [...phones, ...roots].map(({ serial }) => serial);
}

const fresh = async (): Promise<string[]> => {
  const { signal } = new AbortController();
  return serialsOf(await (await PhonePrimeSource.open(devices, signal)).all(signal));
};

describe('the serial numbers of MICs and of the CAs that issue them', () => {
  it('depend on the keys: those of another run are strangers (R-21)', async () => {
    const serials = [...(await fresh()), ...(await fresh())];
    expect(serials).toHaveLength(2 * (devices.length + 2));
    expect(new Set(serials).size).toBe(serials.length);
  });

  it('are the same again in virtual time, one for each phone, though phones share keys', () => {
    const serials = serialsOf(testPhonePrimes(devices));
    expect(new Set(serials).size).toBe(serials.length);
    expect(serialsOf(testPhonePrimes(devices))).toEqual(serials);
  });
});
