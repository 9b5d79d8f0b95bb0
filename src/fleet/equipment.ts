import type { MicProfile, ModelProfile } from '../device/model.js';
import type { SignallingProtocol } from '../device/security.js';
import { pick } from './index-rule.js';
import type { DeviceEquipment, MicIssuer, PhoneSettings } from './model.js';

/** MICs by issuer (phone-behaviour.md 12). One kind an issuer: a cluster trusts one certificate of each name. */
export const MIC_KINDS: Readonly<Record<MicIssuer, MicProfile>> = {
  'Cisco Manufacturing CA': { issuer: 'Cisco Manufacturing CA', digest: 'sha1', keyBits: 1024 },
  'Cisco Manufacturing CA SHA2': { issuer: 'Cisco Manufacturing CA SHA2', digest: 'sha256', keyBits: 2048 },
};

/**
 * The kind with what a group or a setting of the scenario says of its certificates, addresses and firmware.
 *
 * @param index of the phone within its group
 * @throws TrustfleetError TF_PROFILE_INVALID when no rule for the LSC fits it.
 */
export function equipped<K extends DeviceEquipment & { readonly group: string }>(
  kind: K,
  index: number,
  settings: PhoneSettings,
): K {
  const place = { group: kind.group, index };
  const { lsc, mic, holds, ip, capf, firmware, tls, inDatabase, fips } = settings;
  return {
    ...kind,
    ...(lsc === undefined ? {} : { lsc: pick(lsc, place, 'lsc') }),
    ...(mic === undefined ? {} : { mic: mic === 'none' ? null : MIC_KINDS[mic] }),
    ...(holds === undefined ? {} : { holds }),
    ...(ip === undefined ? {} : { ip }),
    ...(capf === undefined ? {} : { capf: { ...kind.capf, ...capf } }),
    ...(firmware === undefined ? {} : { firmware }),
    ...(tls === undefined ? {} : { tls: { ...kind.tls, ...tls } }),
    ...(inDatabase === undefined ? {} : { inDatabase }),
    ...(fips === undefined ? {} : { fips }),
  };
}

/** Whether the phone's own cluster issued its LSC, and has it in its database. */
export function isOwnLsc(origin: string): boolean {
  return origin === 'own' || origin === 'expired';
}

/** Clusters outside the run that phones bring an LSC of; nothing else of them is there. */
export function strangeClusters(
  devices: readonly { readonly kind: Pick<DeviceEquipment, 'lsc'> }[],
): string[] {
  const origins = new Set(devices.map(({ kind }) => kind.lsc));
  return [...origins].filter((origin) => origin !== 'none' && !isOwnLsc(origin)).sort();
}

/** The model as this phone is one: with its own firmware, TLS versions, MIC and FIPS mode. The model itself where nothing differs. */
export function modelOfDevice(
  model: ModelProfile,
  kind: DeviceEquipment & { readonly protocol: SignallingProtocol },
): ModelProfile {
  const { firmware, tls, mic, protocol, fips = false } = kind;
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
