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

const INTERNAL_ERROR = errorPacket(ERROR_CODES.undefined, 'Internal error');

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

/** A request as the log needs it. */
interface Asked {
  readonly client: RemoteInfo;
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A request for a file that there is: under way, or waiting for a free transfer. */
interface Accepted extends Asked {
  /** The request as it came, to know its repetitions by. */
  readonly datagram: Uint8Array;
  readonly content: Uint8Array;
  readonly options: readonly TftpOption[];
  /** When the client last asked, on the clock of performance.now(). */
  askedAt: number;
  /** Once it is under way. */
  transfer: ServerTransferSocket | undefined;
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
  /** By client ip:port: a request that is repeated there must not start a second transfer (speed.md, rule 9). */
  readonly #underWay = new Map<string, Accepted>();
  readonly #queue = new Map<string, Accepted>();
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
      const closing = [...this.#underWay.values()].map((request) => request.transfer?.stop());
      closing.push(new Promise((resolve) => this.#network.close(this.#socket, resolve)));
      await Promise.all(closing);
    })();
    return this.#closed;
  }

  #receive(datagram: Uint8Array, client: RemoteInfo): void {
    if (this.#closed !== undefined) return;
    const decision = decideRequest(datagram);
    if (decision.do === 'ignore') return;
    const asked = { client, file: decision.file, at: Date.now() };
    if (decision.do === 'refuse') {
      this.#answer(asked, decision.answer, 'bad-request', decision.detail);
      return;
    }
    const key = `${client.address}:${client.port}`;
    if (this.#isRepeated(key, datagram)) return;
    let content: ReturnType<ReadFile>;
    try {
      content = this.#read(asked.file, client);
    } catch (error) {
      this.#answer(asked, INTERNAL_ERROR, 'error', errorText(error));
      return;
    }
    if (content === undefined) {
      this.#answer(asked, NOT_FOUND_ANSWER, 'not-found', '');
    } else if (content === 'busy' || this.#queue.size >= this.#limits.queued) {
      this.#answer(asked, BUSY_ANSWER, 'busy', content === 'busy' ? '' : 'queue is full');
    } else {
      const { options } = decision;
      const askedAt = performance.now();
      const request = { ...asked, datagram, content, options, askedAt, transfer: undefined };
      if (this.#underWay.size >= this.#limits.transfers) this.#queue.set(key, request);
      else this.#start(key, request);
    }
  }

  /**
   * The same octets from a client whose transfer is under way, or waits, are a repetition. Others are its next request: it
   * uses the port again and is done with the transfer before, whose last ACK may still wait to be read.
   */
  #isRepeated(key: string, datagram: Uint8Array): boolean {
    const earlier = this.#underWay.get(key) ?? this.#queue.get(key);
    if (earlier === undefined) return false;
    if (Buffer.compare(earlier.datagram, datagram) === 0) {
      earlier.askedAt = performance.now();
      return true;
    }
    this.#queue.delete(key);
    earlier.transfer?.supersede();
    return false;
  }

  #start(key: string, request: Accepted): void {
    const { client, content } = request;
    const negotiation = agreeOptions(request.options, content.length, this.#limits.blockSize);
    if ('refusal' in negotiation) {
      this.#answer(request, optionRefusal(negotiation.refusal), 'bad-request', negotiation.refusal);
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
    request.transfer = transfer;
    this.#underWay.set(key, request);
    transfer.start();
  }

  #over(key: string, request: Accepted, { session }: ServerTransferSocket, end: ServerSessionEnd): void {
    this.#underWay.delete(key);
    this.#record(request, end.result, end.detail, session.octets, session.retransmissions);
    if (this.#closed === undefined) this.#startWaiting();
  }

  /** Does not call itself: a transfer that ends as it starts, for lack of files, is followed by the next turn of the loop. */
  #startWaiting(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    for (const [key, request] of this.#queue) {
      if (this.#underWay.size >= this.#limits.transfers) break;
      this.#queue.delete(key);
      if (performance.now() - request.askedAt > this.#limits.queuedMs) {
        this.#record(request, 'timeout', 'gave up while it waited');
      } else {
        this.#start(key, request);
      }
    }
    this.#isStarting = false;
  }

  #answer(asked: Asked, packet: Uint8Array, result: FileRequest['result'], detail: string): void {
    this.#network.send(this.#socket, packet, asked.client.port, asked.client.address);
    this.#record(asked, result, detail);
  }

  #record(
    { client, file, at }: Asked,
    result: FileRequest['result'],
    detail: string,
    octets = 0,
    retransmissions = 0,
  ): void {
    this.#log?.({
      at,
      seconds: (Date.now() - at) / 1000,
      client: { address: client.address, port: client.port },
      transport: 'tftp',
      file,
      result,
      octets,
      retransmissions,
      detail,
    });
  }
}
