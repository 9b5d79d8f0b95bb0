import type { TlsRange } from '../cluster/tls.js';
import type { ModelProfile } from '../device/model.js';
import type { TransferLabels } from '../observe/events.js';
import type { CapfAnswer, CapfQuestion } from '../phone/capf-world.js';
import type { ServiceAnswer, ServiceQuestion } from '../phone/service-world.js';
import type { StopSignal } from '../phone/stop.js';
import type {
  FetchResult,
  LocalWorld,
  PhoneWorld,
  RegistrationAttempt,
  RegistrationResult,
  Standby,
  TvsAnswer,
  TvsQuestion,
} from '../phone/world.js';
import { TOKEN_RETRY_SECONDS } from '../protocol/sccp/limits.js';
import { BootReport } from '../protocol/sip/boot-report.js';
import { TFTP_CLIENT_LIMITS } from '../protocol/tftp/client-session.js';
import { agreeOnTls, type TlsOffer } from '../protocol/tls/agreement.js';
import { TVS_STATUS_VALID, type TvsResponse } from '../protocol/tvs/index.js';
import { later, networkCall } from './calls.js';
import { holdCapfSession } from './capf.js';
import type { DatagramRules, VirtualNetwork } from './network.js';
import { admission, secure, VirtualRegistration, VirtualStandby } from './registration.js';
import { DEFAULT_TLS, type RunningTftp } from './services.js';

/** A phone as its virtual surroundings need it. */
export interface VirtualDevice {
  readonly name: string;
  /** Number within the fleet, from 0. */
  readonly ordinal: number;
  readonly model: ModelProfile;
}

/** Octets of a TFTP block (phone-config.md 3: phones ask for no options). */
const BLOCK_OCTETS = 512;

/** HTTP of a phone: without an octet for this long the server counts as gone; as over sockets. */
const HTTP_IDLE_MS = 5_000;
/** From the first octet of a handshake to its end at CAPF (capf.md 8.9), and to the answer of a registrar. */
const CONNECT_MS = 10_000;
const REGISTRAR_MS = 10_000;

/** Ways of the network that an exchange takes: a TCP connection and a question, a TLS handshake before it. */
const WAYS = { refused: 2, handshake: 6, question: 2 } as const;

const REFUSED = 'connection refused';

