import { TrustfleetError } from '../../errors.js';
import { MAX_LENGTH_FIELD } from './limits.js';

/**
 * Reads a message body front to back. What lies past its end is zero: shorter bodies than the layout are legal (sccp.md 1,
 * 4.3). `position` runs on past the end, so that it tells the length of the whole layout.
 */
export class BodyReader {
  position = 0;
  readonly #octets: Buffer;

  constructor(octets: Buffer) {
    this.#octets = octets;
  }

  /** Octets that are left of the body. */
  get left(): number {
    return Math.max(0, this.#octets.length - this.position);
  }

  u8(): number {
    return this.#octets[this.position++] ?? 0;
  }

  u16(): number {
    return this.u8() | (this.u8() << 8);
  }

  u32(): number {
    const at = this.position;
    if (at + 4 <= this.#octets.length) {
      this.position = at + 4;
      return this.#octets.readUInt32LE(at);
    }
    return (this.u16() | (this.u16() << 16)) >>> 0;
  }

  /** Fixed field: up to the first NUL or the end of the field. One character an octet. */
  text(length: number): string {
    const from = this.position;
    const to = Math.min(from + length, this.#octets.length);
    this.position = from + length;
    if (from >= to) {
      return '';
    }
    const nul = this.#octets.indexOf(0, from);
    return this.#octets.toString('latin1', from, nul === -1 || nul > to ? to : nul);
  }

  /** String of a dynamic message: up to its NUL or the end of the body. One character an octet. */
  terminated(): string {
    const from = Math.min(this.position, this.#octets.length);
    const nul = this.#octets.indexOf(0, from);
    const to = nul === -1 ? this.#octets.length : nul;
    this.position = Math.max(this.position, to) + 1;
    return this.#octets.toString('latin1', from, to);
  }

  /** Octets in written order; missing ones are zero. */
  octets(length: number): Buffer {
    const octets = Buffer.alloc(length);
    octets.set(this.#octets.subarray(this.position, this.position + length));
    this.position += length;
    return octets;
  }

  skip(length: number): void {
    this.position += length;
  }
}

/** Writes a message body into memory that the next message of this thread uses again; only a copy leaves it. */
export class BodyWriter {
  position = 0;
  readonly #memory = Buffer.alloc(MAX_LENGTH_FIELD + 16);

  restart(): void {
    this.position = 0;
  }

  u8(value: number): void {
    this.#memory.writeUInt8(value, this.#room(1));
  }

  u16(value: number): void {
    this.#memory.writeUInt16LE(value, this.#room(2));
  }

  u32(value: number): void {
    this.#memory.writeUInt32LE(value, this.#room(4));
  }

  /** NUL padded; a text that fills its field has no NUL (sccp.md 1). */
  text(value: string, length: number): void {
    if (value.length > length) {
      throw new TrustfleetError(
        'TF_SCCP_MALFORMED',
        `the text "${value}" has ${value.length} octets, its field holds ${length}`,
      );
    }
    const at = this.#room(length);
    this.#memory.fill(0, at, at + length);
    this.#characters(value, at);
  }

  terminated(value: string): void {
    const at = this.#room(value.length + 1);
    this.#characters(value, at);
    this.#memory[at + value.length] = 0;
  }

  octets(value: Uint8Array): void {
    this.#memory.set(value, this.#room(value.length));
  }

  zeros(length: number): void {
    const at = this.#room(length);
    this.#memory.fill(0, at, at + length);
  }

  /** A copy of what was written, cut or zero-filled to `length`, behind `header` octets of room. */
  copy(header: number, length: number): Buffer {
    const message = Buffer.alloc(header + length);
    this.#memory.copy(message, header, 0, Math.min(length, this.position));
    return message;
  }

  #room(length: number): number {
    const at = this.position;
    if (at + length > this.#memory.length) {
      throw new TrustfleetError(
        'TF_MESSAGE_TOO_LARGE',
        `an SCCP message of more than ${MAX_LENGTH_FIELD} octets cannot be written`,
      );
    }
    this.position = at + length;
    return at;
  }

  #characters(value: string, at: number): void {
    for (let i = 0; i < value.length; i++) {
      const octet = value.charCodeAt(i);
      if (octet === 0 || octet > 0xff) {
        throw new TrustfleetError(
          'TF_SCCP_MALFORMED',
          `character ${i} of "${value}" does not fit in one octet; use wireText() first`,
        );
      }
      this.#memory[at + i] = octet;
    }
  }
}
