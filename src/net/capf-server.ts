import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { DEFAULT_VERSIONS } from '../cluster/tls.js';
import type { AddressFamily } from '../device/address-family.js';
import type { TlsRange } from '../device/security.js';
import type { ServicePlace } from '../device/service-port.js';
import type { Identity } from '../pki/keys.js';
import type { CapfServerLimits } from '../protocol/capf/limits.js';
import type { CapfIssueAnswer, CapfIssueRequest, CapfServerEnd } from '../protocol/capf/order.js';
import type { CapfServerDecisions } from '../protocol/capf/server-session.js';
import { StringGuard } from '../protocol/capf/string-guard.js';
import { CapfServerConnection } from './capf-server-connection.js';
import { listen, stopListening } from './listen.js';
import { identityPem } from './secure-contexts.js';
import { errorText, ignoreSocketError } from './socket-errors.js';
import type { KeylogSink } from './tls-keylog.js';
import { OLD_PHONE_CIPHERS, versionRange } from './tls-versions.js';

export interface CapfServiceLimits {
  /** Connections at once, on all addresses; one more is closed at once. */
  readonly connections: number;
  /** From TCP connection to the end of the handshake. */
  readonly handshakeMs: number;
  /** After the last message, for the phone to close its side. */
  readonly lingerMs: number;
}

const CAPF_SERVICE_LIMITS: CapfServiceLimits = {
  connections: 4096,
  handshakeMs: 10_000,
  lingerMs: 2_000,
};

/** R-100, minutes. */
const DEFAULT_KEEP_ALIVE_MINUTES = 15;

/** What CAPF asks the cluster. */
export interface CapfDecisions extends CapfServerDecisions {
  /**
   * Certificate for a phone's key. An answer may take its time: the session stays open for `limits.session.issueMs`. It
   * must not throw: where there is no certificate it says why.
   *
   * @param signal aborts when the phone is gone, and nobody waits for the answer any more
   */
  issue(request: CapfIssueRequest, signal?: AbortSignal): CapfIssueAnswer | Promise<CapfIssueAnswer>;
  /** The session of a phone that said its name is over; an operation that succeeded becomes `none`. */
  report(end: CapfSessionReport): void;
}

export interface CapfSessionReport extends CapfServerEnd {
  readonly family: AddressFamily;
  /** The phone's address. */
  readonly client: string;
}

/** What happened on a connection, for a log (capf.md 15). */
export type CapfServerEvent =
  | ({ readonly event: 'ended' } & CapfSessionReport)
  | { readonly event: 'refused'; readonly client: string; readonly reason: string };

export interface CapfServiceOptions {
  /** Where to listen, IPv4 or IPv6; port 0 takes any free one. */
  readonly listen: readonly ServicePlace[];
  /** The CAPF certificate: basicConstraints CA, keyUsage with keyCertSign (capf.md 3). */
  readonly identity: Identity;
  /** Default {@link DEFAULT_VERSIONS}. */
  readonly tls?: TlsRange;
  readonly decide: CapfDecisions;
  /** Enterprise parameter `Enable IPv6`, asked at each connection. Default allowed. */
  readonly ipv6?: () => 'allowed' | 'refused';
  /** 5 to 60, asked at each connection. */
  readonly keepAliveMinutes?: () => number;
  /** Cisco's servers leave AUTH_TYPE and, for RSA, KEY_TYPE out (capf.md 14). Default sent. */
  readonly authType?: 'sent' | 'left-out';
  readonly rsaKeyType?: 'sent' | 'left-out';
  /** How long a device waits after ten wrong strings, milliseconds; default 10 minutes. */
  readonly wrongStringWaitMs?: number;
  readonly limits?: Partial<CapfServiceLimits> & { readonly session?: Partial<CapfServerLimits> };
  /** Milliseconds since 1970, for certificates and orders. Default the machine's. */
  readonly unixMs?: () => number;
  /** Takes the secrets of all connections. */
  readonly keylog?: KeylogSink;
  readonly onEvent?: (event: CapfServerEvent) => void;
}

export interface CapfService {
  /** Of the first address. */
  readonly port: number;
  /** In the order of `listen`. */
  readonly ports: readonly number[];
  /** K-13 `at once`: new handshakes meet this identity; sessions that stand stay. */
  replace(identity: Identity): void;
  /** Ends what is open and stops listening; resolves when nothing is left. */
  close(): Promise<void>;
}

