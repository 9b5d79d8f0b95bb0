import type { RemoteInfo, Socket } from 'node:dgram';
import {
  ServerSession,
  type ServerSessionEnd,
  type ServerTransfer,
} from '../protocol/tftp/server-session.js';
import { type DatagramNetwork, datagramSocket } from './datagrams.js';
import { DeadlineWatch } from './deadline-watch.js';
import { errorText } from './socket-errors.js';

/** What a transfer tells its server, not before `start`. */
export interface TransferEvents {
  /** A packet, or its answer, was lost: the transfer has waited, and sends it again. */
  stalled(): void;
  /** Called once, when the transfer is over and the socket is closing. */
  over(end: ServerSessionEnd): void;
}

/** One transfer of a TFTP server: a session with the socket whose port is its transfer id. */
export class ServerTransferSocket {
  readonly session: ServerSession;
  readonly #address: string;
  readonly #transfer: ServerTransfer;
  readonly #socket: Socket;
  readonly #network: DatagramNetwork;
  readonly #events: TransferEvents;
  readonly #watch: DeadlineWatch;
  #closed: Promise<void> | undefined;

  constructor(address: string, transfer: ServerTransfer, network: DatagramNetwork, events: TransferEvents) {
    this.session = new ServerSession(transfer);
    this.#address = address;
    this.#transfer = transfer;
    this.#network = network;
    this.#events = events;
    this.#socket = datagramSocket(address);
    this.#watch = new DeadlineWatch(this.session, () => this.#expire());
  }

  start(): void {
    this.#socket.on('message', (datagram, from) => this.#receive(datagram, from));
    this.#socket.on('error', (error) => this.#finish({ result: 'error', detail: errorText(error) }));
    this.#socket.bind({ address: this.#address, port: 0, exclusive: true });
    if (this.#closed !== undefined) return;
    this.#toPeer(this.session.start(performance.now()));
    this.#watch.start();
  }

  /** Ends the transfer without a word. */
  stop(): Promise<void> {
    this.#finish({ result: 'aborted', detail: 'server stopped' });
    return this.#closed ?? Promise.resolve();
  }

  /** The client has gone on to its next file. */
  supersede(): void {
    this.#finish(this.session.supersede());
  }

  #receive(datagram: Uint8Array, from: RemoteInfo): void {
    if (this.#closed !== undefined) return;
    const answer = this.session.receive(datagram, from.address, from.port, performance.now());
    if (answer !== undefined) this.#network.send(this.#socket, answer, from.port, from.address);
    if (this.session.end !== undefined) this.#finish(this.session.end);
  }

  #expire(): void {
    const packet = this.session.expire(performance.now());
    if (packet !== undefined) {
      this.#events.stalled();
      this.#toPeer(packet);
    }
    if (this.session.end !== undefined) this.#finish(this.session.end);
  }

  #toPeer(packet: Uint8Array): void {
    this.#network.send(this.#socket, packet, this.#transfer.peerPort, this.#transfer.peerAddress);
  }

  /** Once; what comes later finds it over. */
  #finish(end: ServerSessionEnd): void {
    if (this.#closed !== undefined) return;
    this.#watch.stop();
    this.#closed = new Promise((resolve) => this.#network.close(this.#socket, resolve));
    this.#events.over(end);
  }
}
