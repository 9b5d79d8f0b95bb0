import type { CapfAnswer, CapfQuestion } from '../phone/capf-world.js';
import { PassingWorld } from '../phone/passing-world.js';
import type { ServiceAnswer, ServiceQuestion } from '../phone/service-world.js';
import type { StopSignal } from '../phone/stop.js';
import type {
  FetchResult,
  PhoneWorld,
  RegistrationAttempt,
  RegistrationResult,
  Standby,
  TvsAnswer,
  TvsQuestion,
} from '../phone/world.js';
import { type Cidr, checkTarget } from './addresses.js';

/** What a phone that was sent to a forbidden address reports. */
function forbidden(address: string): string {
  return `${address} is outside the loopback range, and no --allow-target names it`;
}

/** A barred server never grants a token; the phone asks again as it would where nobody answers. */
const BARRED_RETRY_SECONDS = 60;

/** Tells addresses that phones may connect to: loopback, and what the command line allowed. Answers are kept. */
export function targetGuard(allowed: readonly Cidr[]): (address: string) => boolean {
  const known = new Map<string, boolean>();
  return (address) => {
    const before = known.get(address);
    if (before !== undefined) return before;
    let isAllowed = true;
    try {
      checkTarget(address, allowed);
    } catch {
      isAllowed = false;
    }
    known.set(address, isAllowed);
    return isAllowed;
  };
}

/**
 * A phone's world without the addresses that nobody allowed: the configuration of a foreign TFTP server may name any. To the
 * phone they are unreachable, and nothing is sent there (contracts.md 1, "Network safety").
 */
export function withAllowedTargets(world: PhoneWorld, isAllowed: (address: string) => boolean): PhoneWorld {
  return new GuardedWorld(world, isAllowed);
}

class GuardedWorld extends PassingWorld {
  readonly #isAllowed: (address: string) => boolean;

  constructor(world: PhoneWorld, isAllowed: (address: string) => boolean) {
    super(world);
    this.#isAllowed = isAllowed;
  }

  override async fetch(
    request: Parameters<PhoneWorld['fetch']>[0],
    signal: StopSignal,
  ): Promise<FetchResult> {
    return this.#isAllowed(request.server) ? this.beneath.fetch(request, signal) : { status: 'refused' };
  }

  override async askTvs(question: TvsQuestion, signal: StopSignal): Promise<TvsAnswer> {
    const { address } = question.server;
    return this.#isAllowed(address)
      ? this.beneath.askTvs(question, signal)
      : { result: 'unreachable', detail: forbidden(address) };
  }

  override async enrol(question: CapfQuestion, signal: StopSignal): Promise<CapfAnswer> {
    const { address } = question.server;
    return this.#isAllowed(address)
      ? this.beneath.enrol(question, signal)
      : { outcome: 'unreachable', detail: forbidden(address) };
  }

  override async requestService(question: ServiceQuestion, signal: StopSignal): Promise<ServiceAnswer> {
    const { address } = question.server;
    return this.#isAllowed(address)
      ? this.beneath.requestService(question, signal)
      : { result: 'unreachable', detail: forbidden(address) };
  }

  override async register(attempt: RegistrationAttempt, signal: StopSignal): Promise<RegistrationResult> {
    const { address } = attempt.server;
    return this.#isAllowed(address)
      ? this.beneath.register(attempt, signal)
      : { result: 'unreachable', cause: '6', tls: 'none', detail: forbidden(address) };
  }

  override async standby(attempt: RegistrationAttempt, signal: StopSignal): Promise<Standby | undefined> {
    return this.#isAllowed(attempt.server.address) ? this.beneath.standby(attempt, signal) : undefined;
  }

  override async requestToken(
    attempt: RegistrationAttempt,
    signal: StopSignal,
  ): ReturnType<PhoneWorld['requestToken']> {
    return this.#isAllowed(attempt.server.address)
      ? this.beneath.requestToken(attempt, signal)
      : { granted: false, retrySeconds: BARRED_RETRY_SECONDS };
  }
}
