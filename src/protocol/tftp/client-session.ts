import { TrustfleetError } from '../../errors.js';
import { type AskedOptions, askOptions, DEFAULT_BLOCK_SIZE, readGrant } from './options.js';
import {
  acknowledgement,
  blockOf,
  decodePacket,
  ERROR_CODES,
  encodePacket,
  errorPacket,
  errorText,
  HEADER_OCTETS,
  OPCODES,
  opcodeOf,
  SERVER_BUSY,
  unknownTransfer,
} from './packets.js';

/** Waits and tries of one transfer, milliseconds of the clock that `now` comes from. */
export interface ClientSessionLimits {
  /** Between two tries of a request or an ACK that nobody answers; 500 on a phone (phone-config.md 3). */
  readonly retransmitMs: number;
  /** Tries of one packet, the first one included; 5 on a phone. */
  readonly attempts: number;
  /** Longest file that is taken, octets. */
  readonly maxOctets: number;
  /** A transfer ends after this time, however alive its server is. */
  readonly transferMs: number;
}

/**
 * A phone's ways with TFTP (phone-config.md 3): an unanswered packet is sent again after 0.5 s, five tries in all. The limits
 * of size and time are ours; the largest part of a 7900 firmware has less than 8 MiB.
 */
export const TFTP_CLIENT_LIMITS: ClientSessionLimits = {
  retransmitMs: 500,
  attempts: 5,
  maxOctets: 64 << 20,
  transferMs: 600_000,
};

export interface ClientRequest {
  readonly file: string;
  readonly options: AskedOptions;
  readonly serverAddress: string;
  /** Where requests go; what follows comes from a port that the server chooses. */
  readonly serverPort: number;
  readonly limits: ClientSessionLimits;
}

/** How a transfer ended, in the words of contracts.md 3 (`transfers`, label `result`). */
export type ClientSessionEnd =
  | { readonly status: 'ok'; readonly bytes: Uint8Array }
  | { readonly status: 'not-found' | 'busy' | 'timeout' }
  | { readonly status: 'error'; readonly detail: string };

/**
 * The receiving end of one transfer (RFC 1350, 2347), as a phone has it, without sockets and clock. A packet returned by
 * `receive` goes back to where the datagram came from, one returned by `expire` or `abort` to `peerPort` of the server.
 *
 * A repeated DATA packet is acknowledged again (the ACK may have been lost), an older one is not: it is an echo of what
 * both ends have left behind.
 */
export class ClientSession {
  /** The RRQ, to be sent first. */
  readonly request: Uint8Array;
  /** Where `expire` and `abort` send: the request port of the server until its first answer, then the port of that. */
  peerPort: number;
  /** When `expire` has something to do. */
  deadline: number;
  retransmissions = 0;
  /** Octets of the file so far. */
  octets = 0;
  /** Set once, when the transfer is over. */
  end: ClientSessionEnd | undefined;

  readonly #asked: ClientRequest;
  readonly #endsAt: number;
  #isAnswered = false;
  #blockSize = DEFAULT_BLOCK_SIZE;
  #announcedOctets: number | undefined;
  /** Block number that was acknowledged last, rolled over; 0 before the first. */
  #block = 0;
  #payloads: Uint8Array[] = [];
  #packet: Uint8Array;
  #tries = 1;

  /** @throws TrustfleetError TF_TFTP_MALFORMED when the file name contains a NUL */
  constructor(asked: ClientRequest, now: number) {
    this.#asked = asked;
    this.request = encodePacket({
      kind: 'rrq',
      file: asked.file,
      mode: 'octet',
      options: askOptions(asked.options),
    });
    this.#packet = this.request;
    this.peerPort = asked.serverPort;
    this.deadline = now + asked.limits.retransmitMs;
    this.#endsAt = now + asked.limits.transferMs;
  }

  receive(datagram: Uint8Array, address: string, port: number, now: number): Uint8Array | undefined {
    if (address !== this.#asked.serverAddress) return unknownTransfer(datagram);
    if (this.end !== undefined) return undefined;
    if (!this.#isAnswered) {
      if (!isFirstAnswer(datagram)) return unknownTransfer(datagram);
      this.#isAnswered = true;
      this.peerPort = port;
    } else if (port !== this.peerPort) {
      return unknownTransfer(datagram);
    }
    switch (opcodeOf(datagram)) {
      case OPCODES.data:
        return this.#data(datagram, now);
      case OPCODES.oack:
        return this.#oack(datagram, now);
      case OPCODES.error:
        this.end = endOf(datagram);
        return undefined;
      default:
        return this.#fail(
          ERROR_CODES.illegalOperation,
          `${datagram.length} octets with opcode ${opcodeOf(datagram)} where DATA was expected`,
        );
    }
  }

