import type { TransferLabels } from '../observe/events.js';
import type { CapfAnswer, CapfQuestion } from '../phone/capf-world.js';
import { LocalParts } from '../phone/local-parts.js';
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
import { IPV6_LOOPBACK } from './addresses.js';
import { enrol } from './capf-client.js';
import type { DatagramNetwork } from './datagrams.js';
import type { FetchOutcome } from './file-service.js';
import { Gate } from './gate.js';
import { fetchHttpFile } from './http-files-client.js';
import { type Routes, routeTo } from './routes.js';
import { registerSccp } from './sccp-phone.js';
import { requestTokenSccp, standbySccp } from './sccp-standby.js';
import { requestService } from './service-client.js';
import { type NetworkDevice, SignallingIdentity } from './signalling-identity.js';
import { registerSip, requestTokenSip, standbySip } from './sip-phone.js';
import { tftpFetch } from './tftp-client.js';
import { type AskTvsOptions, askTvs } from './tvs-client.js';

/** What all phones of a worker share. */
export interface NetworkContext extends Routes {
  /** Names of nodes by address, for labels. */
  readonly nodes: ReadonlyMap<string, string>;
  /** A bad network for datagrams, while there is one (`fault: { datagrams: … }`). */
  readonly datagrams?: () => DatagramNetwork | undefined;
  /** `clock.scale`: divides what a phone waits by its rules. */
  readonly scale: number;
  readonly transfers: Gate;
  readonly handshakes: Gate;
  readonly registrations: Gate;
  /** CAPF sessions; a gate of their own, since one may ask TVS while it is under way. */
  readonly enrolments: Gate;
  /** HTTPS requests; a gate of their own for the same reason. */
  readonly services: Gate;
}

/** The ports that phones know by their firmware (phone-config.md 3, 4). */
const TFTP_PORT = 69;
const HTTP_PORT = 6970;

/**
 * Bounds of what is under way at once in a worker (speed.md, design rule 9). The work is bound by the CPU: more at once would
 * only make each turn of the event loop longer, and the worker's own health would then say that it was the bottleneck.
 */
const LIMITS = { transfers: 24, handshakes: 6, registrations: 16, enrolments: 6, services: 6 } as const;

export function createNetworkContext(
  shared: Routes & Pick<NetworkContext, 'nodes' | 'scale' | 'datagrams'>,
): NetworkContext {
  return {
    ...shared,
    transfers: new Gate(LIMITS.transfers),
    handshakes: new Gate(LIMITS.handshakes),
    registrations: new Gate(LIMITS.registrations),
    enrolments: new Gate(LIMITS.enrolments),
    services: new Gate(LIMITS.services),
  };
}

/** `PhoneWorld` over real sockets for one phone. */
export function createNetworkWorld(
  device: NetworkDevice,
  context: NetworkContext,
  local: LocalWorld,
): PhoneWorld {
  const identity = new SignallingIdentity(device, context, () => local.random());
  const { transfers, handshakes, registrations, services } = context;
  const signalling =
    <T>(
      sccp: (options: ReturnType<SignallingIdentity['sccp']>) => Promise<T>,
      sip: (options: ReturnType<SignallingIdentity['sip']>) => Promise<T>,
    ) =>
    (attempt: RegistrationAttempt, stop: StopSignal): Promise<T> =>
      (attempt.transport === 'tls' ? handshakes : registrations).through(stop, () =>
        attempt.protocol === 'SCCP'
          ? sccp(identity.sccp(attempt, stop))
          : sip({ ...identity.sip(attempt, stop), ...badNetwork(context) }),
      );
  return Object.assign(new LocalParts(local), {
    fetch: (request, stop) => transfers.through(stop, () => fetchFile(device, context, local, request, stop)),
    askTvs: (question, stop) => handshakes.through(stop, () => ask(device, context, question, stop)),
    enrol: (question, stop) => holdSession(device, context, question, stop),
    requestService: (question, signal) =>
      services.through(signal, () =>
        requestService({
          ...question,
          ...towards(context, question.server, device.address),
          signal,
        }),
      ),
    register: signalling<RegistrationResult>(registerSccp, registerSip),
    standby: signalling<Standby | undefined>(standbySccp, standbySip),
    requestToken: signalling<Awaited<ReturnType<PhoneWorld['requestToken']>>>(
      requestTokenSccp,
      requestTokenSip,
    ),
    sleep: (ms, stop) => sleep(ms / context.scale, stop),
    now: () => performance.now(),
    date: () => Date.now(),
    nodeName: (address) => context.nodes.get(address) ?? address,
  } satisfies Omit<PhoneWorld, keyof LocalParts>);
}

