import { TrustfleetError } from '../../errors.js';
import { spkiOf } from '../../pki/authority.js';
import type { Identity, KeyPair } from '../../pki/keys.js';
import { authResponse, type CapfPhoneIdentity } from './auth-response.js';
import { decodeCapf } from './codec.js';
import type { PhoneCertificates } from './credentials.js';
import { csrDigest, signRequestInfo } from './csr.js';
import { type CapfKey, keyOfElements, sameKey } from './keys.js';
import { CAPF_PHONE_LIMITS, type CapfPhoneLimits, MAX_KEY_REQUESTS } from './limits.js';
import { CAPF_REASONS, CAPF_VERSION, type CapfMessage, CERTIFICATE_TYPES } from './message.js';
import { type CapfPhoneEnd, phoneResult, readIssued } from './phone-end.js';
import type { CapfOperation, CapfResult } from './results.js';
import { CapfStream } from './stream.js';

export type { CapfPhoneEnd } from './phone-end.js';

export interface CapfPhoneOptions extends CapfPhoneIdentity {
  /** What the phone has, for fetch and delete. */
  readonly certificates: PhoneCertificates;
  /** Can this model make such a key? */
  readonly canGenerate: (key: CapfKey) => boolean;
  /** REQUEST_IN_PROGRESS: old phones send it, the default; Jabber does not (capf.md 14). */
  readonly inProgress?: 'sent' | 'left-out';
  readonly limits?: Partial<CapfPhoneLimits>;
}

export interface CapfPhoneStep {
  /** Each to be written with one call (capf.md 3). */
  readonly send: readonly CapfMessage[];
  /** The phone starts making this key and hands it to `generated`. */
  readonly generate?: CapfKey;
  /** The session is over: close the connection. */
  readonly end?: CapfPhoneEnd;
}

type State = 'wait-auth' | 'wait-order' | 'generating' | 'wait-cert' | 'wait-end' | 'over';

/**
 * The phone's side of one session (R-87, capf.md 8.8), without socket and clock: the server speaks first and orders, the
 * private key stays here. Times are milliseconds of any monotonic clock.
 */
export class CapfPhoneSession {
  /** When `expire` has something to do. */
  deadline: number;

  readonly #options: CapfPhoneOptions;
  readonly #limits: CapfPhoneLimits;
  readonly #stream = new CapfStream();
  #state: State = 'wait-auth';
  #sessionId = 0;
  #operation: CapfOperation | 'unknown' = 'unknown';
  /** Orders to make a key or to sign. */
  #requests = 0;
  #wanted: CapfKey | undefined;
  #pair: KeyPair | undefined;
  /** Known as soon as the order is carried out; END_SESSION does not change it. */
  #outcome: CapfPhoneEnd | undefined;
  #send: CapfMessage[] = [];
  #generate: CapfKey | undefined;
  #end: CapfPhoneEnd | undefined;

  constructor(options: CapfPhoneOptions, now: number) {
    this.#options = options;
    this.#limits = { ...CAPF_PHONE_LIMITS, ...options.limits };
    this.deadline = now + this.#limits.answerMs;
  }

