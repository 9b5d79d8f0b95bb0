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
import { ServingGate, type Visitor } from './serving-gate.js';
import { errorText, ignoreSocketError, listenError } from './socket-errors.js';
import { ServerTransferSocket } from './tftp-server-transfer.js';

export interface TftpServerLimits extends ServerSessionLimits {
  /** Transfers under way at once, each with a socket of its own. */
  readonly transfers: number;
  /** Requests that wait for one of these; one more hears `Server busy`. Both mean nothing where a gate is given. */
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
const TFTP_SERVER_LIMITS: TftpServerLimits = {
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
  /** What lets requests in, in place of `transfers` and `queued`: HTTP may share it. */
  readonly gate?: ServingGate;
}

/** A request as the log needs it. */
interface Asked {
  readonly client: RemoteInfo;
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A request that was let in: in service, or waiting for it. */
interface Accepted extends Asked, Visitor {
  /** Client ip:port. */
  readonly key: string;
  /** The request as it came, to know its repetitions by. */
  readonly datagram: Uint8Array;
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
  readonly #accepted = new Map<string, Accepted>();
  readonly #gate: ServingGate;
  #closed: Promise<void> | undefined;

  constructor(options: TftpServerOptions) {
    this.address = options.address;
    this.port = options.port;
    this.#read = options.read;
    this.#log = options.onRequest;
    this.#limits = { ...TFTP_SERVER_LIMITS, ...options.limits };
    this.#network = options.network ?? datagramNetwork;
    const { transfers, queued } = this.#limits;
    this.#gate = options.gate ?? new ServingGate({ objects: transfers, servingCount: transfers + queued });
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
        socket.on('error', ignoreSocketError);
        socket.on('message', (datagram, client) => this.#receive(datagram, client));
        this.port = socket.address().port;
        resolve();
      });
      socket.bind({ address: this.address, port: this.port, exclusive: true });
    });
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      const accepted = [...this.#accepted.values()];
      for (const request of accepted) if (request.transfer === undefined) this.#forget(request);
      const closing = accepted.map((request) => request.transfer?.stop());
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
    const request: Accepted = {
      ...asked,
      key,
      datagram,
      options: decision.options,
      askedAt: performance.now(),
      transfer: undefined,
      begin: () => this.#serve(request),
    };
    this.#accepted.set(key, request);
    if (this.#gate.enter(request)) return;
    this.#forget(request);
    this.#answer(asked, BUSY_ANSWER, 'busy', 'too many requests');
  }

  /**
   * The same octets from a client whose transfer is under way, or waits, are a repetition. Others are its next request: it
   * uses the port again and is done with the transfer before, whose last ACK may still wait to be read.
   */
  #isRepeated(key: string, datagram: Uint8Array): boolean {
    const earlier = this.#accepted.get(key);
    if (earlier === undefined) return false;
    if (Buffer.compare(earlier.datagram, datagram) === 0) {
      earlier.askedAt = performance.now();
      return true;
    }
    if (earlier.transfer === undefined) this.#forget(earlier);
    else earlier.transfer.supersede();
    return false;
  }

  #serve(request: Accepted): void {
    if (performance.now() - request.askedAt > this.#limits.queuedMs) {
      this.#forget(request);
      this.#record(request, 'timeout', 'gave up while it waited');
      return;
    }
    let content: ReturnType<ReadFile>;
    try {
      content = this.#read(request.file, request.client);
    } catch (error) {
      this.#refuse(request, INTERNAL_ERROR, 'error', errorText(error));
      return;
    }
    if (content === undefined) this.#refuse(request, NOT_FOUND_ANSWER, 'not-found', '');
    else if (content === 'busy') this.#refuse(request, BUSY_ANSWER, 'busy', '');
    else this.#transfer(request, content);
  }

  #transfer(request: Accepted, content: Uint8Array): void {
    const { client } = request;
    const negotiation = agreeOptions(request.options, content.length, this.#limits.blockSize);
    if ('refusal' in negotiation) {
      this.#refuse(request, optionRefusal(negotiation.refusal), 'bad-request', negotiation.refusal);
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
      {
        // whoever waits for a lost packet keeps nobody else waiting
        stalled: () => this.#gate.leave(request),
        over: (end) => this.#over(request, transfer, end),
      },
    );
    request.transfer = transfer;
    transfer.start();
  }

  #over(request: Accepted, { session }: ServerTransferSocket, end: ServerSessionEnd): void {
    this.#forget(request);
    this.#record(request, end.result, end.detail, session.octets, session.retransmissions);
  }

  /** Answers a request that was let in with an error. */
  #refuse(request: Accepted, packet: Uint8Array, result: FileRequest['result'], detail: string): void {
    this.#answer(request, packet, result, detail);
    this.#forget(request);
  }

  #forget(request: Accepted): void {
    this.#accepted.delete(request.key);
    this.#gate.leave(request);
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
