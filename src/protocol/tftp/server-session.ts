import type { DataPackets } from './data-packets.js';
import {
  blockOf,
  ERROR_CODES,
  errorPacket,
  errorText,
  HEADER_OCTETS,
  OPCODES,
  opcodeOf,
  unknownTransfer,
} from './packets.js';

/** Waits and tries of one transfer, milliseconds of the clock that `now` comes from. */
export interface ServerSessionLimits {
  /** Between two tries of a packet that nobody acknowledges. */
  readonly retransmitMs: number;
  /** Tries of one packet, the first one included. */
  readonly attempts: number;
  /** A client that acknowledges nothing for so long is gone, whatever `timeout` it asked for. */
  readonly silenceMs: number;
  /** A transfer ends after this time, however alive its client is. */
  readonly transferMs: number;
}

export interface ServerTransfer {
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly packets: DataPackets;
  /** Sent first and waiting for ACK 0; undefined: the transfer begins with DATA 1. */
  readonly oack: Uint8Array | undefined;
  readonly limits: ServerSessionLimits;
}

export interface ServerSessionEnd {
  /** `timeout`: the client vanished; `aborted`: it sent an ERROR; `error`: it broke the protocol. */
  readonly result: 'ok' | 'timeout' | 'aborted' | 'error';
  readonly detail: string;
}

const ILLEGAL = errorPacket(ERROR_CODES.illegalOperation, 'Illegal TFTP operation: expected ACK or ERROR');

/**
 * The sending end of one transfer (RFC 1350 section 2 to 6), without sockets and clock. A packet returned by `receive` goes
 * back to where the datagram came from, one returned by `start` or `expire` to the peer.
 *
 * An ACK of anything but the last packet sent is never answered: a duplicated ACK would otherwise double every packet that
 * follows ("Sorcerer's Apprentice", RFC 1123 section 4.2.3.1). Only time makes this end repeat itself.
 */
export class ServerSession {
  /** When `expire` has something to do. */
  deadline = 0;
  retransmissions = 0;
  /** Set once, when the transfer is over. */
  end: ServerSessionEnd | undefined;

  readonly #transfer: ServerTransfer;
  /** Block that waits for its ACK, from 1 and not rolled over; 0 is the OACK. */
  #block: number;
  #packet: Uint8Array;
  #tries = 0;
  #startedAt = 0;
  #progressAt = 0;

  constructor(transfer: ServerTransfer) {
    this.#transfer = transfer;
    this.#block = transfer.oack === undefined ? 1 : 0;
    this.#packet = transfer.oack ?? transfer.packets.packet(1);
  }

  /** Octets of the file that the client acknowledged. */
  get octets(): number {
    const { packets } = this.#transfer;
    const acknowledged = this.end?.result === 'ok' ? packets.count : Math.max(0, this.#block - 1);
    return Math.min(acknowledged * packets.blockSize, packets.file.length);
  }

  start(now: number): Uint8Array {
    this.#startedAt = now;
    return this.#firstTry(now);
  }

  receive(datagram: Uint8Array, address: string, port: number, now: number): Uint8Array | undefined {
    if (port !== this.#transfer.peerPort || address !== this.#transfer.peerAddress) {
      return unknownTransfer(datagram);
    }
    if (this.end !== undefined) return undefined;
    const opcode = opcodeOf(datagram);
    if (opcode === OPCODES.ack && datagram.length >= HEADER_OCTETS) return this.#acknowledged(datagram, now);
    if (opcode === OPCODES.error) {
      this.end = {
        result: 'aborted',
        detail: `client sent ERROR ${blockOf(datagram)} ${errorText(datagram)}`,
      };
      return undefined;
    }
    this.end = { result: 'error', detail: `client sent ${datagram.length} octets with opcode ${opcode}` };
    return ILLEGAL;
  }

  /** Repeats the last packet when its time has come, or gives the client up. */
  expire(now: number): Uint8Array | undefined {
    if (this.end !== undefined || now < this.deadline) return undefined;
    const { limits, packets } = this.#transfer;
    if (now - this.#startedAt >= limits.transferMs) {
      this.end = { result: 'timeout', detail: `transfer not done after ${limits.transferMs} ms` };
      return undefined;
    }
    if (this.#tries >= limits.attempts || now - this.#progressAt >= limits.silenceMs) {
      const what = this.#block === 0 ? 'OACK' : `block ${this.#block} of ${packets.count}`;
      this.end = { result: 'timeout', detail: `${what} not acknowledged after ${this.#tries} tries` };
      return undefined;
    }
    this.retransmissions += 1;
    this.#tries += 1;
    this.#setDeadline(now);
    return this.#packet;
  }

  /** The client asked for something else from the same port. After the last block that is as good as its ACK. */
  supersede(): ServerSessionEnd {
    const isLast = this.#block === this.#transfer.packets.count;
    this.end ??= isLast
      ? { result: 'ok', detail: '' }
      : { result: 'aborted', detail: 'client asked for something else' };
    return this.end;
  }

  #acknowledged(datagram: Uint8Array, now: number): Uint8Array | undefined {
    if (blockOf(datagram) !== (this.#block & 0xffff)) return undefined;
    const { packets } = this.#transfer;
    if (this.#block === packets.count) {
      this.end = { result: 'ok', detail: '' };
      return undefined;
    }
    this.#block += 1;
    this.#packet = packets.packet(this.#block);
    return this.#firstTry(now);
  }

  #firstTry(now: number): Uint8Array {
    this.#tries = 1;
    this.#progressAt = now;
    this.#setDeadline(now);
    return this.#packet;
  }

  #setDeadline(now: number): void {
    const { retransmitMs, silenceMs, transferMs } = this.#transfer.limits;
    this.deadline = Math.min(now + retransmitMs, this.#progressAt + silenceMs, this.#startedAt + transferMs);
  }
}