  /** Takes what came over the connection; bad octets end the session. */
  receive(octets: Uint8Array, now: number): CapfPhoneStep {
    if (this.#state === 'over') return this.#step();
    this.#stream.push(octets);
    try {
      while (!this.#isOver()) {
        const message = this.#stream.next();
        if (message === undefined) break;
        this.#hear(decodeCapf(message), now);
      }
    } catch (error) {
      if (!(error instanceof TrustfleetError)) throw error;
      this.#lose(error.message);
    }
    return this.#step();
  }

  /** As `receive`, for one message that was never octets. */
  hears(message: CapfMessage, now: number): CapfPhoneStep {
    if (!this.#isOver()) this.#hear(message, now);
    return this.#step();
  }

  /**
   * @param key as `generate` named it.
   * @param pair undefined: it could not be made.
   */
  generated(key: CapfKey, pair: KeyPair | undefined, now: number): CapfPhoneStep {
    // a later request may have asked for something else meanwhile
    if (this.#state === 'generating' && key === this.#wanted) {
      this.#pair = pair;
      this.#sendKey(now);
    }
    return this.#step();
  }

  expire(now: number): CapfPhoneStep {
    if (!this.#isOver() && now >= this.deadline) this.#lose(`no answer in time (${this.#state})`);
    return this.#step();
  }

  /** The connection is gone. */
  closed(detail: string): CapfPhoneStep {
    if (!this.#isOver()) this.#lose(detail);
    return this.#step();
  }

  #isOver(): boolean {
    return this.#state === 'over';
  }

  #hear(message: CapfMessage, now: number): void {
    if (this.#state === 'wait-auth') this.#sessionId = message.sessionId;
    if (message.sessionId !== this.#sessionId) {
      this.#lose(`session id ${message.sessionId}, expected ${this.#sessionId}`);
      return;
    }
    switch (this.#state) {
      case 'wait-auth':
        this.#authenticate(message, now);
        return;
      case 'wait-order':
        this.#order(message, now);
        return;
      case 'generating':
      case 'wait-cert':
        this.#enrol(message, now);
        return;
      case 'wait-end':
        // END_SESSION; anything else ends it just so
        this.#unexpected(message);
        return;
      case 'over':
        return;
    }
  }

  #authenticate(message: CapfMessage, now: number): void {
    if (message.command !== 'AUTH_REQUEST') {
      this.#unexpected(message);
      return;
    }
    const { version } = message;
    if (version === undefined || version < 1 || version > CAPF_VERSION) {
      this.#lose(`AUTH_REQUEST with version ${version ?? 'missing'}, expected 1 to ${CAPF_VERSION}`);
      return;
    }
    this.#send.push(authResponse(this.#options, this.#sessionId));
    this.#wait('wait-order', now + this.#limits.answerMs);
  }

  #order(message: CapfMessage, now: number): void {
    switch (message.command) {
      case 'KEY_GENERATE_REQUEST':
        this.#generateKey(message, now);
        return;
      case 'FETCH_CERTIFICATE_REQUEST':
        this.#fetch(message, now);
        return;
      case 'DELETE_CERTIFICATE_REQUEST': {
        this.#operation = 'delete';
        const has = this.#options.certificates.lsc !== null;
        this.#answer('DELETE_CERTIFICATE_RESPONSE', has);
        if (has) this.#done('success', 'LSC deleted', now);
        else this.#done('fail', 'no LSC to delete', now);
        return;
      }
      case 'END_SESSION':
        this.#ended(message.reason);
        return;
      case 'RETRY_LATER':
        this.#later(message.retryDelaySeconds);
        return;
      default:
        this.#unexpected(message);
    }
  }

  /** One certificate: which one a server means without a type, the reference server does not say either (capf.md 17). */
  #fetch({ certificateType }: CapfMessage<'FETCH_CERTIFICATE_REQUEST'>, now: number): void {
    this.#operation = 'fetch';
    const { certificates } = this.#options;
    const identity = certificateType === CERTIFICATE_TYPES.MIC ? certificates.mic : certificates.lsc;
    if (identity === null) {
      this.#answer('FETCH_CERTIFICATE_RESPONSE', false);
      this.#done('fetch-success-but-no-cert', 'no certificate to send', now);
      return;
    }
    this.#send.push({
      command: 'FETCH_CERTIFICATE_RESPONSE',
      sessionId: this.#sessionId,
      reason: CAPF_REASONS.UPDATE_CERTIFICATE,
      certificate: identity.certificate.der,
    });
    this.#done('success', 'certificate sent', now);
  }

  /** Between the order for a key and the certificate. */
  #enrol(message: CapfMessage, now: number): void {
    if (message.command === 'KEY_GENERATE_REQUEST') {
      this.#generateKey(message, now);
    } else if (message.command === 'END_SESSION') {
      this.#finish('fail', `CAPF ended the session with reason ${message.reason ?? 'none'}`);
    } else if (this.#state === 'generating') {
      this.#unexpected(message);
    } else if (message.command === 'STORE_CERTIFICATE_REQUEST') {
      const installed = readIssued(message.certificate, this.#pair);
      const isGood = typeof installed !== 'string';
      this.#answer('STORE_CERTIFICATE_RESPONSE', isGood);
      if (isGood) this.#done('success', 'LSC stored', now, installed);
      else this.#done('fail', installed, now);
    } else if (message.command === 'SIGN_CERTIFICATE_REQUEST') {
      this.#sign(message, now);
    } else if (message.command === 'RETRY_LATER') {
      this.#later(message.retryDelaySeconds);
    } else {
      this.#unexpected(message);
    }
  }

  /** Cisco's servers ask up to 100 times, and one that prefers EC asks for RSA next (capf.md 14). */
  #generateKey(request: CapfMessage<'KEY_GENERATE_REQUEST'>, now: number): void {
    this.#operation = 'install';
    if (this.#isTooMany()) return;
    const key = keyOfElements(request);
    if (key === undefined || !this.#options.canGenerate(key)) {
      this.#wanted = undefined;
      this.#pair = undefined;
      this.#sendKey(now);
      return;
    }
    if (this.#wanted !== undefined && sameKey(this.#wanted, key)) {
      // it is being made; or it is made, or cannot be, and the answer is the same
      if (this.#state === 'wait-cert') this.#sendKey(now);
      return;
    }
    this.#wanted = key;
    this.#pair = undefined;
    this.#generate = key;
    if (this.#options.inProgress !== 'left-out') {
      this.#send.push({ command: 'REQUEST_IN_PROGRESS', sessionId: this.#sessionId });
    }
    // whoever makes the key says when it is made
    this.#wait('generating', Number.POSITIVE_INFINITY);
  }

  #sendKey(now: number): void {
    if (this.#pair === undefined) {
      this.#answer('KEY_GENERATE_RESPONSE', false);
    } else {
      this.#send.push({
        command: 'KEY_GENERATE_RESPONSE',
        sessionId: this.#sessionId,
        publicKey: spkiOf(this.#pair.publicKey),
      });
    }
    this.#wait('wait-cert', now + this.#limits.certificateMs);
  }

  #sign(request: CapfMessage<'SIGN_CERTIFICATE_REQUEST'>, now: number): void {
    if (this.#isTooMany()) return;
    const digest = csrDigest(request.digestType);
    const { certificate: info } = request;
    const signedData =
      this.#pair === undefined || digest === undefined || info === undefined
        ? undefined
        : signRequestInfo(info, digest, this.#pair);
    if (signedData === undefined) {
      this.#answer('SIGN_CERTIFICATE_RESPONSE', false);
    } else {
      this.#send.push({
        command: 'SIGN_CERTIFICATE_RESPONSE',
        sessionId: this.#sessionId,
        reason: CAPF_REASONS.UPDATE_CERTIFICATE,
        signedData,
      });
    }
    this.#wait('wait-cert', now + this.#limits.certificateMs);
  }

  #isTooMany(): boolean {
    this.#requests += 1;
    if (this.#requests <= MAX_KEY_REQUESTS) return false;
    this.#lose(`more than ${MAX_KEY_REQUESTS} requests for a key`);
    return true;
  }

  /** END_SESSION instead of an order (capf.md 8.5). */
  #ended(reason: number | undefined): void {
    switch (reason) {
      case CAPF_REASONS.NO_ACTION:
      case CAPF_REASONS.UPDATE_CERTIFICATE:
        this.#operation = 'none';
        this.#finish('success', 'nothing is scheduled');
        return;
      case CAPF_REASONS.UNKNOWN_DEVICE:
        this.#finish('fail', 'CAPF does not know the device');
        return;
      case CAPF_REASONS.INVALID_ELEMENT:
        this.#finish(this.#options.credentials.refusedAs, 'CAPF refused with reason 7');
        return;
      default:
        this.#finish('fail', `CAPF ended the session with reason ${reason ?? 'none'}`);
    }
  }

  #answer(
    command:
      | 'KEY_GENERATE_RESPONSE'
      | 'STORE_CERTIFICATE_RESPONSE'
      | 'FETCH_CERTIFICATE_RESPONSE'
      | 'DELETE_CERTIFICATE_RESPONSE'
      | 'SIGN_CERTIFICATE_RESPONSE',
    good: boolean,
  ): void {
    const reason = good ? CAPF_REASONS.UPDATE_CERTIFICATE : CAPF_REASONS.INVALID_ELEMENT;
    this.#send.push({ command, sessionId: this.#sessionId, reason });
  }

  /** The order is carried out; only END_SESSION is to come. */
  #done(word: CapfResult, detail: string, now: number, installed?: Identity): void {
    this.#outcome = phoneResult(this.#operation, word, detail, installed);
    this.#wait('wait-end', now + this.#limits.answerMs);
  }

  #finish(word: CapfResult, detail: string): void {
    this.#over(phoneResult(this.#operation, word, detail));
  }

  #later(delaySeconds: number | undefined): void {
    const delay = delaySeconds === undefined ? {} : { delaySeconds };
    this.#over({ outcome: 'pending', key: this.#pair, ...delay });
  }

  #unexpected({ command }: CapfMessage): void {
    this.#lose(`unexpected ${command} (${this.#state})`);
  }

  /** What is done is done, with or without END_SESSION: the phone takes its own result as the truth (capf.md 8.6). */
  #lose(detail: string): void {
    this.#over(this.#outcome ?? { outcome: 'lost', detail });
  }

  #over(end: CapfPhoneEnd): void {
    this.#wait('over', Number.POSITIVE_INFINITY);
    this.#end = end;
  }

  #wait(state: State, deadline: number): void {
    this.#state = state;
    this.deadline = deadline;
  }

  #step(): CapfPhoneStep {
    const step: CapfPhoneStep = {
      send: this.#send,
      ...(this.#generate === undefined ? {} : { generate: this.#generate }),
      ...(this.#end === undefined ? {} : { end: this.#end }),
    };
    this.#send = [];
    this.#generate = undefined;
    this.#end = undefined;
    return step;
  }
}
