import type { RemoteInfo, Socket } from 'node:dgram';
import type { StopSignal } from '../phone/stop.js';
import type { Endpoint, FetchResult } from '../phone/world.js';
import {
  type ClientRequest,
  ClientSession,
  type ClientSessionLimits,
  TFTP_CLIENT_LIMITS,
} from '../protocol/tftp/client-session.js';
import type { AskedOptions } from '../protocol/tftp/options.js';
import { canonicalAddress } from './addresses.js';
import { type DatagramNetwork, datagramNetwork, datagramSocket } from './datagrams.js';
import { DeadlineWatch } from './deadline-watch.js';
import { type FetchOutcome, fetchFailure, impossibleServer } from './file-service.js';
import { errorText, socketFailure } from './socket-errors.js';

export interface TftpFetch extends Partial<ClientSessionLimits> {
  /** Address of the phone; each file gets a port of its own there, as on real phones. */
  readonly localAddress: string;
  readonly server: Endpoint;
  readonly file: string;
  /** Default: none, so blocks of 512 octets. */
  readonly options?: AskedOptions;
  readonly signal?: StopSignal;
  /** Takes the socket from here in place of a new one (speed.md 4.2). */
  readonly sockets?: TftpSockets;
  /** Default: the network as it is. */
  readonly network?: DatagramNetwork;
}

/**
 * Fetches one file. Settles in bounded time with what became of it, whatever the server does; rejects only with the reason of
 * an aborted `signal`, after a farewell to the server (ERROR 0).
 */
export function tftpFetch(fetch: TftpFetch): Promise<FetchOutcome> {
  const impossible = impossibleServer(fetch.server);
  if (impossible !== undefined) return Promise.resolve(impossible);
  return new Promise((resolve, reject) => {
    const { signal } = fetch;
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const request: ClientRequest = {
      file: fetch.file,
      options: fetch.options ?? {},
      serverAddress: canonicalAddress(fetch.server.address),
      serverPort: fetch.server.port,
      limits: {
        retransmitMs: fetch.retransmitMs ?? TFTP_CLIENT_LIMITS.retransmitMs,
        attempts: fetch.attempts ?? TFTP_CLIENT_LIMITS.attempts,
        maxOctets: fetch.maxOctets ?? TFTP_CLIENT_LIMITS.maxOctets,
        transferMs: fetch.transferMs ?? TFTP_CLIENT_LIMITS.transferMs,
      },
    };
    let session: ClientSession;
    try {
      session = new ClientSession(request, performance.now());
    } catch (error) {
      resolve(fetchFailure(errorText(error)));
      return;
    }
    const socket = fetch.sockets?.take(fetch.localAddress) ?? new ClientSocket(fetch.localAddress);
    new ClientTransfer(fetch, session, socket, resolve, reject).start();
  });
}

/**
 * Idle sockets of phones for one file after the other, by local address. A socket carries one transfer at a time. Only for a
 * network that duplicates nothing: the second copy of an answer could be taken for the answer to the next request, which
 * fresh ports exclude.
 */
export class TftpSockets {
  readonly #idle = new Map<string, ClientSocket[]>();
  #isClosed = false;

  /** @internal */
  take(localAddress: string): ClientSocket {
    return this.#idle.get(localAddress)?.pop() ?? new ClientSocket(localAddress);
  }

  /** @internal */
  give(socket: ClientSocket): void {
    if (this.#isClosed || socket.isBroken) {
      socket.close(datagramNetwork);
      return;
    }
    const idle = this.#idle.get(socket.localAddress);
    if (idle === undefined) this.#idle.set(socket.localAddress, [socket]);
    else idle.push(socket);
  }

  /** Closes the idle sockets now, and those in use when their transfer is over. */
  close(): void {
    this.#isClosed = true;
    for (const sockets of this.#idle.values()) {
      for (const socket of sockets) socket.close(datagramNetwork);
    }
    this.#idle.clear();
  }
}

