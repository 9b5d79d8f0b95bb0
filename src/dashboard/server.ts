import { hash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, isIP, isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { listen } from '../net/listen.js';
import type { PageFile } from './page-files.js';
import { IMPORT_MAP } from './page-markup.js';

/** A request that is not whole in this time is cut off. */
const REQUEST_TIMEOUT_MS = 5_000;

/** Pages that watch at a time. */
const MAX_VIEWERS = 16;

/** Connections at a time; a browser opens up to six for one page. */
const MAX_CONNECTIONS = 128;

/** A page has nothing to say: the largest message that is read at all, octets. */
const MAX_MESSAGE_OCTETS = 1_024;

/** A page with more than this unsent is left out until it has caught up, octets. */
const MAX_UNSENT_OCTETS = 1_024 * 1_024;

/** How often a page is asked whether it is still there; one that did not answer the last time is gone. */
const PING_MS = 15_000;

/** How long pages have to take what was said last before their connections are cut. */
const FAREWELL_MS = 1_000;

/** RFC 6455 7.4.1 */
const NORMAL_CLOSURE = 1_000;
const UNSUPPORTED_DATA = 1_003;

const UNAVAILABLE = '503 Service Unavailable';

const SOCKET_PATH = '/live';

/** CSP: own files only, nothing inline but the import map, and nobody else's frame. */
const POLICY = [
  "default-src 'none'",
  `script-src 'self' 'sha256-${hash('sha256', IMPORT_MAP, 'base64')}'`,
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};

export interface DashboardServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** By path, e.g. `/page.js`. */
  readonly files: ReadonlyMap<string, PageFile>;
  /** What a page that has just come, or has lost something, is told first. */
  readonly welcome: () => readonly string[];
}

export interface DashboardServer {
  readonly url: string;
  readonly viewers: number;
  /** To every page; `message` is one JSON document. */
  publish(message: string): void;
  /** All pages from their beginning: see `welcome`. */
  restart(): void;
  close(): Promise<void>;
}

/**
 * Serves the page of the dashboard and tells it how the run stands, over a WebSocket at `/live` (RFC 6455).
 *
 * A page of somebody else's that the same browser shows must not read along: requests have to name this server by its address
 * or as localhost (a name that was bound to it afterwards is refused), and a WebSocket has to come from the page itself.
 *
 * @throws TrustfleetError TF_PORT_TAKEN when another program has the port, TF_ADDRESS_UNAVAILABLE when this machine does not
 *   have the address.
 */
