import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Release } from '../device/release.js';
import type { SipMessage } from '../protocol/sip/message.js';
import { SipRegistrar } from '../protocol/sip/registrar.js';
import type {
  DigestPolicy,
  SipFlow,
  SipRegistrarEffect,
  SipRegistrarEvent,
  TokenFault,
} from '../protocol/sip/registrar-model.js';
import type { ServiceAction } from '../protocol/sip/service-control.js';
import { DEFAULT_RETRANSMISSION } from '../protocol/sip/transactions.js';
import { abortStream } from './abort-stream.js';
import type { Admit } from './admission.js';
import { type DatagramNetwork, datagramNetwork, LISTEN_BUFFER_OCTETS } from './datagrams.js';
import { listen, stopListening } from './listen.js';
import type { MessageLimits } from './message-connection.js';
import { MovingDeadline } from './moving-deadline.js';
import { SecurePort, type SecurePortOwner } from './secure-port.js';
import { SIP_CONNECTION_LIMITS } from './sip-connection.js';
import { boundSocket } from './sip-datagrams.js';
import { SipPeer, type SipRoom } from './sip-peer.js';
import {
  type MalformedDatagrams,
  RegistrarDatagrams,
  type RegistrarDatagramsOwner,
} from './sip-registrar-datagrams.js';
import { listenError } from './socket-errors.js';
import type { SecurePeer, TlsListenerOptions } from './tls-listener.js';

export type { SipRegistrarEvent } from '../protocol/sip/registrar-model.js';

/** The defaults of {@link SIP_CONNECTION_LIMITS}, and: */
export interface SipRegistrarLimits extends MessageLimits {
  /** TCP connections in all, standby included; above it new ones are reset. Default 20,000. */
  readonly connections: number;
  /** Connections on which no message was complete yet; above it new ones are reset. Default 4,096. */
  readonly waiting: number;
  /** How long such a connection may stand, milliseconds. Default 30,000. */
  readonly waitingMs: number;
}

export interface SipRegistrarServiceOptions {
  readonly address: string;
  /** The same for TCP and UDP; 0 takes one that both have free. */
  readonly port: number;
  /** Name of the node, for Warning headers. */
  readonly node: string;
  /** Decides on Server and on the version of Cisco's SIP interface. */
  readonly release: Release;
  readonly admit: Admit;
  /** Opens the TLS port too; `secure.open` does it later. */
  readonly tls?: TlsListenerOptions;
  /** Opens the port of SIP OAuth, too: TLS that asks for no certificate, and a token in its place. */
  readonly oauth?: OauthListenerOptions;
  /** For the cluster's log and for what it knows of trust lists; must not throw. */
  readonly onEvent?: (event: SipServiceEvent) => void;
  /** Seconds of every registration, and how long after them a device is dropped. Default 120 and 15. */
  readonly grantSeconds?: number;
  readonly graceSeconds?: number;
  /** Asks for digest authentication; default: nobody is asked. */
  readonly digest?: DigestPolicy;
  readonly limits?: Partial<SipRegistrarLimits>;
  /** From the run's seed, in [0, 1). Default: by chance. */
  readonly random?: () => number;
  /** In place of the real network, where datagrams are to be lost. */
  readonly network?: DatagramNetwork;
}

export interface OauthListenerOptions
  extends Pick<TlsListenerOptions, 'identity' | 'versions' | 'ciphers' | 'keylog'> {
  /** 0 takes any free port. */
  readonly port: number;
  readonly tokenFault: TokenFault;
}

/** What happens at a registrar; `cut` and `malformed` are peers that are no phones. */
export type SipServiceEvent =
  | SipRegistrarEvent
  | { readonly event: 'cut'; readonly flow: SipFlow; readonly text: string }
  | MalformedDatagrams;

export interface RegisteredSipDevice {
  readonly deviceName: string;
  readonly deviceType: number | null;
  readonly address: string;
  readonly transport: SipFlow['transport'];
}

export interface SipRegistrarService {
  readonly port: number;
  /** The port for authenticated and encrypted phones (5061). */
  readonly secure: SecurePort;
  /** The port for phones with a token (SIP OAuth, 5090). */
  readonly oauth: SecurePort;
  /** TCP connections that stand, registered or not. */
  readonly connections: number;
  /** Devices that are registered now. */
  registered(): readonly RegisteredSipDevice[];
  /** Sends a NOTIFY service-control; false where the device is not registered. The answer comes as an event. */
  notify(deviceName: string, action: ServiceAction, stamps?: Readonly<Record<string, string>>): boolean;
  /** Takes over a connection that stands: where TLS is in front, after its handshake. */
  accept(socket: Duplex, flow: SipFlow): void;
  /** Ends all connections: `fin` as a service that stops, `rst` as one that dies. The port stays open. */
  dropAll(how: 'fin' | 'rst'): void;
  /** Stops listening and ends all connections; resolves when they are gone, about a second later at most. */
  close(how?: 'fin' | 'rst'): Promise<void>;
}

