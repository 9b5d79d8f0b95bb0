import type { Duplex } from 'node:stream';
import type { TlsVersion } from '../device/security.js';
import type {
  LastCause,
  Registration,
  RegistrationAttempt,
  RegistrationEnd,
  RegistrationListener,
  RegistrationResult,
} from '../phone/world.js';
import type { SccpDevice } from '../protocol/sccp/device.js';
import type { SccpMessage } from '../protocol/sccp/message.js';
import {
  type EndReason,
  type PhoneInput,
  type PhoneState,
  type PhoneStep,
  phoneDeadline,
  startPhone,
  stepPhone,
} from '../protocol/sccp/phone-session.js';
import type { ConnectionEnd } from './message-connection.js';
import { MovingDeadline } from './moving-deadline.js';
import { SccpConnection } from './sccp-connection.js';
import { settledBefore } from './settled-before.js';
import { openSignalling, type SignallingTarget } from './signalling-tls.js';
import { lossCause } from './socket-errors.js';
import { lateFailure } from './tls-failures.js';

export interface SccpRegistrationOptions extends SignallingTarget {
  readonly attempt: RegistrationAttempt;
  readonly device: SccpDevice;
  /** What the phone remembers for its next connections; by default nothing. */
  readonly memory?: SccpPhoneMemory;
  /** In [0, 1): where the phone's keep-alives stand among those of the fleet. Default: by chance. */
  readonly phase?: number;
}

/** What a phone's SCCP stack keeps from one connection to the next. */
export interface SccpPhoneMemory {
  /**
   * Seconds between keep-alives to the backup, as the last RegisterAck granted them (sccp.md 3, secondaryKeepAliveInterval);
   * undefined before the first.
   */
  secondaryKeepAliveSeconds: number | undefined;
}

/**
 * Registers a phone over TCP, or over TLS where the attempt says so. Accepted is a phone that has been through the whole sequence, up to the answer to TimeDateReq
 * (sccp.md 3); one that was told to reset on its way is accepted too, with a registration that has ended.
 * @throws the reason of `signal` when it is aborted before the registration stands, and nothing else
 */
export async function registerSccp(options: SccpRegistrationOptions): Promise<RegistrationResult> {
  const opened = await openSignalling(options);
  if (opened.socket === undefined) {
    return opened.failure;
  }
  const { socket, tls } = opened;
  return registerOver(socket, { localPort: socket.localPort ?? 0, tls }, options);
}

/** What a phone knows of its connection. */
interface Link {
  readonly localPort: number;
  readonly tls: TlsVersion | 'none';
}

function registerOver(
  socket: Duplex,
  link: Link,
  options: Pick<SccpRegistrationOptions, 'attempt' | 'device' | 'memory' | 'phase' | 'signal'>,
): Promise<RegistrationResult> {
  return settledBefore(options.signal, socket, (settle) => {
    const phone = new PhoneConnection(socket, link, options, settle);
    return () => phone.drop();
  });
}

/** Cause of the next start where the session ends by itself; a lost connection brings its own (sccp.md 6). */
const CAUSE_AFTER_REJECT: LastCause = 24;

/** A phone session on a connection: feeds it messages and time, sends what it says, and tells the world how it went. */
class PhoneConnection implements Registration {
  readonly tls: TlsVersion | 'none';
  readonly ended: Promise<RegistrationEnd>;
  readonly #memory: SccpPhoneMemory | undefined;
  readonly #connection: SccpConnection;
  readonly #settle: (result: RegistrationResult) => void;
  #end: (end: RegistrationEnd) => void = () => {};
  #state: PhoneState;
  readonly #deadline = new MovingDeadline(() => this.#step({ input: 'time' }));
  #lost: LastCause = 13;
  #error: unknown;

  constructor(
    socket: Duplex,
    { localPort, tls }: Link,
    {
      attempt,
      device,
      memory,
      phase,
    }: Pick<SccpRegistrationOptions, 'attempt' | 'device' | 'memory' | 'phase'>,
    settle: (result: RegistrationResult) => void,
  ) {
    this.tls = tls;
    this.#memory = memory;
    this.#settle = settle;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#connection = new SccpConnection(socket, this);
    const first = startPhone(
      {
        device,
        outOfService: {
          cause: attempt.lastCause,
          server: attempt.server.address,
          localPort,
          unixMs: Date.now(),
        },
        phase: phase ?? Math.random(),
      },
      performance.now(),
    );
    this.#state = first.state;
    this.#take(first);
  }

  onEnd(listener: RegistrationListener): void {
    void this.ended.then((end) => listener.registrationEnded(end, this));
  }

  message(message: SccpMessage): void {
    this.#step({ input: 'message', message });
  }

  closed(end: ConnectionEnd): void {
    this.#error = end.error;
    this.#lost = lossCause(end.error);
    this.#step({ input: 'closed', detail: end.detail });
  }

  async unregister(_cause: LastCause): Promise<void> {
    // SCCP has no word for the cause: it stands in the alarm of the next Register.
    this.#step({ input: 'unregister' });
    await this.ended;
  }

  drop(): void {
    this.#connection.destroy();
    this.#step({ input: 'closed', detail: 'dropped' });
  }

  #step(input: PhoneInput): void {
    this.#take(stepPhone(this.#state, input, performance.now()));
  }

  #take({ state, send, event }: PhoneStep): void {
    this.#state = state;
    this.#connection.send(send);
    this.#deadline.set(phoneDeadline(state));
    switch (event?.event) {
      case 'registered':
        if (this.#memory !== undefined)
          this.#memory.secondaryKeepAliveSeconds = event.secondaryKeepAliveSeconds;
        this.#settle({ result: 'accepted', registration: this });
        break;
      case 'failed': {
        this.#connection.destroy();
        const { result, cause, detail } = event;
        this.#settle(lateFailure(this.#error) ?? { result, cause, tls: this.tls, detail });
        break;
      }
      case 'ended':
        this.#finish(event.why);
        break;
      case undefined:
        break;
    }
  }

  #finish(why: EndReason): void {
    switch (why) {
      case 'unregistered':
        this.#connection.close();
        this.#end({ by: 'unregistered' });
        break;
      case 'reset':
      case 'restart':
        this.#connection.close();
        this.#end({ by: 'registrar', action: why });
        // Nothing but RegisterAck is needed for a Reset: the attempt may still be open.
        this.#settle({ result: 'accepted', registration: this });
        break;
      case 'keep-alive-timeout':
        this.#connection.destroy();
        this.#end({ by: 'keep-alive-timeout' });
        break;
      case 'rejected':
        this.#connection.close();
        this.#end({ by: 'connection-lost', cause: CAUSE_AFTER_REJECT });
        break;
      case 'connection-lost':
        this.#connection.destroy();
        this.#end({ by: 'connection-lost', cause: this.#lost });
        break;
    }
  }
}
