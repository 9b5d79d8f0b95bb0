import type { TLSSocket } from 'node:tls';
import { TrustfleetError } from '../errors.js';
import type { CapfAnswer, CapfQuestion } from '../phone/capf-world.js';
import type { StopSignal } from '../phone/stop.js';
import { encodeCapf } from '../protocol/capf/codec.js';
import type { CapfKey } from '../protocol/capf/keys.js';
import {
  type CapfPhoneOptions,
  CapfPhoneSession,
  type CapfPhoneStep,
} from '../protocol/capf/phone-session.js';
import { countHandshake } from './handshake-count.js';
import { errorText, socketFailure } from './socket-errors.js';
import { TlsExchange } from './tls-exchange.js';
import { handshakeFailure, tlsErrorText } from './tls-failures.js';
import type { KeylogSink } from './tls-keylog.js';

export interface EnrolOptions
  extends CapfQuestion,
    Pick<CapfPhoneOptions, 'version' | 'emptyPassword' | 'inProgress' | 'limits'> {
  /** The phone's own address, of the server's family. */
  readonly localAddress?: string;
  /** Takes the secrets of the connection. */
  readonly keylog?: KeylogSink | undefined;
  /** For TCP and TLS together, default {@link CAPF_CONNECT_TIMEOUT_MS}. */
  readonly connectTimeoutMs?: number;
  readonly signal: StopSignal;
}

/** What the reference client waits for a connection (capf.md 8.9). */
const CAPF_CONNECT_TIMEOUT_MS = 10_000;

/**
 * One CAPF session at one address: connect, judge the server's certificate, do what it orders. `server` is where
 * it really listens. No server name is sent and no certificate shown (capf.md 3). The promise settles when the socket is
 * closed; retries and other addresses are the caller's.
 *
 * @throws the reason of `signal` when it is aborted, and what `judge` and `generateKey` throw: whatever the server does is an
 *   answer.
 */
export function enrol(options: EnrolOptions): Promise<CapfAnswer> {
  return TlsExchange.hold<CapfAnswer>(options, (exchange) => new Enrolment(options, exchange).start());
}

class Enrolment {
  readonly #options: EnrolOptions;
  readonly #exchange: TlsExchange<CapfAnswer>;
  #session: CapfPhoneSession | undefined;
  /** The server took part in the handshake. */
  #hasSpoken = false;

  constructor(options: EnrolOptions, exchange: TlsExchange<CapfAnswer>) {
    this.#options = options;
    this.#exchange = exchange;
  }

  start(): void {
    const { connectTimeoutMs = CAPF_CONNECT_TIMEOUT_MS } = this.#options;
    const exchange = this.#exchange;
    let socket: TLSSocket;
    try {
      socket = exchange.connect();
    } catch (error) {
      exchange.end({ outcome: 'unreachable', detail: errorText(error) });
      return;
    }
    exchange.wait(connectTimeoutMs, () => {
      const within = `within ${connectTimeoutMs} ms`;
      exchange.end(
        exchange.state === 'connecting'
          ? { outcome: 'unreachable', detail: `no connection ${within}` }
          : { outcome: 'tls-failed', detail: `no TLS ${within}`, late: true },
      );
    });
    // keys are agreed: the first sign of the server's words that node:tls gives, as `bytesRead` stays 0 until TLS is up
    socket.once('keylog', () => {
      this.#hasSpoken = true;
    });
    socket.once('secureConnect', () => {
      countHandshake('server-auth');
      void exchange.judge(
        this.#options.judge,
        (detail) => ({ outcome: 'tls-failed', detail }),
        () => this.#begin(socket),
      );
    });
    socket.once('end', () => this.#gone(socket, 'the server closed the connection'));
    socket.once('close', () => this.#gone(socket, 'the connection is closed'));
    socket.on('error', (error: Error) => this.#failed(socket, error));
  }

  /** What the server has said meanwhile, it speaks first, waits in the socket. */
  #begin(socket: TLSSocket): void {
    const session = new CapfPhoneSession(this.#options, performance.now());
    this.#session = session;
    socket.on('data', (chunk: Buffer) => {
      if (!this.#exchange.isOver) this.#take(socket, session.receive(chunk, performance.now()));
    });
    this.#arm(socket, session);
    // it may have closed while the phone asked TVS
    if (socket.destroyed) this.#gone(socket, 'the server closed the connection');
  }

  #take(socket: TLSSocket, step: CapfPhoneStep): void {
    const session = this.#session;
    if (session === undefined) return;
    try {
      // one call a message: phones have been seen to stall on pieces (capf.md 3)
      for (const message of step.send) socket.write(encodeCapf(message));
    } catch (error) {
      if (!(error instanceof TrustfleetError)) throw error;
      this.#exchange.end({ outcome: 'lost', detail: `an answer cannot be written: ${error.message}` });
      return;
    }
    if (step.end !== undefined) {
      this.#exchange.end(step.end);
      return;
    }
    this.#arm(socket, session);
    if (step.generate !== undefined) void this.#generate(socket, session, step.generate);
  }

  async #generate(socket: TLSSocket, session: CapfPhoneSession, key: CapfKey): Promise<void> {
    try {
      const pair = await this.#options.generateKey(key);
      if (!this.#exchange.isOver) this.#take(socket, session.generated(key, pair, performance.now()));
    } catch (error) {
      this.#exchange.fail(error);
    }
  }

  #arm(socket: TLSSocket, session: CapfPhoneSession): void {
    if (session.deadline === Number.POSITIVE_INFINITY) this.#exchange.waitNoMore();
    else {
      const ms = session.deadline - performance.now();
      this.#exchange.wait(ms, () => this.#take(socket, session.expire(performance.now())));
    }
  }

  #failed(socket: TLSSocket, error: Error): void {
    const detail = errorText(error);
    const { state } = this.#exchange;
    if (state === 'connecting') {
      const outcome = socketFailure(error) === 'refused' ? 'refused' : 'unreachable';
      this.#exchange.end({ outcome, detail });
    } else if (state === 'handshake' && socketFailure(error) !== 'reset') {
      const disagreed = handshakeFailure(error, false).cause === '12';
      this.#exchange.end({ outcome: 'tls-failed', detail: tlsErrorText(error), disagreed });
    } else {
      this.#gone(socket, detail);
    }
  }

  /**
   * The connection ended. Before the server has said anything that is a refusal: so a CAPF without IPv6 treats who comes over
   * IPv6, and a full server everyone.
   */
  #gone(socket: TLSSocket, detail: string): void {
    const { state } = this.#exchange;
    if (state === 'connecting') this.#exchange.end({ outcome: 'unreachable', detail });
    else if (state === 'handshake') {
      this.#exchange.end({ outcome: this.#hasSpoken ? 'tls-failed' : 'refused', detail });
    }
    // before that it is looked at when the judge is done: no octet was written yet
    else if (state === 'up' && this.#session !== undefined) this.#take(socket, this.#session.closed(detail));
  }
}