/**
 * The Certificate Authority Proxy Function: one session a connection, on IPv4 and IPv6. No certificate is asked for in the
 * handshake; the phone proves itself inside the protocol (capf.md 3).
 *
 * @throws TrustfleetError TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE, TF_TOO_MANY_FILES; nothing listens then.
 */
export async function startCapfServer(options: CapfServiceOptions): Promise<CapfService> {
  const listener = new CapfListener(options);
  const servers: Server[] = [];
  const ports: number[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(stopListening));
  };
  try {
    for (const place of options.listen) {
      const server = createTcpServer((socket) => listener.accept(socket));
      ports.push(await listen(server, 'CAPF', place));
      servers.push(server);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    port: ports[0] ?? 0,
    ports,
    replace: (identity) => listener.replace(identity),
    close: () => {
      const closed = close();
      listener.drop();
      return closed;
    },
  };
}

/** Takes connections of all addresses through their handshake. */
class CapfListener {
  readonly #options: CapfServiceOptions;
  readonly #limits: CapfServiceLimits;
  readonly #tls: ReturnType<typeof createTlsServer>;
  readonly #strings: StringGuard;
  readonly #open = new Set<Socket>();
  /** Session ids count connections, from 1 (capf.md 4). */
  #sessions = 0;

  constructor(options: CapfServiceOptions) {
    this.#options = options;
    this.#strings = new StringGuard(options.wrongStringWaitMs);
    this.#limits = { ...CAPF_SERVICE_LIMITS, ...options.limits };
    this.#tls = createTlsServer({
      ...this.#context(options.identity),
      handshakeTimeout: this.#limits.handshakeMs,
    });
    const { keylog } = options;
    if (keylog !== undefined) this.#tls.on('keylog', (line: Buffer) => keylog(line));
    this.#tls.on('secureConnection', (socket) => this.#secured(socket));
    this.#tls.on('tlsClientError', (error: Error, socket: TLSSocket) => {
      this.#refused(socket.remoteAddress ?? '', `TLS: ${errorText(error)}`);
      socket.destroy();
    });
  }

  accept(socket: Socket): void {
    socket.on('error', ignoreSocketError);
    const client = socket.remoteAddress ?? '';
    if (this.#open.size >= this.#limits.connections) {
      socket.destroy();
      this.#refused(client, `more than ${this.#limits.connections} connections`);
    } else if (familyOf(socket) === 'ipv6' && this.#options.ipv6?.() === 'refused') {
      socket.destroy();
      this.#refused(client, 'IPv6 is not enabled (R-102)');
    } else {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
      this.#tls.emit('connection', socket);
    }
  }

  replace(identity: Identity): void {
    this.#tls.setSecureContext(this.#context(identity));
  }

  #context(identity: Identity) {
    return {
      ...identityPem(identity),
      ...versionRange(this.#options.tls ?? DEFAULT_VERSIONS),
      ciphers: OLD_PHONE_CIPHERS,
    };
  }

  /** Closes every connection. */
  drop(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #secured(socket: TLSSocket): void {
    const { decide, authType, rsaKeyType, limits, keepAliveMinutes, unixMs = Date.now } = this.#options;
    const client = socket.remoteAddress ?? '';
    const family = familyOf(socket);
    this.#sessions = (this.#sessions + 1) % 2 ** 32;
    new CapfServerConnection(socket, {
      session: {
        sessionId: this.#sessions,
        decide,
        strings: this.#strings,
        unixMs,
        ...(authType === undefined ? {} : { authType }),
        ...(rsaKeyType === undefined ? {} : { rsaKeyType }),
        ...(limits?.session === undefined ? {} : { limits: limits.session }),
      },
      keepAliveMs: (keepAliveMinutes?.() ?? DEFAULT_KEEP_ALIVE_MINUTES) * 60_000,
      lingerMs: this.#limits.lingerMs,
      issue: (request, signal) => decide.issue(request, signal),
      ended: (end) => {
        const report = { ...end, family, client };
        if (end.device !== '') decide.report(report);
        this.#options.onEvent?.({ event: 'ended', ...report });
      },
    }).start();
  }

  #refused(client: string, reason: string): void {
    this.#options.onEvent?.({ event: 'refused', client, reason });
  }
}

function familyOf(socket: Socket): AddressFamily {
  return socket.remoteFamily === 'IPv6' ? 'ipv6' : 'ipv4';
}