/** `PhoneWorld` in virtual time for one phone. */
export function createVirtualWorld(
  device: VirtualDevice,
  network: VirtualNetwork,
  local: LocalWorld,
): PhoneWorld {
  const { engine, settings } = network;
  const { ordinal, model } = device;
  const { clock, delayMs } = engine;
  const after = (ways: number, then: () => void): void => {
    clock.schedule(clock.now + ways * delayMs, ordinal, then);
  };

  async function fetch(
    request: { readonly server: string; readonly file: string; readonly transport: 'tftp' | 'http' },
    signal: StopSignal,
  ): Promise<FetchResult> {
    const started = clock.now;
    const outcome = await transfer(request, signal);
    const labels: TransferLabels = { protocol: request.transport, result: outcome.result.status };
    local.count('transfers', labels);
    const { result, retransmissions } = outcome;
    if (result.status === 'ok' && result.bytes.length > 0) {
      local.count('transfer_bytes', labels, result.bytes.length);
    }
    if (retransmissions > 0) local.count('retransmissions', labels, retransmissions);
    local.time('transfer_seconds', (clock.now - started) / 1_000);
    return result;
  }

  function transfer(
    { server, file, transport }: Parameters<PhoneWorld['fetch']>[0],
    signal: StopSignal,
  ): Promise<Transfer> {
    return networkCall(engine, signal, (done) => {
      const service = network.node(server)?.tftp;
      if (service === undefined) {
        if (transport === 'http') after(WAYS.refused, () => done(plain({ status: 'refused' })));
        else clock.schedule(clock.now + SILENCE_MS, ordinal, () => done(SILENCE));
        return undefined;
      }
      const bytes = service.answers.read(service.node, file);
      const trouble = transport === 'tftp' ? troubleOf(network.datagrams, bytes, local.random) : NO_TROUBLE;
      if (trouble === 'silence') {
        clock.schedule(clock.now + SILENCE_MS, ordinal, () => done(SILENCE));
        return undefined;
      }
      const way = bytes === undefined ? 0 : wayOf(transport, bytes.length, delayMs);
      const ms = settings.tftp.serviceMs + way + trouble.ms;
      const sent = clock.now;
      const limit = transport === 'http' ? HTTP_IDLE_MS : SILENCE_MS;
      engine.send(ordinal, service.station, ms, limit + ms, (passage) => {
        if (passage === 'late') done(transport === 'http' ? plain({ status: 'timeout' }) : SILENCE);
        else if (passage.busy) done(plain({ status: 'busy' }));
        else done(taken(service, bytes, transport, passage.begins - sent, trouble.retransmissions));
      });
      return undefined;
    });
  }

  function askTvs(question: TvsQuestion, signal: StopSignal): Promise<TvsAnswer> {
    return networkCall<TvsAnswer>(engine, signal, (done) => {
      const service = network.node(question.server.address)?.tvs;
      if (service === undefined) {
        after(WAYS.refused, () => done({ result: 'unreachable', detail: REFUSED }));
        return undefined;
      }
      const agreed = agreeOnTls(anyCipher(question.tls), anyCipher(service.tls), service.keyType);
      if (agreed.version === null) {
        const { detail } = agreed;
        after(WAYS.handshake, () => done({ result: 'handshake-failed', detail }));
        return undefined;
      }
      const { serviceMs, modernMs, legacyMs } = settings.tvs;
      const whole = model.family === 'modern' ? modernMs : legacyMs;
      const own = Math.max(0, whole - serviceMs - 2 * delayMs);
      const limit = question.connectTimeoutMs + question.answerTimeoutMs;
      engine.send(ordinal, service.station, serviceMs, limit, (passage) => {
        if (passage === 'late') {
          done({ result: 'timeout', detail: `no answer within ${limit} ms` });
          return;
        }
        clock.schedule(clock.now + own, ordinal, () => {
          if (!service.alive) {
            done({ result: 'handshake-failed', detail: 'closed before TLS was up' });
            return;
          }
          const verdict = question.judge(service.certificate);
          if (!verdict.trusted) {
            done({ result: 'handshake-failed', detail: `${verdict.reason} (${verdict.rule})` });
            return;
          }
          const { sessionId, deviceName, signer } = question;
          const request = { command: 'QUERY_REQUEST', sessionId, deviceName, signer } as const;
          done(answerOf(service.answers.tvs(service.node, request)));
        });
      });
      return undefined;
    });
  }

  function enrol(question: CapfQuestion, signal: StopSignal): Promise<CapfAnswer> {
    return networkCall<CapfAnswer>(engine, signal, (done, failed) => {
      const service = network.node(question.server.address)?.capf;
      if (service === undefined) {
        after(WAYS.refused, () => done({ outcome: 'refused', detail: REFUSED }));
        return undefined;
      }
      if (question.family === 'ipv6' && service.capf.ipv6?.() === 'refused') {
        after(WAYS.refused, () => done({ outcome: 'refused', detail: 'the server closed the connection' }));
        return undefined;
      }
      const agreed = agreeOnTls(anyCipher(question.tls), anyCipher(service.capf.tls ?? DEFAULT_TLS), 'rsa');
      if (agreed.version === null) {
        const { detail } = agreed;
        after(WAYS.handshake, () => done({ outcome: 'tls-failed', detail }));
        return undefined;
      }
      engine.send(ordinal, service.station, settings.capf.serviceMs, CONNECT_MS, (passage) => {
        if (passage === 'late') done({ outcome: 'tls-failed', detail: `no TLS within ${CONNECT_MS} ms` });
        else if (!service.alive) done({ outcome: 'refused', detail: 'the connection is closed' });
        else {
          const way = (): Promise<void> => later(engine, ordinal, delayMs, signal);
          holdCapfSession(question, service, { way, now: () => clock.now, date: () => network.date() }).then(
            done,
            failed,
          );
        }
      });
      return undefined;
    });
  }

  function requestService(question: ServiceQuestion, signal: StopSignal): Promise<ServiceAnswer> {
    return networkCall<ServiceAnswer>(engine, signal, (done, failed) => {
      const service = network.node(question.server.address)?.tomcat;
      if (service === undefined) {
        after(WAYS.refused, () => done({ result: 'unreachable', detail: REFUSED }));
        return undefined;
      }
      const agreed = agreeOnTls(anyCipher(question.tls), anyCipher(service.tls), service.keyType);
      if (agreed.version === null) {
        const { detail } = agreed;
        after(WAYS.handshake, () => done({ result: 'tls-failed', detail }));
        return undefined;
      }
      after(WAYS.handshake, () => {
        question.judge(service.certificate).then((verdict) => {
          if (!verdict.trusted) {
            done({ result: 'tls-failed', detail: `${verdict.reason} (${verdict.rule})` });
            return;
          }
          engine.send(ordinal, service.station, settings.tomcat.serviceMs, CONNECT_MS, (passage) => {
            if (passage === 'late') done({ result: 'timeout', detail: `no answer within ${CONNECT_MS} ms` });
            else if (!service.alive) done({ result: 'error', detail: 'closed by the server' });
            else {
              const { status, body } = service.answers.web(service.node, question.path);
              done({ result: 'answered', status, body });
            }
          });
        }, failed);
      });
      return undefined;
    });
  }

  const report = new BootReport();
  const asking = { device: device.name, deviceType: model.deviceType, address: '' };

  /** Connects, and hands on whom it reached; undefined where nobody answers or TLS does not come about. */
  function connected<T>(
    attempt: RegistrationAttempt,
    signal: StopSignal,
    begin: (reached: Reached, done: (value: T) => void, isOver: () => boolean) => void,
    unreached: (failure: Extract<RegistrationResult, { detail: string }>) => T,
  ): Promise<T> {
    return networkCall<T>(engine, signal, (done) => {
      let over = false;
      const service = network.node(attempt.server.address)?.callManager;
      if (service === undefined) {
        after(WAYS.refused, () =>
          done(unreached({ result: 'unreachable', cause: '6', tls: 'none', detail: REFUSED })),
        );
        return undefined;
      }
      const secured = secure(attempt, service);
      const ways =
        attempt.transport === 'tls' ? WAYS.handshake : attempt.transport === 'tcp' ? WAYS.question : 0;
      after(ways, () => {
        if (over) return;
        if ('failure' in secured) done(unreached(secured.failure));
        else begin({ service, secured }, done, () => over);
      });
      return () => {
        over = true;
      };
    });
  }
  type Reached = {
    readonly service: NonNullable<ReturnType<typeof callManagerOf>>;
    readonly secured: Extract<ReturnType<typeof secure>, { version: unknown }>;
  };
  function callManagerOf(address: string) {
    return network.node(address)?.callManager;
  }

  function register(attempt: RegistrationAttempt, signal: StopSignal): Promise<RegistrationResult> {
    report.begins(attempt.lastCause);
    return connected<RegistrationResult>(
      attempt,
      signal,
      ({ service, secured }, done, isOver) => {
        const closed = (detail: string): void =>
          done({ result: 'unreachable', cause: '6', tls: secured.version, detail });
        if (!service.alive) {
          closed('the server closed the connection');
          return;
        }
        engine.send(ordinal, service.station, settings.registrar.serviceMs, REGISTRAR_MS, (passage) => {
          if (isOver()) return;
          if (passage === 'late') closed(`no answer within ${REGISTRAR_MS} ms`);
          else if (!service.alive) closed('the server closed the connection');
          else {
            const refusal = admission(attempt, service, secured, asking);
            if (refusal !== undefined) done(refusal);
            else {
              const isSip = attempt.protocol === 'SIP';
              if (isSip && report.takeDue() && model.family === 'modern')
                service.answers.itlFiles.reported(device.name, attempt.trustLists.itl);
              const sipDevice = isSip ? device.name : null;
              const registration = new VirtualRegistration(
                network,
                service,
                ordinal,
                secured.version,
                sipDevice,
              );
              done({ result: 'accepted', registration });
            }
          }
        });
      },
      (failure) => failure,
    );
  }

  function standby(attempt: RegistrationAttempt, signal: StopSignal): Promise<Standby | undefined> {
    return connected<Standby | undefined>(
      attempt,
      signal,
      ({ service }, done) => done(service.alive ? new VirtualStandby(service, ordinal) : undefined),
      () => undefined,
    );
  }

  function requestToken(
    attempt: RegistrationAttempt,
    signal: StopSignal,
  ): ReturnType<PhoneWorld['requestToken']> {
    const denied = { granted: false, retrySeconds: TOKEN_RETRY_SECONDS } as const;
    return connected<Awaited<ReturnType<PhoneWorld['requestToken']>>>(
      attempt,
      signal,
      ({ service, secured }, done) => {
        if (!service.alive) done(denied);
        // SCCP grants a token to whoever asks; SIP looks the device up (sip.md 5.2)
        else if (attempt.protocol === 'SCCP') done({ granted: true });
        else done(admission(attempt, service, secured, asking) === undefined ? { granted: true } : denied);
      },
      () => denied,
    );
  }

  return {
    ...local,
    fetch,
    askTvs,
    enrol,
    requestService,
    register,
    standby,
    requestToken,
    sleep: (ms, signal) => later(engine, ordinal, ms / network.scale, signal),
    readTrustFile: (bytes) => network.reading.trustFile(bytes, device.name, local.readTrustFile),
    readConfiguration: (bytes) => network.reading.configuration(bytes, local.readConfiguration),
    now: () => clock.now,
    date: () => network.date(),
    nodeName: (address) => network.label(address),
  };
}

