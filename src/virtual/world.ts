import { DEFAULT_VERSIONS } from '../cluster/tls.js';
import type { TransferLabels } from '../observe/events.js';
import type { CapfAnswer, CapfQuestion } from '../phone/capf-world.js';
import type { ServiceAnswer, ServiceQuestion } from '../phone/service-world.js';
import type { StopSignal } from '../phone/stop.js';
import { tvsAnswer, tvsRequest } from '../phone/tvs-exchange.js';
import type {
  FetchResult,
  PhoneWorld,
  RegistrationAttempt,
  RegistrationResult,
  Standby,
  TvsAnswer,
  TvsQuestion,
} from '../phone/world.js';
import { TOKEN_RETRY_SECONDS } from '../protocol/sccp/limits.js';
import { BootReport } from '../protocol/sip/boot-report.js';
import { agreeOnTls } from '../protocol/tls/agreement.js';
import type { TrustFile } from '../trustfile/model.js';
import { later, networkCall } from './calls.js';
import { playCapfSession } from './capf.js';
import { anyCipher, REFUSED, VirtualReach, WAYS } from './reach.js';
import { type Asking, admission, VirtualRegistration, VirtualStandby } from './registration.js';
import { blocksOf, plain, SILENCE, SILENCE_MS, type Transfer, taken, wayOf } from './transfer.js';
import { NO_TROUBLE, troubleOf } from './trouble.js';

/** HTTP of a phone: without an octet for this long the server counts as gone; as over sockets. */
const HTTP_IDLE_MS = 5_000;
/** From the first octet of a handshake to its end at CAPF (capf.md 8.9), and to the answer of a registrar. */
const CONNECT_MS = 10_000;
const REGISTRAR_MS = 10_000;

type FileRequest = Parameters<PhoneWorld['fetch']>[0];

/**
 * `PhoneWorld` in virtual time for one phone. Of these there are as many as phones: what they share stands in the network, and
 * what one has for itself is little.
 */
export class VirtualWorld extends VirtualReach implements PhoneWorld {
  /** Made at the first registration. */
  #report: BootReport | null = null;

  async fetch(request: FileRequest, signal: StopSignal): Promise<FetchResult> {
    const { clock } = this.network.engine;
    const started = clock.now;
    const { result, retransmissions } = await this.#transfer(request, signal);
    const labels: TransferLabels = { protocol: request.transport, result: result.status };
    this.count('transfers', labels);
    if (result.status === 'ok' && result.bytes.length > 0) {
      this.count('transfer_bytes', labels, result.bytes.length);
    }
    if (retransmissions > 0) this.count('retransmissions', labels, retransmissions);
    this.time('transfer_seconds', (clock.now - started) / 1_000);
    return result;
  }

