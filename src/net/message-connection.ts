import type { Duplex } from 'node:stream';
import { abortStream } from './abort-stream.js';
import { type Deadline, deadlines } from './deadlines.js';
import { errorText } from './socket-errors.js';

/** Cuts what a stream brings into messages, wherever its segments end: `push` a segment, then `next` until it returns undefined. */
export interface MessageFraming<M> {
  push(octets: Buffer): void;
  /** Throws where the stream cannot be read any further. */
  next(): M | undefined;
  /** A message has begun and is not complete. */
  readonly partial: boolean;
}

/** How a connection came to its end. `error` is undefined for an orderly FIN. */
export interface ConnectionEnd {
  readonly error: unknown;
  readonly detail: string;
}

export interface MessageListener<M> {
  message(message: M): void;
  /** Once, when nothing can come any more, also after a `close` or `destroy` of our own. */
  closed(end: ConnectionEnd): void;
}

/** What a peer may do. Past it the connection is reset. */
export interface MessageLimits {
  /** A message that has begun must be complete after this time, milliseconds. */
  readonly partialMs: number;
  /** Whoever sends more than this is no phone and no server. */
  readonly messagesASecond: number;
  /** What the other end has not read yet, octets. */
  readonly unsentOctets: number;
}

/** How long the other end may take to close after our FIN. */
const LINGER_MS = 1_000;
/** The clock is read once for so many messages. */
const MESSAGES_A_LOOK = 64;

/**
 * Messages over any stream, a TCP or a TLS socket, for both ends. It cuts off whoever sends rubbish, floods, trickles a message
 * or does not read. Octets stay where the socket put them.
 */
export class MessageConnection<M> {
  readonly #socket: Duplex;
  readonly #framing: MessageFraming<M>;
  readonly #listener: MessageListener<M>;
  readonly #limits: MessageLimits;
  #partial: Deadline | undefined;
  #linger: Deadline | undefined;
  #windowFrom = 0;
  #inWindow = 0;
  /** `closing`: we end it, and nothing is heard any more. */
  #state: 'open' | 'closing' | 'over' = 'open';

  constructor(
    socket: Duplex,
    framing: MessageFraming<M>,
    listener: MessageListener<M>,
    limits: MessageLimits,
  ) {
    this.#socket = socket;
    this.#framing = framing;
    this.#listener = listener;
    this.#limits = limits;
    socket.on('data', (octets: Buffer) => this.#read(octets));
    socket.on('end', () => this.#finish({ error: undefined, detail: 'the other end closed' }));
    socket.on('error', (error) => this.#finish({ error, detail: errorText(error) }));
    socket.on('close', () => {
      this.#finish({ error: undefined, detail: 'the connection is closed' });
      deadlines.cancel(this.#linger);
    });
  }

  /** In one write. */
  send(messages: readonly Uint8Array[]): void {
    const [first] = messages;
    if (this.#state !== 'open' || first === undefined) return;
    this.#socket.write(messages.length === 1 ? first : Buffer.concat(messages));
    const { unsentOctets } = this.#limits;
    if (this.#socket.writableLength > unsentOctets) {
      this.#cut(new Error(`the other end leaves more than ${unsentOctets} octets unread`));
    }
  }

  /** FIN after what was sent; the rest of the connection is given a second. */
  close(): void {
    if (this.#state !== 'open') return;
    this.#stopListening();
    this.#socket.end();
    this.#letLinger();
  }

  /** RST, or as near to it as the stream can come. */
  destroy(): void {
    if (this.#state === 'open') this.#stopListening();
    abortStream(this.#socket);
  }

  #stopListening(): void {
    this.#state = 'closing';
    this.#stopPartial();
  }

  #read(octets: Buffer): void {
    if (this.#state !== 'open') return;
    let isComplete = false;
    this.#framing.push(octets);
    for (let message = this.#next(); message !== undefined; message = this.#next()) {
      isComplete = true;
      if (this.#floods())
        this.#cut(new Error(`more than ${this.#limits.messagesASecond} messages in a second`));
      else this.#listener.message(message);
    }
    this.#watchPartial(isComplete);
  }

  /** The next whole message; undefined also when the connection is over or cannot be read any further. */
  #next(): M | undefined {
    if (this.#state !== 'open') return undefined;
    try {
      return this.#framing.next();
    } catch (error) {
      this.#cut(error);
      return undefined;
    }
  }

  #floods(): boolean {
    if (this.#inWindow % MESSAGES_A_LOOK === 0) {
      const now = performance.now();
      if (now - this.#windowFrom >= 1_000) {
        this.#windowFrom = now;
        this.#inWindow = 0;
      }
    }
    this.#inWindow += 1;
    return this.#inWindow > this.#limits.messagesASecond;
  }

  #watchPartial(isComplete: boolean): void {
    if (this.#state !== 'open') return;
    const { partial } = this.#framing;
    if (!partial || isComplete) this.#stopPartial();
    if (partial) {
      const { partialMs } = this.#limits;
      this.#partial ??= deadlines.schedule(partialMs, () =>
        this.#cut(new Error(`a message is incomplete after ${partialMs} ms`)),
      );
    }
  }

  #stopPartial(): void {
    deadlines.cancel(this.#partial);
    this.#partial = undefined;
  }

  #cut(error: unknown): void {
    this.#finish({ error, detail: errorText(error) });
    this.destroy();
  }

  #finish(end: ConnectionEnd): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#stopPartial();
    // Our own FIN follows by itself; a peer that does not take it holds nothing here for longer than this.
    this.#letLinger();
    this.#listener.closed(end);
  }

  #letLinger(): void {
    this.#linger ??= deadlines.schedule(LINGER_MS, () => this.#socket.destroy());
  }
}