const LIMITS: SipRegistrarLimits = {
  ...SIP_CONNECTION_LIMITS,
  connections: 20_000,
  waiting: 4_096,
  waitingMs: 30_000,
};
/** "SIP Station KeepAlive Interval", and what CUCM waits beyond it. */
const GRANT_SECONDS = 120;
const GRACE_SECONDS = 15;
/** How often a port that TCP has and UDP has not is given back, when any port will do. */
const PORT_TRIES = 16;

/**
 * The CallManager service of a node as SIP phones see it, on TCP and UDP.
 * @throws TrustfleetError TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE, TF_TOO_MANY_FILES
 */
export async function startSipRegistrar(options: SipRegistrarServiceOptions): Promise<SipRegistrarService> {
  const service = new Service(options);
  await service.listen();
  try {
    if (options.tls !== undefined) await service.secure.open(options.tls);
    if (options.oauth !== undefined) {
      const { tokenFault, ...listener } = options.oauth;
      await service.oauth.open({ ...listener, trust: [], clientCertificate: 'none' });
    }
  } catch (error) {
    await service.close('rst');
    throw error;
  }
  return service;
}

class Service implements SipRegistrarService, SipRoom, SecurePortOwner, RegistrarDatagramsOwner {
  readonly secure: SecurePort;
  readonly oauth: SecurePort;
  readonly waitingMs: number;
  readonly idleMs: number;
  waiting = 0;
  readonly #options: SipRegistrarServiceOptions;
  readonly connectionLimits: SipRegistrarLimits;
  readonly #registrar: SipRegistrar;
  readonly #onEvent: (event: SipServiceEvent) => void;
  readonly #peers = new Map<SipFlow, SipPeer>();
  readonly #server: Server;
  #datagrams: RegistrarDatagrams | undefined;
  #port = 0;
  readonly #deadline = new MovingDeadline(() => {
    // What waits in the kernel is heard first: a busy thread must not drop a device whose refresh has arrived.
    setImmediate(() => this.#take(this.#registrar.tick(performance.now())));
  });

  constructor(options: SipRegistrarServiceOptions) {
    const { grantSeconds = GRANT_SECONDS, graceSeconds = GRACE_SECONDS } = options;
    this.#options = options;
    this.secure = new SecurePort(WHAT, options.address, this);
    this.oauth = new SecurePort(WHAT, options.address, {
      connected: (socket, { address, mode }) => {
        const flow = this.#secureFlow(this.oauth, address, socket.remotePort);
        this.accept(socket, { ...flow, mode, certificateAsked: false, tokenAsked: true });
      },
      refused: (address, text) =>
        this.#onEvent({ event: 'cut', flow: this.#secureFlow(this.oauth, address), text }),
      dropSecure: (how) => this.#drop(how, (flow) => flow.tokenAsked === true),
    });
    this.connectionLimits = { ...LIMITS, ...options.limits };
    this.#onEvent = options.onEvent ?? (() => {});
    this.waitingMs = this.connectionLimits.waitingMs;
    // Registered phones are heard every grant, standby connections every 120 s (timerKeepAliveExpires).
    this.idleMs = (Math.max(grantSeconds, GRANT_SECONDS) + graceSeconds) * 1000;
    this.#registrar = new SipRegistrar({
      node: options.node,
      release: options.release,
      grantSeconds,
      graceSeconds,
      admit: options.admit,
      digest: options.digest ?? null,
      ...(options.oauth === undefined ? {} : { tokenFault: options.oauth.tokenFault }),
      busySeconds: nobodyWaits,
      tokenWaitSeconds: nobodyWaits,
      retransmission: DEFAULT_RETRANSMISSION,
      random: options.random ?? Math.random,
      date: Date.now,
    });
    this.#server = createServer({ noDelay: true }, (socket) => this.#connected(socket));
  }

  get port(): number {
    return this.#port;
  }

  get connections(): number {
    return this.#peers.size;
  }

  async listen(): Promise<void> {
    const { address, port, network = datagramNetwork } = this.#options;
    for (let tries = 1; this.#datagrams === undefined; tries += 1) {
      this.#port = await listen(this.#server, WHAT, { address, port });
      const socket = boundSocket(address, this.#port, LISTEN_BUFFER_OCTETS);
      if (socket instanceof Error) {
        await stopListening(this.#server);
        if (port !== 0 || tries === PORT_TRIES) throw listenError(socket, WHAT, address, this.#port);
      } else {
        const place = { address, port: this.#port };
        this.#datagrams = new RegistrarDatagrams(socket, place, network, this);
      }
    }
  }

  registered(): readonly RegisteredSipDevice[] {
    return Array.from(this.#registrar.registered(), ({ device, deviceType, flow }) => ({
      deviceName: device,
      deviceType,
      address: flow.remoteAddress,
      transport: flow.transport,
    }));
  }

  notify(deviceName: string, action: ServiceAction, stamps: Readonly<Record<string, string>> = {}): boolean {
    const effects = this.#registrar.notify(deviceName, action, performance.now(), stamps);
    this.#take(effects ?? []);
    return effects !== undefined;
  }

  accept(socket: Duplex, flow: SipFlow): void {
    const { connections, waiting } = this.connectionLimits;
    if (this.#peers.size >= connections || this.waiting >= waiting) {
      abortStream(socket);
      this.#onEvent({
        event: 'cut',
        flow,
        text: `${this.#peers.size} connections stand, ${this.waiting} wait`,
      });
      return;
    }
    this.#peers.set(flow, new SipPeer(socket, flow, this));
  }

  dropAll(how: 'fin' | 'rst'): void {
    for (const peer of [...this.#peers.values()]) peer.drop(how);
  }

  dropSecure(how: 'fin' | 'rst'): void {
    this.#drop(how, ({ transport, tokenAsked }) => transport === 'tls' && tokenAsked !== true);
  }

  #drop(how: 'fin' | 'rst', chosen: (flow: SipFlow) => boolean): void {
    for (const [flow, peer] of [...this.#peers]) if (chosen(flow)) peer.drop(how);
  }

  async close(how: 'fin' | 'rst' = 'fin'): Promise<void> {
    const datagrams = this.#datagrams;
    this.#datagrams = undefined;
    const closed = [
      stopListening(this.#server),
      datagrams?.close(),
      this.secure.close(how),
      this.oauth.close(how),
    ];
    this.dropAll(how);
    this.#deadline.set(undefined);
    await Promise.all(closed);
  }

  heard(flow: SipFlow, message: SipMessage): void {
    this.#take(this.#registrar.receive(flow, message, performance.now()));
  }

  malformed(event: MalformedDatagrams): void {
    this.#onEvent(event);
  }

  gone(flow: SipFlow, text: string | undefined): void {
    this.#peers.delete(flow);
    this.#take(this.#registrar.closed(flow));
    if (text !== undefined) this.#onEvent({ event: 'cut', flow, text });
  }

  connected(socket: TLSSocket, { address, mode, peerName }: SecurePeer): void {
    const flow = this.#secureFlow(this.secure, address, socket.remotePort);
    this.accept(socket, { ...flow, mode, peerName, certificateAsked: peerName !== null });
  }

  refused(address: string, detail: string): void {
    this.#onEvent({ event: 'cut', flow: this.#secureFlow(this.secure, address), text: detail });
  }

  #secureFlow(through: SecurePort, remoteAddress: string, remotePort = 0): SipFlow {
    const { address: localAddress } = this.#options;
    const localPort = through.port ?? 0;
    return { transport: 'tls', remoteAddress, remotePort, localAddress, localPort, peerName: null };
  }

  #connected(socket: Socket): void {
    const { remoteAddress, remotePort, localAddress, localPort } = socket;
    if (remoteAddress === undefined || remotePort === undefined) {
      // Gone before we looked.
      socket.destroy();
      return;
    }
    this.accept(socket, {
      transport: 'tcp',
      remoteAddress,
      remotePort,
      localAddress: localAddress ?? this.#options.address,
      localPort: localPort ?? this.#port,
      peerName: null,
    });
  }

  /** Sends what goes to one connection in one write, and tells the events in their order. */
  #take(effects: readonly SipRegistrarEffect[]): void {
    let flow: SipFlow | undefined;
    let batch: Uint8Array[] = [];
    for (const effect of effects) {
      if (effect.do === 'event') {
        this.#onEvent(effect.event);
        continue;
      }
      if (effect.flow !== flow) {
        if (flow !== undefined) this.#send(flow, batch);
        flow = effect.flow;
        batch = [];
      }
      batch.push(effect.bytes);
    }
    if (flow !== undefined) this.#send(flow, batch);
    const at = this.#datagrams === undefined ? Number.POSITIVE_INFINITY : this.#registrar.deadline;
    this.#deadline.set(at === Number.POSITIVE_INFINITY ? undefined : at);
  }

  #send(flow: SipFlow, messages: readonly Uint8Array[]): void {
    if (flow.transport === 'udp') this.#datagrams?.send(flow, messages);
    else this.#peers.get(flow)?.send(messages);
  }
}

const WHAT = 'SIP registrar';

/** Whoever registers or asks for a token is served at once. */
function nobodyWaits(): number {
  return 0;
}
