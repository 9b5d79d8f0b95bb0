import { familyOf } from '../../device/address-family.js';
import { type Alarm, outOfServiceInformation } from './alarm.js';
import { type AlarmCause, bootReason, userAgent } from './dialect.js';
import { warningText } from './fields.js';
import { type Identifiers, sipDate } from './identifiers.js';
import { LineRegistration, type PhoneLine, type RegisterKind } from './line-registration.js';
import { headerSeconds, type SipMessage, type SipResponse, startLine } from './message.js';
import { PhoneAnswers } from './phone-answers.js';
import { alarmRefer } from './refer-request.js';
import type { Sender } from './register-request.js';
import { hasOptionsIndication } from './remotecc.js';
import { differs, type ServiceControl } from './service-control.js';
import { ClientTransactions, type RetransmissionTimers } from './transactions.js';

/** How long an unregistration may wait for its answer before the phone closes anyway. Milliseconds. */
export const UNREGISTER_LIMIT_MS = 4_000;
/** How long the owner may take to unregister after an order of the server; then the phone does it by itself. Milliseconds. */
export const ORDER_LIMIT_MS = 10_000;

export interface SipPhoneOptions {
  readonly sender: Sender;
  /** At least one. */
  readonly lines: readonly [PhoneLine, ...PhoneLine[]];
  /** Why the phone registers (sip.md 3.4). */
  readonly cause: AlarmCause;
  /** DeviceTLInfo to send before the first REGISTER, once a boot; null for 79xx and later in a boot. */
  readonly trustListAlarm: Alarm | null;
  /** Says after a registration why the phone was out of service (78xx/88xx). */
  readonly reportsOutOfService: boolean;
  /** Seconds that the phone asks for, and how long before the end of the granted time it refreshes. */
  readonly registerExpires: number;
  readonly registerDelta: number;
  readonly retransmission: RetransmissionTimers;
  /** Version stamps of what the phone holds, by name (`ConfigVersionStamp`). */
  readonly stamps: Readonly<Record<string, string>>;
  readonly identifiers: Identifiers;
  /** Milliseconds since 1970. */
  readonly date: () => number;
}

export type SipPhoneEnd =
  | { readonly by: 'unregistered' }
  /** A refresh was not answered. */
  | { readonly by: 'keep-alive-timeout' }
  /** A refresh was refused. */
  | { readonly by: 'refused'; readonly text: string };

export type SipPhoneEffect =
  | { readonly do: 'send'; readonly bytes: Uint8Array }
  /** `cisco`: the registrar took all lines at once. */
  | { readonly do: 'accepted'; readonly grantedSeconds: number; readonly cisco: boolean }
  /** The first REGISTER was refused; `text` is status, warning and Retry-After for a person. */
  | {
      readonly do: 'refused';
      readonly status: number;
      readonly text: string;
      readonly retrySeconds: number | undefined;
    }
  /** The first REGISTER was not answered. */
  | { readonly do: 'unanswered' }
  /** A refresh was answered with x-cisco-newreg: the server had lost its state (sip.md 4.2). */
  | { readonly do: 'renewed' }
  /** What became of a further line at a registrar that is not Cisco's; status 0: no answer. */
  | { readonly do: 'line'; readonly name: string; readonly status: number }
  /**
   * The server wants a reset or restart, and was told 200 (sip.md 5.3). The registration still stands: the phone unregisters
   * with cause 22 or 23 before it acts.
   */
  | { readonly do: 'ordered'; readonly action: 'reset' | 'restart' }
  /** The server asks for a problem report; there is none. */
  | { readonly do: 'problem-report-asked' }
  | { readonly do: 'ended'; readonly end: SipPhoneEnd };

type Purpose = 'alarm' | { readonly line: LineRegistration; readonly kind: RegisterKind };

/**
 * A phone at one server, from the first REGISTER to the last: no sockets, no timers. Messages and time go in, messages and
 * events come out; `deadline` says when `tick` is due. Times are milliseconds of one clock of the caller.
 */
