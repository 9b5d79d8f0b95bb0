import type { TrustfleetError } from '../../errors.js';
import { HEADER_LENGTH } from './limits.js';
import { decodeMessage, messageLength, type SccpMessage, type SkippedMessage } from './message.js';

const NOTHING = Buffer.alloc(0);

/**
 * Cuts a TCP stream into messages, wherever its segments end (sccp.md 1). Use: `push` a segment, then `next` until it
 * returns undefined. A whole message is read where it lies; of an incomplete one a copy is kept, never more than one
 * message, and room for it is made only after its length was checked.
 *
 * States: `header` (waits for the 12 octets of a header), `body` (the length is known), `failed` (the stream cannot be read
 * any further; `next` throws the same error again).
 */
export class MessageStream {
  #state: 'header' | 'body' | 'failed' = 'header';
  #segment: Buffer = NOTHING;
  #offset = 0;
  /** Room for the header or the whole message that is incomplete. */
  #held: Buffer = NOTHING;
  #filled = 0;
  #error: TrustfleetError | undefined;

  get state(): 'header' | 'body' | 'failed' {
    return this.#state;
  }

  /** Octets of an incomplete message. */
  get pending(): number {
    return this.#filled;
  }

  /** Is a message begun and not complete? */
  get partial(): boolean {
    return this.#filled > 0;
  }

  /** The previous segment must have been read to its end. */
  push(segment: Buffer): void {
    this.#segment = segment;
    this.#offset = 0;
  }

  /**
   * The next message, or undefined when more octets are needed.
   * @throws TrustfleetError TF_SCCP_MALFORMED, TF_MESSAGE_TOO_LARGE; the connection is to be closed then
   */
  next(): SccpMessage | SkippedMessage | undefined {
    if (this.#error !== undefined) {
      throw this.#error;
    }
    try {
      return this.#filled === 0 ? this.#read() : this.#complete();
    } catch (error) {
      this.#state = 'failed';
      this.#error = error as TrustfleetError;
      this.#held = NOTHING;
      this.#segment = NOTHING;
      throw error;
    }
  }

  #read(): SccpMessage | SkippedMessage | undefined {
    const left = this.#segment.length - this.#offset;
    if (left === 0) {
      this.#segment = NOTHING;
      this.#offset = 0;
      return undefined;
    }
    const length = left >= HEADER_LENGTH ? messageLength(this.#segment, this.#offset) : HEADER_LENGTH;
    if (left < length || left < HEADER_LENGTH) {
      this.#state = left >= HEADER_LENGTH ? 'body' : 'header';
      this.#hold(length);
      return undefined;
    }
    const message = decodeMessage(this.#segment.subarray(this.#offset, this.#offset + length));
    this.#offset += length;
    return message;
  }

  #complete(): SccpMessage | SkippedMessage | undefined {
    this.#fill();
    if (this.#filled < this.#held.length) {
      return undefined;
    }
    if (this.#state === 'header') {
      const length = messageLength(this.#held, 0);
      const header = this.#held;
      this.#held = Buffer.allocUnsafe(length);
      header.copy(this.#held);
      this.#state = 'body';
      this.#fill();
      if (this.#filled < this.#held.length) {
        return undefined;
      }
    }
    const whole = this.#held;
    this.#held = NOTHING;
    this.#filled = 0;
    this.#state = 'header';
    return decodeMessage(whole);
  }

  #hold(length: number): void {
    this.#held = Buffer.allocUnsafe(length);
    this.#fill();
  }

  #fill(): void {
    const copied = this.#segment.copy(this.#held, this.#filled, this.#offset);
    this.#filled += copied;
    this.#offset += copied;
  }
}
