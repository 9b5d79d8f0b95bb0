/** Limits of what a phone takes from an HTTP file server. */
export interface HttpAnswerLimits {
  /** Status line and headers together, octets. */
  readonly headerOctets: number;
  /** Longest file, octets. */
  readonly maxOctets: number;
}

export type HttpAnswer =
  | { readonly status: number; readonly body: Uint8Array }
  /** What was wrong with it, for a person. */
  | { readonly problem: string };

const END_OF_HEADERS = Buffer.from('\r\n\r\n');

/**
 * Reads the one answer of a connection, however it is split: status line, headers, and a body as long as `Content-length`
 * says, or until the connection ends where it is missing (phone-config.md 4). Header names in any case.
 */
export class HttpAnswerReader {
  /** Set once, when the answer is complete or cannot become one. */
  answer: HttpAnswer | undefined;
  /** Octets of the body so far. */
  octets = 0;

  readonly #limits: HttpAnswerLimits;
  #head: Buffer = Buffer.alloc(0);
  #status: number | undefined;
  #expected: number | undefined;
  readonly #chunks: Uint8Array[] = [];

  constructor(limits: HttpAnswerLimits) {
    this.#limits = limits;
  }

  push(chunk: Uint8Array): void {
    if (this.answer !== undefined) return;
    if (this.#status === undefined) this.#pushHead(chunk);
    else this.#pushBody(chunk);
  }

  /** The connection has ended. */
  finish(): void {
    if (this.answer !== undefined) return;
    if (this.#status === undefined) {
      const { length } = this.#head;
      this.#fail(
        length === 0 ? 'connection closed without an answer' : `answer cut off after ${length} octets`,
      );
    } else if (this.#expected === undefined) {
      this.#complete(this.#status);
    } else {
      this.#fail(`body cut off after ${this.octets} of ${this.#expected} octets`);
    }
  }

  #pushHead(chunk: Uint8Array): void {
    // Joining what comes octet by octet copies at most half the square of the limit: 33 MB.
    const before = this.#head.length;
    this.#head = Buffer.concat([this.#head, chunk]);
    const end = this.#head.indexOf(END_OF_HEADERS, Math.max(0, before - END_OF_HEADERS.length));
    if (end === -1 ? this.#head.length > this.#limits.headerOctets : end > this.#limits.headerOctets) {
      this.#fail(`headers longer than ${this.#limits.headerOctets} octets`);
      return;
    }
    if (end === -1) return;
    const rest = this.#head.subarray(end + END_OF_HEADERS.length);
    const status = this.#readHead(this.#head.toString('latin1', 0, end));
    if (status === undefined) return;
    this.#status = status;
    this.#pushBody(rest);
  }

  /** The status, or undefined with `answer` set to the problem. */
  #readHead(head: string): number | undefined {
    const [first = '', ...lines] = head.split('\r\n');
    const status = /^HTTP\/1\.[01] ([1-9]\d\d)(?: |$)/.exec(first)?.[1];
    if (status === undefined) return this.#fail(`"${first.slice(0, 40)}" is not an HTTP/1.1 status line`);
    for (const line of lines) {
      const colon = line.indexOf(':');
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      if (colon < 1) return this.#fail(`header line without a name: "${line.slice(0, 40)}"`);
      if (name === 'transfer-encoding')
        return this.#fail(`Transfer-Encoding ${value.slice(0, 40)}: file servers of phones send a length`);
      if (name !== 'content-length') continue;
      if (!/^\d{1,15}$/.test(value))
        return this.#fail(`Content-length "${value.slice(0, 40)}" is not a number`);
      if (this.#expected !== undefined && this.#expected !== Number(value)) {
        return this.#fail(`Content-length ${this.#expected} and ${value}`);
      }
      this.#expected = Number(value);
    }
    if (this.#expected !== undefined && this.#expected > this.#limits.maxOctets) {
      return this.#fail(`file of ${this.#expected} octets, at most ${this.#limits.maxOctets} are taken`);
    }
    return Number(status);
  }

  #pushBody(chunk: Uint8Array): void {
    const wanted = (this.#expected ?? Number.POSITIVE_INFINITY) - this.octets;
    const taken = chunk.length > wanted ? chunk.subarray(0, wanted) : chunk;
    this.octets += taken.length;
    if (this.octets > this.#limits.maxOctets) {
      this.#fail(`file longer than ${this.#limits.maxOctets} octets`);
      return;
    }
    if (taken.length > 0) this.#chunks.push(taken);
    if (this.octets === this.#expected && this.#status !== undefined) this.#complete(this.#status);
  }

  #complete(status: number): void {
    this.answer = { status, body: Buffer.concat(this.#chunks, this.octets) };
  }

  #fail(problem: string): undefined {
    this.answer = { problem };
  }
}