export class SipPhone {
  readonly #options: SipPhoneOptions;
  readonly #answers: PhoneAnswers;
  readonly #transactions: ClientTransactions<Purpose>;
  readonly #lines: LineRegistration[];
  #state: 'idle' | 'registering' | 'registered' | 'unregistering' | 'over' = 'idle';
  #ordered: 'reset' | 'restart' | undefined;
  /** While an order stands: when to unregister unasked. While unregistering: when to stop waiting. */
  #actBy = Number.POSITIVE_INFINITY;
  #effects: SipPhoneEffect[] = [];

  constructor(options: SipPhoneOptions) {
    this.#options = options;
    this.#answers = new PhoneAnswers(options.identifiers, userAgent(options.sender.device));
    this.#transactions = new ClientTransactions(options.retransmission);
    this.#lines = [this.#registration(options.lines[0])];
  }

  /** When `tick` has something to do; Infinity for never. */
  get deadline(): number {
    let earliest = Math.min(this.#transactions.deadline, this.#actBy);
    for (const line of this.#lines) earliest = Math.min(earliest, line.refreshAt);
    return earliest;
  }

  /** Sends the alarm, if any, and the first REGISTER. */
  start(now: number): readonly SipPhoneEffect[] {
    const { trustListAlarm } = this.#options;
    if (trustListAlarm !== null) this.#sendAlarm(trustListAlarm, now);
    this.#state = 'registering';
    for (const line of this.#lines) this.#sendRegister(line, 'initial', now);
    return this.#take();
  }

  receive(message: SipMessage, now: number): readonly SipPhoneEffect[] {
    if (this.#state === 'over') return [];
    if (message.kind === 'request') {
      const { bytes, control } = this.#answers.answer(message);
      if (bytes !== undefined) this.#effects.push({ do: 'send', bytes });
      if (control !== undefined) this.#serviceControl(control, now);
    } else {
      const answer = this.#transactions.answered(message, now);
      if (answer?.final === true && answer.purpose !== 'alarm') {
        const { line, kind } = answer.purpose;
        if (kind === 'unregister') this.#unregisterAnswered(line, message, now);
        else this.#registerAnswered(line, kind, message, now);
      }
    }
    return this.#take();
  }

  /** Repeats, gives up and refreshes what is due. */
  tick(now: number): readonly SipPhoneEffect[] {
    if (this.#state === 'over') return [];
    const due = this.#transactions.due(now);
    for (const { bytes } of due.repeat) this.#effects.push({ do: 'send', bytes });
    for (const purpose of due.unanswered) {
      if (purpose !== 'alarm') this.#unanswered(purpose.line, purpose.kind);
    }
    if (this.#actBy <= now) {
      if (this.#state === 'unregistering') this.#finish({ by: 'unregistered' });
      else this.#unregister(this.#ordered === 'reset' ? 22 : 23, now);
    }
    for (const line of this.#lines) {
      if (line.refreshAt <= now) this.#sendRegister(line, 'refresh', now);
    }
    return this.#take();
  }

  /** Unregisters all lines; `ended` follows when the server has answered or `UNREGISTER_LIMIT_MS` has passed. */
  unregister(cause: AlarmCause, now: number): readonly SipPhoneEffect[] {
    this.#unregister(cause, now);
    return this.#take();
  }

  /**
   * sip.md 4.3. A 3xx is a refusal here: the phone goes to the next member of its group, never to an address that a server
   * names, which may lie outside of what the run may reach.
   */
  #registerAnswered(line: LineRegistration, kind: RegisterKind, response: SipResponse, now: number): void {
    if (this.#state === 'unregistering') return;
    const { status } = response;
    if (status >= 200 && status < 300) this.#granted(line, response, now);
    else if (status === 401 && line.acceptsChallenge(response)) this.#sendRegister(line, kind, now);
    else if (status === 407 && line.acceptsTokenChallenge(response)) this.#sendRegister(line, kind, now);
    else if (status === 423 && line.acceptsLongerInterval(response)) this.#sendRegister(line, kind, now);
    else this.#refused(line, status, refusalText(response), headerSeconds(response, 'retry-after'));
  }

  #granted(line: LineRegistration, response: SipResponse, now: number): void {
    const { registerDelta } = this.#options;
    const seconds = line.granted(response);
    if (seconds <= registerDelta) {
      // Under the phone's minimum (sip.md 4.2): there would be no time left to refresh.
      this.#effects.push({ do: 'send', bytes: line.unregistration(this.#reason(24)).bytes });
      const text = `${response.status} grants ${seconds} s, more than ${registerDelta} s are needed`;
      this.#refused(line, response.status, text, undefined);
      return;
    }
    const first = !line.registered;
    line.registered = true;
    line.refreshAt = now + (seconds - registerDelta) * 1000;
    if (line !== this.#lines[0]) {
      if (first) this.#effects.push({ do: 'line', name: line.line.name, status: response.status });
    } else if (first) {
      this.#accepted(line, response, seconds, now);
    } else if (line.isNewFor(response)) {
      this.#effects.push({ do: 'renewed' });
      this.#reportOutOfService(line, response, now);
    }
  }

  #accepted(line: LineRegistration, response: SipResponse, grantedSeconds: number, now: number): void {
    const cisco = hasOptionsIndication(response.body);
    this.#state = 'registered';
    this.#effects.push({ do: 'accepted', grantedSeconds, cisco });
    if (cisco) {
      this.#reportOutOfService(line, response, now);
      return;
    }
    for (const further of this.#options.lines.slice(1)) {
      const registration = this.#registration(further);
      this.#lines.push(registration);
      this.#sendRegister(registration, 'refresh', now);
    }
  }

  #refused(line: LineRegistration, status: number, text: string, retrySeconds: number | undefined): void {
    line.refreshAt = Number.POSITIVE_INFINITY;
    line.registered = false;
    if (line !== this.#lines[0]) {
      this.#effects.push({ do: 'line', name: line.line.name, status });
    } else if (this.#state === 'registering') {
      this.#state = 'over';
      this.#effects.push({ do: 'refused', status, text, retrySeconds });
    } else {
      this.#finish({ by: 'refused', text });
    }
  }

  #unanswered(line: LineRegistration, kind: RegisterKind): void {
    if (kind === 'unregister') {
      this.#unregistered(line);
    } else if (line !== this.#lines[0]) {
      line.registered = false;
      this.#effects.push({ do: 'line', name: line.line.name, status: 0 });
    } else if (this.#state === 'registering') {
      this.#state = 'over';
      this.#effects.push({ do: 'unanswered' });
    } else if (this.#state === 'registered') {
      this.#finish({ by: 'keep-alive-timeout' });
    }
  }

  /** sip.md 5.3. A NOTIFY for another registration is answered, so that it is not repeated, and otherwise ignored. */
  #serviceControl(control: ServiceControl, now: number): void {
    const meant =
      control.registerCallId === '' || this.#lines.some(({ callId }) => callId === control.registerCallId);
    if (!meant || this.#state !== 'registered' || this.#ordered !== undefined) return;
    switch (control.action) {
      case 'reset':
      case 'restart':
        this.#order(control.action, now);
        break;
      case 'check-version':
        if (differs(control, this.#options.stamps)) this.#order('restart', now);
        break;
      case 'prt-report':
        this.#effects.push({ do: 'problem-report-asked' });
    }
  }

  #order(action: 'reset' | 'restart', now: number): void {
    this.#ordered = action;
    this.#actBy = now + ORDER_LIMIT_MS;
    this.#effects.push({ do: 'ordered', action });
  }

  #unregister(cause: AlarmCause, now: number): void {
    if (this.#state === 'unregistering' || this.#state === 'over') return;
    this.#state = 'unregistering';
    this.#actBy = now + UNREGISTER_LIMIT_MS;
    this.#transactions.clear();
    for (const line of this.#lines) {
      line.refreshAt = Number.POSITIVE_INFINITY;
      if (!line.registered) continue;
      const request = line.unregistration(this.#reason(cause));
      this.#send({ line, kind: 'unregister' }, request, now);
    }
    if (this.#transactions.size === 0) this.#finish({ by: 'unregistered' });
  }

  #unregisterAnswered(line: LineRegistration, response: SipResponse, now: number): void {
    if (response.status === 401 && line.acceptsChallenge(response)) {
      this.#send({ line, kind: 'unregister' }, line.request('unregister'), now);
    } else {
      this.#unregistered(line);
    }
  }

  #unregistered(line: LineRegistration): void {
    line.registered = false;
    if (this.#transactions.size === 0) this.#finish({ by: 'unregistered' });
  }

  #finish(end: SipPhoneEnd): void {
    this.#state = 'over';
    this.#actBy = Number.POSITIVE_INFINITY;
    this.#transactions.clear();
    for (const line of this.#lines) line.refreshAt = Number.POSITIVE_INFINITY;
    this.#effects.push({ do: 'ended', end });
  }

  #reportOutOfService(line: LineRegistration, response: SipResponse, now: number): void {
    const { sender, cause, date, reportsOutOfService } = this.#options;
    if (!reportsOutOfService) return;
    const event = `Cseq:${line.cseq} REGISTER CallId:${line.callId}`;
    const ipv6 = familyOf(sender.address) === 'ipv6';
    const alarm = outOfServiceInformation({
      deviceName: sender.device.name,
      ipv4: ipv6 ? '' : sender.address,
      ipv6: ipv6 ? sender.address : '',
      modelNumber: `CP-${sender.device.productName}`,
      server: sender.server,
      localPort: sender.port,
      at: date(),
      reason: cause,
      lastSent: `Sent:REGISTER sip:${sender.server} SIP/2.0 ${event}`,
      lastReceived: `Rcvd:${startLine(response)} ${event}`,
    });
    this.#sendAlarm(alarm, now);
  }

  #sendAlarm(alarm: Alarm, now: number): void {
    const { sender, identifiers, date, lines } = this.#options;
    const { tag, callId } = identifiers.dialog(sender.address);
    const turn = { branch: identifiers.branch(), callId, fromTag: tag, date: sipDate(date()) };
    const contentId = identifiers.contentId(sender.address);
    const bytes = alarmRefer(sender, lines[0], lines[0].name, turn, alarm, contentId);
    this.#send('alarm', { branch: turn.branch, method: 'REFER', bytes }, now);
  }

  #sendRegister(line: LineRegistration, kind: RegisterKind, now: number): void {
    line.refreshAt = Number.POSITIVE_INFINITY;
    this.#send({ line, kind }, line.request(kind), now);
  }

  #send(
    purpose: Purpose,
    request: { readonly branch: string; readonly method: string; readonly bytes: Uint8Array },
    now: number,
  ): void {
    this.#transactions.begin(purpose, request, this.#options.sender.transport, now);
    this.#effects.push({ do: 'send', bytes: request.bytes });
  }

  #registration(line: PhoneLine): LineRegistration {
    const { sender, identifiers, date, cause, registerExpires } = this.#options;
    return new LineRegistration(sender, line, identifiers, date, this.#reason(cause), registerExpires);
  }

  #reason(cause: AlarmCause): string {
    return bootReason(this.#options.sender.device, cause);
  }

  #take(): readonly SipPhoneEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}

/** `403 Forbidden: Registration is active for another client, Retry-After 35 s`. */
function refusalText(response: SipResponse): string {
  const warning = warningText(response);
  const retry = headerSeconds(response, 'retry-after');
  return (
    `${response.status} ${response.reason}`.trim() +
    (warning === '' ? '' : `: ${warning}`) +
    (retry === undefined ? '' : `, Retry-After ${retry} s`)
  );
}
