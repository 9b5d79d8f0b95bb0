import type { PhoneWorld, RegistrationAttempt } from '../phone/world.js';
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
  const isBarred = ({ server }: RegistrationAttempt): boolean => !isAllowed(server.address);
  return {
    ...world,
    async fetch(request, signal) {
      return isAllowed(request.server) ? world.fetch(request, signal) : { status: 'refused' };
    },
    async askTvs(question, signal) {
      const { address } = question.server;
      return isAllowed(address)
        ? world.askTvs(question, signal)
        : { result: 'unreachable', detail: forbidden(address) };
    },
    async enrol(question, signal) {
      const { address } = question.server;
      return isAllowed(address)
        ? world.enrol(question, signal)
        : { outcome: 'unreachable', detail: forbidden(address) };
    },
    async requestService(request, signal) {
      const { address } = request.server;
      return isAllowed(address)
        ? world.requestService(request, signal)
        : { result: 'unreachable', detail: forbidden(address) };
    },
    async register(attempt, signal) {
      if (!isBarred(attempt)) return world.register(attempt, signal);
      const detail = forbidden(attempt.server.address);
      return { result: 'unreachable', cause: '6', tls: 'none', detail };
    },
    async standby(attempt, signal) {
      return isBarred(attempt) ? undefined : world.standby(attempt, signal);
    },
    async requestToken(attempt, signal) {
      if (!isBarred(attempt)) return world.requestToken(attempt, signal);
      return { granted: false, retrySeconds: BARRED_RETRY_SECONDS };
    },
  };
}
