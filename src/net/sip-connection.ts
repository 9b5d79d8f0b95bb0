import type { Duplex } from 'node:stream';
import type { SipMessage } from '../protocol/sip/message.js';
import { SipStream } from '../protocol/sip/stream.js';
import { abortStream } from './abort-stream.js';
import { type Deadline, deadlines } from './deadlines.js';
import { errorText } from './socket-errors.js';

/** How a connection came to its end. `error` is undefined for an orderly FIN. */
export interface SipConnectionEnd {
  readonly error: unknown;
  readonly detail: string;
}

export interface SipListener {
  message(message: SipMessage): void;
  /** Once, when nothing can come any more; not after a `close` or `destroy` of our own. */
  closed(end: SipConnectionEnd): void;
}

/** What a peer may do. Past it the connection is reset. */
export interface SipConnectionLimits {
  /** A message that has begun must be complete after this time, milliseconds; the largest one is 2.7 kB. Default 10,000. */
  readonly partialMs: number;
  /** Whoever sends more than this is no phone and no server. Default 500. */
  readonly messagesASecond: number;
  /** What the other end has not read yet, octets. Default 262,144. */
  readonly unsentOctets: number;
}

export const SIP_CONNECTION_LIMITS: SipConnectionLimits = {
  partialMs: 10_000,
  messagesASecond: 500,
  unsentOctets: 262_144,
};

/** How long the other end may take to close after our FIN. */
const LINGER_MS = 1_000;

/**
 * SIP messages over any stream, a TCP or a TLS socket, for both ends. It cuts off whoever sends rubbish, floods, trickles a
 * message or does not read.
 */
export class SipConnection {
  readonly #socket: Duplex;
  readonly #listener: SipListener;
  readonly #limits: SipConnectionLimits;
  readonly #stream = new SipStream();
  #partial: Deadline | undefined;
  #linger: Deadline | undefined;
  #windowFrom = 0;
  #inWindow = 0;
  #state: 'open' | 'closing' | 'over' = 'open';

  constructor(socket: Duplex, listener: SipListener, limits = SIP_CONNECTION_LIMITS) {
    this.#limits = limits;
    this.#socket = socket;
    this.#listener = listener;
    socket.on('data', (octets: Buffer) => this.#read(octets));
    socket.on('end', () => this.#lost({ error: undefined, detail: 'the other end closed' }));
    socket.on('error', (error) => this.#lost({ error, detail: errorText(error) }));
    socket.on('close', () => {
      this.#lost({ error: undefined, detail: 'the connection is closed' });
      deadlines.cancel(this.#linger);
    });
  }

  /** Messages of one step leave in one write. */
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
    this.#stop('closing');
    this.#socket.end();
    this.#linger ??= deadlines.schedule(LINGER_MS, () => this.#socket.destroy());
  }

  /** RST, or as near to it as the stream can come. */
  destroy(): void {
    this.#stop('over');
    abortStream(this.#socket);
  }

  #read(octets: Buffer): void {
    if (this.#state !== 'open') return;
    let complete = false;
    this.#stream.push(octets);
    for (let message = this.#next(); message !== undefined; message = this.#next()) {
      complete = true;
      if (this.#floods())
        this.#cut(new Error(`more than ${this.#limits.messagesASecond} messages in a second`));
      else this.#listener.message(message);
    }
    this.#watchPartial(complete);
  }

  /** The next whole message; undefined also when the connection is over or cannot be read any further. */
  #next(): SipMessage | undefined {
    if (this.#state !== 'open') return undefined;
    try {
      return this.#stream.next();
    } catch (error) {
      this.#cut(error);
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
    this.#inWindow += 1;
    return this.#inWindow > this.#limits.messagesASecond;
  }

  #watchPartial(complete: boolean): void {
    if (this.#state !== 'open') return;
    const { partial } = this.#stream;
    if (!partial || complete) {
      deadlines.cancel(this.#partial);
      this.#partial = undefined;
    }
    if (partial) {
      const { partialMs } = this.#limits;
      this.#partial ??= deadlines.schedule(partialMs, () =>
        this.#cut(new Error(`a message is incomplete after ${partialMs} ms`)),
      );
    }
  }

  #cut(error: unknown): void {
    this.#lost({ error, detail: errorText(error) });
    this.destroy();
  }

  #lost(end: SipConnectionEnd): void {
    if (this.#state !== 'open') return;
    this.#stop('over');
    // Our own FIN follows by itself; a peer that does not take it holds nothing here for longer than this.
    this.#linger ??= deadlines.schedule(LINGER_MS, () => this.#socket.destroy());
    this.#listener.closed(end);
  }

  #stop(state: 'closing' | 'over'): void {
    this.#state = state;
    deadlines.cancel(this.#partial);
    this.#partial = undefined;
  }
}
