import type { RegistrationMode } from '../device/security.js';
import type { PhoneConfiguration } from '../protocol/cnf/model.js';
import { signatureSha1 } from '../trustfile/signature-sha1.js';
import type { CapfServerVerdict } from './capf-world.js';
import type { MissingLsc } from './decide/enrolment.js';
import { runningLoad } from './decide/firmware.js';
import { judgeCallManager, judgeOauthServer, PEER_DETAIL } from './decide/peer.js';
import { STATUS } from './decide/status.js';
import type { RegistrationTarget } from './decide/targets.js';
import { chooseTransport, signallingProtocol, type Transport } from './decide/transport.js';
import type { VouchedServer } from './decide/vouched.js';
import { type Equipment, tlsProfile } from './equipment.js';
import { fetchToken, type Token } from './oauth.js';
import { tellRefusedPeer } from './refused-peer.js';
import type { StopSignal } from './stop.js';
import { askAboutServer } from './vouching.js';
import type {
  LastCause,
  PeerVerdict,
  Registration,
  RegistrationAttempt,
  RegistrationResult,
  TrustListReport,
} from './world.js';

type Certificate = 'lsc' | 'mic' | 'none';

/** A registration that stands, and with whom. */
export interface Standing {
  /** Place of the server among the targets. */
  readonly index: number;
  readonly node: string;
  readonly mode: RegistrationMode;
  readonly registration: Registration;
}

/**
 * The servers that a phone may register with in one boot, and its registration with one of them. Whoever holds the
 * `Signalling` owns the registration, until `release` hands it over.
 */
export class Signalling {
  readonly targets: readonly RegistrationTarget[];
  readonly #equipment: Equipment;
  readonly #configuration: PhoneConfiguration | null;
  readonly #lacking: MissingLsc | null;
  /** Tells whoever waits for the first registration. */
  #announce: (() => void) | null = null;
  #wasAccepted = false;
  #standing: Standing | null = null;
  /** K-06: CallManager certificates that TVS vouched for in this boot, base64. */
  #vouched: Set<string> | null = null;
  /** What the last handshake was refused for, and may be believed after TVS was asked (K-06, SIP OAuth). */
  #unknown: { readonly server: VouchedServer; readonly certificate: Uint8Array } | null = null;
  /** SIP OAuth: the access token in hand. */
  #token: Token | null = null;

  /** @param lacking what keeps the phone from every secure registration in this boot (DT-5) */
  constructor(
    equipment: Equipment,
    targets: readonly RegistrationTarget[],
    lacking: MissingLsc | null = null,
  ) {
    this.#equipment = equipment;
    this.targets = targets;
    this.#lacking = lacking;
    // in force until the next boot: R-84 repeats the registration, nothing else
    this.#configuration = equipment.flash.configuration?.configuration ?? null;
  }

  get standing(): Standing | null {
    return this.#standing;
  }

