import { CALL_MANAGER_CIPHERS } from '../cluster/call-manager.js';
import { namesDevice } from '../device/name.js';
import type { TlsVersion } from '../device/security.js';
import type {
  LastCause,
  Registration,
  RegistrationAttempt,
  RegistrationEnd,
  RegistrationListener,
  RegistrationResult,
  Standby,
  StandbyListener,
} from '../phone/world.js';
import type { Certificate } from '../pki/certificate.js';
import { rejectCause } from '../protocol/sccp/phone-session.js';
import { REJECT_X509_NAME, shownText } from '../protocol/sccp/text.js';
import {
  admissionRefusal,
  refusalCause,
  TLS_AUTHENTICATION_FAILURE,
} from '../protocol/sip/registrar-checks.js';
import { agreeOnTls } from '../protocol/tls/agreement.js';
import { Ending } from './ending.js';
import type { Link } from './links.js';
import type { VirtualNetwork } from './network.js';
import type { RunningCallManager } from './services.js';

export type RegistrationFailure = Exclude<RegistrationResult, { readonly result: 'accepted' }>;

/** A connection as far as TLS goes. */
export type Secured =
  | {
      readonly version: TlsVersion | 'none';
      readonly mode: 'nonsecure' | 'authenticated' | 'encrypted';
      /** Common name of the phone's certificate; null without TLS. */
      readonly peerName: string | null;
      /** Came to the port of SIP OAuth. */
      readonly byToken?: boolean;
    }
  | { readonly failure: RegistrationFailure };

/** Who asks. */
export interface Asking {
  readonly device: string;
  readonly deviceType: number;
  readonly address: string;
}

/**
 * The handshake of a phone with a CallManager: version and cipher first, then the phone judges the server's certificate, then
 * the server the phone's.
 */
export function secure(attempt: RegistrationAttempt, service: RunningCallManager): Secured {
  const { tls } = attempt;
  if (attempt.transport !== 'tls' || tls === null)
    return { version: 'none', mode: 'nonsecure', peerName: null };
  if (attempt.token !== null) return secureByToken(tls, service);
  const agreed = service.agree(tls);
  if (agreed.version === null) return failed('12', agreed.detail);
  const shown = service.identity?.certificate.der;
  if (shown === undefined) return failed('6', 'the server shows no certificate');
  const verdict = tls.judge(shown);
  if (!verdict.trusted) return failed('10', `${verdict.reason} (${verdict.rule})`);
  const own = tls.identity?.certificate;
  const refusal = service.refusal(own?.der, agreed.version);
  if (refusal !== undefined || own === undefined) {
    return failed('10', `TLS: alert ${(refusal?.alert ?? 'handshake_failure').replaceAll('_', ' ')}`);
  }
  return { version: agreed.version, mode: agreed.mode, peerName: nameOf(own) };
}

/** SIP OAuth: the phone judges the server's certificate, and shows none. */
function secureByToken(tls: NonNullable<RegistrationAttempt['tls']>, { oauth }: RunningCallManager): Secured {
  if (oauth === undefined) return failed('6', 'the server has no port for SIP OAuth');
  const { certificate } = oauth.identity;
  const offer = { ...oauth.versions, ciphers: CALL_MANAGER_CIPHERS };
  const agreed = agreeOnTls(tls, offer, certificate.keyType);
  if (agreed.version === null) return failed('12', agreed.detail);
  const verdict = tls.judge(certificate.der);
  if (!verdict.trusted) return failed('10', `${verdict.reason} (${verdict.rule})`);
  return { version: agreed.version, mode: agreed.mode, peerName: null, byToken: true };
}

function nameOf(certificate: Certificate): string {
  return certificate.commonName;
}

function failed(cause: '6' | '10' | '12', detail: string): Secured {
  return { failure: { result: 'tls-failed', cause, tls: 'none', detail } };
}

