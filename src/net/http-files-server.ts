import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { servedName } from '../protocol/tftp/file-name.js';
import type { FileRequest, FileService, LogRequest, ReadFile } from './file-service.js';
import { errorText, listenError } from './socket-errors.js';

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

export const HTTP_FILES_SERVER_LIMITS: HttpFilesServerLimits = {
  connections: 8192,
  headerOctets: 8192,
  requestMs: 10_000,
  keepAliveMs: 5000,
  idleMs: 30_000,
};

/** Connections that may wait to be accepted: thousands of phones knock at one instant (speed.md 3.3). */
const BACKLOG = 4096;
/** How often node:http looks for requests past `requestMs`, milliseconds. */
const SWEEP_MS = 1000;

export interface HttpFilesServerOptions {
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly read: ReadFile;
  readonly onRequest?: LogRequest;
  readonly limits?: Partial<HttpFilesServerLimits>;
}

/**
 * Serves files over plain HTTP as CUCM does on 6970 (phone-config.md 4): `Content-length`, `Cache-Control` and `Content-type`
 * in this order and spelling and no other header. GET (and HEAD); keep-alive as HTTP/1.1 has it.
 * @throws TrustfleetError TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE, TF_TOO_MANY_FILES
 */
export async function startHttpFilesServer(options: HttpFilesServerOptions): Promise<FileService> {
  const limits = { ...HTTP_FILES_SERVER_LIMITS, ...options.limits };
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
    (request, response) => new FileExchange(options, request, response).answer(),
  );
  server.maxConnections = limits.connections;
  server.setTimeout(limits.idleMs);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
    refuseMalformed(error, socket, options.onRequest),
  );
  await listen(server, options.address, options.port);
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    address: options.address,
    port,
    close: () => {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closed;
    },
  };
}

function listen(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, 'HTTP files', address, port)));
    server.listen({ host: address, port, backlog: BACKLOG, exclusive: true }, () => {
      server.removeAllListeners('error');
      // after listening: a connection that could not be accepted (no descriptor left); the others go on
      server.on('error', () => undefined);
      resolve();
    });
  });
}

const NOTHING = new Uint8Array();

/** One request with its answer and its line in the log. */
class FileExchange {
  readonly #options: HttpFilesServerOptions;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #at = Date.now();

  constructor(options: HttpFilesServerOptions, request: IncomingMessage, response: ServerResponse) {
    this.#options = options;
    this.#request = request;
    this.#response = response;
  }

  answer(): void {
    const { method, url = '' } = this.#request;
    if (method !== 'GET' && method !== 'HEAD') {
      this.#send(405, NOTHING, url, 'bad-request', `method ${method}`);
      return;
    }
    const name = servedName(decoded(url));
    if (!url.startsWith('/') || !name.ok) {
      this.#send(400, NOTHING, url, 'bad-request', name.ok ? 'target without leading slash' : name.refusal);
      return;
    }
    const file = name.name;
    let content: ReturnType<ReadFile>;
    try {
      content = this.#options.read(file, this.#client());
    } catch (error) {
      this.#send(500, NOTHING, file, 'error', errorText(error));
      return;
    }
    if (content === undefined) this.#send(404, NOTHING, file, 'not-found', '');
    else if (content === 'busy') this.#send(503, NOTHING, file, 'busy', '');
    else this.#send(200, content, file, 'ok', '');
  }

  /** Answers with CUCM's headers and without those that node:http would add. */
  #send(status: number, body: Uint8Array, file: string, result: FileRequest['result'], detail: string): void {
    const response = this.#response;
    const client = this.#client();
    let isSent = false;
    // `finish` comes for what was lost with a destroyed socket, too
    response.on('finish', () => {
      isSent = !this.#request.socket.destroyed;
    });
    response.on('close', () => {
      const octets = isSent && this.#request.method === 'GET' ? body.length : 0;
      const end = isSent ? { result, detail } : ({ result: 'aborted', detail: 'connection closed' } as const);
      const seconds = (Date.now() - this.#at) / 1000;
      this.#options.onRequest?.({
        at: this.#at,
        seconds,
        client,
        transport: 'http',
        file,
        octets,
        retransmissions: 0,
        ...end,
      });
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

  #client(): FileRequest['client'] {
    const { remoteAddress = '', remotePort = 0 } = this.#request.socket;
    return { address: remoteAddress, port: remotePort };
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
