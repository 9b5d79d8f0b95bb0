import { isIPv6 } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { ServiceAnswer, ServiceQuestion } from '../phone/service-world.js';
import type { StopSignal } from '../phone/stop.js';
import type { Endpoint } from '../phone/world.js';
import { type Deadline, deadlines } from './deadlines.js';
import { HttpAnswerReader } from './http-answer.js';
import { secureContexts } from './secure-contexts.js';
import { errorText, socketFailure } from './socket-errors.js';

export interface ServiceRequestLimits {
  /** For TCP and TLS together, milliseconds. */
  readonly connectMs: number;
  /** For the whole answer, milliseconds. */
  readonly answerMs: number;
  /** Status line and headers, octets. */
  readonly headerOctets: number;
  /** Longest page that a phone shows, octets. */
  readonly maxOctets: number;
}

/** Not documented for phones: ours. */
export const SERVICE_REQUEST_LIMITS: ServiceRequestLimits = {
  connectMs: 8_000,
  answerMs: 10_000,
  headerOctets: 8192,
  maxOctets: 1 << 20,
};

export interface ServiceRequest extends ServiceQuestion {
  /** The phone's own address. */
  readonly localAddress?: string;
  readonly limits?: Partial<ServiceRequestLimits>;
  readonly signal: StopSignal;
}

/**
 * One HTTPS request over a connection of its own: connect, have the certificate judged, ask, read the answer, close. No server
 * name is sent, for the phone has addresses only. The promise settles when the socket is closed.
 *
 * @throws the reason of `signal` when it is aborted, and what `judge` throws: whatever the server does is an answer
 */
export function requestService(request: ServiceRequest): Promise<ServiceAnswer> {
  return new Promise((resolve, reject) => {
    if (request.signal.aborted) {
      reject(request.signal.reason);
      return;
    }
    new ServiceExchange(request, resolve, reject).start();
  });
}

class ServiceExchange {
  readonly #request: ServiceRequest;
  readonly #limits: ServiceRequestLimits;
  readonly #resolve: (answer: ServiceAnswer) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #reader: HttpAnswerReader;
  #state: 'connecting' | 'handshake' | 'judging' | 'asked' | 'over' = 'connecting';
  #socket: TLSSocket | undefined;
  #timeout: Deadline | undefined;

  constructor(
    request: ServiceRequest,
    resolve: (answer: ServiceAnswer) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#request = request;
    this.#limits = { ...SERVICE_REQUEST_LIMITS, ...request.limits };
    this.#reader = new HttpAnswerReader(this.#limits);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(): void {
    const { server, signal, tls, localAddress } = this.#request;
    let socket: TLSSocket;
    try {
      socket = connect({
        host: server.address,
        port: server.port,
        ...(localAddress === undefined ? {} : { localAddress }),
        secureContext: secureContexts.get(tls),
        // the phone judges the certificate itself, by its lists and with TVS
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
      });
    } catch (error) {
      this.#end({ result: 'tls-failed', detail: errorText(error) });
      return;
    }
    this.#socket = socket;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    const { connectMs } = this.#limits;
    this.#wait(connectMs, () => {
      const result = this.#state === 'connecting' ? 'timeout' : 'tls-failed';
      this.#end({ result, detail: `no TLS connection within ${connectMs} ms` });
    });
    socket.setNoDelay(true);
    socket.once('connect', () => {
      if (this.#state === 'connecting') this.#state = 'handshake';
    });
    socket.once('secureConnect', () => void this.#judge(socket));
    socket.once('end', () => this.#gone('closed by the server'));
    socket.once('close', () => this.#gone('closed'));
    socket.on('error', (error: Error) => this.#failed(error));
  }

  readonly #onAbort = (): void => {
    this.#finish(() => this.#reject(this.#request.signal.reason));
  };

  /** The judge comes before the first octet (architecture.md); it may have to ask TVS. */
  async #judge(socket: TLSSocket): Promise<void> {
    if (this.#isOver()) return;
    this.#state = 'judging';
    deadlines.cancel(this.#timeout);
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) {
      this.#end({ result: 'tls-failed', detail: 'the server shows no certificate' });
      return;
    }
    try {
      const verdict = await this.#request.judge(certificate.raw);
      if (this.#isOver()) return;
      if (verdict.trusted) this.#ask(socket);
      else this.#end({ result: 'tls-failed', detail: `${verdict.reason} (${verdict.rule})` });
    } catch (error) {
      this.#finish(() => this.#reject(error));
    }
  }

  #ask(socket: TLSSocket): void {
    this.#state = 'asked';
    const { answerMs } = this.#limits;
    this.#wait(answerMs, () => this.#end({ result: 'timeout', detail: `no answer within ${answerMs} ms` }));
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      this.#read();
    });
    socket.write(requestText(this.#request.path, this.#request.server));
    // it may have closed while the phone asked TVS
    if (socket.destroyed) this.#gone('closed by the server');
  }

  #read(): void {
    const { answer } = this.#reader;
    if (answer === undefined) return;
    if ('problem' in answer) this.#end({ result: 'error', detail: answer.problem });
    else this.#end({ result: 'answered', status: answer.status, body: answer.body });
  }

  #failed(error: Error): void {
    const detail = errorText(error);
    if (this.#state === 'connecting') {
      this.#end({ result: socketFailure(error) === 'timeout' ? 'timeout' : 'unreachable', detail });
    } else if (this.#state === 'handshake') this.#end({ result: 'tls-failed', detail });
    else this.#gone(detail);
  }

  #gone(detail: string): void {
    switch (this.#state) {
      case 'connecting':
        this.#end({ result: 'unreachable', detail });
        return;
      case 'handshake':
        this.#end({ result: 'tls-failed', detail });
        return;
      case 'asked':
        this.#reader.finish();
        this.#read();
        return;
      // looked at when the judge is done
      case 'judging':
      case 'over':
    }
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

  #isOver(): boolean {
    return this.#state === 'over';
  }

  #end(answer: ServiceAnswer): void {
    this.#finish(() => this.#resolve(answer));
  }

  /** Settles once, when nothing is left open. */
  #finish(settle: () => void): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    deadlines.cancel(this.#timeout);
    this.#request.signal.removeEventListener('abort', this.#onAbort);
    const socket = this.#socket;
    if (socket === undefined || socket.closed) {
      settle();
      return;
    }
    socket.once('close', settle);
    socket.destroy();
  }
}

function requestText(path: string, { address, port }: Endpoint): string {
  const host = isIPv6(address) ? `[${address}]` : address;
  return `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n\r\n`;
}