  #transfer({ server, file, transport }: FileRequest, signal: StopSignal): Promise<Transfer> {
    const { engine, settings, datagrams } = this.network;
    const { clock, delayMs } = engine;
    const { ordinal } = this.device;
    return networkCall<Transfer>(engine, signal, (call) => {
      const silence = (): void => call.done(SILENCE);
      const service = this.network.node(server)?.tftp;
      if (service === undefined) {
        if (transport === 'http') this.after(WAYS.refused, () => call.done(plain({ status: 'refused' })));
        else clock.schedule(clock.now + SILENCE_MS, ordinal, silence);
        return;
      }
      const bytes = service.answers.read(service.node, file);
      const isTftp = transport === 'tftp';
      const trouble = isTftp ? troubleOf(datagrams, settings, blocksOf(bytes), this) : NO_TROUBLE;
      if (trouble === 'silence') {
        clock.schedule(clock.now + SILENCE_MS, ordinal, silence);
        return;
      }
      const way = bytes === undefined ? 0 : wayOf(transport, bytes.length, delayMs);
      const ms = settings.tftp.serviceMs + way + trouble.delayMs;
      const sent = clock.now;
      const limit = isTftp ? SILENCE_MS : HTTP_IDLE_MS;
      const ways = isTftp ? 0 : WAYS.connection + WAYS.question;
      this.send(service.station, ms, limit + ms, ways, (passage) => {
        if (passage === 'late') call.done(isTftp ? SILENCE : plain({ status: 'timeout' }));
        else if (passage.busy) call.done(plain({ status: 'busy' }));
        else {
          const waited = passage.begins - sent;
          const take = (): void =>
            call.done(taken(service, bytes, transport, waited, trouble.retransmissions));
          if (trouble.lostMs === 0) take();
          else clock.schedule(clock.now + trouble.lostMs, ordinal, take);
        }
      });
    });
  }

  askTvs(question: TvsQuestion, signal: StopSignal): Promise<TvsAnswer> {
    const { engine, settings } = this.network;
    const { clock, delayMs } = engine;
    const { ordinal } = this.device;
    return networkCall<TvsAnswer>(engine, signal, (call) => {
      const service = this.network.node(question.server.address)?.tvs;
      const failed = (isThere: boolean, detail: string): void =>
        call.done({ result: isThere ? 'handshake-failed' : 'unreachable', detail });
      if (!this.agrees(service, question.tls, failed)) return;
      const { serviceMs, modernMs, legacyMs } = settings.tvs;
      const whole = this.model.family === 'modern' ? modernMs : legacyMs;
      const own = Math.max(0, whole - serviceMs - 2 * delayMs);
      const limit = question.connectTimeoutMs + question.answerTimeoutMs;
      this.send(service.station, serviceMs, limit, WAYS.handshake + WAYS.question, (passage) => {
        if (passage === 'late') {
          call.done({ result: 'timeout', detail: `no answer within ${limit} ms` });
          return;
        }
        clock.schedule(clock.now + own, ordinal, () => {
          if (!service.alive) {
            call.done({ result: 'handshake-failed', detail: 'closed before TLS was up' });
            return;
          }
          const verdict = question.judge(service.certificate);
          if (!verdict.trusted) {
            call.done({ result: 'handshake-failed', detail: `${verdict.reason} (${verdict.rule})` });
            return;
          }
          const message = service.answers.tvs(service.node, tvsRequest(question));
          call.done(
            message === undefined
              ? { result: 'timeout', detail: 'closed without an answer' }
              : tvsAnswer(question, message),
          );
        });
      });
    });
  }

  enrol(question: CapfQuestion, signal: StopSignal): Promise<CapfAnswer> {
    const { engine, settings } = this.network;
    const { clock, delayMs } = engine;
    const { ordinal } = this.device;
    return networkCall<CapfAnswer>(engine, signal, (call) => {
      const service = this.network.nodeOfCapf(question.server)?.capf;
      if (service === undefined) {
        this.after(WAYS.refused, () => call.done({ outcome: 'refused', detail: REFUSED }));
        return;
      }
      if (question.family === 'ipv6' && service.capf.ipv6?.() === 'refused') {
        const detail = 'the server closed the connection';
        this.after(WAYS.refused, () => call.done({ outcome: 'refused', detail }));
        return;
      }
      const agreed = agreeOnTls(
        anyCipher(question.tls),
        anyCipher(service.capf.tls ?? DEFAULT_VERSIONS),
        'rsa',
      );
      if (agreed.version === null) {
        const { detail } = agreed;
        this.after(WAYS.handshake, () => call.done({ outcome: 'tls-failed', detail, disagreed: true }));
        return;
      }
      this.send(service.station, settings.capf.serviceMs, CONNECT_MS, WAYS.handshake, (passage) => {
        if (passage === 'late')
          call.done({ outcome: 'tls-failed', detail: `no TLS within ${CONNECT_MS} ms`, late: true });
        else if (!service.alive) call.done({ outcome: 'refused', detail: 'the connection is closed' });
        else {
          const way = (): Promise<void> => later(engine, ordinal, delayMs + this.lostOn(1), signal);
          playCapfSession(question, service, { way, now: () => clock.now, date: () => this.date() }).then(
            (answer) => call.done(answer),
            (error: unknown) => call.failed(error),
          );
        }
      });
    });
  }

  requestService(question: ServiceQuestion, signal: StopSignal): Promise<ServiceAnswer> {
    const { engine, settings } = this.network;
    return networkCall<ServiceAnswer>(engine, signal, (call) => {
      const service = this.network.node(question.server.address)?.tomcat;
      const failed = (isThere: boolean, detail: string): void =>
        call.done({ result: isThere ? 'tls-failed' : 'unreachable', detail });
      if (!this.agrees(service, question.tls, failed)) return;
      const ask = (): void =>
        this.send(service.station, settings.tomcat.serviceMs, CONNECT_MS, WAYS.question, (passage) => {
          if (passage === 'late')
            call.done({ result: 'timeout', detail: `no answer within ${CONNECT_MS} ms` });
          else if (!service.alive) call.done({ result: 'error', detail: 'closed by the server' });
          else {
            const { status, body } = service.answers.web(service.node, question.path);
            call.done({ result: 'answered', status, body });
          }
        });
      this.after(WAYS.handshake, () => {
        question.judge(service.certificate).then(
          (verdict) => {
            if (verdict.trusted) ask();
            else call.done({ result: 'tls-failed', detail: `${verdict.reason} (${verdict.rule})` });
          },
          (error: unknown) => call.failed(error),
        );
      });
    });
  }

  register(attempt: RegistrationAttempt, signal: StopSignal): Promise<RegistrationResult> {
    this.#report ??= new BootReport();
    const report = this.#report;
    const { settings } = this.network;
    const { name, ordinal } = this.device;
    report.begins(attempt.lastCause);
    return this.connect<RegistrationResult>(
      attempt,
      signal,
      (failure) => failure,
      (call, { service, secured }) => {
        const closed = (detail: string): void =>
          call.done({ result: 'unreachable', cause: '6', tls: secured.version, detail });
        if (!service.alive) {
          closed('the server closed the connection');
          return;
        }
        this.send(service.station, settings.registrar.serviceMs, REGISTRAR_MS, WAYS.question, (passage) => {
          // nobody would drop a registration that is made now
          if (call.isOver) return;
          if (passage === 'late') closed(`no answer within ${REGISTRAR_MS} ms`);
          else if (!service.alive) closed('the server closed the connection');
          else {
            const refusal = admission(attempt, service, secured, this.#asking());
            if (refusal !== undefined) {
              call.done(refusal);
              return;
            }
            const isSip = attempt.protocol === 'SIP';
            if (isSip && report.takeDue() && this.model.family === 'modern')
              service.answers.itlFiles.reported(name, attempt.trustLists.itl);
            const sipDevice = isSip ? name : null;
            const registration = new VirtualRegistration(
              this.network,
              service,
              ordinal,
              secured.version,
              sipDevice,
            );
            call.done({ result: 'accepted', registration });
          }
        });
      },
    );
  }

  standby(attempt: RegistrationAttempt, signal: StopSignal): Promise<Standby | undefined> {
    const { ordinal } = this.device;
    return this.connect<Standby | undefined>(
      attempt,
      signal,
      () => undefined,
      (call, { service }) => call.done(service.alive ? new VirtualStandby(service, ordinal) : undefined),
    );
  }

  requestToken(attempt: RegistrationAttempt, signal: StopSignal): ReturnType<PhoneWorld['requestToken']> {
    const denied = { granted: false, retrySeconds: TOKEN_RETRY_SECONDS } as const;
    return this.connect<Awaited<ReturnType<PhoneWorld['requestToken']>>>(
      attempt,
      signal,
      () => denied,
      (call, { service, secured }) => {
        if (!service.alive) call.done(denied);
        // SCCP grants a token to whoever asks; SIP looks the device up (sip.md 5.2)
        else if (attempt.protocol === 'SCCP') call.done({ granted: true });
        else {
          const refusal = admission(attempt, service, secured, this.#asking());
          call.done(refusal === undefined ? { granted: true } : denied);
        }
      },
    );
  }

  #asking(): Asking {
    return { device: this.device.name, deviceType: this.model.deviceType, address: '' };
  }

  sleep(ms: number, signal: StopSignal): Promise<void> {
    return later(this.network.engine, this.device.ordinal, ms / this.network.scale, signal);
  }

  override readTrustFile(bytes: Uint8Array): TrustFile {
    return this.network.reading.trustFile(bytes, this.device.name, (file) => super.readTrustFile(file));
  }

  override readConfiguration(bytes: Uint8Array): ReturnType<PhoneWorld['readConfiguration']> {
    return this.network.reading.configuration(bytes, (file) => super.readConfiguration(file));
  }

  now(): number {
    return this.network.engine.clock.now;
  }

  date(): number {
    return this.network.date();
  }

  nodeName(address: string): string {
    return this.network.label(address);
  }
}
