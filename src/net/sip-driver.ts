import type { SipMessage } from '../protocol/sip/message.js';
import type { ConnectionEnd } from './message-connection.js';
import { MovingDeadline } from './moving-deadline.js';
import type { SipLink } from './sip-link.js';

interface Send {
  readonly do: 'send';
  readonly bytes: Uint8Array;
}

/** A state machine of protocol/sip, as far as its link is concerned. */
export interface SipMachine<E extends { readonly do: string }> {
  readonly deadline: number;
  receive(message: SipMessage, now: number): readonly (E | Send)[];
  tick(now: number): readonly (E | Send)[];
}

/** Who is told what comes out of a machine besides messages. */
export interface SipOwner<E> {
  effect(effect: E): void;
  /** The link is gone, not by `stop`. */
  closed(end: ConnectionEnd): void;
}

/** Runs a machine on a link: feeds it messages and time, sends what it says. */
export class SipDriver<E extends { readonly do: string }> {
  readonly #link: SipLink;
  readonly #machine: SipMachine<E>;
  readonly #owner: SipOwner<E>;
  readonly #deadline = new MovingDeadline(() => {
    // What waits in the kernel is heard first, so that a busy thread does not take for lost what has arrived.
    setImmediate(() => {
      if (!this.#over) this.take(this.#machine.tick(performance.now()));
    });
  });
  #over = false;

  constructor(link: SipLink, machine: SipMachine<E>, owner: SipOwner<E>) {
    this.#link = link;
    this.#machine = machine;
    this.#owner = owner;
    link.listen(this);
  }

  message(message: SipMessage): void {
    if (!this.#over) this.take(this.#machine.receive(message, performance.now()));
  }

  closed(end: ConnectionEnd): void {
    if (this.#over) return;
    this.stop();
    this.#owner.closed(end);
  }

  /** Sends the messages of a step in one write, then tells the owner the rest. */
  take(effects: readonly (E | Send)[]): void {
    const messages: Uint8Array[] = [];
    for (const effect of effects) {
      if (isSend(effect)) messages.push(effect.bytes);
    }
    this.#link.send(messages);
    for (const effect of effects) {
      if (!this.#over && !isSend(effect)) this.#owner.effect(effect);
    }
    if (this.#over) return;
    const at = this.#machine.deadline;
    this.#deadline.set(at === Number.POSITIVE_INFINITY ? undefined : at);
  }

  /** Hears and waits for nothing any more; the link is the owner's to close. */
  stop(): void {
    this.#over = true;
    this.#deadline.set(undefined);
  }
}

function isSend(effect: { readonly do: string }): effect is Send {
  return effect.do === 'send';
}
