import { connect, type TLSSocket } from 'node:tls';
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
import { type Deadline, deadlines } from './deadlines.js';
import { countHandshake } from './handshake-count.js';
import { secureContexts } from './secure-contexts.js';
import { errorText, socketFailure } from './socket-errors.js';
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
export const CAPF_CONNECT_TIMEOUT_MS = 10_000;

/**
 * One CAPF session at one address: connect, judge the server's certificate, do what it orders. `server` is where
 * it really listens. No server name is sent and no certificate shown (capf.md 3). The promise settles when the socket is
 * closed; retries and other addresses are the caller's.
 *
 * @throws the reason of `signal` when it is aborted, and what `judge` and `generateKey` throw: whatever the server does is an
 *   answer.
 */
export function enrol(options: EnrolOptions): Promise<CapfAnswer> {
  return new Promise((resolve, reject) => {
    if (options.signal.aborted) {
      reject(options.signal.reason);
      return;
    }
    new Enrolment(options, resolve, reject).start();
  });
}

class Enrolment {
  readonly #options: EnrolOptions;
  readonly #resolve: (answer: CapfAnswer) => void;
  readonly #reject: (reason: unknown) => void;
  #state: 'connecting' | 'handshake' | 'judging' | 'session' | 'over' = 'connecting';
  #socket: TLSSocket | undefined;
  #session: CapfPhoneSession | undefined;
  #timeout: Deadline | undefined;
  /** The server took part in the handshake. */
  #hasSpoken = false;

