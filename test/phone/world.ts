import { createHash } from 'node:crypto';
import type { TlsVersion } from '../../src/device/security.js';
import { lscKeys } from '../../src/fleet/lsc-keys.js';
import type { CounterLabels, CounterName, HistogramName, Refusal } from '../../src/observe/events.js';
import type { CapfAnswer, CapfQuestion } from '../../src/phone/capf-world.js';
import type { ServiceAnswer, ServiceQuestion } from '../../src/phone/service-world.js';
import type {
  FetchResult,
  PhoneWorld,
  Registration,
  RegistrationAttempt,
  RegistrationEnd,
  RegistrationListener,
  RegistrationResult,
  Standby,
  StandbyListener,
  TvsAnswer,
  TvsQuestion,
} from '../../src/phone/world.js';
import type { KeyPair } from '../../src/pki/keys.js';
import type { CapfKey } from '../../src/protocol/capf/keys.js';
import { parsePhoneConfiguration } from '../../src/protocol/cnf/index.js';
import { parseTrustFile, verifySignature } from '../../src/trustfile/index.js';
import { NOW } from './fixtures.js';

const keys = lscKeys();

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

export interface TvsServer {
  /** DER that it shows in its handshake. */
  readonly certificate: Uint8Array;
  readonly answer: (question: TvsQuestion) => TvsAnswer;
}

/** A CAPF server at one address: what it does with a phone whose judge said yes. */
export interface CapfServer {
  /** DER that it shows in its handshake. */
  readonly certificate: Uint8Array;
  readonly session: (question: CapfQuestion) => Promise<CapfAnswer>;
}

/** A web server at one address: what it shows, and what it answers to whoever believes it. */
export interface WebServer {
  /** DER that it shows in its handshake. */
  readonly certificate: Uint8Array;
  readonly answer: (path: string) => ServiceAnswer;
}

/** A registration that a test can end. */
export class FakeRegistration implements Registration {
  readonly tls: TlsVersion | 'none';
  readonly ended: Promise<RegistrationEnd>;
  readonly address: string;
  #end: (end: RegistrationEnd) => void = () => {};
  readonly #log: string[];
  over = false;

  constructor(address: string, log: string[], tls: TlsVersion | 'none') {
    this.tls = tls;
    this.address = address;
    this.#log = log;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  onEnd(listener: RegistrationListener): void {
    void this.ended.then((end) => listener.registrationEnded(end, this));
  }

  end(end: RegistrationEnd): void {
    this.over = true;
    this.#end(end);
  }

  async unregister(cause: number): Promise<void> {
    if (this.over) return;
    this.#log.push(`unregister ${this.address} ${cause}`);
    await Promise.resolve();
    this.end({ by: 'unregistered' });
  }

  drop(): void {
    if (this.over) return;
    this.#log.push(`drop ${this.address}`);
    this.end({ by: 'unregistered' });
  }
}

export class FakeStandby implements Standby {
  readonly ended: Promise<void>;
  readonly address: string;
  open = true;
  lose: () => void = () => {};
  readonly #listeners: StandbyListener[] = [];

