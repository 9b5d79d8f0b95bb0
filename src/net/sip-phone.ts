import { familyOf } from '../device/address-family.js';
import type {
  LastCause,
  Registration,
  RegistrationEnd,
  RegistrationListener,
  RegistrationResult,
} from '../phone/world.js';
import { deviceTlInfo } from '../protocol/sip/alarm.js';
import { SipPhone, type SipPhoneEffect } from '../protocol/sip/phone.js';
import { refusalCause } from '../protocol/sip/registrar-checks.js';
import type { ConnectionEnd } from './message-connection.js';
import { settledBefore } from './settled-before.js';
import { SipDriver } from './sip-driver.js';
import { openSipLink, type SipLink } from './sip-link.js';
import { linesOf, memoryOf, type SipOptions, senderOn, timersOf } from './sip-options.js';
import { lossCause } from './socket-errors.js';
import { lateFailure, type SignallingFailure } from './tls-failures.js';

export { SipPhoneMemory } from './sip-memory.js';
export type { SipOptions } from './sip-options.js';
export { requestTokenSip, standbySip } from './sip-standby.js';

/**
 * Registers a phone over TCP, TLS or UDP: DeviceTLInfo once a boot (78xx/88xx), REGISTER for all lines, then refreshes at the pace
 * that the server grants.
 * @throws the reason of `signal` when it is aborted before the registration stands, and nothing else
 */
export async function registerSip(options: SipOptions): Promise<RegistrationResult> {
  const outcome = await openSipLink(options);
  return outcome.link === undefined ? outcome.failure : registerOver(outcome.link, options);
}

/** The same over a link that stands. */
function registerOver(link: SipLink, options: SipOptions): Promise<RegistrationResult> {
  return settledBefore(options.signal, link, (settle) => {
    const connection = new PhoneConnection(link, options, settle);
    connection.start();
    return () => connection.drop();
  });
}

/** Cause of the next start after a refresh was refused (sccp.md 6). */
const CAUSE_AFTER_REJECT: LastCause = 24;

/** A SIP phone on a link, and how it went, in the words of the world. */
class PhoneConnection implements Registration {
  readonly tls: SipLink['tls'];
  readonly ended: Promise<RegistrationEnd>;
  readonly #link: SipLink;
  readonly #phone: SipPhone;
  readonly #driver: SipDriver<SipPhoneEffect>;
  readonly #settle: (result: RegistrationResult) => void;
  readonly #closed: Promise<void>;
  #end: (end: RegistrationEnd) => void = () => {};
  #close: () => void = () => {};

  constructor(link: SipLink, options: SipOptions, settle: (result: RegistrationResult) => void) {
    this.#link = link;
    this.tls = link.tls;
    this.#settle = settle;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#closed = new Promise((resolve) => {
      this.#close = resolve;
    });
    this.#phone = createPhone(link, options);
    this.#driver = new SipDriver<SipPhoneEffect>(link, this.#phone, this);
  }

  onEnd(listener: RegistrationListener): void {
    void this.ended.then((end) => listener.registrationEnded(end, this));
  }

  start(): void {
    this.#driver.take(this.#phone.start(performance.now()));
  }

  async unregister(cause: LastCause): Promise<void> {
    this.#driver.take(this.#phone.unregister(cause, performance.now()));
    await this.#closed;
  }

  drop(): void {
    this.#link.destroy();
    this.#over({ by: 'unregistered' }, 'dropped');
  }

  closed({ error, detail }: ConnectionEnd): void {
    this.#over({ by: 'connection-lost', cause: lossCause(error) }, detail, lateFailure(error));
  }

  effect(effect: SipPhoneEffect): void {
    switch (effect.do) {
      case 'accepted':
        this.#settle({ result: 'accepted', registration: this });
        break;
      case 'refused': {
        const { text } = effect;
        this.#settle({ result: 'rejected', cause: refusalCause(text), tls: this.tls, detail: text });
        this.#link.close();
        this.#over({ by: 'connection-lost', cause: CAUSE_AFTER_REJECT }, text);
        break;
      }
      case 'unanswered':
        this.#link.destroy();
        this.#over({ by: 'keep-alive-timeout' }, 'REGISTER was not answered');
        break;
      case 'ordered':
        this.#end({ by: 'registrar', action: effect.action });
        break;
      case 'ended':
        this.#ended(effect.end);
        break;
      case 'send':
      case 'renewed':
      case 'line':
      case 'problem-report-asked':
        break;
    }
  }

  #ended(end: Extract<SipPhoneEffect, { do: 'ended' }>['end']): void {
    switch (end.by) {
      case 'unregistered':
        this.#link.close();
        this.#over(end, 'unregistered');
        break;
      case 'keep-alive-timeout':
        this.#link.destroy();
        this.#over(end, 'a refresh was not answered');
        break;
      case 'refused':
        this.#link.close();
        this.#over({ by: 'connection-lost', cause: CAUSE_AFTER_REJECT }, end.text);
        break;
    }
  }

  /** Whatever was settled before stays as it is. An attempt that ends before it was accepted is `unreachable`, R-83: 6. */
  #over(end: RegistrationEnd, detail: string, failure?: SignallingFailure): void {
    this.#driver.stop();
    this.#end(end);
    this.#settle(failure ?? { result: 'unreachable', cause: '6', tls: this.tls, detail });
    this.#close();
  }
}

function createPhone(link: SipLink, options: SipOptions): SipPhone {
  const { attempt, device } = options;
  const memory = memoryOf(options);
  const timers = timersOf(options);
  const ipv6 = familyOf(link.localAddress) === 'ipv6';
  const { ctl, itl, alarm } = attempt.trustLists;
  const trustLists = deviceTlInfo({
    deviceName: device.name,
    ipv4: ipv6 ? '' : link.localAddress,
    ipv6: ipv6 ? link.localAddress : '',
    ctl,
    itl,
    statusCode: alarm,
  });
  const trustListAlarm = memory.reportsTrustLists(attempt.lastCause) ? trustLists : null;
  return new SipPhone({
    // After `reportsTrustLists`, which may begin a new boot with a new Session-ID.
    sender: senderOn(link, options, memory),
    lines: linesOf(options),
    cause: attempt.lastCause,
    trustListAlarm,
    reportsOutOfService: device.family === 'modern',
    registerExpires: timers.registerExpires,
    registerDelta: timers.registerDelta,
    retransmission: timers,
    stamps: { ConfigVersionStamp: attempt.configuration.versionStamp },
    identifiers: memory.identifiers,
    date: Date.now,
  });
}
