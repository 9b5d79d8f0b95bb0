import { alarmMessage, type OutOfService, sendsXmlAlarm, xmlAlarmMessage } from './alarm.js';
import { capabilityReports, registerMessage, type SccpDevice } from './device.js';
import {
  grantedMs,
  type KeepAlive,
  keepAliveAcked,
  keepAliveLost,
  keepAliveSent,
  startKeepAlive,
} from './keep-alive.js';
import {
  ANSWER_TIMEOUT_MS,
  KEEP_ALIVE_SECONDS,
  MAX_TEMPLATE_BUTTONS,
  SECONDARY_KEEP_ALIVE_SECONDS,
  UNREGISTER_TIMEOUT_MS,
} from './limits.js';
import { headerVersion, type SccpMessage, sccp } from './message.js';
import { isWholeAnswer, openingQuestions, type Question, templateQuestions } from './phone-questions.js';
import type { Button } from './station-layouts.js';
import { phrase, REJECT_PHRASES, REJECT_X509_NAME, shownText } from './text.js';

/**
 * The phone's side of one connection to a call-control server (sccp.md 3 and 14), without socket and clock: each input with
 * its time gives the next state, the messages to send and at most one event. Times are milliseconds of any monotonic clock.
 */
export type PhoneState =
  /** Register is sent. */
  | { readonly name: 'registering'; readonly settings: PhoneSettings; readonly until: number }
  /** RegisterAck came; the phone asks for what it needs, one question after the other. */
  | Asking
  | { readonly name: 'registered'; readonly version: number; readonly keepAlive: KeepAlive }
  /** Unregister is sent; the session ends for the reason that led here. */
  | { readonly name: 'unregistering'; readonly why: EndReason; readonly until: number }
  | { readonly name: 'closed' };

interface Asking {
  readonly name: 'asking';
  readonly settings: PhoneSettings;
  /** Header version of everything from here on. */
  readonly version: number;
  readonly secondaryKeepAliveSeconds: number;
  readonly keepAlive: KeepAlive;
  readonly question: Question;
  readonly until: number;
  readonly later: readonly Question[];
  readonly buttons: readonly Button[];
  /** Kinds of optional requests that once stayed without an answer. */
  readonly unanswered: readonly string[];
}

export interface PhoneSettings {
  readonly device: SccpDevice;
  /** For the alarms: why the phone starts anew. */
  readonly outOfService: OutOfService;
  /** In [0, 1), see startKeepAlive. */
  readonly phase: number;
  /** Default {@link ANSWER_TIMEOUT_MS}. */
  readonly answerTimeoutMs?: number;
  /** Replaces ALARM_NAMES. */
  readonly alarmNames?: Readonly<Record<number, string>>;
}

export type PhoneInput =
  | { readonly input: 'message'; readonly message: SccpMessage }
  /** The deadline of the state may have come. */
  | { readonly input: 'time' }
  /** The other end closed, or the connection broke. */
  | { readonly input: 'closed'; readonly detail: string }
  | { readonly input: 'unregister' };

export type EndReason =
  | 'unregistered'
  | 'keep-alive-timeout'
  | 'connection-lost'
  /** RegisterReject on a registered connection. */
  | 'rejected'
  /** Reset 1. */
  | 'reset'
  /** Reset 2, and 3: both have the configuration fetched again. */
  | 'restart';

/** 6 connectivity, 11 name in the certificate, 13 keep-alives, 15 protocol. */
type FailureCause = '' | '6' | '11' | '13' | '15';

export type PhoneEvent =
  /** The whole sequence is through. */
  | { readonly event: 'registered'; readonly secondaryKeepAliveSeconds: number }
  /** No registration came about; `cause` is the number of R-83, or empty. */
  | {
      readonly event: 'failed';
      readonly result: 'rejected' | 'unreachable';
      readonly cause: FailureCause;
      readonly detail: string;
    }
  /** After RegisterAck: the session is over and the connection is to be closed. */
  | { readonly event: 'ended'; readonly why: EndReason };

export interface PhoneStep {
  readonly state: PhoneState;
  readonly send: readonly SccpMessage[];
  readonly event?: PhoneEvent;
}

const CLOSED: PhoneState = { name: 'closed' };
const SILENT: readonly SccpMessage[] = [];
const KEEP_ALIVE = sccp('KeepAlive', 0, {});
const RESET_RESTART_FROM = 2;