interface Transfer {
  readonly result: FetchResult;
  readonly retransmissions: number;
}

/** Nobody answers a request and its repetitions. */
const SILENCE_MS = TFTP_CLIENT_LIMITS.retransmitMs * TFTP_CLIENT_LIMITS.attempts;
const SILENCE: Transfer = {
  result: { status: 'timeout' },
  retransmissions: TFTP_CLIENT_LIMITS.attempts - 1,
};

function plain(result: FetchResult): Transfer {
  return { result, retransmissions: 0 };
}

/** What a bad network does to one transfer over TFTP: time lost, and packets sent again. */
interface Trouble {
  readonly ms: number;
  readonly retransmissions: number;
}

const NO_TROUBLE: Trouble = { ms: 0, retransmissions: 0 };

/** Each block and each of its answers is lost or late for itself; five in a row end the transfer (phone-config.md 3). */
function troubleOf(
  rules: DatagramRules | undefined,
  bytes: Uint8Array | undefined,
  random: () => number,
): Trouble | 'silence' {
  if (rules === undefined) return NO_TROUBLE;
  const { drop = 0, delayMs = 0, delay = 1 } = rules;
  const { attempts, retransmitMs } = TFTP_CLIENT_LIMITS;
  let ms = 0;
  let retransmissions = 0;
  for (let blocks = 1 + Math.floor((bytes?.length ?? 0) / BLOCK_OCTETS); blocks > 0; blocks -= 1) {
    let tries = 1;
    while (random() < drop || random() < drop) {
      tries += 1;
      if (tries > attempts) return 'silence';
      ms += retransmitMs;
      retransmissions += 1;
    }
    for (let way = 0; way < 2; way += 1) if (delayMs > 0 && random() < delay) ms += delayMs;
  }
  return { ms, retransmissions };
}