/** What the registrar says to a device, in the order of its checks: the cluster first, then the name in the certificate. */
export function admission(
  attempt: RegistrationAttempt,
  service: RunningCallManager,
  secured: Extract<Secured, { version: unknown }>,
  { device, deviceType, address }: Asking,
): RegistrationFailure | undefined {
  const { protocol } = attempt;
  const { version: tls, mode, peerName, byToken = false } = secured;
  const isNamed = peerName === null || namesDevice(peerName, device);
  // SCCP looks at the name first (sccp.md 12), SIP at the database (sip.md 4.4)
  if (protocol === 'SCCP' && !isNamed) return rejected(REJECT_X509_NAME, rejectCause(REJECT_X509_NAME), tls);
  const answer = service.answers.admit(service.node, {
    deviceName: device,
    deviceType,
    protocol,
    address,
    secure: mode !== 'nonsecure',
    mode,
    ...(byToken ? { oauth: true } : {}),
  });
  if (!answer.accepted) {
    if (protocol === 'SCCP') return rejected(shownText(answer.text), rejectCause(answer.text), tls);
    const { status, text } = admissionRefusal(service.node, answer.reason);
    return rejected(`${status} ${text}`, refusalCause(text), tls);
  }
  const fault = byToken ? service.oauth?.tokenFault(device, attempt.token ?? '') : undefined;
  if (fault !== undefined) return rejected(`407 Proxy Authentication Required: token ${fault}`, '', tls);
  if (isNamed) return undefined;
  return rejected(`403 ${TLS_AUTHENTICATION_FAILURE}`, refusalCause(TLS_AUTHENTICATION_FAILURE), tls);
}

function rejected(
  detail: string,
  cause: RegistrationFailure['cause'],
  tls: TlsVersion | 'none',
): RegistrationFailure {
  return { result: 'rejected', cause, tls, detail };
}

/** A registration that stands in virtual time. */
export class VirtualRegistration
  extends Ending<RegistrationEnd, RegistrationListener>
  implements Registration, Link
{
  previous: Link | null = null;
  next: Link | null = null;
  readonly ordinal: number;
  readonly tls: TlsVersion | 'none';
  readonly #network: VirtualNetwork;
  readonly #service: RunningCallManager;
  readonly #sipDevice: string | null;

  /** @param sipDevice name of a phone that registered over SIP, else null */
  constructor(
    network: VirtualNetwork,
    service: RunningCallManager,
    ordinal: number,
    tls: TlsVersion | 'none',
    sipDevice: string | null,
  ) {
    super();
    this.#network = network;
    this.#service = service;
    this.ordinal = ordinal;
    this.tls = tls;
    service.links.add(this);
    this.#sipDevice = sipDevice;
    if (sipDevice !== null) service.answers.itlFiles.registered(service.node, sipDevice);
  }

  get ended(): Promise<RegistrationEnd> {
    return new Promise((resolve) => this.onEnd({ registrationEnded: resolve }));
  }

  unregister(_cause: LastCause): Promise<void> {
    if (this.isOver) return Promise.resolve();
    const { engine } = this.#network;
    const { clock, delayMs } = engine;
    engine.begin();
    return new Promise((resolve) => {
      clock.schedule(clock.now + 2 * delayMs, this.ordinal, () => {
        engine.end();
        this.#over({ by: 'unregistered' });
        resolve();
      });
    });
  }

  drop(): void {
    this.#over({ by: 'unregistered' });
  }

  lost(cause: LastCause): void {
    this.#over({ by: 'connection-lost', cause });
  }

  #over(end: RegistrationEnd): void {
    if (this.isOver) return;
    const { answers, links, node } = this.#service;
    links.delete(this);
    if (this.#sipDevice !== null) answers.itlFiles.unregistered(node, this.#sipDevice);
    this.settle(end);
  }

  protected override tell(listener: RegistrationListener, end: RegistrationEnd): void {
    listener.registrationEnded(end, this);
  }
}

const LOST = { by: 'lost' } as const;

/** A standby connection in virtual time. */
export class VirtualStandby extends Ending<typeof LOST, StandbyListener> implements Standby, Link {
  previous: Link | null = null;
  next: Link | null = null;
  readonly ordinal: number;
  readonly #service: RunningCallManager;

  constructor(service: RunningCallManager, ordinal: number) {
    super();
    this.#service = service;
    this.ordinal = ordinal;
    service.links.add(this);
  }

  get ended(): Promise<void> {
    return new Promise((resolve) => this.onEnd({ standbyLost: () => resolve() }));
  }

  close(): void {
    this.#service.links.delete(this);
    this.settle(LOST);
  }

  lost(): void {
    this.close();
  }

  protected override tell(listener: StandbyListener): void {
    listener.standbyLost(this);
  }
}
