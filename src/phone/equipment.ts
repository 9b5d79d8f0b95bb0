import type { AddressFamily } from '../device/address-family.js';
import type { ModelProfile } from '../device/model.js';
import type { TlsRange } from '../device/security.js';
import type { Flash, KeyedCertificate } from './flash.js';
import type { Knobs } from './knobs.js';
import { TvsClient } from './tvs.js';
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

/** The equipment of a phone: one light object, and what of it looks at the rest knows it by that object. */
export class PhoneEquipment implements Equipment {
  readonly device: string;
  readonly model: ModelProfile;
  readonly knobs: Knobs;
  readonly world: PhoneWorld;
  readonly flash: Flash;
  readonly memory: Memory;
  readonly tvs: TvsClient;

  constructor({ device, model, knobs, world, flash, memory }: Omit<Equipment, 'tvs'>) {
    this.device = device;
    this.model = model;
    this.knobs = knobs;
    this.world = world;
    this.flash = flash;
    this.memory = memory;
    this.tvs = new TvsClient(this);
  }
}

/** What the phone remembers from boot to boot besides its flash. */
export interface Memory {
  /** Addresses of the TFTP servers, first and second. */
  tftpServers: readonly string[];
  /** Families that the phone has an address of, for CAPF. */
  readonly addresses: readonly AddressFamily[];
  /** */
  locked: boolean;
  /** Last R-60 code, repeated in the DeviceTLInfo alarm while no list changes (sip.md 5.1); 0 before the first. */
  lastAlarm: number;
  /** Server that each installed list came from, empty when it came before this phone was watched. */
  ctlServer: string;
  itlServer: string;
  /** wrong authentication strings in a row, and whether the phone takes none for a while. */
  wrongStrings: number;
  stringsShut: boolean;
}

/** the LSC if there is one, else the MIC; no choice. */
export function ownCertificate(flash: Flash): KeyedCertificate | null {
  return flash.lsc ?? flash.factory.mic();
}

/**
 * what the phone shows by R-78. A certificate that has expired cannot be used, and the MIC does not stand in for an
 * expired LSC.
 */
function shownCertificate({ flash, world }: Pick<Equipment, 'flash' | 'world'>): KeyedCertificate | null {
  const own = ownCertificate(flash);
  return own !== null && isValid(own, world.date()) ? own : null;
}

/** has the phone an LSC that it can use? */
export function hasValidLsc({ flash, world }: Pick<Equipment, 'flash' | 'world'>): boolean {
  return flash.lsc !== null && isValid(flash.lsc, world.date());
}

function isValid({ certificate }: KeyedCertificate, date: number): boolean {
  return certificate.notAfter.getTime() >= date;
}

/**
 * What the phone offers in a handshake. The identity is a getter: a server that wants no certificate shall not cost the
 * making of a MIC (flash.ts).
 */
export function tlsProfile(equipment: Pick<Equipment, 'flash' | 'world'>, versions: TlsRange): TlsProfile {
  return {
    min: versions.min,
    max: versions.max,
    get identity() {
      return shownCertificate(equipment);
    },
  };
}