/** Time that a file needs on its way: TFTP acknowledges block by block, HTTP sends it in one go. */
function wayOf(transport: 'tftp' | 'http', octets: number, delayMs: number): number {
  return transport === 'http' ? 2 * delayMs : Math.floor(octets / BLOCK_OCTETS) * 2 * delayMs;
}

function taken(
  service: RunningTftp,
  bytes: Uint8Array | undefined,
  transport: 'tftp' | 'http',
  waitedMs: number,
  lost: number,
): Transfer {
  const repeated = transport === 'tftp' ? Math.floor(waitedMs / TFTP_CLIENT_LIMITS.retransmitMs) : 0;
  const retransmissions = lost + repeated;
  if (!service.alive) {
    return transport === 'tftp' ? SILENCE : plain({ status: 'error', detail: 'the connection was closed' });
  }
  return { result: bytes === undefined ? { status: 'not-found' } : { status: 'ok', bytes }, retransmissions };
}

function anyCipher({ min, max }: TlsRange): TlsOffer {
  return { min, max, ciphers: null };
}

function answerOf(response: TvsResponse | undefined): TvsAnswer {
  if (response?.command !== 'QUERY_RESPONSE')
    return { result: 'timeout', detail: 'closed without an answer' };
  const { status, certificate, roles = [], ttlSeconds = 0 } = response;
  if (status !== TVS_STATUS_VALID || certificate === undefined) return { result: 'negative' };
  return { result: 'positive', certificate, roles, ttlSeconds };
}