  /** Resolves when a server has accepted the phone for the first time; to be asked for once. */
  get registered(): Promise<void> {
    if (this.#wasAccepted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#announce = resolve;
    });
  }

  /** Seconds that a better member must have been up before the phone falls back to it (sip.md 6). */
  get monitorSeconds(): number {
    return this.#configuration?.connectionMonitorDuration ?? DEFAULT_MONITOR_SECONDS;
  }

  /** Is there a server at all that this phone would try? */
  get canRegister(): boolean {
    return this.targets.some((_, index) => (this.#transport(index)?.kind ?? 'none') !== 'none');
  }

  /** Gives the registration away; it is nobody's standing then. */
  release(): Standing | null {
    const standing = this.#standing;
    this.#standing = null;
    return standing;
  }

  /** As a power cut does. */
  drop(): void {
    this.release()?.registration.drop();
  }

  /** one server after the other from `first` on, round the group once, until one accepts. */
  async registerFrom(first: number, cause: LastCause, signal: StopSignal): Promise<boolean> {
    let last = cause;
    for (let offset = 0; offset < this.targets.length; offset += 1) {
      const failed = await this.#registerWith((first + offset) % this.targets.length, last, signal);
      if (failed === 'registered') return true;
      last = failed;
    }
    return false;
  }

  /** What a connection to this target would be made with; null where the phone makes none. */
  attempt(
    index: number,
    lastCause: LastCause,
    transport: Transport | null = this.#transport(index),
  ): RegistrationAttempt | null {
    const configuration = this.#configuration;
    const target = this.targets[index];
    if (configuration === null || target === undefined || transport === null || transport.kind === 'none') {
      return null;
    }
    const { flash, model } = this.#equipment;
    const protocol = signallingProtocol(configuration.deviceProtocol, model);
    return {
      server: { address: target.server.address, port: transport.port },
      protocol,
      load: runningLoad(flash, model, protocol),
      mode: transport.mode,
      transport: transport.transport,
      configuration,
      lastCause,
      trustLists: trustListReport(this.#equipment),
      token: transport.kind === 'secure' && transport.by === 'token' ? (this.#token?.value ?? null) : null,
      tls: transport.kind === 'nonsecure' ? null : this.#tls(transport, target),
    };
  }

  #tls(
    transport: Extract<Transport, { readonly kind: 'secure' }>,
    target: RegistrationTarget,
  ): NonNullable<RegistrationAttempt['tls']> {
    const { ciphers } = transport;
    if (transport.by === 'token') {
      const judge = (certificate: Uint8Array): PeerVerdict => this.#judgeOauth(target, certificate);
      return { ...transport.tls, identity: null, ciphers, judge };
    }
    return Object.assign(tlsProfile(this.#equipment, transport.tls), {
      ciphers,
      judge: (certificate: Uint8Array) => this.#judgePeer(target, certificate),
    });
  }

  #transport(index: number): Transport | null {
    const target = this.targets[index];
    if (this.#configuration === null || target === undefined) return null;
    const { flash, model } = this.#equipment;
    const configuration = this.#configuration;
    const protocol = signallingProtocol(configuration.deviceProtocol, model);
    const spoken =
      configuration.deviceProtocol === protocol
        ? configuration
        : { ...configuration, deviceProtocol: protocol };
    const transport = chooseTransport(spoken, flash.ctl, target.server, model);
    return transport.kind === 'secure' && this.#lacking !== null
      ? { kind: 'none', ...this.#lacking }
      : transport;
  }

  /** `registered`, or the cause that the next attempt reports. */
  async #registerWith(
    index: number,
    cause: LastCause,
    signal: StopSignal,
  ): Promise<'registered' | LastCause> {
    const { world } = this.#equipment;
    const transport = this.#transport(index);
    const attempt = this.attempt(index, cause, transport);
    const target = this.targets[index];
    if (attempt === null || target === undefined) {
      if (transport?.kind === 'none') {
        world.refused({
          what: 'registration',
          rule: transport.rule,
          reason: transport.reason,
          detail: transport.detail,
        });
      }
      return cause;
    }
    const node = world.nodeName(attempt.server.address);
    const certificate = this.#certificateShown(attempt);
    const started = world.now();
    const byToken = transport?.kind === 'secure' && transport.by === 'token';
    const result = await (byToken
      ? this.#connectByToken(attempt, target, signal)
      : this.#connect(attempt, target, signal));
    if (signal.aborted) {
      // whoever ended the life could not know of a registration that was accepted in the same moment
      if (result.result === 'accepted') result.registration.drop();
      signal.throwIfAborted();
    }
    world.time('register_seconds', (world.now() - started) / 1_000);
    const accepted = result.result === 'accepted';
    world.count('registrations', {
      node,
      protocol: attempt.protocol === 'SCCP' ? 'sccp' : 'sip',
      mode: attempt.mode,
      result: result.result,
      cause: accepted ? '' : result.cause,
      certificate,
      tls: accepted ? result.registration.tls : result.tls,
    });
    world.log(`register ${node} ${attempt.transport}: ${result.result}`);
    if (accepted) {
      this.#standing = { index, node, mode: attempt.mode, registration: result.registration };
      this.#wasAccepted = true;
      this.#announce?.();
      return 'registered';
    }
    const detail = `${node} (${attempt.mode}): ${result.detail}`;
    world.refused({
      what: 'registration',
      rule: 'R-82',
      reason: result.result,
      detail,
      attempt: { cause: result.cause, certificate },
    });
    return result.result === 'rejected' ? CAUSE_REJECTED : CAUSE_NO_CONNECTION;
  }

  async #connect(
    attempt: RegistrationAttempt,
    target: RegistrationTarget,
    signal: StopSignal,
  ): Promise<RegistrationResult> {
    const { world } = this.#equipment;
    this.#unknown = null;
    const result = await world.register(attempt, signal);
    // nearly every attempt ends here
    if (this.#unknown === null || !(await this.#isVouchedFor(target, signal))) return result;
    return world.register(attempt, signal);
  }

  /** SIP OAuth: with the token in hand, or a new one; one that is refused is thrown away. */
  async #connectByToken(
    attempt: RegistrationAttempt,
    target: RegistrationTarget,
    signal: StopSignal,
  ): Promise<RegistrationResult> {
    const { world } = this.#equipment;
    if (this.#token === null || this.#token.expires <= world.now()) {
      const token = await fetchToken(this.#equipment, target.server.address, signal);
      if ('result' in token) return token;
      this.#token = token;
    }
    const result = await this.#connect({ ...attempt, token: this.#token.value }, target, signal);
    if (result.result === 'rejected') this.#token = null;
    return result;
  }

  #certificateShown({ tls }: RegistrationAttempt): Certificate {
    const shown = tls?.identity ?? null;
    if (shown === null) return 'none';
    return shown === this.#equipment.flash.lsc ? 'lsc' : 'mic';
  }

  #judgePeer({ server }: RegistrationTarget, certificate: Uint8Array): PeerVerdict {
    const { flash, knobs, model } = this.#equipment;
    const verdict = judgeCallManager(flash.ctl, model, knobs, certificate);
    if (verdict.trusted) return verdict;
    // a model without Security By Default has no TVS
    if (verdict.reason === 'not-in-ctl' && knobs.tvsForSignalling && model.securityByDefault) {
      if (this.#vouched?.has(textOf(certificate))) return { trusted: true };
      this.#unknown = { server: 'ccm', certificate: Uint8Array.from(certificate) };
      return verdict;
    }
    this.#refuse(server, verdict);
    return verdict;
  }

  #judgeOauth({ server }: RegistrationTarget, certificate: Uint8Array): PeerVerdict {
    const { flash, knobs, model, tvs } = this.#equipment;
    const held = { ctl: flash.ctl, itl: flash.itl, cache: tvs };
    const verdict = judgeOauthServer(held, model, knobs, certificate);
    if (verdict.trusted || verdict.reason === 'not-in-itl') {
      if (!verdict.trusted) this.#unknown = { server: 'https', certificate: Uint8Array.from(certificate) };
      return verdict;
    }
    this.#refuse(server, verdict);
    return verdict;
  }

  #refuse(
    server: RegistrationTarget['server'],
    verdict: Extract<PeerVerdict, { readonly trusted: false }>,
  ): void {
    this.#countRefusal(server, verdict, PEER_DETAIL[verdict.reason]);
    if (verdict.reason === 'key-too-small') {
      this.#equipment.world.count('status_messages', { message: STATUS.notFipsCompliant });
    }
  }

  /**
   * K-06, SIP OAuth: may the certificate that has just been refused be believed after all? The handshake cannot wait for an answer, so
   * TVS is asked after it, and on a yes the connection is made once more.
   */
  async #isVouchedFor({ server }: RegistrationTarget, signal: StopSignal): Promise<boolean> {
    if (this.#unknown === null) return false;
    const { server: role, certificate } = this.#unknown;
    const verdict = await askAboutServer(this.#equipment, role, certificate, signal);
    if (verdict.trusted) {
      this.#vouched ??= new Set();
      this.#vouched.add(textOf(certificate));
    } else this.#countRefusal(server, verdict, UNVOUCHED[role]);
    return verdict.trusted;
  }

  #countRefusal(
    { address }: RegistrationTarget['server'],
    verdict: Extract<CapfServerVerdict, { readonly trusted: false }>,
    why: string,
  ): void {
    const { world } = this.#equipment;
    tellRefusedPeer(world, `CallManager ${world.nodeName(address)}`, verdict, why);
  }
}

