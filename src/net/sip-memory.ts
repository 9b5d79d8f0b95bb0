import type { LastCause } from '../phone/world.js';
import { BootReport } from '../protocol/sip/boot-report.js';
import type { SipDevice } from '../protocol/sip/dialect.js';
import { Identifiers, type Random } from '../protocol/sip/identifiers.js';

/**
 * What a phone's SIP stack keeps from one attempt to the next: the counter in its Call-IDs, the Session-ID of the boot, and
 * whether the cluster has been told of the trust lists in this boot (sip.md 5.1: once a boot).
 */
export class SipPhoneMemory {
  readonly identifiers: Identifiers;
  readonly #modern: boolean;
  #sessionId: string | null;
  #report = new BootReport();

  constructor(device: SipDevice, random: Random) {
    this.identifiers = new Identifiers(device.mac, random);
    this.#modern = device.family === 'modern';
    // Firmware 11.5 and newer; absent on 79xx (sip.md 3.1).
    this.#sessionId = this.#modern ? this.identifiers.sessionId() : null;
  }

  /** For a single attempt: the alarm is due when its cause is one with which a boot begins. */
  static forOneAttempt(device: SipDevice, random: Random, cause: LastCause): SipPhoneMemory {
    const memory = new SipPhoneMemory(device, random);
    memory.#report = BootReport.forOneAttempt(cause);
    return memory;
  }

  get sessionId(): string | null {
    return this.#sessionId;
  }

  /**
   * Is DeviceTLInfo due with an attempt on a connection that stands? Notes that it is sent. An attempt with the cause of a boot
   * begins one, unless the alarm of the boot before has not been sent yet.
   */
  reportsTrustLists(cause: LastCause): boolean {
    if (this.#report.begins(cause) && this.#modern) this.#sessionId = this.identifiers.sessionId();
    return this.#report.takeDue() && this.#modern;
  }
}
