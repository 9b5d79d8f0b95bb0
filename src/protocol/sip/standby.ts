import { bootReason, userAgent } from './dialect.js';
import type { Identifiers } from './identifiers.js';
import { LineRegistration, type PhoneLine } from './line-registration.js';
import type { SipMessage } from './message.js';
import { PhoneAnswers } from './phone-answers.js';
import type { Sender } from './register-request.js';
import { ClientTransactions, type RetransmissionTimers } from './transactions.js';

export interface SipStandbyOptions {
  readonly sender: Sender;
  readonly line: PhoneLine;
  /** Seconds between heartbeats (timerKeepAliveExpires). */
  readonly keepAliveExpires: number;
  readonly retransmission: RetransmissionTimers;
  readonly identifiers: Identifiers;
  /** Milliseconds since 1970. */
  readonly date: () => number;
}

export type SipStandbyEffect =
  | { readonly do: 'send'; readonly bytes: Uint8Array }
  /** The server answered a heartbeat for the first time. */
  | { readonly do: 'up' }
  /** The server did not answer, or said 503: it counts as down. */
  | { readonly do: 'down'; readonly text: string };

/**
 * Heartbeats to the next member of the group, where the phone is not registered (sip.md 3.8, R-82). Any final answer but 503
 * shows that the server is up: the phone asks for nothing.
 */
export class SipStandby {
  readonly #options: SipStandbyOptions;
  readonly #answers: PhoneAnswers;
  readonly #transactions: ClientTransactions<'heartbeat'>;
  readonly #line: LineRegistration;
  #state: 'waiting' | 'up' | 'down' = 'waiting';

  constructor(options: SipStandbyOptions) {
    const { sender, line, identifiers, date } = options;
    this.#options = options;
    this.#answers = new PhoneAnswers(identifiers, userAgent(sender.device));
    this.#transactions = new ClientTransactions(options.retransmission);
    this.#line = new LineRegistration(sender, line, identifiers, date, bootReason(sender.device, 25), 0);
  }

  get deadline(): number {
    return Math.min(this.#transactions.deadline, this.#line.refreshAt);
  }

  start(now: number): readonly SipStandbyEffect[] {
    return [this.#heartbeat(now)];
  }

  receive(message: SipMessage, now: number): readonly SipStandbyEffect[] {
    if (this.#state === 'down') return [];
    if (message.kind === 'request') {
      const { bytes } = this.#answers.answer(message);
      return bytes === undefined ? [] : [{ do: 'send', bytes }];
    }
    if (this.#transactions.answered(message, now)?.final !== true) return [];
    if (message.status === 401 && this.#line.acceptsChallenge(message)) return [this.#heartbeat(now)];
    if (message.status === 503) return this.#down(`503 ${message.reason}`);
    this.#line.refreshAt = now + this.#options.keepAliveExpires * 1000;
    if (this.#state === 'up') return [];
    this.#state = 'up';
    return [{ do: 'up' }];
  }

  tick(now: number): readonly SipStandbyEffect[] {
    if (this.#state === 'down') return [];
    const due = this.#transactions.due(now);
    if (due.unanswered.length > 0) return this.#down('heartbeat not answered');
    const effects: SipStandbyEffect[] = due.repeat.map(({ bytes }) => ({ do: 'send', bytes }));
    if (this.#line.refreshAt <= now) effects.push(this.#heartbeat(now));
    return effects;
  }

  #heartbeat(now: number): SipStandbyEffect {
    const request = this.#line.request('standby');
    this.#line.refreshAt = Number.POSITIVE_INFINITY;
    this.#transactions.begin('heartbeat', request, this.#options.sender.transport, now);
    return { do: 'send', bytes: request.bytes };
  }

  #down(text: string): readonly SipStandbyEffect[] {
    this.#state = 'down';
    this.#line.refreshAt = Number.POSITIVE_INFINITY;
    this.#transactions.clear();
    return [{ do: 'down', text }];
  }
}
