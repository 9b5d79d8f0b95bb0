import type { ModelProfile } from '../device/model.js';
import type { StopSignal } from '../phone/stop.js';
import type { RegistrationAttempt } from '../phone/world.js';
import { sccpDevice } from '../protocol/sccp/device.js';
import { type SipDevice, sipDevice } from '../protocol/sip/dialect.js';
import { type Routes, routeTo } from './routes.js';
import type { SccpPhoneMemory, SccpRegistrationOptions } from './sccp-phone.js';
import { SipPhoneMemory } from './sip-memory.js';
import type { SipOptions } from './sip-phone.js';

/** Where a phone is on the network and what it is. */
export interface NetworkDevice {
  readonly name: string;
  readonly address: string;
  readonly model: ModelProfile;
}

/** What a phone says of itself in either protocol, and what its stacks keep from one attempt to the next. */
export class SignallingIdentity {
  readonly #device: NetworkDevice;
  readonly #routes: Routes;
  readonly #random: () => number;
  readonly #sip: SipDevice;
  readonly #sipMemory: SipPhoneMemory;
  readonly #sccpMemory: SccpPhoneMemory = { secondaryKeepAliveSeconds: undefined };

  constructor(device: NetworkDevice, routes: Routes, random: () => number) {
    this.#device = device;
    this.#routes = routes;
    this.#random = random;
    this.#sip = sipDevice(device.name, device.model);
    this.#sipMemory = new SipPhoneMemory(this.#sip, random);
  }

  sccp(attempt: RegistrationAttempt, signal: StopSignal): SccpRegistrationOptions {
    const { name, model } = this.#device;
    const connection = this.#connection(attempt, signal);
    const device = { ...sccpDevice(name, connection.localAddress, model), load: attempt.load };
    return { ...connection, device, memory: this.#sccpMemory, phase: this.#random() };
  }

  sip(attempt: RegistrationAttempt, signal: StopSignal): SipOptions {
    const device = { ...this.#sip, load: attempt.load };
    return { ...this.#connection(attempt, signal), device, memory: this.#sipMemory, random: this.#random };
  }

  #connection(attempt: RegistrationAttempt, signal: StopSignal) {
    return {
      attempt,
      ...routeTo(this.#routes, attempt.server, this.#device.address),
      signal,
    };
  }
}
