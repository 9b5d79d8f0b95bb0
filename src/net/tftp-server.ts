import type { RemoteInfo, Socket } from 'node:dgram';
import { PacketCache } from '../protocol/tftp/data-packets.js';
import { agreeOptions, MAX_BLOCK_SIZE } from '../protocol/tftp/options.js';
import { ERROR_CODES, encodePacket, errorPacket, type TftpOption } from '../protocol/tftp/packets.js';
import {
  BUSY_ANSWER,
  decideRequest,
  NOT_FOUND_ANSWER,
  optionRefusal,
} from '../protocol/tftp/server-answer.js';
import type { ServerSessionEnd, ServerSessionLimits } from '../protocol/tftp/server-session.js';
import { type DatagramNetwork, datagramNetwork, datagramSocket, LISTEN_BUFFER_OCTETS } from './datagrams.js';
import type { FileRequest, FileService, LogRequest, ReadFile } from './file-service.js';
import { errorText, listenError } from './socket-errors.js';
import { ServerTransferSocket } from './tftp-server-transfer.js';

export interface TftpServerLimits extends ServerSessionLimits {
  /** Transfers under way at once, each with a socket of its own. */
  readonly transfers: number;
  /** Requests that wait for one of these; one more hears `Server busy`. */
  readonly queued: number;
  /** A waiting request that its client has not repeated for so long is dropped: the client has given up. */
  readonly queuedMs: number;
  /** Largest block size that is agreed to, octets. */
  readonly blockSize: number;
}

/**
 * Nothing is gained beyond 64 transfers at once, and past some thousands datagrams are lost (speed.md 4.2, 4.3). Packets are
 * repeated as often as a phone repeats its own, or a phone that waits 2.5 s in all would give up after two losses in a row.
 */
export const TFTP_SERVER_LIMITS: TftpServerLimits = {
  transfers: 256,
  queued: 8192,
  queuedMs: 5000,
  blockSize: MAX_BLOCK_SIZE,
  retransmitMs: 500,
  attempts: 6,
  silenceMs: 30_000,
  transferMs: 600_000,
};

export interface TftpServerOptions {
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly read: ReadFile;
  readonly onRequest?: LogRequest;
  readonly limits?: Partial<TftpServerLimits>;
  /** Default: the network as it is. */
  readonly network?: DatagramNetwork;
}

/** A request that waits for a free transfer. */
interface Waiting {
  readonly client: RemoteInfo;
  readonly file: string;
  readonly content: Uint8Array;
  readonly options: readonly TftpOption[];
  readonly at: number;
  /** When the client last asked, on the clock of performance.now(). */
  askedAt: number;
}

/**
 * Serves files, read only, as CUCM's TFTP service does towards phones (phone-config.md 3; RFC 1350, 2347, 2348, 2349). Every
 * transfer has a socket and so a port (transfer id) of its own; errors that need no transfer leave from the request port.
 * @throws TrustfleetError TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE, TF_TOO_MANY_FILES
 */
export async function startTftpServer(options: TftpServerOptions): Promise<FileService> {
  const server = new TftpServer(options);
  await server.listen();
  return server;
}

class TftpServer implements FileService {
  readonly address: string;
  port: number;
  readonly #read: ReadFile;
  readonly #log: LogRequest | undefined;
  readonly #limits: TftpServerLimits;
  readonly #network: DatagramNetwork;
  readonly #socket: Socket;
  readonly #cache = new PacketCache();
  /** By client ip:port, for the repeated requests of clients that have no answer yet (speed.md, rule 9). */
  readonly #transfers = new Map<string, ServerTransferSocket>();
  readonly #queue = new Map<string, Waiting>();
  #isStarting = false;
  #closed: Promise<void> | undefined;

  constructor(options: TftpServerOptions) {
    this.address = options.address;
    this.port = options.port;
    this.#read = options.read;
    this.#log = options.onRequest;
    this.#limits = { ...TFTP_SERVER_LIMITS, ...options.limits };
    this.#network = options.network ?? datagramNetwork;
    this.#socket = datagramSocket(options.address, LISTEN_BUFFER_OCTETS);
  }

