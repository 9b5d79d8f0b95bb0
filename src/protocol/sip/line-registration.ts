import { authorizationValue, type Credentials, parseChallenge } from './digest.js';
import { grantedSeconds } from './fields.js';
import { type Identifiers, sipDate } from './identifiers.js';
import { headerSeconds, headerValue, headerValues, type SipResponse } from './message.js';
import {
  initialRegister,
  type RegisterForm,
  type RegisterTurn,
  refreshRegister,
  registerForm,
  type Sender,
  type SipLine,
  standbyRegister,
  unregisterRegister,
} from './register-request.js';

const NEW_REGISTRATION = ';x-cisco-newreg';

/** CSeq of the first REGISTER of a dialog. */
const FIRST_REGISTER_CSEQ = 101;
/** Answers 401 in a row after which the server counts as failed (sip.md 4.3: "few times"). */
const MAX_CHALLENGES = 3;
/** Answers 423 in a row after which the server counts as failed. */
const MAX_TOO_BRIEF = 2;

export type RegisterKind = 'initial' | 'refresh' | 'standby' | 'unregister';

/** A line as its owner configured it. */
export interface PhoneLine extends SipLine {
  /** For digest authentication; empty user or password: none. */
  readonly authName: string;
  readonly authPassword: string;
}

export interface RegisterRequest {
  readonly kind: RegisterKind;
  readonly branch: string;
  readonly method: 'REGISTER';
  readonly bytes: Uint8Array;
}

/** One line's REGISTER dialog at one server: Call-ID, tag, CSeq, credentials, and the time that was granted. */
export class LineRegistration {
  readonly line: PhoneLine;
  readonly #sender: Sender;
  readonly #identifiers: Identifiers;
  readonly #date: () => number;
  #reason: string;
  #expires: number;
  #callId = '';
  #form: RegisterForm;
  #cseq = FIRST_REGISTER_CSEQ - 1;
  #authorization: string | undefined;
  #proxyAuthorization: string | undefined;
  #challenges = 0;
  #tooBrief = 0;
  /** When to refresh, milliseconds; Infinity while not registered or while a refresh is on its way. */
  refreshAt = Number.POSITIVE_INFINITY;
  registered = false;

  /**
   * @param reason value of Reason in the first REGISTER
   * @param expires seconds that the phone asks for
   * @param date milliseconds since 1970
   */
  constructor(
    sender: Sender,
    line: PhoneLine,
    identifiers: Identifiers,
    date: () => number,
    reason: string,
    expires: number,
  ) {
    this.line = line;
    this.#sender = sender;
    this.#identifiers = identifiers;
    this.#date = date;
    this.#reason = reason;
    this.#expires = expires;
    this.#form = this.#newDialog();
  }

  get callId(): string {
    return this.#callId;
  }

  get cseq(): number {
    return this.#cseq;
  }

  /** The next REGISTER of this dialog. */
  request(kind: RegisterKind): RegisterRequest {
    this.#cseq += 1;
    const turn = {
      branch: this.#identifiers.branch(),
      cseq: this.#cseq,
      date: sipDate(this.#date()),
      authorization: this.#authorization,
      proxyAuthorization: this.#proxyAuthorization,
    };
    return { kind, branch: turn.branch, method: 'REGISTER', bytes: this.#bytes(kind, turn) };
  }

  /** The unregistration, with a Call-ID of its own (sip.md 3.9). */
  unregistration(reason: string): RegisterRequest {
    this.#form = this.#newDialog();
    this.#reason = reason;
    this.refreshAt = Number.POSITIVE_INFINITY;
    return this.request('unregister');
  }

  /**
   * Takes a 401; false when the phone cannot or will not answer it. The credentials go into every later REGISTER, too, until
   * the server asks with another nonce.
   */
  acceptsChallenge(response: SipResponse): boolean {
    const challenge = parseChallenge(headerValue(response, 'www-authenticate') ?? '');
    const credentials: Credentials = { user: this.line.authName, password: this.line.authPassword };
    if (challenge === undefined || credentials.user === '' || credentials.password === '') return false;
    this.#challenges += 1;
    if (this.#challenges > MAX_CHALLENGES) return false;
    this.#authorization = authorizationValue(challenge, credentials, this.#form.requestUri);
    return true;
  }

  /**
   * Takes a 407 that asks for a bearer token (RFC 8898); false where the phone has none, or has shown it already. It goes into
   * every later REGISTER, too.
   */
  acceptsTokenChallenge(response: SipResponse): boolean {
    const { token = null } = this.#sender;
    const asks = /^bearer\b/i.test((headerValue(response, 'proxy-authenticate') ?? '').trim());
    if (!asks || token === null || this.#proxyAuthorization !== undefined) return false;
    this.#proxyAuthorization = `Bearer ${token}`;
    return true;
  }

  /** Takes a 423: a new Call-ID, and the time that the server wants; false when that makes no sense. */
  acceptsLongerInterval(response: SipResponse): boolean {
    const wanted = headerSeconds(response, 'min-expires');
    this.#tooBrief += 1;
    if (wanted === undefined || wanted <= this.#expires || this.#tooBrief > MAX_TOO_BRIEF) return false;
    this.#expires = wanted;
    this.#form = this.#newDialog();
    return true;
  }

  /** Seconds that a 200 grants; what was asked where it says nothing. */
  granted(response: SipResponse): number {
    this.#challenges = 0;
    this.#tooBrief = 0;
    return grantedSeconds(response, this.#form.contactUri) ?? this.#expires;
  }

  /** Does a 200 say that the server takes this for a new registration (`x-cisco-newreg`, sip.md 4.2)? */
  isNewFor(response: SipResponse): boolean {
    return headerValues(response, 'contact').some((value) => value.includes(NEW_REGISTRATION));
  }

  #newDialog(): RegisterForm {
    const { tag, callId } = this.#identifiers.dialog(this.#sender.address);
    this.#callId = callId;
    this.#cseq = FIRST_REGISTER_CSEQ - 1;
    return registerForm(this.#sender, this.line, callId, tag);
  }

  #bytes(kind: RegisterKind, turn: RegisterTurn): Uint8Array {
    switch (kind) {
      case 'initial':
        return initialRegister(this.#form, turn, this.#reason, this.#expires);
      case 'refresh':
        return refreshRegister(this.#form, turn, this.#expires);
      case 'standby':
        return standbyRegister(this.#form, turn);
      case 'unregister':
        return unregisterRegister(this.#form, turn, this.#reason);
    }
  }
}
