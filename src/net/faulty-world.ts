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
import { TOKEN_RETRY_SECONDS } from '../protocol/sccp/limits.js';
import type { Firewall } from './firewall.js';

/** Where in its boot a phone is when the power goes (contracts.md 4, `fault: { power: … }`). */
export type BootPoint = 'ctl' | 'itl' | 'config' | 'capf' | 'register';

/** The phone's plug: pulled once, when a boot gets to the point that it is armed for. */
export interface Plug {
  /** Name of the phone. */
  readonly name: string;
  armedAt: BootPoint | null;
  pull(): void;
}

const REJECTED = 'connection rejected by a fault of the scenario';

/** A phone's world with the faults of a scenario at its edge: connections that are rejected, and power that goes. */
export function withFaults(world: PhoneWorld, firewall: Firewall, plug: Plug): PhoneWorld {
  return new FaultyWorld(world, firewall, plug);
}

class FaultyWorld extends PassingWorld {
  readonly #firewall: Firewall;
  readonly #plug: Plug;

  constructor(world: PhoneWorld, firewall: Firewall, plug: Plug) {
    super(world);
    this.#firewall = firewall;
    this.#plug = plug;
  }

  override fetch(request: Parameters<PhoneWorld['fetch']>[0], signal: StopSignal): Promise<FetchResult> {
    this.#pass(pointOf(request.file));
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#firewall.refuses(this.#plug.name, 'TFTP', request.server))
      return Promise.resolve({ status: 'refused' });
    return this.beneath.fetch(request, signal);
  }

  override askTvs(question: TvsQuestion, signal: StopSignal): Promise<TvsAnswer> {
    if (this.#firewall.refuses(this.#plug.name, 'TVS', question.server.address))
      return Promise.resolve({ result: 'unreachable', detail: REJECTED });
    return this.beneath.askTvs(question, signal);
  }

  override enrol(question: CapfQuestion, signal: StopSignal): Promise<CapfAnswer> {
    this.#pass('capf');
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#firewall.refuses(this.#plug.name, 'CAPF', question.server.address))
      return Promise.resolve({ outcome: 'refused', detail: REJECTED });
    return this.beneath.enrol(question, signal);
  }

  override requestService(question: ServiceQuestion, signal: StopSignal): Promise<ServiceAnswer> {
    if (this.#firewall.refuses(this.#plug.name, 'Tomcat', question.server.address))
      return Promise.resolve({ result: 'unreachable', detail: REJECTED });
    return this.beneath.requestService(question, signal);
  }

  override register(attempt: RegistrationAttempt, signal: StopSignal): Promise<RegistrationResult> {
    this.#pass('register');
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#blocks(attempt))
      return Promise.resolve({ result: 'unreachable', cause: '6', tls: 'none', detail: REJECTED });
    return this.beneath.register(attempt, signal);
  }

  override standby(attempt: RegistrationAttempt, signal: StopSignal): Promise<Standby | undefined> {
    return this.#blocks(attempt) ? Promise.resolve(undefined) : this.beneath.standby(attempt, signal);
  }

  override requestToken(
    attempt: RegistrationAttempt,
    signal: StopSignal,
  ): ReturnType<PhoneWorld['requestToken']> {
    return this.#blocks(attempt)
      ? Promise.resolve({ granted: false, retrySeconds: TOKEN_RETRY_SECONDS })
      : this.beneath.requestToken(attempt, signal);
  }

  /** Where the power goes here, the phone's signal has aborted afterwards. */
  #pass(point: BootPoint): void {
    const plug = this.#plug;
    if (plug.armedAt !== point) return;
    plug.armedAt = null;
    plug.pull();
  }

  #blocks({ server }: RegistrationAttempt): boolean {
    return this.#firewall.refuses(this.#plug.name, 'CallManager', server.address);
  }
}

function pointOf(file: string): BootPoint {
  if (file.startsWith('CTL')) return 'ctl';
  return file.startsWith('ITL') ? 'itl' : 'config';
}