/** The connection stands: alarms and Register go out together. */
export function startPhone(settings: PhoneSettings, now: number): PhoneStep {
  const { device, outOfService, alarmNames } = settings;
  return {
    state: { name: 'registering', settings, until: now + (settings.answerTimeoutMs ?? ANSWER_TIMEOUT_MS) },
    send: [
      ...(sendsXmlAlarm(device.load) ? [xmlAlarmMessage(device, outOfService)] : []),
      alarmMessage(device, outOfService.cause, alarmNames),
      registerMessage(device),
    ],
  };
}

/** When the session wants to hear `time` again; undefined when never. */
export function phoneDeadline(state: PhoneState): number | undefined {
  switch (state.name) {
    case 'registering':
    case 'unregistering':
      return state.until;
    case 'asking':
      return Math.min(state.until, state.keepAlive.dueAt);
    case 'registered':
      return state.keepAlive.dueAt;
    case 'closed':
      return undefined;
  }
}

export function stepPhone(state: PhoneState, input: PhoneInput, now: number): PhoneStep {
  switch (state.name) {
    case 'registering':
      return stepRegistering(state, input, now);
    case 'asking':
      return stepAsking(state, input, now);
    case 'registered':
      return stepRegistered(state, input, now);
    case 'unregistering':
      return stepUnregistering(state, input, now);
    case 'closed':
      return stay(state);
  }
}

function stepRegistering(
  state: PhoneState & { name: 'registering' },
  input: PhoneInput,
  now: number,
): PhoneStep {
  switch (input.input) {
    case 'closed':
      return failed('unreachable', '6', `closed before RegisterAck: ${input.detail}`);
    case 'time':
      return now < state.until ? stay(state) : failed('unreachable', '6', 'no answer to Register');
    case 'unregister':
      return failed('unreachable', '', 'given up before RegisterAck');
    case 'message':
      break;
  }
  const { message } = input;
  switch (message.type) {
    case 'RegisterAck': {
      // A server's version may be above the phone's own (sccp.md 15).
      const version = headerVersion(
        Math.min(message.body.protocolVersion, state.settings.device.sccpVersion),
      );
      const intervalMs = grantedMs(message.body.keepAliveInterval, KEEP_ALIVE_SECONDS);
      return ask(
        {
          settings: state.settings,
          version,
          secondaryKeepAliveSeconds:
            grantedMs(message.body.secondaryKeepAliveInterval, SECONDARY_KEEP_ALIVE_SECONDS) / 1000,
          keepAlive: startKeepAlive(intervalMs, state.settings.phase, now),
          buttons: [],
          unanswered: [],
        },
        openingQuestions(version),
        SILENT,
        now,
      );
    }
    case 'RegisterReject':
      return rejected(message.body.text);
    case 'Reset':
      return failed('rejected', '', 'Reset instead of RegisterAck');
    default:
      return stay(state);
  }
}

function stepAsking(state: Asking, input: PhoneInput, now: number): PhoneStep {
  switch (input.input) {
    case 'closed':
      return failed('unreachable', '6', `closed while registering: ${input.detail}`);
    case 'unregister':
      return unregister(state.version, 'unregistered', now);
    case 'time':
      return askingTime(state, now);
    case 'message':
      break;
  }
  const { message } = input;
  switch (message.type) {
    case 'RegisterReject':
      return rejected(message.body.text);
    case 'Reset':
      return unregister(state.version, resetReason(message.body.resetType), now);
    case 'KeepAliveAck':
      return stay({ ...state, keepAlive: keepAliveAcked(state.keepAlive) });
    default:
      return askingAnswer(state, message, now);
  }
}

function askingAnswer(state: Asking, message: SccpMessage, now: number): PhoneStep {
  const reports = message.type === 'CapabilitiesReq' ? capabilityReports(state.version) : SILENT;
  if (!state.question.answers.includes(message.type)) {
    return { state, send: reports };
  }
  if (message.type !== 'ButtonTemplate') {
    return isWholeAnswer(message) ? ask(state, state.later, reports, now) : { state, send: reports };
  }
  const buttons = [...state.buttons, ...message.body.buttons].slice(0, MAX_TEMPLATE_BUTTONS);
  const asking = { ...state, buttons };
  return isWholeAnswer(message) || buttons.length === MAX_TEMPLATE_BUTTONS
    ? ask(asking, templateQuestions(state.version, buttons, state.settings.device.lines), reports, now)
    : { state: asking, send: reports };
}

