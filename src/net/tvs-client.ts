import type { TLSSocket } from 'node:tls';
import { TrustfleetError } from '../errors.js';
import type { StopSignal } from '../phone/stop.js';
import { tvsAnswer, tvsRequest } from '../phone/tvs-exchange.js';
import type { TvsAnswer, TvsQuestion } from '../phone/world.js';
import { decodeTvs, encodeTvs, TvsFrameReader } from '../protocol/tvs/index.js';
import { countHandshake } from './handshake-count.js';
import { errorCode, errorText, socketFailure } from './socket-errors.js';
import { TlsExchange } from './tls-exchange.js';
import type { KeylogSink } from './tls-keylog.js';

export interface AskTvsOptions extends TvsQuestion {
  /** The phone's own address. */
  readonly localAddress?: string;
  /** Takes the secrets of the connection. */
  readonly keylog?: KeylogSink | undefined;
  readonly signal: StopSignal;
}

/**
 * Asks one TVS server for one signer, or one certificate: connect, look at its certificate, one question, one answer, close (tvs.md 2, R-38). No
 * session is reused, no server name is sent. The promise settles when the socket is closed.
 *
 * @throws the reason of `signal` when it is aborted, and nothing else: whatever the server does is an answer.
 */
export function askTvs(options: AskTvsOptions): Promise<TvsAnswer> {
  return TlsExchange.hold<TvsAnswer>(options, (exchange) => new TvsConversation(options, exchange).start());
}

type Failure = Extract<TvsAnswer, { readonly detail: string }>;

class TvsConversation {
  readonly #options: AskTvsOptions;
  readonly #exchange: TlsExchange<TvsAnswer>;
  readonly #reader = new TvsFrameReader();
  #isAsked = false;

  constructor(options: AskTvsOptions, exchange: TlsExchange<TvsAnswer>) {
    this.#options = options;
    this.#exchange = exchange;
  }

  start(): void {
    const { connectTimeoutMs } = this.#options;
    const exchange = this.#exchange;
    let socket: TLSSocket;
    try {
      socket = exchange.connect();
    } catch (error) {
      exchange.end({ result: 'handshake-failed', detail: errorText(error) });
      return;
    }
    this.#wait(connectTimeoutMs, `no TLS connection within ${connectTimeoutMs} ms`);
    socket.once('secureConnect', () => this.#ask(socket));
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.once('end', () => exchange.end(this.#closed()));
    socket.once('close', () => exchange.end(this.#closed()));
    socket.on('error', (error: Error) => exchange.end(this.#failed(error)));
  }

  /** The judge comes before the first octet (architecture.md). */
  #ask(socket: TLSSocket): void {
    countHandshake('server-auth');
    const exchange = this.#exchange;
    if (exchange.isOver) return;
    const { judge, answerTimeoutMs } = this.#options;
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) {
      exchange.end({ result: 'handshake-failed', detail: 'the server shows no certificate' });
      return;
    }
    try {
      const verdict = judge(certificate.raw);
      if (!verdict.trusted) {
        exchange.end({ result: 'handshake-failed', detail: `${verdict.reason} (${verdict.rule})` });
        return;
      }
      socket.write(encodeTvs(tvsRequest(this.#options)));
    } catch (error) {
      exchange.end({ result: 'timeout', detail: `the question cannot be asked: ${errorText(error)}` });
      return;
    }
    this.#isAsked = true;
    this.#wait(answerTimeoutMs, `no answer within ${answerTimeoutMs} ms`);
  }

  #take(chunk: Buffer): void {
    if (this.#exchange.isOver) return;
    try {
      const message = this.#reader.push(chunk);
      if (message !== undefined) this.#exchange.end(tvsAnswer(this.#options, decodeTvs(message)));
    } catch (error) {
      if (!(error instanceof TrustfleetError)) throw error;
      this.#exchange.end({ result: 'timeout', detail: `no usable answer: ${error.message}` });
    }
  }

  /** What a close without an answer means. */
  #closed(): Failure {
    if (this.#isAsked) return { result: 'timeout', detail: 'closed without an answer' };
    return { result: 'handshake-failed', detail: 'closed before TLS was up' };
  }

  #failed(error: Error): Failure {
    const detail = errorText(error);
    if (this.#exchange.state === 'connecting') {
      const isTimeout = socketFailure(error) === 'timeout';
      return { result: isTimeout ? 'timeout' : 'unreachable', detail };
    }
    // with TLS 1.3 the server's refusal arrives after our side of the handshake is done
    const isTls = errorCode(error).startsWith('ERR_SSL') || errorCode(error).startsWith('ERR_TLS');
    return { result: this.#isAsked && !isTls ? 'timeout' : 'handshake-failed', detail };
  }

  #wait(ms: number, detail: string): void {
    this.#exchange.wait(ms, () => this.#exchange.end({ result: 'timeout', detail }));
  }
}
