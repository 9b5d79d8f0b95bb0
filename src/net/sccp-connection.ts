import type { Duplex } from 'node:stream';
import { encodeMessage, type SccpMessage, type SkippedMessage } from '../protocol/sccp/message.js';
import { MessageStream } from '../protocol/sccp/stream.js';
import { abortStream } from './abort-stream.js';
import { type Deadline, deadlines } from './deadlines.js';
import { errorText } from './socket-errors.js';

/** How a connection came to its end. `error` is undefined for an orderly FIN. */
export interface ConnectionEnd {
  readonly error: unknown;
  readonly detail: string;
}

export interface ConnectionListener {
  message(message: SccpMessage): void;
  /** Once, when nothing can come any more, also after a `close` or `destroy` of our own. */
  closed(end: ConnectionEnd): void;
}

/** An incomplete message has to be complete after this time; sccp.md 1 knows no message that takes a second. */
const PARTIAL_MESSAGE_MS = 10_000;
/** A registration takes about 40 messages; whoever sends more than this in a second is no phone and no server. */
const MAX_MESSAGES_A_SECOND = 1_000;
/** What the other end has not read yet, octets. */
const MAX_UNSENT = 65_536;
/** How long the other end may take to close after our FIN. */
const LINGER_MS = 1_000;

/**
 * SCCP messages over any stream, a TCP or a TLS socket. It cuts off whoever sends rubbish, floods, trickles a message or does
 * not read. Octets stay where the socket put them; a step's messages leave in one write, as phones send them (sccp.md 15).
 */
export class SccpConnection {
  readonly #socket: Duplex;
  readonly #listener: ConnectionListener;
  readonly #stream = new MessageStream();
  #partial: Deadline | undefined;
  #linger: Deadline | undefined;
  #windowFrom = 0;
  #inWindow = 0;
  #over = false;
  #ending = false;

  constructor(socket: Duplex, listener: ConnectionListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.on('data', (octets: Buffer) => this.#read(octets));
    socket.on('end', () => this.#finish({ error: undefined, detail: 'the other end closed' }));
    socket.on('error', (error) => this.#finish({ error, detail: errorText(error) }));
    socket.on('close', () => {
      this.#finish({ error: undefined, detail: 'the connection is closed' });
      deadlines.cancel(this.#linger);
    });
  }

  send(messages: readonly SccpMessage[]): void {
    if (this.#over || this.#ending || messages.length === 0) {
      return;
    }
    const [first] = messages;
    this.#socket.write(
      messages.length === 1 && first !== undefined
        ? encodeMessage(first)
        : Buffer.concat(messages.map(encodeMessage)),
    );
    if (this.#socket.writableLength > MAX_UNSENT) {
      this.#fail(`the other end leaves more than ${MAX_UNSENT} octets unread`);
    }
  }

  /** FIN after what was sent; the rest of the connection is given a second. */
  close(): void {
    if (this.#over || this.#ending) {
      return;
    }
    this.#ending = true;
    this.#socket.end();
    this.#linger = deadlines.schedule(LINGER_MS, () => this.#socket.destroy());
  }

  /** RST, or as near to it as the stream can come. */
  destroy(): void {
    abortStream(this.#socket);
  }

  #read(octets: Buffer): void {
    if (this.#over) {
      return;
    }
    let read = 0;
    this.#stream.push(octets);
    for (let message = this.#next(); message !== undefined; message = this.#next()) {
      read++;
      if (this.#floods()) {
        this.#fail(`more than ${MAX_MESSAGES_A_SECOND} messages in a second`);
      } else if (message.type !== 'skipped') {
        this.#listener.message(message);
      }
    }
    this.#watchPartial(read > 0);
  }

  /** The next whole message; undefined also when the stream cannot be read any further. */
  #next(): SccpMessage | SkippedMessage | undefined {
    if (this.#over) {
      return undefined;
    }
    try {
      return this.#stream.next();
    } catch (error) {
      this.#finish({ error, detail: errorText(error) });
      this.destroy();
      return undefined;
    }
  }

  #floods(): boolean {
    if (this.#inWindow % 64 === 0) {
      const now = performance.now();
      if (now - this.#windowFrom >= 1_000) {
        this.#windowFrom = now;
        this.#inWindow = 0;
      }
    }
    return ++this.#inWindow > MAX_MESSAGES_A_SECOND;
  }

  #watchPartial(progress: boolean): void {
    if (this.#over) {
      return;
    }
    if (this.#stream.pending === 0 || progress) {
      deadlines.cancel(this.#partial);
      this.#partial = undefined;
    }
    if (this.#stream.pending > 0) {
      this.#partial ??= deadlines.schedule(PARTIAL_MESSAGE_MS, () =>
        this.#fail(`a message is incomplete after ${PARTIAL_MESSAGE_MS} ms`),
      );
    }
  }

  #fail(detail: string): void {
    this.#finish({ error: new Error(detail), detail });
    this.destroy();
  }

  #finish(end: ConnectionEnd): void {
    if (this.#over) {
      return;
    }
    this.#over = true;
    deadlines.cancel(this.#partial);
    if (!this.#ending && this.#linger === undefined) {
      // Our own FIN follows by itself; a peer that does not take it holds nothing here for longer than this.
      this.#linger = deadlines.schedule(LINGER_MS, () => this.#socket.destroy());
    }
    this.#listener.closed(end);
  }
}
