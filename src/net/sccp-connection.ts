import type { Duplex } from 'node:stream';
import { encodeMessage, type SccpMessage, type SkippedMessage } from '../protocol/sccp/message.js';
import { MessageStream } from '../protocol/sccp/stream.js';
import {
  type ConnectionEnd,
  MessageConnection,
  type MessageLimits,
  type MessageListener,
} from './message-connection.js';

const LIMITS: MessageLimits = {
  // sccp.md 1 knows no message that takes a second
  partialMs: 10_000,
  // a registration takes about 40 messages
  messagesASecond: 1_000,
  unsentOctets: 65_536,
};

/** SCCP messages over any stream. Those that say nothing to us are passed over (sccp.md 1). */
export class SccpConnection implements MessageListener<SccpMessage | SkippedMessage> {
  readonly #connection: MessageConnection<SccpMessage | SkippedMessage>;
  readonly #listener: MessageListener<SccpMessage>;

  constructor(socket: Duplex, listener: MessageListener<SccpMessage>) {
    this.#listener = listener;
    this.#connection = new MessageConnection(socket, new MessageStream(), this, LIMITS);
  }

  /** The messages of one step leave in one write, as phones send them (sccp.md 15). */
  send(messages: readonly SccpMessage[]): void {
    this.#connection.send(messages.map(encodeMessage));
  }

  /** FIN after what was sent; the rest of the connection is given a second. */
  close(): void {
    this.#connection.close();
  }

  /** RST, or as near to it as the stream can come. */
  destroy(): void {
    this.#connection.destroy();
  }

  /** @internal */
  message(message: SccpMessage | SkippedMessage): void {
    if (message.type !== 'skipped') this.#listener.message(message);
  }

  /** @internal */
  closed(end: ConnectionEnd): void {
    this.#listener.closed(end);
  }
}
