import { checkTvsStart } from './codec.js';
import { TVS_HEADER_OCTETS } from './message.js';

/**
 * Finds the message at the start of a stream, however it is cut up. A connection carries one message each way (tvs.md 2), so
 * what follows it is not looked at.
 *
 * Memory is bounded by the 16-bit length: 65,545 octets.
 */
export class TvsFrameReader {
  readonly #header = Buffer.alloc(TVS_HEADER_OCTETS);
  #message: Buffer | undefined;
  #filled = 0;
  #done = false;

  /** Octets of an unfinished message. */
  get pending(): number {
    return this.#done ? 0 : this.#filled;
  }

  /**
   * @returns the whole message, header included, when `chunk` completes it; undefined when more octets are needed, or when
   *   there was a message before.
   * @throws TrustfleetError TF_TVS_MALFORMED at the first octet that no message can have.
   */
  push(chunk: Uint8Array): Buffer | undefined {
    if (this.#done) return undefined;
    let taken = 0;
    if (this.#message === undefined) {
      taken = this.#take(chunk, this.#header);
      checkTvsStart(this.#header.subarray(0, this.#filled));
      if (this.#filled < TVS_HEADER_OCTETS) return undefined;
      this.#message = Buffer.alloc(TVS_HEADER_OCTETS + this.#header.readUInt16BE(8));
      this.#header.copy(this.#message);
    }
    this.#take(chunk.subarray(taken), this.#message);
    if (this.#filled < this.#message.length) return undefined;
    this.#done = true;
    return this.#message;
  }

  #take(chunk: Uint8Array, into: Buffer): number {
    const part = chunk.subarray(0, into.length - this.#filled);
    into.set(part, this.#filled);
    this.#filled += part.length;
    return part.length;
  }
}
