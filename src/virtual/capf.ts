import type { CapfAnswer, CapfQuestion } from '../phone/capf-world.js';
import type { CapfMessage } from '../protocol/capf/message.js';
import { CapfPhoneSession, type CapfPhoneStep } from '../protocol/capf/phone-session.js';
import { CapfServerSession, type CapfServerStep } from '../protocol/capf/server-session.js';
import type { RunningCapf } from './services.js';

/** What a session lives in. */
export interface CapfSurroundings {
  /** One way of the network. */
  way(): Promise<void>;
  now(): number;
  /** Milliseconds since 1970. */
  date(): number;
}

const SERVER_GONE = 'the server closed the connection';

/**
 * One certificate operation between the two sides' own state machines: the messages are those of the wire, certificates and
 * signatures are real, and each message takes the way of the network.
 */
export async function playCapfSession(
  question: CapfQuestion,
  service: RunningCapf,
  around: CapfSurroundings,
): Promise<CapfAnswer> {
  const { capf } = service;
  const verdict = await question.judge(capf.identity.certificate.der);
  if (!verdict.trusted) return { outcome: 'tls-failed', detail: `${verdict.reason} (${verdict.rule})` };
  service.sessions += 1;
  const session = new Session(question, service, around);
  return session.hold();
}

class Session {
  readonly #question: CapfQuestion;
  readonly #service: RunningCapf;
  readonly #around: CapfSurroundings;
  readonly #phone: CapfPhoneSession;
  readonly #server: CapfServerSession;
  #serverOver = false;

  constructor(question: CapfQuestion, service: RunningCapf, around: CapfSurroundings) {
    this.#question = question;
    this.#service = service;
    this.#around = around;
    this.#phone = new CapfPhoneSession(question, around.now());
    this.#server = new CapfServerSession({
      sessionId: service.sessions,
      decide: service.capf.decide,
      strings: service.strings,
      unixMs: () => around.date(),
    });
  }

  async hold(): Promise<CapfAnswer> {
    try {
      return await this.#talk();
    } finally {
      // whatever ended it, the power of the phone included: the connection is closed
      await this.#serverHearsEnd();
    }
  }

  async #talk(): Promise<CapfAnswer> {
    let toPhone = await this.#afterServer(this.#server.start(this.#around.now()));
    for (;;) {
      await this.#around.way();
      const { send, end } = await this.#phoneHears(toPhone);
      if (end !== undefined) {
        await this.#serverHears(send);
        return end;
      }
      await this.#around.way();
      toPhone = await this.#serverHears(send);
    }
  }

  async #phoneHears(messages: readonly CapfMessage[]): Promise<CapfPhoneStep> {
    const send: CapfMessage[] = [];
    for (const message of messages) {
      let step = this.#phone.hears(message, this.#around.now());
      send.push(...step.send);
      while (step.generate !== undefined && step.end === undefined) {
        const key = step.generate;
        const pair = await this.#question.generateKey(key);
        if (!this.#service.alive) break;
        step = this.#phone.generated(key, pair, this.#around.now());
        send.push(...step.send);
      }
      if (step.end !== undefined) return { send, end: step.end };
    }
    const isLost = !this.#service.alive || this.#serverOver || this.#around.now() >= this.#phone.deadline;
    if (isLost) {
      const { end } = this.#phone.closed(SERVER_GONE);
      if (end !== undefined) return { send, end };
    }
    return { send };
  }

  async #serverHears(messages: readonly CapfMessage[]): Promise<readonly CapfMessage[]> {
    const send: CapfMessage[] = [];
    if (this.#serverOver) return send;
    if (this.#around.now() >= this.#server.deadline) {
      send.push(...(await this.#afterServer(this.#server.expire(this.#around.now()))));
    }
    for (const message of messages) {
      send.push(...(await this.#afterServer(this.#server.hears(message, this.#around.now()))));
    }
    return send;
  }

  /** What the server's owner does: issues, and keeps a record of the end. */
  async #afterServer(first: CapfServerStep): Promise<readonly CapfMessage[]> {
    const send: CapfMessage[] = [];
    let step = first;
    for (;;) {
      send.push(...step.send);
      if (step.end !== undefined) {
        this.#serverOver = true;
        if (step.end.device !== '') {
          this.#service.capf.decide.report({ ...step.end, family: this.#question.family, client: '' });
        }
        return send;
      }
      if (step.issue === undefined) return send;
      const answer = await this.#service.capf.decide.issue(step.issue);
      step = this.#server.issued(answer, this.#around.now());
    }
  }

  async #serverHearsEnd(): Promise<void> {
    if (!this.#serverOver) await this.#afterServer(this.#server.closed('the phone closed the connection'));
  }
}
