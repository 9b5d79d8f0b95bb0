import type { TLSSocket } from 'node:tls';
import { placeText } from '../device/service-port.js';
import type { ServiceAnswer, ServiceQuestion } from '../phone/service-world.js';
import type { StopSignal } from '../phone/stop.js';
import type { Endpoint } from '../phone/world.js';
import { HttpAnswerReader } from './http-answer.js';
import { errorText, socketFailure } from './socket-errors.js';
import { TlsExchange } from './tls-exchange.js';

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
const SERVICE_REQUEST_LIMITS: ServiceRequestLimits = {
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
  return TlsExchange.hold<ServiceAnswer>(request, (exchange) =>
    new ServiceConversation(request, exchange).start(),
  );
}

class ServiceConversation {
  readonly #request: ServiceRequest;
  readonly #exchange: TlsExchange<ServiceAnswer>;
  readonly #limits: ServiceRequestLimits;
  readonly #reader: HttpAnswerReader;
  #isAsked = false;

  constructor(request: ServiceRequest, exchange: TlsExchange<ServiceAnswer>) {
    this.#request = request;
    this.#exchange = exchange;
    this.#limits = { ...SERVICE_REQUEST_LIMITS, ...request.limits };
    this.#reader = new HttpAnswerReader(this.#limits);
  }

  start(): void {
    const { connectMs } = this.#limits;
    const exchange = this.#exchange;
    let socket: TLSSocket;
    try {
      socket = exchange.connect();
    } catch (error) {
      exchange.end({ result: 'tls-failed', detail: errorText(error) });
      return;
    }
    exchange.wait(connectMs, () => {
      const result = exchange.state === 'connecting' ? 'timeout' : 'tls-failed';
      exchange.end({ result, detail: `no TLS connection within ${connectMs} ms` });
    });
    socket.once('secureConnect', () => {
      void exchange.judge(
        this.#request.judge,
        (detail) => ({ result: 'tls-failed', detail }),
        () => this.#ask(socket),
      );
    });
    socket.once('end', () => this.#gone('closed by the server'));
    socket.once('close', () => this.#gone('closed'));
    socket.on('error', (error: Error) => this.#failed(error));
  }

  #ask(socket: TLSSocket): void {
    this.#isAsked = true;
    const { answerMs } = this.#limits;
    const exchange = this.#exchange;
    exchange.wait(answerMs, () =>
      exchange.end({ result: 'timeout', detail: `no answer within ${answerMs} ms` }),
    );
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
    if ('problem' in answer) this.#exchange.end({ result: 'error', detail: answer.problem });
    else this.#exchange.end({ result: 'answered', status: answer.status, body: answer.body });
  }

  #failed(error: Error): void {
    const detail = errorText(error);
    const { state } = this.#exchange;
    if (state === 'connecting') {
      const result = socketFailure(error) === 'timeout' ? 'timeout' : 'unreachable';
      this.#exchange.end({ result, detail });
    } else if (state === 'handshake') this.#exchange.end({ result: 'tls-failed', detail });
    else this.#gone(detail);
  }

  #gone(detail: string): void {
    const { state } = this.#exchange;
    if (state === 'connecting') this.#exchange.end({ result: 'unreachable', detail });
    else if (state === 'handshake') this.#exchange.end({ result: 'tls-failed', detail });
    // before that it is looked at when the judge is done
    else if (state === 'up' && this.#isAsked) {
      this.#reader.finish();
      this.#read();
    }
  }
}

function requestText(path: string, server: Endpoint): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${placeText(server)}\r\nConnection: close\r\n\r\n`;
}