  constructor(address: string) {
    this.address = address;
    this.ended = new Promise((resolve) => {
      this.lose = () => {
        resolve();
        for (const listener of this.#listeners.splice(0)) listener.standbyLost(this);
      };
    });
  }

  onEnd(listener: StandbyListener): void {
    this.#listeners.push(listener);
  }

  /** Whoever listens hears of it at once, as in virtual time. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    this.lose();
  }
}

/**
 * A `PhoneWorld` in memory: files by server, scripted TVS servers and registrars, and a clock that stands until the test
 * moves it.
 */
export class FakeWorld implements PhoneWorld {
  /** `address` -> file name -> octets. A server that is not here does not answer. */
  readonly files = new Map<string, Map<string, Uint8Array>>();
  /** Answers that go before the files, used up one by one: key `transport server file`. */
  readonly answers = new Map<string, FetchResult[]>();
  readonly tvs = new Map<string, TvsServer>();
  /** Web servers by address; one that is not here refuses the connection. */
  readonly web = new Map<string, WebServer>();
  /** By address; one that is not here refuses the connection. */
  readonly capf = new Map<string, CapfServer>();
  /** What an address answers in place of a session. */
  readonly capfFaults = new Map<
    string,
    'refused' | 'unreachable' | 'tls-failed' | 'no-tls' | 'late' | 'lost'
  >();
  /** Addresses whose CallManager takes registrations. */
  readonly registrars = new Set<string>();
  /** Certificates, DER, that CallManagers show over TLS; one that is not here shows what the phone believes. */
  readonly callManagers = new Map<string, Uint8Array>();
  /** What a registrar that is up says in place of `accepted`. */
  readonly refusals = new Map<string, Exclude<RegistrationResult, { result: 'accepted' }>>();
  readonly tokens: (
    | { readonly granted: true }
    | { readonly granted: false; readonly retrySeconds: number }
  )[] = [];

  /** Every call that went out, in order. */
  readonly calls: string[] = [];
  readonly registrations: FakeRegistration[] = [];
  readonly attempts: RegistrationAttempt[] = [];
  readonly standbys: FakeStandby[] = [];
  readonly questions: TvsQuestion[] = [];
  readonly enrolments: CapfQuestion[] = [];
  /** Clock readings at which a session was asked for, milliseconds. */
  readonly enrolledAt: number[] = [];
  readonly refusedEvents: Refusal[] = [];
  /** Lines of the phone's log. */
  readonly lines: string[] = [];
  readonly slept: number[] = [];
  readonly #counts = new Map<string, number>();
  readonly #times = new Map<HistogramName, number[]>();
  readonly #sleepers = new Set<Sleeper>();
  #clock = 0;
  #asyncCalls = 0;
  #computing = 0;
  /** Called at the n-th asynchronous call, from 1. */
  onCall: (number: number) => void = () => {};

  serve(server: string, files: Readonly<Record<string, Uint8Array>>): void {
    const served = this.files.get(server) ?? new Map<string, Uint8Array>();
    for (const [name, bytes] of Object.entries(files)) served.set(name, bytes);
    this.files.set(server, served);
  }

  async fetch(
    { server, file, transport }: { server: string; file: string; transport: 'tftp' | 'http' },
    signal: AbortSignal,
  ): Promise<FetchResult> {
    const key = `${transport} ${server} ${file}`;
    await this.#enter(key, signal);
    const scripted = this.answers.get(key)?.shift();
    if (scripted !== undefined) return scripted;
    const served = this.files.get(server);
    if (served === undefined) return { status: transport === 'http' ? 'refused' : 'timeout' };
    const bytes = served.get(file);
    return bytes === undefined ? { status: 'not-found' } : { status: 'ok', bytes };
  }

  async askTvs(question: TvsQuestion, signal: AbortSignal): Promise<TvsAnswer> {
    const { address } = question.server;
    await this.#enter(`tvs ${address}`, signal);
    this.questions.push(question);
    const server = this.tvs.get(address);
    if (server === undefined) return { result: 'unreachable', detail: 'connection refused' };
    const verdict = question.judge(server.certificate);
    return verdict.trusted
      ? server.answer(question)
      : { result: 'handshake-failed', detail: `the phone says ${verdict.reason}` };
  }

  async enrol(question: CapfQuestion, signal: AbortSignal): Promise<CapfAnswer> {
    const { address, port } = question.server;
    await this.#enter(`capf ${address}:${port} ${question.family}`, signal);
    this.enrolments.push(question);
    this.enrolledAt.push(this.#clock);
    const fault = this.capfFaults.get(address) ?? (this.capf.has(address) ? undefined : 'refused');
    if (fault === 'late') return { outcome: 'tls-failed', detail: 'no TLS within 10000 ms', late: true };
    if (fault === 'no-tls') return { outcome: 'tls-failed', detail: 'wrong version number' };
    if (fault === 'tls-failed') return { outcome: fault, detail: 'as the test wants it', disagreed: true };
    if (fault !== undefined) return { outcome: fault, detail: 'as the test wants it' };
    const server = this.capf.get(address);
    if (server === undefined) throw new Error(`no CAPF at ${address}`);
    const verdict = await question.judge(server.certificate);
    if (!verdict.trusted) return { outcome: 'tls-failed', detail: `the phone says ${verdict.reason}` };
    const answer = await server.session(question);
    signal.throwIfAborted();
    return answer;
  }

  async requestService(question: ServiceQuestion, signal: AbortSignal): Promise<ServiceAnswer> {
    const { address, port } = question.server;
    await this.#enter(`https ${address}:${port}${question.path}`, signal);
    const server = this.web.get(address);
    if (server === undefined) return { result: 'unreachable', detail: 'connection refused' };
    const verdict = await question.judge(server.certificate);
    if (!verdict.trusted) return { result: 'tls-failed', detail: `the phone says ${verdict.reason}` };
    return server.answer(question.path);
  }

  /** The only thing here that takes real time; the clock stands meanwhile. */
  async generateKey(key: CapfKey): Promise<KeyPair> {
    this.#computing += 1;
    try {
      return await keys(key);
    } finally {
      this.#computing -= 1;
    }
  }

  async register(attempt: RegistrationAttempt, signal: AbortSignal): Promise<RegistrationResult> {
    const { address, port } = attempt.server;
    await this.#enter(`register ${address}:${port} ${attempt.lastCause}`, signal);
    this.attempts.push(attempt);
    if (!this.registrars.has(address)) {
      return { result: 'unreachable', cause: '6', tls: 'none', detail: 'connection refused' };
    }
    const refusal = this.refusals.get(address);
    if (refusal !== undefined) return refusal;
    if (attempt.tls !== null) {
      const shown = this.callManagers.get(address);
      const verdict = shown === undefined ? { trusted: true as const } : attempt.tls.judge(shown);
      const named = attempt.tls.identity !== null || attempt.token !== null;
      if (!verdict.trusted || !named) {
        return { result: 'tls-failed', cause: '10', tls: 'none', detail: 'handshake failed' };
      }
    }
    const registration = new FakeRegistration(address, this.calls, attempt.tls?.max ?? 'none');
    this.registrations.push(registration);
    return { result: 'accepted', registration };
  }

  async standby(attempt: RegistrationAttempt, signal: AbortSignal): Promise<Standby | undefined> {
    const { address } = attempt.server;
    await this.#enter(`standby ${address}`, signal);
    if (!this.registrars.has(address)) return undefined;
    const standby = new FakeStandby(address);
    this.standbys.push(standby);
    return standby;
  }

  async requestToken(
    attempt: RegistrationAttempt,
    signal: AbortSignal,
  ): Promise<{ readonly granted: true } | { readonly granted: false; readonly retrySeconds: number }> {
    await this.#enter(`token ${attempt.server.address}`, signal);
    return this.tokens.shift() ?? { granted: true };
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.slept.push(ms);
    this.#number();
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const stop = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      };
      const sleeper: Sleeper = {
        until: this.#clock + ms,
        wake: () => {
          signal.removeEventListener('abort', stop);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  now(): number {
    return this.#clock;
  }

  date(): number {
    return NOW + this.#clock;
  }

  random(): number {
    return 0.5;
  }

  verifySignature = verifySignature;
  readTrustFile = (bytes: Uint8Array) => parseTrustFile(bytes);

  readConfiguration(bytes: Uint8Array) {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { configuration: parsePhoneConfiguration(bytes), sha256 };
  }

  nodeName(address: string): string {
    return address;
  }

  count<N extends CounterName>(name: N, labels: CounterLabels[N], by = 1): void {
    const key = `${name} ${JSON.stringify(labels)}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
  }

  time(name: HistogramName, seconds: number): void {
    if (!(seconds >= 0)) throw new Error(`${name}: ${seconds} seconds`);
    this.#times.set(name, [...this.seconds(name), seconds]);
  }

  /** What was timed under a name, in order. */
  seconds(name: HistogramName): readonly number[] {
    return this.#times.get(name) ?? [];
  }

  refused(refusal: Refusal): void {
    this.refusedEvents.push(refusal);
  }

  log(line: string): void {
    this.lines.push(line);
  }

  /** Sum of a counter over the labels that fit. */
  counted<N extends CounterName>(name: N, where: Partial<CounterLabels[N]> = {}): number {
    let sum = 0;
    for (const [key, value] of this.#counts) {
      if (!key.startsWith(`${name} `)) continue;
      const labels = JSON.parse(key.slice(name.length + 1)) as Record<string, unknown>;
      if (Object.entries(where).every(([label, wanted]) => labels[label] === wanted)) sum += value;
    }
    return sum;
  }

  /** Every counter of a name as `label values` -> figure. */
  figures(name: CounterName): Record<string, number> {
    const found: Record<string, number> = {};
    for (const [key, value] of this.#counts) {
      if (!key.startsWith(`${name} `)) continue;
      const labels = JSON.parse(key.slice(name.length + 1)) as Record<string, unknown>;
      found[Object.values(labels).join(' ')] = value;
    }
    return found;
  }

  forget(): void {
    this.#counts.clear();
    this.calls.length = 0;
    this.slept.length = 0;
    this.refusedEvents.length = 0;
    this.questions.length = 0;
    this.enrolments.length = 0;
    this.enrolledAt.length = 0;
    this.attempts.length = 0;
  }

  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Moves the clock, waking who is due on the way, in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#clock + ms;
    await this.#settle();
    for (;;) {
      const next = this.#next();
      if (next === undefined || next.until > end) break;
      await this.#wake(next);
    }
    this.#clock = end;
    await this.#settle();
  }

  /** Moves the clock until `promise` settles. */
  async through<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    await this.#settle();
    while (!settled) {
      const next = this.#next();
      if (next === undefined) throw new Error('the promise waits for nothing that this world has');
      await this.#wake(next);
    }
    return promise;
  }

  async #wake(sleeper: Sleeper): Promise<void> {
    this.#sleepers.delete(sleeper);
    this.#clock = Math.max(this.#clock, sleeper.until);
    sleeper.wake();
    await this.#settle();
  }

  async #settle(): Promise<void> {
    do await settle();
    while (this.#computing > 0);
  }

  #next(): Sleeper | undefined {
    let next: Sleeper | undefined;
    for (const sleeper of this.#sleepers)
      if (next === undefined || sleeper.until < next.until) next = sleeper;
    return next;
  }

  async #enter(call: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.calls.push(call);
    this.#number();
    await Promise.resolve();
    signal.throwIfAborted();
  }

  #number(): void {
    this.#asyncCalls += 1;
    this.onCall(this.#asyncCalls);
  }
}

/** Lets everything run that waits for nothing. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