  listen(): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close();
        reject(listenError(error, 'TFTP', this.address, this.port));
      });
      socket.once('listening', () => {
        socket.removeAllListeners('error');
        // After binding, an error is one datagram's (a refused answer); the socket goes on.
        socket.on('error', () => undefined);
        socket.on('message', (datagram, client) => this.#receive(datagram, client));
        this.port = socket.address().port;
        resolve();
      });
      socket.bind({ address: this.address, port: this.port, exclusive: true });
    });
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      this.#queue.clear();
      const closing = [...this.#transfers.values()].map((transfer) => transfer.stop());
      closing.push(new Promise((resolve) => this.#network.close(this.#socket, resolve)));
      await Promise.all(closing);
    })();
    return this.#closed;
  }

  #receive(datagram: Uint8Array, client: RemoteInfo): void {
    if (this.#closed !== undefined) return;
    const decision = decideRequest(datagram);
    if (decision.do === 'ignore' || client.port === 0) return;
    if (decision.do === 'refuse') {
      this.#answer(client, decision.answer, decision.file, 'bad-request', decision.detail);
      return;
    }
    const key = `${client.address}:${client.port}`;
    if (this.#transfers.has(key)) return;
    const waiting = this.#queue.get(key);
    if (waiting !== undefined) {
      waiting.askedAt = performance.now();
      return;
    }
    const { file } = decision;
    let content: ReturnType<ReadFile>;
    try {
      content = this.#read(file, client);
    } catch (error) {
      this.#answer(
        client,
        errorPacket(ERROR_CODES.undefined, 'Internal error'),
        file,
        'error',
        errorText(error),
      );
      return;
    }
    if (content === undefined) {
      this.#answer(client, NOT_FOUND_ANSWER, file, 'not-found', '');
    } else if (content === 'busy' || this.#queue.size >= this.#limits.queued) {
      this.#answer(client, BUSY_ANSWER, file, 'busy', content === 'busy' ? '' : 'queue is full');
    } else {
      const at = Date.now();
      const request = { client, file, content, options: decision.options, at, askedAt: performance.now() };
      if (this.#transfers.size >= this.#limits.transfers) this.#queue.set(key, request);
      else this.#start(key, request);
    }
  }

  #start(key: string, request: Waiting): void {
    const { client, file, content } = request;
    const negotiation = agreeOptions(request.options, content.length, this.#limits.blockSize);
    if ('refusal' in negotiation) {
      const answer = optionRefusal(negotiation.refusal);
      this.#answer(client, answer, file, 'bad-request', negotiation.refusal, request.at);
      return;
    }
    const { blockSize, timeoutSeconds, answered } = negotiation.agreed;
    const limits =
      timeoutSeconds === undefined ? this.#limits : { ...this.#limits, retransmitMs: timeoutSeconds * 1000 };
    const transfer = new ServerTransferSocket(
      this.address,
      {
        peerAddress: client.address,
        peerPort: client.port,
        packets: this.#cache.packets(content, blockSize),
        oack: answered.length === 0 ? undefined : encodePacket({ kind: 'oack', options: answered }),
        limits,
      },
      this.#network,
      (end) => this.#over(key, request, transfer, end),
    );
    this.#transfers.set(key, transfer);
    transfer.start();
  }

  #over(key: string, request: Waiting, transfer: ServerTransferSocket, end: ServerSessionEnd): void {
    this.#transfers.delete(key);
    const { octets, retransmissions } = transfer.session;
    this.#record(request.client, request.file, end.result, end.detail, request.at, octets, retransmissions);
    if (this.#closed === undefined) this.#startWaiting();
  }

  /** Does not call itself: a transfer that ends as it starts, for lack of files, is followed by the next turn of the loop. */
  #startWaiting(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    for (const [key, request] of this.#queue) {
      if (this.#transfers.size >= this.#limits.transfers) break;
      this.#queue.delete(key);
      if (performance.now() - request.askedAt > this.#limits.queuedMs) {
        this.#record(request.client, request.file, 'timeout', 'gave up while it waited', request.at, 0, 0);
      } else {
        this.#start(key, request);
      }
    }
    this.#isStarting = false;
  }

  #answer(
    client: RemoteInfo,
    packet: Uint8Array,
    file: string,
    result: FileRequest['result'],
    detail: string,
    at = Date.now(),
  ): void {
    this.#network.send(this.#socket, packet, client.port, client.address);
    this.#record(client, file, result, detail, at, 0, 0);
  }

  #record(
    { address, port }: RemoteInfo,
    file: string,
    result: FileRequest['result'],
    detail: string,
    at: number,
    octets: number,
    retransmissions: number,
  ): void {
    const seconds = (Date.now() - at) / 1000;
    const client = { address, port };
    this.#log?.({ at, seconds, client, transport: 'tftp', file, result, octets, retransmissions, detail });
  }
}