  constructor(
    options: EnrolOptions,
    resolve: (answer: CapfAnswer) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(): void {
    const { server, signal, tls, localAddress, keylog } = this.#options;
    const { connectTimeoutMs = CAPF_CONNECT_TIMEOUT_MS } = this.#options;
    let socket: TLSSocket;
    try {
      socket = connect({
        host: server.address,
        port: server.port,
        ...(localAddress === undefined ? {} : { localAddress }),
        secureContext: secureContexts.get(tls),
        // the phone judges the certificate itself; names and chains mean nothing to it (capf.md 3)
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
      });
    } catch (error) {
      this.#end({ outcome: 'unreachable', detail: errorText(error) });
      return;
    }
    this.#socket = socket;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#wait(connectTimeoutMs, () => {
      const what = this.#state === 'connecting' ? 'connection' : 'TLS';
      this.#end({
        outcome: this.#state === 'connecting' ? 'unreachable' : 'tls-failed',
        detail: `no ${what} within ${connectTimeoutMs} ms`,
      });
    });
    socket.setNoDelay(true);
    socket.once('connect', () => {
      if (this.#state === 'connecting') this.#state = 'handshake';
    });
    // keys are agreed: the first sign of the server's words that node:tls gives, as `bytesRead` stays 0 until TLS is up
    if (keylog !== undefined) socket.on('keylog', keylog);
    socket.once('keylog', () => {
      this.#hasSpoken = true;
    });
    socket.once('secureConnect', () => void this.#judge(socket));
    socket.once('end', () => this.#gone('the server closed the connection'));
    socket.once('close', () => this.#gone('the connection is closed'));
    socket.on('error', (error: Error) => this.#failed(error));
  }

  readonly #onAbort = (): void => {
    this.#finish(() => this.#reject(this.#options.signal.reason));
  };

  /** The judge comes before the first octet (architecture.md); it may have to ask TVS. */
  async #judge(socket: TLSSocket): Promise<void> {
    countHandshake('server-auth');
    if (this.#state === 'over') return;
    this.#state = 'judging';
    deadlines.cancel(this.#timeout);
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) {
      this.#end({ outcome: 'tls-failed', detail: 'the server shows no certificate' });
      return;
    }
    try {
      const verdict = await this.#options.judge(certificate.raw);
      if (this.#isOver()) return;
      if (verdict.trusted) this.#begin(socket);
      else this.#end({ outcome: 'tls-failed', detail: `${verdict.reason} (${verdict.rule})` });
    } catch (error) {
      this.#finish(() => this.#reject(error));
    }
  }

  /** What the server has said meanwhile, it speaks first, waits in the socket. */
  #begin(socket: TLSSocket): void {
    this.#state = 'session';
    const session = new CapfPhoneSession(this.#options, performance.now());
    this.#session = session;
    socket.on('data', (chunk: Buffer) => {
      if (!this.#isOver()) this.#take(session.receive(chunk, performance.now()));
    });
    this.#arm(session);
    // it may have closed while the phone asked TVS
    if (socket.destroyed) this.#gone('the server closed the connection');
  }

  #take(step: CapfPhoneStep): void {
    const socket = this.#socket;
    const session = this.#session;
    if (socket === undefined || session === undefined) return;
    try {
      // one call a message: phones have been seen to stall on pieces (capf.md 3)
      for (const message of step.send) socket.write(encodeCapf(message));
    } catch (error) {
      if (!(error instanceof TrustfleetError)) throw error;
      this.#end({ outcome: 'lost', detail: `an answer cannot be written: ${error.message}` });
      return;
    }
    if (step.end !== undefined) {
      this.#end(step.end);
      return;
    }
    this.#arm(session);
    if (step.generate !== undefined) void this.#generate(session, step.generate);
  }

  async #generate(session: CapfPhoneSession, key: CapfKey): Promise<void> {
    try {
      const pair = await this.#options.generateKey(key);
      if (!this.#isOver()) this.#take(session.generated(key, pair, performance.now()));
    } catch (error) {
      this.#finish(() => this.#reject(error));
    }
  }

  #arm(session: CapfPhoneSession): void {
    deadlines.cancel(this.#timeout);
    this.#timeout = undefined;
    if (session.deadline === Number.POSITIVE_INFINITY) return;
    this.#wait(session.deadline - performance.now(), () => this.#take(session.expire(performance.now())));
  }

  #wait(ms: number, late: () => void): void {
    deadlines.cancel(this.#timeout);
    this.#timeout = deadlines.schedule(ms, () => {
      // what waits in the kernel comes first: a busy thread must not take for lost what has arrived
      const timeout = this.#timeout;
      setImmediate(() => {
        if (this.#timeout === timeout && !this.#isOver()) late();
      });
    });
  }

  #failed(error: Error): void {
    const detail = errorText(error);
    if (this.#state === 'connecting') {
      const outcome = socketFailure(error) === 'refused' ? 'refused' : 'unreachable';
      this.#end({ outcome, detail });
    } else if (this.#state === 'handshake' && socketFailure(error) !== 'reset') {
      this.#end({ outcome: 'tls-failed', detail });
    } else {
      this.#gone(detail);
    }
  }

  /**
   * The connection ended. Before the server has said anything that is a refusal: so a CAPF without IPv6 treats who comes over
   * IPv6, and a full server everyone.
   */
  #gone(detail: string): void {
    switch (this.#state) {
      case 'connecting':
        this.#end({ outcome: 'unreachable', detail });
        return;
      case 'handshake':
        this.#end({ outcome: this.#hasSpoken ? 'tls-failed' : 'refused', detail });
        return;
      case 'judging':
        // looked at when the judge is done: no octet was written yet
        return;
      case 'session':
        if (this.#session !== undefined) this.#take(this.#session.closed(detail));
        return;
      case 'over':
        return;
    }
  }

  #isOver(): boolean {
    return this.#state === 'over';
  }

  #end(answer: CapfAnswer): void {
    this.#finish(() => this.#resolve(answer));
  }

  /** Settles once, when nothing is left open. */
  #finish(settle: () => void): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    deadlines.cancel(this.#timeout);
    this.#timeout = undefined;
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    const socket = this.#socket;
    if (socket === undefined || socket.closed) {
      settle();
      return;
    }
    socket.once('close', settle);
    socket.destroy();
  }
}
