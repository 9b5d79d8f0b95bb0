import { connect, type Socket } from 'node:net';
import { placeText } from '../device/service-port.js';
import type { StopSignal } from '../phone/stop.js';
import type { Endpoint, FetchResult } from '../phone/world.js';
import { DeadlineWatch } from './deadline-watch.js';
import { type FetchOutcome, fetchFailure, impossibleServer } from './file-service.js';
import { type HttpAnswerLimits, HttpAnswerReader } from './http-answer.js';
import { errorText, socketFailure } from './socket-errors.js';

export interface HttpFetchLimits extends HttpAnswerLimits {
  /** For the connection to stand. */
  readonly connectMs: number;
  /** Between two pieces of the answer, and before the first. */
  readonly idleMs: number;
  /** A fetch ends after this time, however alive its server is. */
  readonly transferMs: number;
}

/** Not documented for phones: ours. CUCM serves loads of 100 MB this way (phone-config.md 4). */
const HTTP_FETCH_LIMITS: HttpFetchLimits = {
  headerOctets: 8192,
  maxOctets: 160 << 20,
  connectMs: 3000,
  idleMs: 5000,
  transferMs: 600_000,
};

export interface HttpFetch extends Partial<HttpFetchLimits> {
  /** Address of the phone. */
  readonly localAddress: string;
  readonly server: Endpoint;
  readonly file: string;
  readonly signal?: StopSignal;
}

/**
 * The request of a phone, octet by octet: no space behind `Host:`, no other header (phone-config.md 4).
 * `GET /CTLSEP001F9E266369.tlv HTTP/1.1`, `Host:192.168.10.20:6970`, an empty line.
 */
export function phoneRequest(file: string, server: Endpoint): Buffer {
  return Buffer.from(`GET /${encodeURI(file)} HTTP/1.1\r\nHost:${placeText(server)}\r\n\r\n`, 'latin1');
}

/**
 * Fetches one file over a connection of its own, as phones do on 6970. Settles in bounded time with what became of it,
 * whatever the server does; rejects only with the reason of an aborted `signal`.
 */
export function fetchHttpFile(fetch: HttpFetch): Promise<FetchOutcome> {
  const impossible = impossibleServer(fetch.server);
  if (impossible !== undefined) return Promise.resolve(impossible);
  return new Promise((resolve, reject) => {
    if (fetch.signal?.aborted === true) {
      reject(fetch.signal.reason);
      return;
    }
    let request: Buffer;
    try {
      request = phoneRequest(fetch.file, fetch.server);
    } catch {
      resolve(fetchFailure(`file name ${JSON.stringify(fetch.file)} is not Unicode`));
      return;
    }
    new HttpTransfer(fetch, resolve, reject).start(request);
  });
}

/** One fetch with its connection, until its promise is settled. */
class HttpTransfer {
  /** Moved on by everything that the server does; in milliseconds of performance.now(). */
  deadline: number;
  readonly #fetch: HttpFetch;
  readonly #limits: HttpFetchLimits;
  readonly #endsAt: number;
  readonly #socket: Socket;
  readonly #reader: HttpAnswerReader;
  readonly #watch: DeadlineWatch;
  readonly #resolve: (outcome: FetchOutcome) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #onAbort = (): void => {
    if (this.#finish()) this.#reject(this.#fetch.signal?.reason);
  };
  #isOver = false;

  constructor(fetch: HttpFetch, resolve: (outcome: FetchOutcome) => void, reject: (reason: unknown) => void) {
    this.#fetch = fetch;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#limits = {
      headerOctets: fetch.headerOctets ?? HTTP_FETCH_LIMITS.headerOctets,
      maxOctets: fetch.maxOctets ?? HTTP_FETCH_LIMITS.maxOctets,
      connectMs: fetch.connectMs ?? HTTP_FETCH_LIMITS.connectMs,
      idleMs: fetch.idleMs ?? HTTP_FETCH_LIMITS.idleMs,
      transferMs: fetch.transferMs ?? HTTP_FETCH_LIMITS.transferMs,
    };
    const now = performance.now();
    this.#endsAt = now + this.#limits.transferMs;
    this.deadline = Math.min(now + this.#limits.connectMs, this.#endsAt);
    this.#reader = new HttpAnswerReader(this.#limits);
    this.#watch = new DeadlineWatch(this, () => this.#settle({ status: 'timeout' }));
    const { address: host, port } = fetch.server;
    this.#socket = connect({ host, port, localAddress: fetch.localAddress, noDelay: true });
  }

  start(request: Uint8Array): void {
    this.#watch.start();
    this.#fetch.signal?.addEventListener('abort', this.#onAbort);
    this.#socket.on('connect', () => this.#alive());
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('end', () => this.#ended());
    this.#socket.on('error', (error) => this.#failed(error));
    this.#socket.write(request);
  }

  #alive(): void {
    this.deadline = Math.min(performance.now() + this.#limits.idleMs, this.#endsAt);
  }

  #read(chunk: Uint8Array): void {
    this.#alive();
    this.#reader.push(chunk);
    this.#judge();
  }

  #ended(): void {
    this.#reader.finish();
    this.#judge();
  }

  #failed(error: Error): void {
    const failure = socketFailure(error);
    if (failure === 'refused' || failure === 'timeout') this.#settle({ status: failure });
    else this.#settle({ status: 'error', detail: errorText(error) });
  }

  #judge(): void {
    const { answer } = this.#reader;
    if (answer === undefined) return;
    if ('problem' in answer) this.#settle({ status: 'error', detail: answer.problem });
    else if (answer.status === 200) this.#settle({ status: 'ok', bytes: answer.body });
    else if (answer.status === 404) this.#settle({ status: 'not-found' });
    else if (answer.status === 503) this.#settle({ status: 'busy' });
    else this.#settle({ status: 'error', detail: `HTTP status ${answer.status}` });
  }

  #settle(result: FetchResult): void {
    if (!this.#finish()) return;
    this.#resolve({
      ...result,
      octets: result.status === 'ok' ? result.bytes.length : 0,
      retransmissions: 0,
    });
  }

  /** False when the fetch was over already. */
  #finish(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#watch.stop();
    this.#fetch.signal?.removeEventListener('abort', this.#onAbort);
    this.#socket.destroy();
    return true;
  }
}
