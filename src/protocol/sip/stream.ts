import { SIP_LIMITS, type SipLimits } from './limits.js';
import { NO_BODY, type SipMessage } from './message.js';
import { headEnd, malformed, parseHead, type SipHead, skipLineEnds, tooLarge, withBody } from './parse.js';

/** First size of the buffer for a message that arrives in pieces; it doubles up to head + body limit. */
const FIRST_BUFFER_OCTETS = 4_096;

/**
 * Cuts a TCP or TLS stream into messages: head up to the empty line, body by Content-Length, which is the only framing
 * (sip.md 7). Line ends between messages (keep-alives, RFC 5626 3.5.1) are skipped.
 *
 * ```ts
 * stream.push(chunk);
 * for (let message = stream.next(); message !== undefined; message = stream.next()) handle(message);
 * ```
 *
 * After an error the stream has lost its place and must be closed.
 */
export class SipStream {
  readonly #limits: SipLimits;
  /** Octets that wait are `#bytes[#from..#end]`: a chunk of the socket, or `#own` when a message came in pieces. */
  #bytes: Uint8Array = NO_BODY;
  #from = 0;
  #end = 0;
  #own: Uint8Array = NO_BODY;
  /** Up to here no end of a head was found. */
  #searched = 0;
  /** Head of the message whose body is still coming. */
  #head: SipHead | undefined;

  constructor(limits: SipLimits = SIP_LIMITS) {
    this.#limits = limits;
  }

  /** Is a message begun and not complete? For the shell's limit on slow peers. */
  get partial(): boolean {
    return this.#head !== undefined || this.#from < this.#end;
  }

  /** Takes what the socket gave; bodies handed out by `next` may point into it. */
  push(chunk: Uint8Array): void {
    const waiting = this.#end - this.#from;
    if (waiting === 0) {
      this.#bytes = chunk;
      this.#own = NO_BODY;
      this.#from = 0;
      this.#end = chunk.length;
      this.#searched = 0;
      return;
    }
    if (this.#bytes !== this.#own || this.#end + chunk.length > this.#own.length) {
      // Always a new buffer: bodies handed out before may still point into the old one.
      const capacity = 2 ** Math.ceil(Math.log2(waiting + chunk.length));
      const own = new Uint8Array(Math.max(FIRST_BUFFER_OCTETS, capacity));
      own.set(this.#bytes.subarray(this.#from, this.#end));
      this.#searched -= this.#from;
      this.#own = own;
      this.#bytes = own;
      this.#from = 0;
      this.#end = waiting;
    }
    this.#own.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The next complete message, or undefined when more octets are needed.
   * @throws TrustfleetError TF_SIP_MALFORMED, TF_MESSAGE_TOO_LARGE
   */
  next(): SipMessage | undefined {
    const head = this.#head ?? this.#nextHead();
    if (head === undefined) return undefined;
    if (head.contentLength === undefined) throw malformed('no Content-Length on a stream', this.#from);
    this.#head = head;
    if (this.#end - this.#from < head.contentLength) return undefined;
    const body = this.#bytes.subarray(this.#from, this.#from + head.contentLength);
    this.#from += head.contentLength;
    this.#searched = this.#from;
    this.#head = undefined;
    return withBody(head, body);
  }

  #nextHead(): SipHead | undefined {
    this.#from = skipLineEnds(this.#bytes, this.#from, this.#end);
    const searchFrom = Math.max(this.#from, this.#searched);
    const end = headEnd(this.#bytes, searchFrom, this.#end);
    if (end === -1) {
      const waiting = this.#end - this.#from;
      if (waiting > this.#limits.headOctets) throw tooLarge('head', waiting, this.#limits.headOctets);
      // The last three octets may be the beginning of the end.
      this.#searched = Math.max(this.#from, this.#end - 3);
      return undefined;
    }
    const head = parseHead(this.#bytes.subarray(this.#from, end), this.#limits);
    this.#from = end;
    return head;
  }
}
