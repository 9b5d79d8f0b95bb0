import type { CapfCredentials } from '../protocol/capf/credentials.js';
import { MAX_WRONG_STRINGS, WRONG_STRING_WAIT_MS } from '../protocol/capf/limits.js';
import type { CapfPhoneEnd } from '../protocol/capf/phone-session.js';
import type { PhoneConfiguration } from '../protocol/cnf/model.js';
import { describeAnswer, holdCapfSession, isSession } from './capf-session.js';
import type { CapfAnswer } from './capf-world.js';
import { type CapfCandidate, capfCandidates, goesOnAfter, usableFamilies } from './decide/capf-addresses.js';
import { credentialsOf } from './decide/capf-credentials.js';
import { isDone, isWorthRetrying, modeAfter, ruleOfResult } from './decide/capf-outcome.js';
import {
  type CapfAuthCode,
  type EnrolmentMoment,
  enrolmentMoment,
  type MissingLsc,
} from './decide/enrolment.js';
import type { Equipment } from './equipment.js';
import type { StopSignal } from './stop.js';

/** wait after an attempt that was lost, milliseconds. */
const CAPF_RETRY_WAIT_MS = 30_000;

/** How a certificate operation ended. */
export type EnrolmentEnd =
  /** CAPF has what it wanted, or wanted nothing. */
  | { readonly result: 'done'; readonly lscChanged: boolean }
  | { readonly result: 'undone'; readonly why: MissingLsc; readonly wrongString: boolean }
  /** The certificate is not signed yet; seconds where CAPF said them. */
  | { readonly result: 'later'; readonly seconds: number | null };

const AWAITS_STRING: MissingLsc = {
  rule: 'R-92',
  reason: 'awaits-string',
  detail: 'the phone has no LSC, and its installation waits for the authentication string',
};

const NOT_SIGNED: MissingLsc = {
  rule: 'R-94',
  reason: 'not-signed',
  detail: 'the phone has no LSC, and its CA has not signed one yet',
};

/** The certificate operation of one boot and of the life after it: what is pending, when it runs, and how it ended. */
export class Enrolment {
  readonly #equipment: Equipment;
  #configuration: PhoneConfiguration | null = null;
  #end: EnrolmentEnd | null = null;
  #isRunning = false;
  #configurationWaits = false;

  constructor(equipment: Equipment) {
    this.#equipment = equipment;
  }

  /** Is the device secure by the configuration in force? */
  get isSecure(): boolean {
    return this.#deviceMode !== 'non-secure';
  }

  /** How the last operation since the boot began ended; null when there was none yet. */
  get end(): EnrolmentEnd | null {
    return this.#end;
  }

