import type { MicProfile, ModelProfile } from '../device/model.js';
import type { SignallingProtocol } from '../device/security.js';
import { pick } from './index-rule.js';
import type { MicIssuer, PhoneEquipment, PhoneSettings } from './model.js';

/** MICs by issuer (phone-behaviour.md 12). One kind an issuer: a cluster trusts one certificate of each name. */
export const MIC_KINDS: Readonly<Record<MicIssuer, MicProfile>> = {
  'Cisco Manufacturing CA': { issuer: 'Cisco Manufacturing CA', digest: 'sha1', keyBits: 1024 },
  'Cisco Manufacturing CA SHA2': { issuer: 'Cisco Manufacturing CA SHA2', digest: 'sha256', keyBits: 2048 },
};

/** Where a phone stands in its group: what index rules look at. */
interface Place {
  readonly group: string;
  readonly index: number;
}

/**
 * The device with what a group or a setting of the scenario says of its certificates, addresses and firmware.
 *
 * @throws TrustfleetError TF_PROFILE_INVALID when no rule for the LSC fits its index.
 */
export function equipped<D extends PhoneEquipment & Place>(device: D, settings: PhoneSettings): D {
  const { lsc, mic, holds, ip, capf, firmware, tls, inDatabase, fips } = settings;
  return {
    ...device,
    ...(lsc === undefined ? {} : { lsc: pick(lsc, device, 'lsc') }),
    ...(mic === undefined ? {} : { mic: mic === 'none' ? null : MIC_KINDS[mic] }),
    ...(holds === undefined ? {} : { holds }),
    ...(ip === undefined ? {} : { ip }),
    ...(capf === undefined ? {} : { capf: { ...device.capf, ...capf } }),
    ...(firmware === undefined ? {} : { firmware }),
    ...(tls === undefined ? {} : { tls: { ...device.tls, ...tls } }),
    ...(inDatabase === undefined ? {} : { inDatabase }),
    ...(fips === undefined ? {} : { fips }),
  };
}

/** Whether the phone's own cluster issued its LSC, and has it in its database. */
export function isOwnLsc(origin: string): boolean {
  return origin === 'own' || origin === 'expired';
}

/** Clusters outside the run that phones bring an LSC of; nothing else of them is there. */
export function strangeClusters(devices: readonly Pick<PhoneEquipment, 'lsc'>[]): string[] {
  const origins = new Set(devices.map(({ lsc }) => lsc));
  return [...origins].filter((origin) => origin !== 'none' && !isOwnLsc(origin)).sort();
}

/** The model as this phone is one: with its own firmware, TLS versions, MIC and FIPS mode. The model itself where nothing differs. */
export function modelOfDevice(
  model: ModelProfile,
  device: PhoneEquipment & { readonly protocol: SignallingProtocol },
): ModelProfile {
  const { firmware, tls, mic, protocol, fips = false } = device;
  const sameTls = tls.min === model.tls.min && tls.max === model.tls.max;
  if (firmware === null && sameTls && mic?.issuer === model.mic?.issuer && !fips) return model;
  return {
    ...model,
    loads: firmware === null ? model.loads : { ...model.loads, [protocol]: firmware },
    tls: { ...model.tls, ...tls },
    mic,
    fips,
  };
}