export async function startDashboardServer(options: DashboardServerOptions): Promise<DashboardServer> {
  const { host, port, files, welcome } = options;
  const server = createServer((request, response) => answer(request, response, { host, files }));
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: MAX_MESSAGE_OCTETS,
    perMessageDeflate: false,
  });
  const viewers = new Viewers(sockets, welcome);
  let isClosing = false;
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const refusal = isClosing ? UNAVAILABLE : refusalOf(request, host, sockets.clients.size);
    // whoever keeps its end open must not hold up the end of the run
    if (refusal !== null)
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
        socket.destroy(),
      );
    else sockets.handleUpgrade(request, socket, head, (viewer) => viewers.add(viewer));
  });
  const otherwise = 'take another port (--dashboard-at; 0 is a free one)';
  await listen(server, 'dashboard', { address: host, port, otherwise });
  const bound = server.address() as AddressInfo;
  return {
    url: `http://${isIPv6(bound.address) ? `[${bound.address}]` : bound.address}:${bound.port}/`,
    get viewers() {
      return sockets.clients.size;
    },
    publish: (message) => viewers.publish(message),
    restart: () => viewers.restart(),
    close: async () => {
      // a page that came now would not hear of the end, and would hold it up
      isClosing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await viewers.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The pages that watch. */
class Viewers {
  readonly #sockets: WebSocketServer;
  readonly #welcome: () => readonly string[];
  readonly #ping: NodeJS.Timeout;
  /** Those that answered the last ping, or came after it. */
  readonly #alive = new WeakSet<WebSocket>();
  /** Those that were left out: they begin again when they have caught up. */
  readonly #behind = new WeakSet<WebSocket>();

  constructor(sockets: WebSocketServer, welcome: () => readonly string[]) {
    this.#sockets = sockets;
    this.#welcome = welcome;
    this.#ping = setInterval(() => this.#askAll(), PING_MS).unref();
  }

  add(viewer: WebSocket): void {
    this.#alive.add(viewer);
    viewer.on('pong', () => this.#alive.add(viewer));
    viewer.on('error', () => viewer.terminate());
    viewer.on('message', () => viewer.close(UNSUPPORTED_DATA, 'nothing is expected from a page'));
    this.#begin(viewer);
  }

  publish(message: string): void {
    for (const viewer of this.#sockets.clients) {
      if (viewer.bufferedAmount > MAX_UNSENT_OCTETS) this.#behind.add(viewer);
      else if (this.#behind.has(viewer)) this.#begin(viewer);
      else viewer.send(message);
    }
  }

  restart(): void {
    for (const viewer of this.#sockets.clients) {
      if (viewer.bufferedAmount > MAX_UNSENT_OCTETS) this.#behind.add(viewer);
      else this.#begin(viewer);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#ping);
    const all = [...this.#sockets.clients];
    const gone = all.map((viewer) => new Promise<void>((resolve) => viewer.once('close', () => resolve())));
    for (const viewer of all) viewer.close(NORMAL_CLOSURE, 'the run is over');
    const cut = setTimeout(() => {
      for (const viewer of all) viewer.terminate();
    }, FAREWELL_MS);
    await Promise.all(gone);
    clearTimeout(cut);
  }

  #begin(viewer: WebSocket): void {
    this.#behind.delete(viewer);
    for (const message of this.#welcome()) viewer.send(message);
  }

  #askAll(): void {
    for (const viewer of this.#sockets.clients) {
      if (this.#alive.delete(viewer)) viewer.ping();
      else viewer.terminate();
    }
  }
}

/** The status that a WebSocket is refused with, or null. */
function refusalOf(request: IncomingMessage, bound: string, viewers: number): string | null {
  if (!isOwnHost(request.headers.host, bound)) return '403 Forbidden';
  const { origin } = request.headers;
  if (origin !== undefined && origin !== `http://${request.headers.host}`) return '403 Forbidden';
  if (pathOf(request) !== SOCKET_PATH) return '404 Not Found';
  return viewers >= MAX_VIEWERS ? UNAVAILABLE : null;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { host, files }: Pick<DashboardServerOptions, 'host' | 'files'>,
): void {
  const path = pathOf(request);
  const file = files.get(path);
  if (!isOwnHost(request.headers.host, host)) {
    sendText(response, 403, 'this server answers to its address and to localhost only\n');
  } else if (path === SOCKET_PATH) {
    response.setHeader('Upgrade', 'websocket');
    sendText(response, 426, 'a WebSocket is expected here\n');
  } else if (file === undefined) {
    sendText(response, 404, 'nothing here; the dashboard is at /\n');
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    sendText(response, 405, 'only GET and HEAD\n');
  } else {
    send(response, 200, file);
  }
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/';
}

/** An address, `localhost`, or the name it was started with: who made another name lead here is not who started it. */
function isOwnHost(host: string | undefined, bound: string): boolean {
  const name = (host ?? '')
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || name === bound.toLowerCase() || isIP(name) !== 0;
}

function sendText(response: ServerResponse, status: number, text: string): void {
  send(response, status, { type: 'text/plain; charset=utf-8', body: Buffer.from(text) });
}

function send(response: ServerResponse, status: number, { type, body }: PageFile): void {
  response.writeHead(status, { ...HEADERS, 'Content-Type': type, 'Content-Length': body.length });
  response.end(body);
}
