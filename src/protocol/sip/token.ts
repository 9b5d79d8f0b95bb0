import { userAgent } from './dialect.js';
import { type Identifiers, sipDate } from './identifiers.js';
import { headerSeconds, type SipMessage } from './message.js';
import { PhoneAnswers } from './phone-answers.js';
import { tokenRefer } from './refer-request.js';
import type { Sender, SipLine } from './register-request.js';
import { ClientTransactions, type RetransmissionTimers } from './transactions.js';

/** Seconds after which a phone asks again where the server names none (vector 503_token_refused has 60). */
export const TOKEN_RETRY_SECONDS = 60;

export interface SipTokenOptions {
  readonly sender: Sender;
  readonly line: SipLine;
  readonly retransmission: RetransmissionTimers;
  readonly identifiers: Identifiers;
  /** Milliseconds since 1970. */
  readonly date: () => number;
}

export type SipTokenEffect =
  | { readonly do: 'send'; readonly bytes: Uint8Array }
  | { readonly do: 'granted' }
  | { readonly do: 'denied'; readonly retrySeconds: number };

/** Asks a better member for leave to come back (sip.md 5.2): 2xx = go, everything else and silence = stay, ask later. */
export class SipToken {
  readonly #options: SipTokenOptions;
  readonly #answers: PhoneAnswers;
  readonly #transactions: ClientTransactions<'token'>;

  constructor(options: SipTokenOptions) {
    this.#options = options;
    this.#answers = new PhoneAnswers(options.identifiers, userAgent(options.sender.device));
    this.#transactions = new ClientTransactions(options.retransmission);
  }

  get deadline(): number {
    return this.#transactions.deadline;
  }

  start(now: number): readonly SipTokenEffect[] {
    const { sender, line, identifiers, date } = this.#options;
    const { tag, callId } = identifiers.dialog(sender.address);
    const turn = { branch: identifiers.branch(), callId, fromTag: tag, date: sipDate(date()) };
    const bytes = tokenRefer(sender, line, turn);
    this.#transactions.begin('token', { branch: turn.branch, method: 'REFER', bytes }, sender.transport, now);
    return [{ do: 'send', bytes }];
  }

  receive(message: SipMessage, now: number): readonly SipTokenEffect[] {
    if (message.kind === 'request') {
      const { bytes } = this.#answers.answer(message);
      return bytes === undefined ? [] : [{ do: 'send', bytes }];
    }
    if (this.#transactions.answered(message, now)?.final !== true) return [];
    if (message.status < 300) return [{ do: 'granted' }];
    return [{ do: 'denied', retrySeconds: headerSeconds(message, 'retry-after') ?? TOKEN_RETRY_SECONDS }];
  }

  tick(now: number): readonly SipTokenEffect[] {
    const due = this.#transactions.due(now);
    if (due.unanswered.length > 0) return [{ do: 'denied', retrySeconds: TOKEN_RETRY_SECONDS }];
    return due.repeat.map(({ bytes }) => ({ do: 'send', bytes }));
  }
}
