import type { CapfAnswer, CapfQuestion } from './capf-world.js';
import { LocalParts } from './local-parts.js';
import type { ServiceAnswer, ServiceQuestion } from './service-world.js';
import type { StopSignal } from './stop.js';
import type {
  FetchResult,
  PhoneWorld,
  RegistrationAttempt,
  RegistrationResult,
  Standby,
  TvsAnswer,
  TvsQuestion,
} from './world.js';

/** A world that hands everything on to the one beneath; what stands between the two overrides what it looks at. */
export class PassingWorld extends LocalParts<PhoneWorld> implements PhoneWorld {
  fetch(request: Parameters<PhoneWorld['fetch']>[0], signal: StopSignal): Promise<FetchResult> {
    return this.beneath.fetch(request, signal);
  }

  askTvs(question: TvsQuestion, signal: StopSignal): Promise<TvsAnswer> {
    return this.beneath.askTvs(question, signal);
  }

  enrol(question: CapfQuestion, signal: StopSignal): Promise<CapfAnswer> {
    return this.beneath.enrol(question, signal);
  }

  requestService(question: ServiceQuestion, signal: StopSignal): Promise<ServiceAnswer> {
    return this.beneath.requestService(question, signal);
  }

  register(attempt: RegistrationAttempt, signal: StopSignal): Promise<RegistrationResult> {
    return this.beneath.register(attempt, signal);
  }

  standby(attempt: RegistrationAttempt, signal: StopSignal): Promise<Standby | undefined> {
    return this.beneath.standby(attempt, signal);
  }

  requestToken(attempt: RegistrationAttempt, signal: StopSignal): ReturnType<PhoneWorld['requestToken']> {
    return this.beneath.requestToken(attempt, signal);
  }

  sleep(ms: number, signal: StopSignal): Promise<void> {
    return this.beneath.sleep(ms, signal);
  }

  now(): number {
    return this.beneath.now();
  }

  date(): number {
    return this.beneath.date();
  }

  nodeName(address: string): string {
    return this.beneath.nodeName(address);
  }
}
