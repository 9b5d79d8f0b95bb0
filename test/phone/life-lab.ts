import { emptyFlash, type Flash } from '../../src/phone/flash.js';
import { DEFAULT_KNOBS } from '../../src/phone/knobs.js';
import { Phone } from '../../src/phone/phone.js';
import type { TrustList } from '../../src/trustfile/index.js';
import { configurationXml, DEVICE, itl, MODERN, type Party, record, signed } from './fixtures.js';
import { type FakeRegistration, FakeWorld, settle } from './world.js';

export const TFTP = '10.0.0.9';
export const A = '10.0.0.1';
export const B = '10.0.0.2';
export const C = '10.0.0.3';
export const SGN = `${DEVICE}.cnf.xml.sgn`;

/** The list that the TFTP server of a `LifeLab` serves. */
export function listOf(pub: Party): TrustList {
  return itl(pub, [record('SAST', pub), record('TFTP', pub), record('TVS', pub)]);
}

/** A phone with empty flash whose group is A and B; A, B and C take registrations. What it does once it has booted is the test's. */
export class LifeLab {
  readonly world = new FakeWorld();
  readonly flash: Flash = emptyFlash({ mic: () => null });
  readonly power = new AbortController();
  readonly #pub: Party;
  readonly #list: TrustList;

  constructor(pub: Party, list: TrustList) {
    this.#pub = pub;
    this.#list = list;
    this.serve([A, B]);
    this.world.registrars.add(A).add(B).add(C);
  }

  /** A configuration with these members in its CallManager group, and the list. */
  serve(members: readonly string[]): void {
    this.world.serve(TFTP, {
      [`ITL${DEVICE}.tlv`]: this.#list.bytes,
      [SGN]: signed(this.#pub, configurationXml({ members })).bytes,
    });
  }

  build(model = MODERN): Phone {
    const { flash, world } = this;
    return new Phone({ device: DEVICE, model, knobs: DEFAULT_KNOBS, flash, world, tftpServers: [TFTP] });
  }

  /** Switches the phone on, and lets its boot come to an end. */
  async boot(phone: Phone): Promise<void> {
    await this.world.through(phone.powerOn(this.power.signal));
    await settle();
  }

  /** The registration made last. */
  get current(): FakeRegistration {
    const registration = this.world.registrations.at(-1);
    if (registration === undefined) throw new Error('nobody registered');
    return registration;
  }

  /** Addresses that the phone has a standby connection to. */
  get openStandbys(): readonly string[] {
    return this.world.standbys.filter(({ open }) => open).map(({ address }) => address);
  }
}
