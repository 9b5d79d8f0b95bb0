import { checkCapfStart } from './codec.js';
import { CAPF_HEADER_OCTETS } from './message.js';

/**
 * Cuts a stream into messages, however it was cut up on its way: two in one chunk, one in several (capf.md 3).
 *
 * Memory is bounded by the 16-bit length: one unfinished message of 65,543 octets, and the chunk that is being read.
 */
export class CapfStream {
  #header = Buffer.alloc(CAPF_HEADER_OCTETS);
  #message: Buffer | undefined;
  #filled = 0;
  #chunk: Uint8Array = new Uint8Array(0);

  /** Octets of an unfinished message. */
  get pending(): number {
    return this.#filled + this.#chunk.length;
  }

  /** Adds what came; `next` is to be called until it has nothing more, before the following chunk. */
  push(chunk: Uint8Array): void {
    this.#chunk = this.#chunk.length === 0 ? chunk : Buffer.concat([this.#chunk, chunk]);
  }

  /**
   * The next whole message, header included, in a buffer of its own; undefined when more octets are needed.
   *
   * @throws TrustfleetError TF_CAPF_MALFORMED at the first octet that no message can have.
   */
  next(): Buffer | undefined {
    if (this.#message === undefined) {
      this.#fill(this.#header);
      checkCapfStart(this.#header.subarray(0, this.#filled));
      if (this.#filled < CAPF_HEADER_OCTETS) return undefined;
      this.#message = Buffer.alloc(CAPF_HEADER_OCTETS + this.#header.readUInt16BE(6));
      this.#header.copy(this.#message);
    }
    const message = this.#message;
    this.#fill(message);
    if (this.#filled < message.length) return undefined;
    this.#message = undefined;
    this.#filled = 0;
    return message;
  }

  #fill(into: Buffer): void {
    const part = this.#chunk.subarray(0, into.length - this.#filled);
    into.set(part, this.#filled);
    this.#filled += part.length;
    this.#chunk = this.#chunk.subarray(part.length);
  }
}
