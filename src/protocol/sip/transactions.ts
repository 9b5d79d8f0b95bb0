import { branchOf, cseqOf } from './fields.js';
import type { SipResponse } from './message.js';
import type { SipTransport } from './register-request.js';

/** How long and how often to ask (sip.md 6). Milliseconds. */
export interface RetransmissionTimers {
  /** First interval on UDP; it doubles. */
  readonly t1Ms: number;
  readonly t2Ms: number;
  /** Repetitions on UDP. */
  readonly retransmissions: number;
}

export const DEFAULT_RETRANSMISSION: RetransmissionTimers = { t1Ms: 500, t2Ms: 4_000, retransmissions: 10 };

/** Requests of one side that have no final answer. More than this is a fault of the program, not of the peer. */
interface Pending<P> {
  readonly purpose: P;
  readonly method: string;
  readonly bytes: Uint8Array;
  repeatAt: number;
  interval: number;
  repeated: number;
  giveUpAt: number;
}

export interface Due<P> {
  readonly repeat: readonly { readonly purpose: P; readonly bytes: Uint8Array }[];
  readonly unanswered: readonly P[];
}

/** A response that belongs to a request of ours. */
export interface Answer<P> {
  readonly purpose: P;
  /** false for 1xx: the phone stops repeating and goes on waiting (sip.md 4.1). */
  readonly final: boolean;
}

/**
 * Non-INVITE client transactions: responses are matched by branch and CSeq method; on UDP requests are repeated after T1,
 * doubling to T2; on TCP and TLS an answer is awaited for 64 T1, 32 s (sip.md 4.3, 6). Times are milliseconds of the caller's clock.
 */
export class ClientTransactions<P> {
  readonly #timers: RetransmissionTimers;
  readonly #pending = new Map<string, Pending<P>>();

  constructor(timers: RetransmissionTimers = DEFAULT_RETRANSMISSION) {
    this.#timers = timers;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Notes a request that is being sent. */
  begin(
    purpose: P,
    request: { readonly branch: string; readonly method: string; readonly bytes: Uint8Array },
    transport: SipTransport,
    now: number,
  ): void {
    const { t1Ms } = this.#timers;
    this.#pending.set(request.branch, {
      purpose,
      method: request.method,
      bytes: request.bytes,
      repeatAt: transport === 'udp' ? now + t1Ms : Number.POSITIVE_INFINITY,
      interval: t1Ms,
      repeated: 0,
      giveUpAt: transport === 'udp' ? Number.POSITIVE_INFINITY : now + 64 * t1Ms,
    });
  }

  /** The request that a response answers; undefined for one that answers none (any more). */
  answered(response: SipResponse, now: number): Answer<P> | undefined {
    const branch = branchOf(response);
    const pending = this.#pending.get(branch);
    if (pending === undefined) return undefined;
    if (cseqOf(response)?.method !== pending.method) return undefined;
    if (response.status >= 200) {
      this.#pending.delete(branch);
      return { purpose: pending.purpose, final: true };
    }
    if (pending.repeatAt !== Number.POSITIVE_INFINITY) {
      pending.repeatAt = Number.POSITIVE_INFINITY;
      pending.giveUpAt = now + 64 * this.#timers.t1Ms;
    }
    return { purpose: pending.purpose, final: false };
  }

  /** Time at which `due` has something, Infinity when nothing waits. */
  get deadline(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { repeatAt, giveUpAt } of this.#pending.values()) {
      earliest = Math.min(earliest, repeatAt, giveUpAt);
    }
    return earliest;
  }

  /** What is to be repeated now, and what will not be answered. */
  due(now: number): Due<P> {
    const repeat: { readonly purpose: P; readonly bytes: Uint8Array }[] = [];
    const unanswered: P[] = [];
    for (const [branch, pending] of this.#pending) {
      if (pending.giveUpAt <= now) {
        this.#pending.delete(branch);
        unanswered.push(pending.purpose);
      } else if (pending.repeatAt <= now) {
        repeat.push({ purpose: pending.purpose, bytes: pending.bytes });
        this.#scheduleNext(pending, now);
      }
    }
    return { repeat, unanswered };
  }

  clear(): void {
    this.#pending.clear();
  }

  #scheduleNext(pending: Pending<P>, now: number): void {
    pending.repeated += 1;
    pending.interval = Math.min(2 * pending.interval, this.#timers.t2Ms);
    if (pending.repeated < this.#timers.retransmissions) {
      pending.repeatAt = now + pending.interval;
    } else {
      pending.repeatAt = Number.POSITIVE_INFINITY;
      pending.giveUpAt = now + pending.interval;
    }
  }
}
