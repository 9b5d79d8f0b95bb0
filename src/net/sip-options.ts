import type { RegistrationAttempt } from '../phone/world.js';
import type { SipTimers } from '../protocol/cnf/model.js';
import type { SipDevice } from '../protocol/sip/dialect.js';
import type { Random } from '../protocol/sip/identifiers.js';
import type { PhoneLine } from '../protocol/sip/line-registration.js';
import type { Sender } from '../protocol/sip/register-request.js';
import type { SipLink, SipLinkTarget } from './sip-link.js';
import { SipPhoneMemory } from './sip-memory.js';

/** What a phone needs to speak SIP with one server. */
export interface SipOptions extends SipLinkTarget {
  readonly attempt: RegistrationAttempt;
  readonly device: SipDevice;
  /** What the phone keeps from one attempt to the next; without it every attempt stands for itself. */
  readonly memory?: SipPhoneMemory;
  /** From the run's seed, in [0, 1). Default: by chance. */
  readonly random?: Random;
}

/** sip.md 6, for a configuration without `sipProfile`. */
const DEFAULT_TIMERS: SipTimers = {
  registerExpires: 3_600,
  registerDelta: 5,
  keepAliveExpires: 120,
  t1Ms: 500,
  t2Ms: 4_000,
  retransmissions: 10,
};

export function timersOf({ attempt }: SipOptions): SipTimers {
  return attempt.configuration.sip?.timers ?? DEFAULT_TIMERS;
}

/** Lines by their index; a phone without one names itself by its MAC. */
export function linesOf({ attempt, device }: SipOptions): readonly [PhoneLine, ...PhoneLine[]] {
  const [first, ...further] = [...(attempt.configuration.sip?.lines ?? [])].sort((a, b) => a.index - b.index);
  if (first !== undefined) return [first, ...further];
  const mac = device.mac.toLowerCase();
  return [{ name: mac, contact: `00000000-0000-0000-0000-${mac}`, authName: '', authPassword: '' }];
}

export function memoryOf({ memory, device, random, attempt }: SipOptions): SipPhoneMemory {
  return memory ?? SipPhoneMemory.forOneAttempt(device, random ?? Math.random, attempt.lastCause);
}

export function senderOn(link: SipLink, options: SipOptions, memory: SipPhoneMemory): Sender {
  return {
    device: options.device,
    transport: link.transport,
    address: link.localAddress,
    port: link.localPort,
    server: options.attempt.server.address,
    sessionId: memory.sessionId,
    token: options.attempt.token,
  };
}
