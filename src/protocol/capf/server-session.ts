import { TrustfleetError } from '../../errors.js';
import { Certificate } from '../../pki/certificate.js';
import { refuseAuthentication } from './authentication.js';
import { decodeCapf } from './codec.js';
import { type CsrDigest, certificationRequest } from './csr.js';
import { type CapfKey, keyElements, keyOfSpki, keyText, sameKey } from './keys.js';
import { CAPF_SERVER_LIMITS, type CapfServerLimits, MAX_IN_PROGRESS } from './limits.js';
import {
  AUTH_TYPE_NONE,
  CAPF_HASHES,
  CAPF_REASONS,
  CAPF_VERSION,
  type CapfMessage,
  CERTIFICATE_TYPES,
} from './message.js';
import type { CapfIssueAnswer, CapfIssueRequest, CapfOrder, CapfServerEnd } from './order.js';
import type { CapfOperation } from './results.js';
import { CapfStream } from './stream.js';
import type { StringGuard } from './string-guard.js';

/** What the server asks its owner, answered at once. */
export interface CapfServerDecisions {
  /** What is set for this device, operation `none` included; undefined: there is no such device. */
  readonly order: (device: string) => CapfOrder | undefined;
  /** Is this certificate's issuer in CAPF-trust? */
  readonly trusts: (certificate: Certificate) => boolean;
}

export interface CapfServerOptions {
  readonly sessionId: number;
  readonly decide: CapfServerDecisions;
  /** Shared by the sessions of a server. */
  readonly strings: StringGuard;
  /** Milliseconds since 1970. */
  readonly unixMs: () => number;
  /** Cisco's servers leave both out (capf.md 14); default sent. */
  readonly authType?: 'sent' | 'left-out';
  readonly rsaKeyType?: 'sent' | 'left-out';
  readonly limits?: Partial<CapfServerLimits>;
}

export interface CapfServerStep {
  /** Each to be written with one call (capf.md 3). */
  readonly send: readonly CapfMessage[];
  /** The owner issues a certificate and hands it to `issued`. It records it before, as the phone may vanish (capf.md 8.1). */
  readonly issue?: CapfIssueRequest;
  /** The session is over: close when everything is sent. */
  readonly end?: CapfServerEnd;
}

type State = 'auth' | 'keygen' | 'issue' | 'sign' | 'store' | 'fetch' | 'delete' | 'over';

/**
 * The server's side of one session (capf.md 8.8), without socket and clock: it speaks first, authenticates, and orders what
 * the administrator has set. Times are milliseconds of any monotonic clock.
 */
export class CapfServerSession {
  /** When `expire` has something to do. */
  deadline = Number.POSITIVE_INFINITY;

  readonly #options: CapfServerOptions;
  readonly #limits: CapfServerLimits;
  readonly #stream = new CapfStream();
  #state: State = 'auth';
  #device = '';
  #order: CapfOrder | undefined;
  #operation: CapfOperation = 'none';
  /** Place in the order's keys. */
  #asked = 0;
  #inProgress = 0;
  #publicKey: { readonly key: CapfKey; readonly spki: Uint8Array } | undefined;
  #toSign: { readonly info: Uint8Array; readonly digest: CsrDigest } | undefined;
  #certificate: Certificate | undefined;
  #send: CapfMessage[] = [];
  #issue: CapfIssueRequest | undefined;
  #end: CapfServerEnd | undefined;

  constructor(options: CapfServerOptions) {
    this.#options = options;
    this.#limits = { ...CAPF_SERVER_LIMITS, ...options.limits };
  }

  /** The connection stands: AUTH_REQUEST. */
  start(now: number): CapfServerStep {
    const authType = this.#options.authType === 'left-out' ? {} : { authType: AUTH_TYPE_NONE };
    this.#say({ command: 'AUTH_REQUEST', sessionId: this.#id, version: CAPF_VERSION, ...authType });
    this.#wait('auth', now + this.#limits.answerMs);
    return this.#step();
  }