function badNetwork({ datagrams }: NetworkContext): { readonly network?: DatagramNetwork } {
  const network = datagrams?.();
  return network === undefined ? {} : { network };
}

async function fetchFile(
  device: NetworkDevice,
  context: NetworkContext,
  local: LocalWorld,
  request: { readonly server: string; readonly file: string; readonly transport: 'tftp' | 'http' },
  signal: StopSignal,
): Promise<FetchResult> {
  const { transport, server, file } = request;
  const known = { address: server, port: transport === 'tftp' ? TFTP_PORT : HTTP_PORT };
  const { target, localAddress } = routeTo(context, known, device.address);
  const start = performance.now();
  const options = { localAddress, server: target, file, signal };
  const outcome = await (transport === 'tftp'
    ? tftpFetch({ ...options, ...badNetwork(context) })
    : fetchHttpFile(options));
  countTransfer(local, transport, outcome, (performance.now() - start) / 1000);
  return outcome;
}

function countTransfer(
  local: LocalWorld,
  protocol: 'tftp' | 'http',
  outcome: FetchOutcome,
  seconds: number,
): void {
  const labels: TransferLabels = { protocol, result: outcome.status };
  local.count('transfers', labels);
  if (outcome.octets > 0) local.count('transfer_bytes', labels, outcome.octets);
  if (outcome.retransmissions > 0) local.count('retransmissions', labels, outcome.retransmissions);
  local.time('transfer_seconds', seconds);
}

function ask(
  device: NetworkDevice,
  context: NetworkContext,
  question: TvsQuestion,
  signal: StopSignal,
): Promise<TvsAnswer> {
  return askTvs({ ...question, ...towards(context, question.server, device.address), signal });
}

function towards(
  context: NetworkContext,
  known: TvsQuestion['server'],
  own: string,
): Pick<AskTvsOptions, 'server' | 'localAddress' | 'keylog'> {
  const { target, localAddress, keylog } = routeTo(context, known, own);
  return { server: target, localAddress, keylog };
}

/**
 * A CAPF session has a place at the gate up to the moment when its phone starts to make a key: that is mostly waiting,
 * and what comes after it is little.
 */
async function holdSession(
  device: NetworkDevice,
  context: NetworkContext,
  question: CapfQuestion,
  signal: StopSignal,
): Promise<CapfAnswer> {
  // all phones share the one address of the IPv6 loopback (contracts.md 1)
  const own = question.family === 'ipv4' ? device.address : IPV6_LOOPBACK;
  const run = (leave: () => void): Promise<CapfAnswer> =>
    enrol({
      ...question,
      ...towards(context, question.server, own),
      generateKey: (key) => {
        leave();
        return question.generateKey(key);
      },
      signal,
    });
  let session: Promise<CapfAnswer> | undefined;
  await context.enrolments.through(
    signal,
    () =>
      new Promise<void>((leave) => {
        session = run(leave);
        session.then(
          () => leave(),
          () => leave(),
        );
      }),
  );
  return session ?? Promise.reject(signal.reason);
}

/** Longest time of a Node timer, nearly 25 days; one that is set for longer goes off at once. */
const LONGEST_TIMER_MS = 0x7fff_ffff;

/** A wait that a server asks for (CAPF RETRY_DELAY, 32 bits of seconds) can be longer than a timer, and than any run. */
function sleep(ms: number, signal: StopSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const timer = setTimeout(
      () => {
        signal.removeEventListener('abort', stop);
        resolve();
      },
      Math.min(ms, LONGEST_TIMER_MS),
    );
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}