const UNVOUCHED: Readonly<Record<VouchedServer, string>> = {
  capf: PEER_DETAIL['not-in-ctl'],
  ccm: `${PEER_DETAIL['not-in-ctl']}, and TVS does not help (K-06)`,
  https: 'its certificate is in no list of the phone, and TVS does not help',
};

function textOf(certificateDer: Uint8Array): string {
  return Buffer.from(certificateDer).toString('base64');
}

/** `connectionMonitorDuration` where no configuration says it. */
const DEFAULT_MONITOR_SECONDS = 120;

/** Phone-Reg-Rej and TCP-timeout (sccp.md 6). */
const CAUSE_REJECTED = 24;
const CAUSE_NO_CONNECTION = 10;

/** What SIP phones report of their lists; without a new alarm the last code is repeated (sip.md 5.1). */
function trustListReport({ flash, memory }: Equipment): TrustListReport {
  const { ctl, itl } = flash;
  // a list that came before this phone was watched came from where it asks
  const first = memory.tftpServers[0] ?? '';
  return {
    ctl: ctl === null ? null : { signatureSha1: signatureSha1(ctl), server: memory.ctlServer || first },
    itl: itl === null ? null : { signatureSha1: signatureSha1(itl), server: memory.itlServer || first },
    alarm: memory.lastAlarm === 0 ? assumedAlarm(ctl !== null, itl !== null) : memory.lastAlarm,
  };
}

/** A phone whose first boot nobody saw: the code that it must have raised when its lists were new. */
function assumedAlarm(ctl: boolean, itl: boolean): number {
  if (ctl) return itl ? 4 : 2;
  return itl ? 3 : 6;
}