  /** Takes what came over the connection; bad octets end the session with reason 7. */
  receive(octets: Uint8Array, now: number): CapfServerStep {
    if (this.#isOver()) return this.#step();
    this.#stream.push(octets);
    try {
      while (!this.#isOver()) {
        const message = this.#stream.next();
        if (message === undefined) break;
        this.#hear(decodeCapf(message), now);
      }
    } catch (error) {
      if (!(error instanceof TrustfleetError)) throw error;
      this.#fail(error.message);
    }
    return this.#step();
  }

  /** As `receive`, for one message that was never octets. */
  hears(message: CapfMessage, now: number): CapfServerStep {
    if (!this.#isOver()) this.#hear(message, now);
    return this.#step();
  }

  /** The owner's answer to `issue`. */
  issued(answer: CapfIssueAnswer, now: number): CapfServerStep {
    if (this.#state === 'issue') this.#issued(answer, now);
    return this.#step();
  }

  expire(now: number): CapfServerStep {
    if (!this.#isOver() && now >= this.deadline) {
      this.#finish(CAPF_REASONS.INVALID_ELEMENT, 'op-timed-out', `nothing came in time (${this.#state})`);
    }
    return this.#step();
  }

  /** The phone is gone. */
  closed(detail: string): CapfServerStep {
    if (!this.#isOver()) this.#over('phone-comm-error', detail);
    return this.#step();
  }

  get #id(): number {
    return this.#options.sessionId;
  }

  #isOver(): boolean {
    return this.#state === 'over';
  }

  #hear(message: CapfMessage, now: number): void {
    if (message.sessionId !== this.#id) {
      this.#fail(`session id ${message.sessionId}, expected ${this.#id}`);
      return;
    }
    const state = this.#state;
    if (state === 'auth' && message.command === 'AUTH_RESPONSE') {
      this.#authenticate(message, now);
    } else if (state === 'keygen' && message.command === 'REQUEST_IN_PROGRESS') {
      this.#inProgress += 1;
      if (this.#inProgress > MAX_IN_PROGRESS) this.#fail(`more than ${MAX_IN_PROGRESS} REQUEST_IN_PROGRESS`);
    } else if (state === 'keygen' && message.command === 'KEY_GENERATE_RESPONSE') {
      this.#takeKey(message, now);
    } else if (state === 'sign' && message.command === 'SIGN_CERTIFICATE_RESPONSE') {
      this.#takeSignature(message, now);
    } else if (state === 'store' && message.command === 'STORE_CERTIFICATE_RESPONSE') {
      this.#stored(message.reason);
    } else if (state === 'fetch' && message.command === 'FETCH_CERTIFICATE_RESPONSE') {
      this.#fetched(message);
    } else if (state === 'delete' && message.command === 'DELETE_CERTIFICATE_RESPONSE') {
      this.#deleted(message.reason);
    } else {
      this.#fail(`unexpected ${message.command} (${state})`);
    }
  }

  /** Version, name, device, credentials, and only then the operation (capf.md 8.5, 8.8). */
  #authenticate(response: CapfMessage<'AUTH_RESPONSE'>, now: number): void {
    const { version, deviceName } = response;
    if (version === undefined || version < 1 || version > CAPF_VERSION) {
      this.#fail(`AUTH_RESPONSE with version ${version ?? 'missing'}, expected 1 to ${CAPF_VERSION}`);
      return;
    }
    if (deviceName === undefined) {
      this.#fail('AUTH_RESPONSE without DEVICE_NAME');
      return;
    }
    this.#device = deviceName;
    const order = this.#options.decide.order(deviceName);
    if (order === undefined) {
      this.#finish(CAPF_REASONS.UNKNOWN_DEVICE, 'fail', 'unknown device');
      return;
    }
    const refusal = this.#refusal(response, order, now);
    if (refusal !== undefined) {
      this.#finish(CAPF_REASONS.INVALID_ELEMENT, refusal.result, refusal.detail);
      return;
    }
    this.#begin(order, now);
  }

  #refusal(
    response: CapfMessage<'AUTH_RESPONSE'>,
    order: CapfOrder,
    now: number,
  ): ReturnType<typeof refuseAuthentication> {
    const { strings, decide, unixMs } = this.#options;
    const isString = order.authentication.by === 'string';
    if (isString && strings.isShut(this.#device, now)) {
      return { result: 'invalid-auth-str', detail: 'too many wrong strings, the device has to wait (R-92)' };
    }
    const context = { trusts: decide.trusts, unixMs: unixMs() };
    const refusal = refuseAuthentication(response, order.authentication, context);
    if (isString && refusal === undefined) strings.right(this.#device);
    else if (isString) strings.wrong(this.#device, now);
    return refusal;
  }

  #begin(order: CapfOrder, now: number): void {
    const { operation, completesBy, authentication } = order;
    this.#order = order;
    this.#operation = operation;
    if (operation !== 'none' && completesBy !== null && this.#options.unixMs() > completesBy) {
      // who types a string is a user, and his request came too late
      const result = authentication.by === 'string' ? 'late-request' : 'op-timed-out';
      const detail = `to be completed by ${new Date(completesBy).toISOString()}`;
      this.#finish(CAPF_REASONS.INVALID_ELEMENT, result, detail);
      return;
    }
    switch (operation) {
      case 'none':
        this.#finish(CAPF_REASONS.NO_ACTION, 'success', 'nothing is scheduled');
        return;
      case 'install':
        this.#askForKey(now);
        return;
      case 'fetch':
        this.#say({ command: 'FETCH_CERTIFICATE_REQUEST', sessionId: this.#id });
        this.#wait('fetch', now + this.#limits.answerMs);
        return;
      case 'delete':
        this.#say({ command: 'DELETE_CERTIFICATE_REQUEST', sessionId: this.#id });
        this.#wait('delete', now + this.#limits.answerMs);
        return;
    }
  }

  #askForKey(now: number): void {
    const key = this.#order?.keys[this.#asked];
    if (key === undefined) {
      const asked = this.#order?.keys.map(keyText).join(', ');
      this.#fail(`the phone makes no key (${asked === '' ? 'none is allowed' : asked})`);
      return;
    }
    const elements = keyElements(key, this.#options.rsaKeyType ?? 'sent');
    this.#say({ command: 'KEY_GENERATE_REQUEST', sessionId: this.#id, ...elements });
    this.#wait('keygen', now + this.#limits.keyMs);
  }

  /** Without a key the next of the order is asked for: EC preferred with RSA backup. */
  #takeKey({ publicKey: spki }: CapfMessage<'KEY_GENERATE_RESPONSE'>, now: number): void {
    if (spki === undefined) {
      this.#asked += 1;
      this.#askForKey(now);
      return;
    }
    const key = keyOfSpki(spki);
    if (!(this.#order?.keys ?? []).some((allowed) => sameKey(allowed, key))) {
      this.#fail(`${keyText(key)} key, which was not asked for`);
      return;
    }
    // a copy: the message's buffer is not kept for a request's life
    this.#publicKey = { key, spki: Uint8Array.from(spki) };
    this.#askToIssue(undefined, now);
  }

  #askToIssue(request: CapfIssueRequest['request'], now: number): void {
    if (this.#publicKey === undefined) return;
    const { key, spki } = this.#publicKey;
    this.#issue = { device: this.#device, key, publicKey: spki, request };
    this.#wait('issue', now + this.#limits.issueMs);
  }

  #issued(answer: CapfIssueAnswer, now: number): void {
    if ('certificate' in answer) {
      const { certificate } = answer;
      this.#certificate = certificate;
      this.#say({
        command: 'STORE_CERTIFICATE_REQUEST',
        sessionId: this.#id,
        certificateType: CERTIFICATE_TYPES.LSC,
        certificate: certificate.der,
      });
      this.#wait('store', now + this.#limits.answerMs);
    } else if ('sign' in answer) {
      const { sign: info, digest } = answer;
      this.#toSign = { info, digest };
      this.#say({
        command: 'SIGN_CERTIFICATE_REQUEST',
        sessionId: this.#id,
        certificate: info,
        digestType: CAPF_HASHES[digest],
      });
      this.#wait('sign', now + this.#limits.answerMs);
    } else if ('refused' in answer) {
      this.#fail(answer.refused);
    } else {
      const { retryAfterSeconds } = answer;
      const delay = retryAfterSeconds === null ? {} : { retryDelaySeconds: retryAfterSeconds };
      this.#say({ command: 'RETRY_LATER', sessionId: this.#id, ...delay });
      this.#over('pending', 'the certificate is not signed yet');
    }
  }

  #takeSignature({ reason, signedData }: CapfMessage<'SIGN_CERTIFICATE_RESPONSE'>, now: number): void {
    if (signedData === undefined || this.#toSign === undefined) {
      this.#fail(`the phone does not sign its certificate request (reason ${reason ?? 'none'})`);
      return;
    }
    const { info, digest } = this.#toSign;
    // a signature that is not good throws, and ends the session like any bad octets
    this.#askToIssue(certificationRequest(info, digest, Uint8Array.from(signedData)), now);
  }

  /** END_SESSION says 1 even where the phone did not store it: the reference server does (capf.md 8.6). */
  #stored(reason: number | undefined): void {
    const isStored = reason === CAPF_REASONS.UPDATE_CERTIFICATE;
    const detail = isStored ? 'LSC installed' : `the phone did not store it (reason ${reason ?? 'none'})`;
    this.#finish(CAPF_REASONS.UPDATE_CERTIFICATE, isStored ? 'success' : 'fail', detail);
  }

  #fetched({ reason, certificate }: CapfMessage<'FETCH_CERTIFICATE_RESPONSE'>): void {
    if (reason === CAPF_REASONS.UPDATE_CERTIFICATE && certificate !== undefined) {
      this.#certificate = Certificate.fromDer(Uint8Array.from(certificate));
      this.#finish(CAPF_REASONS.NO_ACTION, 'success', 'certificate fetched');
    } else if (reason === CAPF_REASONS.UPDATE_CERTIFICATE) {
      this.#fail('FETCH_CERTIFICATE_RESPONSE without CERTIFICATE');
    } else if (reason === CAPF_REASONS.INVALID_ELEMENT) {
      this.#finish(CAPF_REASONS.NO_ACTION, 'fetch-success-but-no-cert', 'the phone has no certificate');
    } else {
      this.#finish(CAPF_REASONS.NO_ACTION, 'fail', `fetch failed with reason ${reason ?? 'none'}`);
    }
  }

  #deleted(reason: number | undefined): void {
    const isDeleted = reason === CAPF_REASONS.UPDATE_CERTIFICATE;
    const detail = isDeleted ? 'LSC deleted' : `nothing deleted (reason ${reason ?? 'none'})`;
    this.#finish(CAPF_REASONS.UPDATE_CERTIFICATE, isDeleted ? 'success' : 'fail', detail);
  }

  #fail(detail: string): void {
    this.#finish(CAPF_REASONS.INVALID_ELEMENT, 'fail', detail);
  }

  #finish(reason: number, result: CapfServerEnd['result'], detail: string): void {
    this.#say({ command: 'END_SESSION', sessionId: this.#id, reason });
    this.#over(result, detail);
  }

  #over(result: CapfServerEnd['result'], detail: string): void {
    this.#end = {
      device: this.#device,
      operation: this.#operation,
      result,
      detail,
      certificate: this.#certificate,
    };
    this.#wait('over', Number.POSITIVE_INFINITY);
  }

  #say(message: CapfMessage): void {
    this.#send.push(message);
  }

  #wait(state: State, deadline: number): void {
    this.#state = state;
    this.deadline = deadline;
  }

  #step(): CapfServerStep {
    const step: CapfServerStep = {
      send: this.#send,
      ...(this.#issue === undefined ? {} : { issue: this.#issue }),
      ...(this.#end === undefined ? {} : { end: this.#end }),
    };
    this.#send = [];
    this.#issue = undefined;
    this.#end = undefined;
    return step;
  }
}
