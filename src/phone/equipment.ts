import type { ModelProfile } from '../device/model.js';
import type { TlsVersion } from '../device/security.js';
import type { Flash, KeyedCertificate } from './flash.js';
import type { Knobs } from './knobs.js';
import type { TvsClient } from './tvs.js';
import type { PhoneWorld, TlsProfile } from './world.js';

/** What the programs of one phone work with. */
export interface Equipment {
  /** `SEP001F9E266369`. */
  readonly device: string;
  readonly model: ModelProfile;
  readonly knobs: Knobs;
  readonly world: PhoneWorld;
  readonly flash: Flash;
  readonly tvs: TvsClient;
  readonly memory: Memory;
}

/** What the phone remembers from boot to boot besides its flash. */
export interface Memory {
  /** Addresses of the TFTP servers, first and second. */
  tftpServers: readonly string[];
  /** */
  locked: boolean;
  /** Last R-60 code, repeated in the DeviceTLInfo alarm while no list changes (sip.md 5.1); 0 before the first. */
  lastAlarm: number;
  /** Server that each installed list came from, empty when it came before this phone was watched. */
  ctlServer: string;
  itlServer: string;
}

/** the LSC if there is one, else the MIC; no choice. */
export function ownCertificate(flash: Flash): KeyedCertificate | null {
  return flash.lsc ?? flash.mic();
}

/**
 * What the phone offers in a handshake. The identity is a getter: a server that wants no certificate shall not cost the
 * making of a MIC (flash.ts).
 */
export function tlsProfile(
  flash: Flash,
  versions: { readonly min: TlsVersion; readonly max: TlsVersion },
): TlsProfile {
  return {
    min: versions.min,
    max: versions.max,
    get identity() {
      return ownCertificate(flash);
    },
  };
}