  /** this boot's configuration cannot be read before an LSC is there, which takes the user. */
  get configurationWaits(): boolean {
    return this.#configurationWaits;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** DT-5; an operation that ran is not repeated, CAPF has forgotten it or will be asked at the next boot. */
  get moment(): EnrolmentMoment {
    const { flash } = this.#equipment;
    if (this.#end !== null) return 'never';
    return enrolmentMoment(this.#deviceMode, flash.capfAuthMode);
  }

  /** What is still to be done, for a phone that has no LSC (DT-5); null when nothing is. */
  get undone(): MissingLsc | null {
    if (this.#end?.result === 'undone') return this.#end.why;
    if (this.#end?.result === 'later') return NOT_SIGNED;
    return this.moment === 'when-typed' ? AWAITS_STRING : null;
  }

  get #deviceMode(): PhoneConfiguration['deviceSecurityMode'] {
    return this.#equipment.flash.configuration?.configuration.deviceSecurityMode ?? 'non-secure';
  }

  /**
   * the configuration that this boot accepted decides what is pending and where CAPF is. Null where it accepted none:
   * then the authentication mode in flash does, and the configuration in force, or a reduced one that came before.
   */
  configured(accepted: PhoneConfiguration | null): void {
    const { flash } = this.#equipment;
    this.#configuration = accepted ?? this.#configuration ?? flash.configuration?.configuration ?? null;
    if (accepted !== null && this.#end === null) flash.capfAuthMode = accepted.capfAuthMode;
  }

  /**
   * Phone-config.md 6: the configuration is encrypted for another certificate, so the phone goes to CAPF first, unless by
   * authentication string, which waits for the user. Whether it came back with a new LSC.
   */
  async fetchLsc(reduced: PhoneConfiguration, signal: StopSignal): Promise<boolean> {
    this.configured(reduced);
    this.#configurationWaits = reduced.capfAuthMode === 1;
    if (this.#configurationWaits) return false;
    const end = await this.run(signal);
    return end.result === 'done' && end.lscChanged;
  }

  /** Carries out what is pending without its user. */
  run(signal: StopSignal): Promise<EnrolmentEnd> {
    return this.#operate(this.#equipment.flash.capfAuthMode, '', signal);
  }

  /** with the string that the user typed; ten wrong ones in a row shut it for ten minutes of `power`. */
  async type(string: string, signal: StopSignal, power: StopSignal): Promise<EnrolmentEnd> {
    const { memory } = this.#equipment;
    const end = await this.#operate(1, string, signal);
    memory.wrongStrings = end.result === 'undone' && end.wrongString ? memory.wrongStrings + 1 : 0;
    if (memory.wrongStrings >= MAX_WRONG_STRINGS) this.#shut(power);
    return end;
  }

  #shut(power: StopSignal): void {
    const { memory, world } = this.#equipment;
    memory.stringsShut = true;
    const open = (): void => {
      memory.wrongStrings = 0;
      memory.stringsShut = false;
    };
    world.sleep(WRONG_STRING_WAIT_MS, power).then(open, open);
  }

  async #operate(mode: CapfAuthCode, string: string, signal: StopSignal): Promise<EnrolmentEnd> {
    const { flash, world } = this.#equipment;
    this.#isRunning = true;
    flash.capfAuthMode = mode;
    try {
      const before = flash.lsc;
      const answer = await this.#attempts(credentialsOf(this.#equipment, mode, string), signal);
      const end = 'rule' in answer ? undone(answer) : conclude(answer, flash.lsc !== before);
      if (end.result === 'done') flash.capfAuthMode = 0;
      if (end.result === 'undone') {
        const result = 'outcome' in answer && answer.outcome === 'result' ? answer.result : null;
        flash.capfAuthMode = modeAfter(mode, result);
        world.refused({ what: 'capf', ...end.why });
      }
      this.#end = end;
      return end;
    } finally {
      this.#isRunning = false;
    }
  }

  /** R-95, K-08: the addresses once, and again after each wait; ends with the first session that ended in any way. */
  async #attempts(credentials: CapfCredentials, signal: StopSignal): Promise<Answered | MissingLsc> {
    const { knobs, memory, model, world } = this.#equipment;
    const families = usableFamilies(memory.addresses, this.#configuration?.ipAddressMode ?? 0, model);
    const candidates = capfCandidates(this.#configuration?.capf ?? [], families);
    if (candidates.length === 0) {
      const detail = `no CAPF address that a phone with ${families.join(' and ') || 'no address'} can connect to`;
      return { rule: 'R-103', reason: 'no-address', detail };
    }
    for (let retries = 0; ; retries += 1) {
      const round = await this.#round(candidates, credentials, signal);
      if (!('isWorthRetrying' in round)) return round;
      if (!round.isWorthRetrying || retries >= knobs.capfExtraRetries) return round.why;
      await world.sleep(CAPF_RETRY_WAIT_MS, signal);
    }
  }

  /** one address after the other. */
  async #round(
    candidates: readonly CapfCandidate[],
    credentials: CapfCredentials,
    signal: StopSignal,
  ): Promise<Answered | FailedRound> {
    const { knobs } = this.#equipment;
    const failed: FailedAttempt[] = [];
    let why: MissingLsc = { rule: 'R-95', reason: 'phone-comm-error', detail: '' };
    for (const candidate of candidates) {
      const { answer, refusal } = await holdCapfSession(this.#equipment, candidate, credentials, signal);
      if (isSession(answer) && answer.outcome !== 'lost') return answer;
      failed.push(answer);
      const detail = `CAPF over ${candidate.family}: ${describeAnswer(answer)}`;
      if (refusal !== null) why = { rule: refusal.rule, reason: refusal.reason, detail };
      else if (answer.outcome === 'tls-failed' && answer.disagreed === true)
        why = { rule: 'R-107', reason: 'tls-failed', detail };
      else why = { rule: 'R-95', reason: 'phone-comm-error', detail };
      if (!goesOnAfter(answer.outcome, candidate.family, knobs)) break;
    }
    return { why, isWorthRetrying: isWorthRetrying(failed) };
  }
}

type Answered = Exclude<CapfPhoneEnd, { readonly outcome: 'lost' }>;

type FailedAttempt = Exclude<CapfAnswer, Answered>;

interface FailedRound {
  readonly why: MissingLsc;
  readonly isWorthRetrying: boolean;
}

function undone(why: MissingLsc, wrongString = false): EnrolmentEnd {
  return { result: 'undone', why, wrongString };
}

function conclude(answer: Answered, lscChanged: boolean): EnrolmentEnd {
  if (answer.outcome === 'pending') return { result: 'later', seconds: answer.delaySeconds ?? null };
  if (isDone(answer.operation, answer.result)) return { result: 'done', lscChanged };
  const { detail, result } = answer;
  return undone({ rule: ruleOfResult(result), reason: result, detail }, result === 'invalid-auth-str');
}