/** A socket of a phone: hands what comes to the transfer that uses it. */
class ClientSocket {
  readonly localAddress: string;
  transfer: ClientTransfer | undefined;
  isBroken = false;
  readonly #socket: Socket;
  #isBound = false;

  constructor(localAddress: string) {
    this.localAddress = localAddress;
    this.#socket = datagramSocket(localAddress);
    this.#socket.on('message', (datagram, from) => this.transfer?.receive(datagram, from));
    this.#socket.on('error', (error) => {
      this.isBroken = true;
      this.transfer?.fail(error);
    });
  }

  /** The socket, bound. Where that fails the transfer hears of it before this returns. */
  open(): Socket {
    if (!this.#isBound) {
      this.#isBound = true;
      this.#socket.bind({ address: this.localAddress, port: 0, exclusive: true });
    }
    return this.#socket;
  }

  close(network: DatagramNetwork): void {
    network.close(this.#socket);
  }
}

/** One fetch: a session on a socket, until its promise is settled. */
class ClientTransfer {
  readonly #fetch: TftpFetch;
  readonly #session: ClientSession;
  readonly #slot: ClientSocket;
  readonly #network: DatagramNetwork;
  readonly #resolve: (outcome: FetchOutcome) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #watch: DeadlineWatch;
  readonly #onAbort = (): void => this.#abort();
  #socket: Socket | undefined;
  #isOver = false;

  constructor(
    fetch: TftpFetch,
    session: ClientSession,
    slot: ClientSocket,
    resolve: (outcome: FetchOutcome) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#fetch = fetch;
    this.#session = session;
    this.#slot = slot;
    this.#network = fetch.network ?? datagramNetwork;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#watch = new DeadlineWatch(session, () => this.#expire());
  }

  start(): void {
    this.#slot.transfer = this;
    this.#socket = this.#slot.open();
    if (this.#isOver) return;
    this.#toPeer(this.#session.request);
    this.#watch.start();
    this.#fetch.signal?.addEventListener('abort', this.#onAbort);
  }

  receive(datagram: Uint8Array, from: RemoteInfo): void {
    const answer = this.#session.receive(datagram, from.address, from.port, performance.now());
    if (answer !== undefined && this.#socket !== undefined) {
      this.#network.send(this.#socket, answer, from.port, from.address);
    }
    if (this.#session.end !== undefined) this.#settle(this.#session.end);
  }

  /** The socket's error: an ICMP answer where the system shows it, or no port to be had. */
  fail(error: Error): void {
    const isRefused = socketFailure(error) === 'refused';
    this.#settle(isRefused ? { status: 'refused' } : { status: 'error', detail: errorText(error) });
  }

  #expire(): void {
    const packet = this.#session.expire(performance.now());
    if (packet !== undefined) this.#toPeer(packet);
    if (this.#session.end !== undefined) this.#settle(this.#session.end);
  }

  #abort(): void {
    const farewell = this.#session.abort();
    if (farewell !== undefined) this.#toPeer(farewell);
    if (this.#finish()) this.#reject(this.#fetch.signal?.reason);
  }

  #settle(result: FetchResult): void {
    const { octets, retransmissions } = this.#session;
    if (this.#finish()) this.#resolve({ ...result, octets, retransmissions });
  }

  #toPeer(packet: Uint8Array): void {
    if (this.#socket === undefined) return;
    this.#network.send(this.#socket, packet, this.#session.peerPort, this.#fetch.server.address);
  }

  /** False when the transfer was over already. */
  #finish(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#watch.stop();
    this.#fetch.signal?.removeEventListener('abort', this.#onAbort);
    this.#slot.transfer = undefined;
    if (this.#fetch.sockets === undefined) this.#slot.close(this.#network);
    else this.#fetch.sockets.give(this.#slot);
    return true;
  }
}
