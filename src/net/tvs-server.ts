import { createServer, type TLSSocket } from 'node:tls';
import { DEFAULT_VERSIONS } from '../cluster/tls.js';
import type { TlsRange } from '../device/security.js';
import { TrustfleetError } from '../errors.js';
import type { Identity } from '../pki/keys.js';
import {
  decodeTvs,
  encodeTvs,
  TvsFrameReader,
  type TvsRequest,
  type TvsResponse,
  type TvsStrictness,
} from '../protocol/tvs/index.js';
import { listen } from './listen.js';
import { OpenConnections } from './open-connections.js';
import { Patience } from './patience.js';
import { identityPem } from './secure-contexts.js';
import { errorText, ignoreSocketError } from './socket-errors.js';
import type { KeylogSink } from './tls-keylog.js';
import { OLD_PHONE_CIPHERS, versionRange } from './tls-versions.js';

export interface TvsServerLimits {
  /** Connections at once; one more is closed at once. */
  readonly connections: number;
  /** From TCP connection to the end of the handshake. */
  readonly handshakeMs: number;
  /** From the end of the handshake to the end of the question. */
  readonly questionMs: number;
  /** After the answer, for the phone to close its side. */
  readonly lingerMs: number;
}

const TVS_SERVER_LIMITS: TvsServerLimits = {
  connections: 4096,
  handshakeMs: 10_000,
  questionMs: 30_000,
  lingerMs: 2_000,
};

/** What happened on a connection, for a log (tvs.md 12). */
export type TvsServerEvent =
  | { readonly event: 'answered'; readonly client: string; readonly device: string; readonly status: number }
  | { readonly event: 'refused'; readonly client: string; readonly reason: string };

export interface TvsServerOptions {
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly identity: Identity;
  /** P-12 of T-PORT. Default {@link DEFAULT_VERSIONS}. */
  readonly tls?: TlsRange;
  /** Undefined closes the connection without a word, as for a malformed question. */
  readonly answer: (request: TvsRequest) => TvsResponse | undefined;
  /** Default lenient (tvs.md 11). */
  readonly strictness?: TvsStrictness;
  readonly limits?: Partial<TvsServerLimits>;
  /** Takes the secrets of all connections. */
  readonly keylog?: KeylogSink;
  readonly onEvent?: (event: TvsServerEvent) => void;
}

export interface TvsServer {
  readonly port: number;
  /** K-13 `at once`: new handshakes meet this identity; connections that stand stay. */
  replace(identity: Identity): void;
  /** Ends what is open and stops listening; resolves when nothing is left. */
  close(): Promise<void>;
}

/**
 * The Trust Verification Service of a node: one question and one answer a connection. It never reports an error but closes
 * (tvs.md 9.1), and never refuses a phone for its certificate.
 *
 * @throws TrustfleetError TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE, TF_TOO_MANY_FILES
 */
export async function startTvsServer(options: TvsServerOptions): Promise<TvsServer> {
  const limits = { ...TVS_SERVER_LIMITS, ...options.limits };
  const contextOf = (identity: Identity) => ({
    ...identityPem(identity),
    ...versionRange(options.tls ?? DEFAULT_VERSIONS),
    ciphers: OLD_PHONE_CIPHERS,
  });
  const server = createServer({
    ...contextOf(options.identity),
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: limits.handshakeMs,
  });
  const { keylog } = options;
  if (keylog !== undefined) server.on('keylog', (line) => keylog(line));
  server.maxConnections = limits.connections;
  const connections = new OpenConnections(server);
  server.on('drop', (dropped) => {
    options.onEvent?.({
      event: 'refused',
      client: dropped?.remoteAddress ?? '',
      reason: `more than ${limits.connections} connections`,
    });
  });
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    const client = socket.remoteAddress ?? '';
    options.onEvent?.({ event: 'refused', client, reason: `TLS: ${errorText(error)}` });
    socket.destroy();
  });
  server.on('secureConnection', (socket: TLSSocket) => new TvsConnection(socket, options, limits).start());
  const port = await listen(server, 'TVS', options);
  return {
    port,
    replace: (identity) => server.setSecureContext(contextOf(identity)),
    close: () => connections.close(),
  };
}

class TvsConnection {
  readonly #socket: TLSSocket;
  readonly #options: TvsServerOptions;
  readonly #limits: TvsServerLimits;
  readonly #reader = new TvsFrameReader();
  readonly #client: string;
  #isAnswered = false;
  readonly #patience = new Patience();

  constructor(socket: TLSSocket, options: TvsServerOptions, limits: TvsServerLimits) {
    this.#socket = socket;
    this.#options = options;
    this.#limits = limits;
    this.#client = socket.remoteAddress ?? '';
  }

  start(): void {
    const socket = this.#socket;
    socket.setNoDelay(true);
    socket.on('error', ignoreSocketError);
    socket.once('close', () => {
      this.#patience.stop();
      if (!this.#isAnswered && this.#reader.pending > 0) this.#refuse('closed inside its question');
    });
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#wait(this.#limits.questionMs, 'no question in time');
  }

  #take(chunk: Buffer): void {
    // What comes after the answer is read and dropped: closing with unread data would reset the connection, and the phone
    // might lose the answer (tvs.md 3).
    if (this.#isAnswered) return;
    try {
      const message = this.#reader.push(chunk);
      if (message !== undefined) this.#answer(message);
    } catch (error) {
      if (!(error instanceof TrustfleetError)) throw error;
      this.#refuse(error.message);
    }
  }

  #answer(octets: Uint8Array): void {
    const request = decodeTvs(octets, this.#options.strictness);
    if (request.command !== 'QUERY_REQUEST' && request.command !== 'VERIFY_REQUEST') {
      this.#refuse(`unexpected command ${request.command}`);
      return;
    }
    const response = this.#options.answer(request);
    if (response === undefined) {
      this.#refuse(`${request.command} that has no answer`);
      return;
    }
    this.#socket.end(encodeTvs(response));
    this.#isAnswered = true;
    this.#wait(this.#limits.lingerMs, '');
    this.#options.onEvent?.({
      event: 'answered',
      client: this.#client,
      device: request.deviceName,
      status: response.status,
    });
  }

  #wait(ms: number, reason: string): void {
    this.#patience.wait(ms, () => {
      if (reason === '') this.#socket.destroy();
      else this.#refuse(reason);
    });
  }

  /** Closes without a word (tvs.md 9.1). */
  #refuse(reason: string): void {
    // nothing that arrives between here and the close is a question any more
    this.#isAnswered = true;
    this.#socket.destroy();
    this.#options.onEvent?.({ event: 'refused', client: this.#client, reason });
  }
}
