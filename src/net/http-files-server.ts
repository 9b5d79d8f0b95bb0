import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { servedName } from '../protocol/tftp/file-name.js';
import type { FileRequest, FileService, LogRequest, ReadFile } from './file-service.js';
import { listen, stopListening } from './listen.js';
import { ServingGate, type Visitor } from './serving-gate.js';
import { errorText } from './socket-errors.js';

export interface HttpFilesServerLimits {
  /** Connections at once; one more is closed as it comes. */
  readonly connections: number;
  /** Request line and headers together, octets; a phone's has 64. */
  readonly headerOctets: number;
  /** For the request to arrive whole. */
  readonly requestMs: number;
  /** A connection between two requests. */
  readonly keepAliveMs: number;
  /** A connection on which nothing moves, a client that stops reading included. */
  readonly idleMs: number;
}

const HTTP_FILES_SERVER_LIMITS: HttpFilesServerLimits = {
  connections: 8192,
  headerOctets: 8192,
  requestMs: 10_000,
  keepAliveMs: 5000,
  idleMs: 30_000,
};

/** How often node:http looks for requests past `requestMs`, milliseconds. */
const SWEEP_MS = 1000;

export interface HttpFilesServerOptions {
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly read: ReadFile;
  readonly onRequest?: LogRequest;
  readonly limits?: Partial<HttpFilesServerLimits>;
  /** What lets requests in; default: all at once. TFTP may share it. */
  readonly gate?: ServingGate;
}

/** In service at a time where nothing else is said: as many as come. */
const EVERYBODY = Number.POSITIVE_INFINITY;

/**
 * Serves files over plain HTTP as CUCM does on 6970 (phone-config.md 4): `Content-length`, `Cache-Control` and `Content-type`
 * in this order and spelling and no other header. GET (and HEAD); keep-alive as HTTP/1.1 has it.
 * @throws TrustfleetError TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE, TF_TOO_MANY_FILES
 */
export async function startHttpFilesServer(options: HttpFilesServerOptions): Promise<FileService> {
  const limits = { ...HTTP_FILES_SERVER_LIMITS, ...options.limits };
  const gate = options.gate ?? new ServingGate({ objects: EVERYBODY, servingCount: EVERYBODY });
  const server = createServer(
    {
      maxHeaderSize: limits.headerOctets,
      requestTimeout: limits.requestMs,
      headersTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: Math.min(SWEEP_MS, limits.requestMs),
      requireHostHeader: false,
      noDelay: true,
    },
    (request, response) => new FileExchange(options, gate, request, response).answer(),
  );
  server.maxConnections = limits.connections;
  server.setTimeout(limits.idleMs);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
    refuseMalformed(error, socket, options.onRequest),
  );
  const port = await listen(server, 'HTTP files', options);
  let closed: Promise<void> | undefined;
  return {
    address: options.address,
    port,
    close() {
      closed ??= stopListening(server);
      server.closeAllConnections();
      return closed;
    },
  };
}

const NOTHING = new Uint8Array();

/** How a request ended, for the log. */
type Ending = Pick<FileRequest, 'result' | 'octets' | 'detail'>;

const ABORTED: Ending = { result: 'aborted', octets: 0, detail: 'connection closed' };

/** One request with its answer and its line in the log. */
class FileExchange implements Visitor {
  readonly #options: HttpFilesServerOptions;
  readonly #gate: ServingGate;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #client: FileRequest['client'];
  readonly #at = Date.now();
  /** Name as served, or as asked. */
  #file: string;
  #ending = ABORTED;

  constructor(
    options: HttpFilesServerOptions,
    gate: ServingGate,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    this.#options = options;
    this.#gate = gate;
    this.#request = request;
    this.#response = response;
    this.#file = request.url ?? '';
    const { remoteAddress = '', remotePort = 0 } = request.socket;
    this.#client = { address: remoteAddress, port: remotePort };
  }

  answer(): void {
    const { method, url = '' } = this.#request;
    // the client may go while it waits
    this.#response.once('close', () => this.#over());
    if (method !== 'GET' && method !== 'HEAD') {
      this.#send(405, NOTHING, 'bad-request', `method ${method}`);
      return;
    }
    const name = servedName(decoded(url));
    if (!url.startsWith('/') || !name.ok) {
      this.#send(400, NOTHING, 'bad-request', name.ok ? 'target without leading slash' : name.refusal);
      return;
    }
    this.#file = name.name;
    if (!this.#gate.enter(this)) this.#send(503, NOTHING, 'busy', 'too many requests');
  }

  begin(): void {
    let content: ReturnType<ReadFile>;
    try {
      content = this.#options.read(this.#file, this.#client);
    } catch (error) {
      this.#send(500, NOTHING, 'error', errorText(error));
      return;
    }
    if (content === undefined) this.#send(404, NOTHING, 'not-found', '');
    else if (content === 'busy') this.#send(503, NOTHING, 'busy', '');
    else this.#send(200, content, 'ok', '');
  }

  #over(): void {
    this.#gate.leave(this);
    this.#options.onRequest?.({
      at: this.#at,
      seconds: (Date.now() - this.#at) / 1000,
      client: this.#client,
      transport: 'http',
      file: this.#file,
      retransmissions: 0,
      ...this.#ending,
    });
  }

  /** Answers with CUCM's headers and without those that node:http would add. */
  #send(status: number, body: Uint8Array, result: FileRequest['result'], detail: string): void {
    const response = this.#response;
    // `finish` comes for what was lost with a destroyed socket, too
    response.on('finish', () => {
      if (this.#request.socket.destroyed) return;
      this.#ending = { result, octets: this.#request.method === 'GET' ? body.length : 0, detail };
    });
    response.sendDate = false;
    // Connection and Keep-Alive stay away once they were removed; whether the connection is kept does not change.
    response.removeHeader('connection');
    const headers = [
      'Content-length',
      String(body.length),
      'Cache-Control',
      'no-store',
      'Content-type',
      '*/*',
    ];
    response.writeHead(status, status === 405 ? [...headers, 'Allow', 'GET, HEAD'] : headers);
    response.end(body);
  }
}

/** Answers what node:http could not read, and closes the connection. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket, log: LogRequest | undefined): void {
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const client = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
  if (socket.writable && error.code !== 'ECONNRESET') {
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-length: 0\r\nConnection: close\r\n\r\n`,
    );
    socket.destroySoon();
    const at = Date.now();
    const detail = errorText(error);
    log?.({
      at,
      seconds: 0,
      client,
      transport: 'http',
      file: '',
      result: 'bad-request',
      octets: 0,
      retransmissions: 0,
      detail,
    });
  } else {
    socket.destroy();
  }
}

/** The target with %xx decoded and without a query; empty, which is no file's name, where that cannot be done. */
function decoded(url: string): string {
  try {
    return decodeURIComponent(url.split('?', 1)[0] ?? '');
  } catch {
    return '';
  }
}
