import { connect, type TLSSocket } from 'node:tls';
import type { CapfServerVerdict } from '../phone/capf-world.js';
import type { StopSignal } from '../phone/stop.js';
import type { Endpoint } from '../phone/world.js';
import { Patience } from './patience.js';
import { type ContextProfile, secureContexts } from './secure-contexts.js';
import { socketFailure } from './socket-errors.js';
import type { KeylogSink } from './tls-keylog.js';
import { JUDGED_BY_PHONE } from './tls-versions.js';

export interface TlsExchangeOptions {
  readonly server: Endpoint;
  /** The phone's own address, of the server's family. */
  readonly localAddress?: string | undefined;
  readonly tls: ContextProfile;
  /** Takes the secrets of the connection. */
  readonly keylog?: KeylogSink | undefined;
  readonly signal: StopSignal;
}

/**
 * One TLS connection of a phone to a service whose certificate it judges itself, from the connection to the only answer. No
 * session is reused and no server name is sent, for a phone has addresses only.
 *
 * States: `connecting`, `handshake`, `up`, `over`. It ends once, by an answer or by a failure, and tells it when the socket is
 * closed.
 */
export class TlsExchange<A> {
  readonly #options: TlsExchangeOptions;
  readonly #resolve: (answer: A) => void;
  readonly #reject: (reason: unknown) => void;
  #state: 'connecting' | 'handshake' | 'up' | 'over' = 'connecting';
  #socket: TLSSocket | undefined;
  readonly #patience = new Patience();

  private constructor(
    options: TlsExchangeOptions,
    resolve: (answer: A) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /**
   * Lets `begin` hold an exchange and resolves with its answer.
   *
   * @throws the reason of `signal` when it is aborted, and what the exchange fails with
   */
  static hold<A>(options: TlsExchangeOptions, begin: (exchange: TlsExchange<A>) => void): Promise<A> {
    return new Promise((resolve, reject) => {
      if (options.signal.aborted) reject(options.signal.reason);
      else begin(new TlsExchange<A>(options, resolve, reject));
    });
  }

  get state(): 'connecting' | 'handshake' | 'up' | 'over' {
    return this.#state;
  }

  get isOver(): boolean {
    return this.#state === 'over';
  }

  /**
   * Connects; called once. Whoever calls listens for `secureConnect` and for how the connection ends.
   *
   * @throws Error of node:tls, where the versions or ciphers cannot be offered at all
   */
  connect(): TLSSocket {
    const { server, localAddress, tls, keylog, signal } = this.#options;
    const socket = connect({
      host: server.address,
      port: server.port,
      ...(localAddress === undefined ? {} : { localAddress }),
      secureContext: secureContexts.get(tls),
      ...JUDGED_BY_PHONE,
    });
    this.#socket = socket;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    socket.setNoDelay(true);
    if (keylog !== undefined) socket.on('keylog', keylog);
    const isConnected = (): void => {
      if (this.#state === 'connecting') this.#state = 'handshake';
    };
    socket.once('connect', isConnected);
    // who accepts and resets at once has been reached, though as it happens `connect` itself reports the reset
    socket.once('error', (error: Error) => {
      if (socketFailure(error) === 'reset') isConnected();
    });
    socket.once('secureConnect', () => {
      if (this.#state === 'handshake') this.#state = 'up';
    });
    return socket;
  }

  /**
   * Has the server's certificate judged, which may take a while, as TVS may have to be asked; goes on with `believed` or ends.
   * Called when the handshake is through: the judge comes before the first octet (architecture.md).
   *
   * @param refused what the exchange answers where the certificate is not believed
   */
  async judge(
    judge: (certificateDer: Uint8Array) => Promise<CapfServerVerdict>,
    refused: (detail: string) => A,
    believed: () => void,
  ): Promise<void> {
    if (this.isOver) return;
    this.waitNoMore();
    const certificate = this.#socket?.getPeerX509Certificate();
    if (certificate === undefined) {
      this.end(refused('the server shows no certificate'));
      return;
    }
    try {
      const verdict = await judge(certificate.raw);
      if (this.isOver) return;
      if (verdict.trusted) believed();
      else this.end(refused(`${verdict.reason} (${verdict.rule})`));
    } catch (error) {
      this.fail(error);
    }
  }

  /** `late` is called after `ms`, unless something else is waited for, or nothing, by then. */
  wait(ms: number, late: () => void): void {
    this.#patience.wait(ms, late);
  }

  waitNoMore(): void {
    this.#patience.stop();
  }

  end(answer: A): void {
    this.#finish(() => this.#resolve(answer));
  }

  fail(reason: unknown): void {
    this.#finish(() => this.#reject(reason));
  }

  readonly #onAbort = (): void => this.fail(this.#options.signal.reason);

  /** Settles once, when nothing is left open. */
  #finish(settle: () => void): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.waitNoMore();
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
