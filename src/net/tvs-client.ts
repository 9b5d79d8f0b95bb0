import { connect, type TLSSocket } from 'node:tls';
import { TrustfleetError } from '../errors.js';
import type { StopSignal } from '../phone/stop.js';
import type { TvsAnswer, TvsQuestion } from '../phone/world.js';
import {
  decodeTvs,
  encodeTvs,
  TVS_STATUS_VALID,
  TvsFrameReader,
  type TvsRequest,
} from '../protocol/tvs/index.js';
import { type Deadline, deadlines } from './deadlines.js';
import { countHandshake } from './handshake-count.js';
import { secureContexts } from './secure-contexts.js';
import { errorCode, errorText, socketFailure } from './socket-errors.js';
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
  return new Promise((resolve, reject) => {
    if (options.signal.aborted) {
      reject(options.signal.reason);
      return;
    }
    new TvsConversation(options, resolve, reject).start();
  });
}

type Failure = Extract<TvsAnswer, { readonly detail: string }>;

class TvsConversation {
  readonly #options: AskTvsOptions;
  readonly #resolve: (answer: TvsAnswer) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #reader = new TvsFrameReader();
  #state: 'connecting' | 'handshake' | 'asked' | 'over' = 'connecting';
  #socket: TLSSocket | undefined;
  #timeout: Deadline | undefined;

  constructor(
    options: AskTvsOptions,
    resolve: (answer: TvsAnswer) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(): void {
    const { server, signal, tls, localAddress, connectTimeoutMs, keylog } = this.#options;
    let socket: TLSSocket;
    try {
      socket = connect({
        host: server.address,
        port: server.port,
        ...(localAddress === undefined ? {} : { localAddress }),
        secureContext: secureContexts.get(tls),
        // the phone judges the certificate itself, by its ITL; names and chains mean nothing to it
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
      });
    } catch (error) {
      this.#end({ result: 'handshake-failed', detail: errorText(error) });
      return;
    }
    this.#socket = socket;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#wait(connectTimeoutMs, `no TLS connection within ${connectTimeoutMs} ms`);
    socket.setNoDelay(true);
    socket.once('connect', () => {
      if (this.#state === 'connecting') this.#state = 'handshake';
    });
    if (keylog !== undefined) socket.on('keylog', keylog);
    socket.once('secureConnect', () => this.#ask(socket));
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.once('end', () => this.#end(this.#closed()));
    socket.once('close', () => this.#end(this.#closed()));
    socket.on('error', (error: Error) => this.#end(this.#failed(error)));
  }

  readonly #onAbort = (): void => {
    this.#finish(() => this.#reject(this.#options.signal.reason));
  };

  /** The judge comes before the first octet (architecture.md). */
  #ask(socket: TLSSocket): void {
    countHandshake('server-auth');
    if (this.#state === 'over') return;
    const { judge, answerTimeoutMs } = this.#options;
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) {
      this.#end({ result: 'handshake-failed', detail: 'the server shows no certificate' });
      return;
    }
    try {
      const verdict = judge(certificate.raw);
      if (!verdict.trusted) {
        this.#end({ result: 'handshake-failed', detail: `${verdict.reason} (${verdict.rule})` });
        return;
      }
      socket.write(encodeTvs(questionOf(this.#options)));
    } catch (error) {
      this.#end({ result: 'timeout', detail: `the question cannot be asked: ${errorText(error)}` });
      return;
    }
    this.#state = 'asked';
    this.#wait(answerTimeoutMs, `no answer within ${answerTimeoutMs} ms`);
  }

  #take(chunk: Buffer): void {
    if (this.#state === 'over') return;
    try {
      const message = this.#reader.push(chunk);
      if (message !== undefined) this.#end(readAnswer(message, this.#options));
    } catch (error) {
      if (!(error instanceof TrustfleetError)) throw error;
      this.#end({ result: 'timeout', detail: `no usable answer: ${error.message}` });
    }
  }

  /** What a close without an answer means. */
  #closed(): Failure {
    if (this.#state === 'asked') return { result: 'timeout', detail: 'closed without an answer' };
    return { result: 'handshake-failed', detail: 'closed before TLS was up' };
  }

  #failed(error: Error): Failure {
    const detail = errorText(error);
    if (this.#state === 'connecting') {
      const isTimeout = socketFailure(error) === 'timeout';
      return { result: isTimeout ? 'timeout' : 'unreachable', detail };
    }
    // with TLS 1.3 the server's refusal arrives after our side of the handshake is done
    const isTls = errorCode(error).startsWith('ERR_SSL') || errorCode(error).startsWith('ERR_TLS');
    const isAsked = this.#state === 'asked' && !isTls;
    return { result: isAsked ? 'timeout' : 'handshake-failed', detail };
  }

  #wait(ms: number, detail: string): void {
    deadlines.cancel(this.#timeout);
    this.#timeout = deadlines.schedule(ms, () => {
      // what waits in the kernel comes first: a busy thread must not take for lost what has arrived
      const timeout = this.#timeout;
      setImmediate(() => {
        if (this.#timeout === timeout) this.#end({ result: 'timeout', detail });
      });
    });
  }

  #end(answer: TvsAnswer): void {
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

/** who is this signer, or may this certificate be trusted. */
function questionOf({ sessionId, deviceName, signer, certificate }: TvsQuestion): TvsRequest {
  return certificate === null
    ? { command: 'QUERY_REQUEST', sessionId, deviceName, signer }
    : { command: 'VERIFY_REQUEST', sessionId, deviceName, certificate };
}

/** @throws TrustfleetError TF_TVS_MALFORMED for what is no answer to this question (tvs.md 9.2). */
function readAnswer(octets: Uint8Array, { sessionId, certificate: asked }: TvsQuestion): TvsAnswer {
  const message = decodeTvs(octets);
  const expected = asked === null ? 'QUERY_RESPONSE' : 'VERIFY_RESPONSE';
  if (
    (message.command !== 'QUERY_RESPONSE' && message.command !== 'VERIFY_RESPONSE') ||
    message.command !== expected ||
    message.sessionId !== sessionId
  ) {
    throw new TrustfleetError(
      'TF_TVS_MALFORMED',
      `${message.command} of session ${message.sessionId}, expected ${expected} of session ${sessionId}`,
    );
  }
  if (message.status !== TVS_STATUS_VALID) return { result: 'negative' };
  const certificate = message.command === 'QUERY_RESPONSE' ? message.certificate : asked;
  if (certificate === undefined || certificate === null) {
    throw new TrustfleetError('TF_TVS_MALFORMED', 'QUERY_RESPONSE with status 0 and no CERTIFICATE');
  }
  return {
    result: 'positive',
    certificate,
    roles: message.roles ?? [],
    ttlSeconds: message.ttlSeconds ?? 0,
  };
}
