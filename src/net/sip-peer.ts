import type { Duplex } from 'node:stream';
import { TrustfleetError } from '../errors.js';
import type { SipMessage } from '../protocol/sip/message.js';
import type { SipFlow } from '../protocol/sip/registrar-model.js';
import type { ConnectionEnd, MessageConnection, MessageLimits } from './message-connection.js';
import { MovingDeadline } from './moving-deadline.js';
import { sipConnection } from './sip-connection.js';
import { errorCode } from './socket-errors.js';

/** What a connection needs of the registrar it belongs to. */
export interface SipRoom {
  readonly connectionLimits: MessageLimits;
  /** How long a connection may stand without a complete message, before the first one and after it. Milliseconds. */
  readonly waitingMs: number;
  readonly idleMs: number;
  /** Connections without a complete message. */
  waiting: number;
  heard(flow: SipFlow, message: SipMessage): void;
  /** Once; `text` says why the registrar cut it, undefined when the other end left. */
  gone(flow: SipFlow, text: string | undefined): void;
}

/** One TCP or TLS connection of a registrar. It is cut when it stays silent; what else cuts it is MessageConnection's. */
export class SipPeer {
  readonly #flow: SipFlow;
  readonly #room: SipRoom;
  readonly #connection: MessageConnection<SipMessage>;
  readonly #silence = new MovingDeadline(() => this.#cut());
  #isWaiting = true;
  #over = false;

  constructor(socket: Duplex, flow: SipFlow, room: SipRoom) {
    this.#flow = flow;
    this.#room = room;
    this.#connection = sipConnection(socket, this, room.connectionLimits);
    room.waiting += 1;
    this.#silence.set(performance.now() + room.waitingMs);
  }

  send(messages: readonly Uint8Array[]): void {
    this.#connection.send(messages);
  }

  drop(how: 'fin' | 'rst'): void {
    if (how === 'fin') this.#connection.close();
    else this.#connection.destroy();
    this.#leave(undefined);
  }

  message(message: SipMessage): void {
    this.#stopWaiting();
    this.#silence.set(performance.now() + this.#room.idleMs);
    this.#room.heard(this.#flow, message);
  }

  closed({ error, detail }: ConnectionEnd): void {
    // A system error (ECONNRESET) is the other end's doing; ours are typed or have no code.
    const isOurs = error instanceof TrustfleetError || (error !== undefined && errorCode(error) === '');
    this.#leave(isOurs ? detail : undefined);
  }

  #cut(): void {
    this.#connection.destroy();
    const ms = this.#isWaiting ? this.#room.waitingMs : this.#room.idleMs;
    this.#leave(`nothing complete came for ${ms} ms`);
  }

  #leave(text: string | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopWaiting();
    this.#silence.set(undefined);
    this.#room.gone(this.#flow, text);
  }

  #stopWaiting(): void {
    if (this.#isWaiting) this.#room.waiting -= 1;
    this.#isWaiting = false;
  }
}
