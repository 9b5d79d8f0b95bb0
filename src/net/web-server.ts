import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TlsRange } from '../device/security.js';
import type { Identity } from '../pki/keys.js';
import { listen } from './listen.js';
import { OpenConnections } from './open-connections.js';
import { identityPem } from './secure-contexts.js';
import { errorText, ignoreSocketError } from './socket-errors.js';
import type { KeylogSink } from './tls-keylog.js';
import { OLD_PHONE_CIPHERS, versionRange } from './tls-versions.js';

export interface WebServerLimits {
  /** Connections at once; one more is closed as it comes. */
  readonly connections: number;
  readonly handshakeMs: number;
  /** Request line and headers together, octets. */
  readonly headerOctets: number;
  /** For the request to arrive whole. */
  readonly requestMs: number;
  /** A connection on which nothing moves. */
  readonly idleMs: number;
}

const WEB_SERVER_LIMITS: WebServerLimits = {
  connections: 4096,
  handshakeMs: 10_000,
  headerOctets: 8192,
  requestMs: 10_000,
  idleMs: 30_000,
};

/** How often node:http looks for requests past `requestMs`, milliseconds. */
const SWEEP_MS = 1000;

/** What stands behind the server for a target. */
export interface WebPage {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** What happened on a connection, for a log. */
export type WebServerEvent =
  | { readonly event: 'answered'; readonly client: string; readonly target: string; readonly status: number }
  | { readonly event: 'refused'; readonly client: string; readonly reason: string };

/** What Tomcat shows and offers, read at its start. */
export interface WebFront {
  readonly identity: Identity;
  /** P-11 of T-PORT. */
  readonly versions: TlsRange;
}

export interface WebServerOptions extends WebFront {
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly answer: (target: string) => WebPage;
  readonly limits?: Partial<WebServerLimits>;
  /** Takes the secrets of all connections. */
  readonly keylog?: KeylogSink;
  readonly onEvent?: (event: WebServerEvent) => void;
}

export interface WebServer {
  readonly port: number;
  /** K-13 `at once`: new handshakes meet this; connections that stand stay. */
  replace(front: WebFront): void;
  /** Ends what is open and stops listening; resolves when nothing is left. */
  close(): Promise<void>;
}

/**
 * Cisco Tomcat as phones meet it on 8443: HTTPS, no client certificate, GET alone, one answer a connection.
 *
 * @throws TrustfleetError TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE, TF_TOO_MANY_FILES
 */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const limits = { ...WEB_SERVER_LIMITS, ...options.limits };
  const server = createServer(
    {
      ...contextOf(options),
      handshakeTimeout: limits.handshakeMs,
      maxHeaderSize: limits.headerOctets,
      requestTimeout: limits.requestMs,
      headersTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.min(SWEEP_MS, limits.requestMs),
    },
    (request, response) => answer(options, request, response),
  );
  const { keylog } = options;
  if (keylog !== undefined) server.on('keylog', (line: Buffer) => keylog(line));
  server.maxConnections = limits.connections;
  server.setTimeout(limits.idleMs);
  const connections = new OpenConnections(server);
  const refused = (error: Error, socket: Socket): void => {
    const client = socket.remoteAddress ?? '';
    options.onEvent?.({ event: 'refused', client, reason: errorText(error) });
    socket.on('error', ignoreSocketError).destroy();
  };
  server.on('tlsClientError', refused);
  server.on('clientError', refused);
  const port = await listen(server, 'Tomcat', options);
  return {
    port,
    replace: (front) => server.setSecureContext(contextOf(front)),
    close: () => connections.close(),
  };
}

function contextOf({ identity, versions }: WebFront) {
  return { ...identityPem(identity), ...versionRange(versions), ciphers: OLD_PHONE_CIPHERS };
}

const METHOD_NOT_ALLOWED: WebPage = { status: 405, contentType: 'text/plain', body: new Uint8Array(0) };

function answer(
  { answer: pageFor, onEvent }: WebServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { method, url: target = '/' } = request;
  const { status, contentType, body } = method === 'GET' ? pageFor(target) : METHOD_NOT_ALLOWED;
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': body.length,
    Connection: 'close',
    ...(status === 405 ? { Allow: 'GET' } : {}),
  });
  response.end(body);
  onEvent?.({ event: 'answered', client: request.socket.remoteAddress ?? '', target, status });
}
