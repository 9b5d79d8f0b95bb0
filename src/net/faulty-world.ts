import type { PhoneWorld, RegistrationAttempt } from '../phone/world.js';
import type { Firewall } from './firewall.js';

/** Where in its boot a phone is when the power goes (contracts.md 4, `fault: { power: … }`). */
export type BootPoint = 'ctl' | 'itl' | 'config' | 'capf' | 'register';

/** The phone's plug: pulled once, when a boot gets to the point that it is armed for. */
export interface Plug {
  armedAt: BootPoint | null;
  pull(): void;
}

const REJECTED = 'connection rejected by a fault of the scenario';

/** A phone's world with the faults of a scenario at its edge: connections that are rejected, and power that goes. */
export function withFaults(world: PhoneWorld, phone: string, firewall: Firewall, plug: Plug): PhoneWorld {
  /** True when the power has gone: the phone's signal has aborted then, and whatever is awaited rejects. */
  const passes = (point: BootPoint): void => {
    if (plug.armedAt !== point) return;
    plug.armedAt = null;
    plug.pull();
  };
  const blocked = ({ server }: RegistrationAttempt): boolean =>
    firewall.refuses(phone, 'CallManager', server.address);
  return {
    ...world,
    async fetch(request, signal) {
      passes(pointOf(request.file));
      signal.throwIfAborted();
      if (firewall.refuses(phone, 'TFTP', request.server)) return { status: 'refused' };
      return world.fetch(request, signal);
    },
    async askTvs(question, signal) {
      if (firewall.refuses(phone, 'TVS', question.server.address)) {
        return { result: 'unreachable', detail: REJECTED };
      }
      return world.askTvs(question, signal);
    },
    async enrol(question, signal) {
      passes('capf');
      signal.throwIfAborted();
      if (firewall.refuses(phone, 'CAPF', question.server.address))
        return { outcome: 'refused', detail: REJECTED };
      return world.enrol(question, signal);
    },
    async requestService(question, signal) {
      if (firewall.refuses(phone, 'Tomcat', question.server.address))
        return { result: 'unreachable', detail: REJECTED };
      return world.requestService(question, signal);
    },
    async register(attempt, signal) {
      passes('register');
      signal.throwIfAborted();
      if (blocked(attempt)) return { result: 'unreachable', cause: '6', tls: 'none', detail: REJECTED };
      return world.register(attempt, signal);
    },
    async standby(attempt, signal) {
      return blocked(attempt) ? undefined : world.standby(attempt, signal);
    },
  };
}

function pointOf(file: string): BootPoint {
  if (file.startsWith('CTL')) return 'ctl';
  return file.startsWith('ITL') ? 'itl' : 'config';
}