function askingTime(state: Asking, now: number): PhoneStep {
  if (keepAliveLost(state.keepAlive, now)) {
    return failed('unreachable', '13', 'three keep-alives without an answer while registering');
  }
  if (now >= state.until) {
    const asked = state.question.request?.type ?? 'RegisterAck';
    if (state.question.essential) {
      return failed('unreachable', '6', `no answer to ${asked}`);
    }
    return ask({ ...state, unanswered: [...state.unanswered, asked] }, state.later, SILENT, now);
  }
  return now >= state.keepAlive.dueAt
    ? { state: { ...state, keepAlive: keepAliveSent(state.keepAlive, now) }, send: [KEEP_ALIVE] }
    : stay(state);
}

/** Sends the next questions up to the first whose answer is worth waiting for; after the last one the phone is registered. */
function ask(
  state: Omit<Asking, 'name' | 'question' | 'until' | 'later'>,
  questions: readonly Question[],
  before: readonly SccpMessage[],
  now: number,
): PhoneStep {
  const send = [...before];
  for (const [i, question] of questions.entries()) {
    const { request, answers } = question;
    if (request !== undefined) {
      if (state.unanswered.includes(request.type)) {
        continue;
      }
      send.push(request);
    }
    if (answers.length > 0) {
      const until = now + (state.settings.answerTimeoutMs ?? ANSWER_TIMEOUT_MS);
      return { state: { ...state, name: 'asking', question, until, later: questions.slice(i + 1) }, send };
    }
  }
  const { version, keepAlive, secondaryKeepAliveSeconds } = state;
  return {
    state: { name: 'registered', version, keepAlive },
    send,
    event: { event: 'registered', secondaryKeepAliveSeconds },
  };
}

function stepRegistered(
  state: PhoneState & { name: 'registered' },
  input: PhoneInput,
  now: number,
): PhoneStep {
  switch (input.input) {
    case 'closed':
      return ended('connection-lost');
    case 'unregister':
      return unregister(state.version, 'unregistered', now);
    case 'time':
      if (keepAliveLost(state.keepAlive, now)) {
        return ended('keep-alive-timeout');
      }
      return now >= state.keepAlive.dueAt
        ? { state: { ...state, keepAlive: keepAliveSent(state.keepAlive, now) }, send: [KEEP_ALIVE] }
        : stay(state);
    case 'message':
      break;
  }
  const { message } = input;
  switch (message.type) {
    case 'KeepAliveAck':
      return stay({ ...state, keepAlive: keepAliveAcked(state.keepAlive) });
    case 'Reset':
      return unregister(state.version, resetReason(message.body.resetType), now);
    case 'RegisterReject':
      return ended('rejected');
    case 'CapabilitiesReq':
      return { state, send: capabilityReports(state.version) };
    default:
      return stay(state);
  }
}

/** UnregisterAck may stay out, and a Reset may come in its place (sccp.md 15). Without calls a NAK has nothing to wait for. */
function stepUnregistering(
  state: PhoneState & { name: 'unregistering' },
  input: PhoneInput,
  now: number,
): PhoneStep {
  const over =
    input.input === 'closed' ||
    (input.input === 'time' && now >= state.until) ||
    (input.input === 'message' && (input.message.type === 'UnregisterAck' || input.message.type === 'Reset'));
  return over ? ended(state.why) : stay(state);
}

function unregister(version: number, why: EndReason, now: number): PhoneStep {
  return {
    state: { name: 'unregistering', why, until: now + UNREGISTER_TIMEOUT_MS },
    send: [sccp('Unregister', version, { reason: 0 })],
  };
}

function resetReason(resetType: number): EndReason {
  return resetType >= RESET_RESTART_FROM ? 'restart' : 'reset';
}

/** "Error Mismatch" is what CUCM says to a device that is configured for another protocol (sccp.md 12). */
const CAUSE_OF_TEXT: ReadonlyMap<string, FailureCause> = new Map([
  [shownText(phrase(REJECT_PHRASES.mismatch)), '15'],
  [REJECT_X509_NAME, '11'],
]);

/** R-83 of a RegisterReject, by its text. */
export function rejectCause(text: string): FailureCause {
  return CAUSE_OF_TEXT.get(shownText(text)) ?? '';
}

function rejected(text: string): PhoneStep {
  const shown = shownText(text);
  const cause = rejectCause(text);
  return failed('rejected', cause, shown === '' ? 'RegisterReject without text' : shown);
}

function failed(result: 'rejected' | 'unreachable', cause: FailureCause, detail: string): PhoneStep {
  return { state: CLOSED, send: SILENT, event: { event: 'failed', result, cause, detail } };
}

function ended(why: EndReason): PhoneStep {
  return { state: CLOSED, send: SILENT, event: { event: 'ended', why } };
}

function stay(state: PhoneState): PhoneStep {
  return { state, send: SILENT };
}