  /** Repeats the request or the last ACK when its time has come, or gives the server up. */
  expire(now: number): Uint8Array | undefined {
    if (this.end !== undefined || now < this.deadline) return undefined;
    if (this.#tries >= this.#asked.limits.attempts || now >= this.#endsAt) {
      this.end = { status: 'timeout' };
      return undefined;
    }
    this.retransmissions += 1;
    this.#tries += 1;
    this.#setDeadline(now);
    return this.#packet;
  }

  /** What a phone sends when it gives up on its own (phone-config.md 3): ERROR 0, once there is somebody to send it to. */
  abort(): Uint8Array | undefined {
    if (this.end !== undefined) return undefined;
    this.end = { status: 'error', detail: 'aborted' };
    return this.#isAnswered ? errorPacket(ERROR_CODES.undefined, 'Transfer aborted') : undefined;
  }

  #data(datagram: Uint8Array, now: number): Uint8Array | undefined {
    const block = blockOf(datagram);
    const octets = datagram.length - HEADER_OCTETS;
    if (block === -1 || octets > this.#blockSize) {
      return this.#fail(
        ERROR_CODES.illegalOperation,
        `DATA of ${datagram.length} octets where a block has ${this.#blockSize}`,
      );
    }
    if (block !== ((this.#block + 1) & 0xffff)) {
      const isRepeated = block === this.#block && this.#payloads.length > 0;
      return isRepeated ? acknowledgement(block) : undefined;
    }
    if (this.octets + octets > this.#asked.limits.maxOctets) {
      return this.#fail(
        ERROR_CODES.allocationExceeded,
        `file longer than ${this.#asked.limits.maxOctets} octets`,
      );
    }
    this.#payloads.push(datagram.subarray(HEADER_OCTETS));
    this.octets += octets;
    this.#block = block;
    if (octets < this.#blockSize) this.#finish();
    return this.#progress(acknowledgement(block), now);
  }

  #oack(datagram: Uint8Array, now: number): Uint8Array | undefined {
    if (this.#payloads.length > 0) return undefined;
    // A repeated OACK is acknowledged again, but is no progress.
    if (this.#packet !== this.request) return acknowledgement(0);
    let refusal: string;
    try {
      const packet = decodePacket(datagram);
      const granted = readGrant(this.#asked.options, packet.kind === 'oack' ? packet.options : []);
      if ('blockSize' in granted) {
        const { fileOctets } = granted;
        if (fileOctets !== undefined && fileOctets > this.#asked.limits.maxOctets) {
          return this.#fail(ERROR_CODES.allocationExceeded, `file of ${fileOctets} octets is too long`);
        }
        this.#blockSize = granted.blockSize;
        this.#announcedOctets = fileOctets;
        return this.#progress(acknowledgement(0), now);
      }
      refusal = granted.refusal;
    } catch (error) {
      if (!(error instanceof TrustfleetError)) throw error;
      refusal = error.message;
    }
    return this.#fail(ERROR_CODES.optionNegotiation, `OACK: ${refusal}`);
  }

  #progress(packet: Uint8Array, now: number): Uint8Array {
    this.#packet = packet;
    this.#tries = 1;
    this.#setDeadline(now);
    return packet;
  }

  #setDeadline(now: number): void {
    this.deadline = Math.min(now + this.#asked.limits.retransmitMs, this.#endsAt);
  }

  #finish(): void {
    const announced = this.#announcedOctets;
    if (announced !== undefined && announced !== this.octets) {
      const detail = `server announced ${announced} octets (tsize) and sent ${this.octets}`;
      this.end = { status: 'error', detail };
      return;
    }
    const [only] = this.#payloads;
    const isWhole = this.#payloads.length === 1 && only !== undefined;
    this.end = { status: 'ok', bytes: isWhole ? only : Buffer.concat(this.#payloads, this.octets) };
  }

  #fail(code: number, detail: string): Uint8Array {
    this.end = { status: 'error', detail };
    return errorPacket(code, detail);
  }
}

/** A transfer begins with DATA 1, OACK or ERROR; all else is left over from another one. */
function isFirstAnswer(datagram: Uint8Array): boolean {
  const opcode = opcodeOf(datagram);
  return (
    opcode === OPCODES.oack ||
    opcode === OPCODES.error ||
    (opcode === OPCODES.data && blockOf(datagram) === 1)
  );
}

function endOf(datagram: Uint8Array): ClientSessionEnd {
  const code = blockOf(datagram);
  const text = errorText(datagram);
  if (code === ERROR_CODES.fileNotFound) return { status: 'not-found' };
  if (code === ERROR_CODES.undefined && text.toLowerCase() === SERVER_BUSY.toLowerCase()) {
    return { status: 'busy' };
  }
  return { status: 'error', detail: code === -1 ? 'ERROR without a code' : `ERROR ${code} ${text}` };
}
