import type { TLSSocket } from 'node:tls';
import { TrustfleetError } from '../errors.js';
import { encodeCapf } from '../protocol/capf/codec.js';
import type { CapfIssueAnswer, CapfIssueRequest, CapfServerEnd } from '../protocol/capf/order.js';
import {
  type CapfServerOptions,
  CapfServerSession,
  type CapfServerStep,
} from '../protocol/capf/server-session.js';
import { Patience } from './patience.js';
import { ignoreSocketError } from './socket-errors.js';

export interface CapfConnectionOwner {
  readonly session: CapfServerOptions;
  /** TCP keep-alive while nothing else is said, milliseconds. */
  readonly keepAliveMs: number;
  /** After the last message, for the phone to close its side. */
  readonly lingerMs: number;
  /** `signal` aborts when the phone is gone. */
  readonly issue: (
    request: CapfIssueRequest,
    signal: AbortSignal,
  ) => CapfIssueAnswer | Promise<CapfIssueAnswer>;
  /** Called once. */
  readonly ended: (end: CapfServerEnd) => void;
}

/** One phone at the CAPF server, from the end of the handshake to the close. */
export class CapfServerConnection {
  readonly #socket: TLSSocket;
  readonly #owner: CapfConnectionOwner;
  readonly #session: CapfServerSession;
  /** Aborted with the connection: nobody waits for the certificate any more. */
  readonly #gone = new AbortController();
  #isOver = false;
  readonly #patience = new Patience();

  constructor(socket: TLSSocket, owner: CapfConnectionOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#session = new CapfServerSession(owner.session);
  }

  start(): void {
    const socket = this.#socket;
    socket.setNoDelay(true);
    // the form of CAPF's keep-alive on the wire is not known; TCP's own is what fits all phones (capf.md 8.9)
    socket.setKeepAlive(true, this.#owner.keepAliveMs);
    socket.on('error', ignoreSocketError);
    socket.once('close', () => this.#closed());
    // what comes after the end is read and dropped: closing with unread data would reset the connection, and the phone might
    // lose END_SESSION
    socket.on('data', (chunk: Buffer) => {
      if (!this.#isOver) this.#take(this.#session.receive(chunk, performance.now()));
    });
    this.#take(this.#session.start(performance.now()));
  }

  #take(step: CapfServerStep): void {
    // one call a message: phones have been seen to stall on pieces (capf.md 3)
    for (const message of step.send) this.#socket.write(encodeCapf(message));
    if (step.end !== undefined) {
      this.#end(step.end);
      return;
    }
    this.#arm();
    if (step.issue !== undefined) void this.#issue(step.issue);
  }

  /** A refusal is an answer: what is thrown is a fault of the program, and the process says so. */
  async #issue(request: CapfIssueRequest): Promise<void> {
    const answer = await this.#owner.issue(request, this.#gone.signal);
    if (this.#isOver) return;
    try {
      this.#take(this.#session.issued(answer, performance.now()));
    } catch (error) {
      // a certificate that no message can carry
      if (!(error instanceof TrustfleetError)) throw error;
      this.#take(this.#session.closed(error.message));
    }
  }

  #arm(): void {
    const ms = this.#session.deadline - performance.now();
    this.#patience.wait(ms, () => this.#take(this.#session.expire(performance.now())));
  }

  #end(end: CapfServerEnd): void {
    this.#isOver = true;
    this.#gone.abort();
    this.#patience.wait(this.#owner.lingerMs, () => this.#socket.destroy());
    this.#socket.end();
    this.#owner.ended(end);
  }

  #closed(): void {
    if (!this.#isOver) this.#take(this.#session.closed('the phone closed the connection'));
    this.#patience.stop();
  }
}
