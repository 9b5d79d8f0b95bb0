import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen, stopListening } from '../net/listen.js';

/** A scraper that does not finish its request in this time is cut off. */
const REQUEST_TIMEOUT_MS = 5000;

/** Scrapers at a time; one Prometheus needs one. */
const MAX_CONNECTIONS = 32;

const PATH = '/metrics';

export interface MetricsServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Called for every scrape. */
  readonly scrape: () => Promise<{ readonly contentType: string; readonly body: string }>;
}

export interface MetricsServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `GET /metrics` (`run --metrics [HOST:]PORT`) and nothing else.
 *
 * @throws TrustfleetError TF_PORT_TAKEN when another program has the port, TF_ADDRESS_UNAVAILABLE when this machine does not
 *   have the address.
 */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    void answer(request, response, options.scrape);
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  const { host, port: wanted } = options;
  await listen(server, 'metrics', {
    address: host,
    port: wanted,
    otherwise: 'take another port (--metrics)',
  });
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    close() {
      const closed = stopListening(server);
      server.closeAllConnections();
      return closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  scrape: MetricsServerOptions['scrape'],
): Promise<void> {
  const path = request.url?.split('?', 1)[0];
  if (path !== PATH) {
    send(response, 404, 'text/plain; charset=utf-8', `nothing here but ${PATH}\n`);
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    send(response, 405, 'text/plain; charset=utf-8', 'only GET and HEAD\n');
  } else {
    try {
      const { contentType, body } = await scrape();
      send(response, 200, contentType, body);
    } catch (error) {
      // the run may be ending under the scrape; Prometheus marks the target as down
      send(
        response,
        503,
        'text/plain; charset=utf-8',
        `${error instanceof Error ? error.message : 'no snapshot'}\n`,
      );
    }
  }
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
