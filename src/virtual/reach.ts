import type { ModelProfile } from '../device/model.js';
import type { TlsRange } from '../device/security.js';
import { LocalParts } from '../phone/local-parts.js';
import type { StopSignal } from '../phone/stop.js';
import type { LocalWorld, RegistrationAttempt, RegistrationResult } from '../phone/world.js';
import { agreeOnTls, type TlsOffer } from '../protocol/tls/agreement.js';
import { networkCall, type PendingCall } from './calls.js';
import type { VirtualNetwork } from './network.js';
import { type Secured, secure } from './registration.js';
import type { RunningCallManager, RunningTvs } from './services.js';
import type { Passage } from './station.js';
import { lostOn } from './trouble.js';

/** Ways of the network that an exchange takes: a TCP connection, a TLS handshake with it, a question and its answer. */
export const WAYS = { refused: 2, connection: 2, handshake: 6, question: 2 } as const;

export const REFUSED = 'connection refused';

/** A phone as its virtual surroundings need it. */
export interface VirtualDevice {
  readonly name: string;
  /** Number within the fleet, from 0. */
  readonly ordinal: number;
}

/** Whom a phone reached with an attempt, and how. */
interface Reached {
  readonly service: RunningCallManager;
  readonly secured: Extract<Secured, { readonly version: unknown }>;
}

type Unreached = Extract<RegistrationResult, { readonly detail: string }>;

/** A phone's way to the services: what it takes of time, who is there, and whether TLS comes about. */
export abstract class VirtualReach extends LocalParts {
  protected readonly device: VirtualDevice;
  protected readonly model: ModelProfile;
  protected readonly network: VirtualNetwork;

  constructor(device: VirtualDevice, model: ModelProfile, network: VirtualNetwork, local: LocalWorld) {
    super(local);
    this.device = device;
    this.model = model;
    this.network = network;
  }

  /** Connects, and goes on with whom it reached; ends where nobody answers or TLS does not come about. */
  protected connect<T>(
    attempt: RegistrationAttempt,
    signal: StopSignal,
    unreached: (failure: Unreached) => T,
    begin: (call: PendingCall<T>, reached: Reached) => void,
  ): Promise<T> {
    return networkCall<T>(this.network.engine, signal, (call) => {
      const service = this.network.node(attempt.server.address)?.callManager;
      if (service === undefined) {
        const failure: Unreached = { result: 'unreachable', cause: '6', tls: 'none', detail: REFUSED };
        this.after(WAYS.refused, () => call.done(unreached(failure)));
        return;
      }
      const secured = secure(attempt, service);
      const { transport } = attempt;
      const ways = transport === 'tls' ? WAYS.handshake : transport === 'tcp' ? WAYS.connection : 0;
      this.after(ways, () => {
        if (call.isOver) return;
        if ('failure' in secured) call.done(unreached(secured.failure));
        else begin(call, { service, secured });
      });
    });
  }

  /** Whether TLS with a service comes about; tells `failed` where it does not, when the phone has noticed. */
  protected agrees<S extends Pick<RunningTvs, 'tls' | 'keyType'>>(
    service: S | undefined,
    tls: TlsRange,
    failed: (isThere: boolean, detail: string) => void,
  ): service is S {
    if (service === undefined) {
      this.after(WAYS.refused, () => failed(false, REFUSED));
      return false;
    }
    const agreed = agreeOnTls(anyCipher(tls), anyCipher(service.tls), service.keyType);
    if (agreed.version !== null) return true;
    const { detail } = agreed;
    this.after(WAYS.handshake, () => failed(true, detail));
    return false;
  }

  protected after(ways: number, then: () => void): void {
    const { clock, delayMs } = this.network.engine;
    clock.schedule(clock.now + ways * delayMs + this.lostOn(ways), this.device.ordinal, then);
  }

  /** As the engine sends, over a network that loses some time on these ways. */
  protected send(
    station: number,
    serviceMs: number,
    limitMs: number,
    ways: number,
    answered: (passage: Passage | 'late') => void,
  ): void {
    const lostMs = this.lostOn(ways);
    this.network.send(this.device.ordinal, station, serviceMs, limitMs, lostMs, answered);
  }

  protected lostOn(ways: number): number {
    return lostOn(ways, this.network.settings, this);
  }
}

/** What a phone or a service offers whose ciphers never stand in the way. */
export function anyCipher({ min, max }: TlsRange): TlsOffer {
  return { min, max, ciphers: null };
}
