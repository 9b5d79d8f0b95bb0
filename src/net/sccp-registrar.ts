import { createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AdmissionRefusal } from '../cluster/admission.js';
import { namesDevice } from '../device/name.js';
import { KEEP_ALIVE_SECONDS, SECONDARY_KEEP_ALIVE_SECONDS } from '../protocol/sccp/limits.js';
import { sccp } from '../protocol/sccp/message.js';
import type { Station } from '../protocol/sccp/registrar-answers.js';
import type { RegistrarSettings, SccpPeer } from '../protocol/sccp/registrar-session.js';
import type { ServerOfList } from '../protocol/sccp/server-display-layouts.js';
import { phrase, REJECT_PHRASES, REJECT_X509_NAME } from '../protocol/sccp/text.js';
import type { AdmissionAnswer, Admit } from './admission.js';
import { listen, stopListening } from './listen.js';
import {
  RegistrarConnection,
  type RegistrarRoom,
  type SccpRegistrarEvent,
} from './sccp-registrar-connection.js';
import { SecurePort, type SecurePortOwner } from './secure-port.js';
import { errorText, ignoreSocketError } from './socket-errors.js';
import type { SecurePeer, TlsListenerOptions } from './tls-listener.js';

export type { SccpRegistrarEvent } from './sccp-registrar-connection.js';

export interface SccpRegistrarOptions {
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Opens the TLS port too; `secure.open` does it later. */
  readonly tls?: TlsListenerOptions;
  /** Name of the node, at most 40 octets; the phones are told it in ConfigStat. */
  readonly serverName: string;
  readonly admit: Admit;
  /** Members of a device's CallManager group in its order. Default: none. */
  readonly serversOf?: (deviceName: string) => readonly ServerOfList[];
  /** For the cluster's log; must not throw. */
  readonly onEvent?: (event: SccpRegistrarEvent) => void;
  /** Seconds granted to phones registered here (30), and to phones that keep this node as their backup (60). */
  readonly keepAliveSeconds?: number;
  readonly secondaryKeepAliveSeconds?: number;
  /** Answer to token requests: 0 grants (default), otherwise seconds to wait. */
  readonly tokenWaitSeconds?: (deviceName: string) => number;
  readonly limits?: Partial<SccpRegistrarLimits>;
}

export interface SccpRegistrarLimits {
  /** Connections in all, standby included; above it new ones are reset. Default 20,000. */
  readonly connections: number;
  /** Connections on which nothing was registered or kept alive yet; above it new ones are reset. Default 4,096. */
  readonly waiting: number;
  /** How long such a connection may stand, milliseconds. Default 30,000. */
  readonly waitingMs: number;
}

const LIMITS: SccpRegistrarLimits = { connections: 20_000, waiting: 4_096, waitingMs: 30_000 };
/** Highest SCCP version that is negotiated. */
const PROTOCOL_VERSION = 22;
const DATE_TEMPLATE = 'M/D/Y';

export interface RegisteredDevice {
  readonly deviceName: string;
  readonly deviceType: number;
  readonly address: string;
  readonly secure: boolean;
  /** Milliseconds since 1970. */
  readonly since: number;
}

export interface SccpRegistrar {
  readonly port: number;
  /** The port for authenticated and encrypted phones (2443). */
  readonly secure: SecurePort;
  /** Connections that stand, registered or not. */
  readonly connections: number;
  /** Devices that have been through the whole sequence. */
  registered(): readonly RegisteredDevice[];
  /** Sends Reset; false where the device is not registered. */
  reset(deviceName: string, how: 'reset' | 'restart'): boolean;
  /** Takes over a connection that stands: where TLS is in front, after its handshake. */
  accept(socket: Duplex, peer: SccpPeer): void;
  /** Ends all connections: `fin` as a service that stops, `rst` as one that dies. The port stays open. */
  dropAll(how: 'fin' | 'rst'): void;
  /** Stops listening and ends all connections; resolves when they are gone, about a second later at most. */
  close(how?: 'fin' | 'rst'): Promise<void>;
}

const WHAT = 'SCCP registrar';

/**
 * The CallManager service of a node as SCCP phones see it: registers whom `admit` lets in, answers, keeps watch.
 * @throws TrustfleetError TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE, TF_TOO_MANY_FILES
 */
export async function startSccpRegistrar(options: SccpRegistrarOptions): Promise<SccpRegistrar> {
  const registrar = await startClear(options);
  try {
    if (options.tls !== undefined) await registrar.secure.open(options.tls);
  } catch (error) {
    await registrar.close('rst');
    throw error;
  }
  return registrar;
}

async function startClear(options: SccpRegistrarOptions): Promise<SccpRegistrar> {
  const limits = { ...LIMITS, ...options.limits };
  const room = new Room(options, limits);
  const secure = new SecurePort(WHAT, options.address, room);
  const server = createServer({ noDelay: true }, (socket: Socket) => {
    room.accept(socket, { address: socket.remoteAddress ?? '', secure: false });
  });
  const port = await listen(server, WHAT, options, (error) => room.refused('', errorText(error)));
  return {
    port,
    secure,
    get connections() {
      return room.connections.size;
    },
    registered: () => room.registered(),
    reset: (deviceName, how) => room.reset(deviceName, how),
    accept: (socket, peer) => room.accept(socket, peer),
    dropAll: (how) => room.dropAll(how),
    async close(how = 'fin') {
      const closed = stopListening(server);
      const secureClosed = secure.close(how);
      room.dropAll(how);
      await Promise.all([closed, secureClosed]);
    },
  };
}

const RESET_TYPES = { reset: 1, restart: 2 } as const;

/** All connections of a registrar, and who registered on which. */
class Room implements RegistrarRoom, SecurePortOwner {
  readonly settings: RegistrarSettings;
  readonly connections = new Set<RegistrarConnection>();
  readonly #devices = new Map<string, RegistrarConnection>();
  readonly #limits: SccpRegistrarLimits;
  readonly #onEvent: (event: SccpRegistrarEvent) => void;
  /** Connections in the state `waiting` that are no standby. */
  waiting = 0;

  constructor(options: SccpRegistrarOptions, limits: SccpRegistrarLimits) {
    const { admit } = options;
    this.#limits = limits;
    this.#onEvent = options.onEvent ?? (() => {});
    this.settings = {
      protocolVersion: PROTOCOL_VERSION,
      keepAliveSeconds: options.keepAliveSeconds ?? KEEP_ALIVE_SECONDS,
      secondaryKeepAliveSeconds: options.secondaryKeepAliveSeconds ?? SECONDARY_KEEP_ALIVE_SECONDS,
      dateTemplate: DATE_TEMPLATE,
      serverName: options.serverName,
      serversOf: options.serversOf ?? (() => []),
      unixMs: Date.now,
      localUnixMs: Date.now,
      waitingMs: limits.waitingMs,
      admit({ peerName, mode = 'encrypted', ...request }) {
        if (peerName !== undefined && !namesDevice(peerName, request.deviceName)) return WRONG_NAME;
        const seen = request.secure ? mode : 'nonsecure';
        return withText(admit({ ...request, protocol: 'SCCP', mode: seen }));
      },
      tokenWaitSeconds: options.tokenWaitSeconds ?? (() => 0),
    };
  }

  accept(socket: Duplex, peer: SccpPeer): void {
    if (this.connections.size >= this.#limits.connections || this.waiting >= this.#limits.waiting) {
      socket.on('error', ignoreSocketError);
      socket.destroy();
      const detail = `${this.connections.size} connections, ${this.waiting} of them without Register`;
      this.log({ event: 'refused', deviceName: '', address: peer.address, detail });
      return;
    }
    this.connections.add(new RegistrarConnection(socket, peer, this));
  }

  connected(socket: Duplex, { address, mode, peerName }: SecurePeer): void {
    this.accept(socket, { address, secure: true, mode, ...(peerName === null ? {} : { peerName }) });
  }

  refused(address: string, detail: string): void {
    this.log({ event: 'refused', deviceName: '', address, detail });
  }

  log(event: SccpRegistrarEvent): void {
    this.#onEvent(event);
  }

  /** The last registration of a device wins (sccp.md 12). */
  seat(deviceName: string, connection: RegistrarConnection): void {
    const before = this.#devices.get(deviceName);
    this.#devices.set(deviceName, connection);
    if (before !== undefined && before !== connection) {
      before.replaced();
    }
  }

  unseat(deviceName: string, connection: RegistrarConnection): void {
    if (this.#devices.get(deviceName) === connection) {
      this.#devices.delete(deviceName);
    }
  }

  gone(connection: RegistrarConnection): void {
    this.connections.delete(connection);
  }

  registered(): readonly RegisteredDevice[] {
    const devices: RegisteredDevice[] = [];
    for (const connection of this.#devices.values()) {
      const { registration } = connection;
      if (registration !== undefined) {
        devices.push({
          ...deviceOf(registration.station),
          secure: registration.secure,
          since: registration.since,
        });
      }
    }
    return devices;
  }

  reset(deviceName: string, how: 'reset' | 'restart'): boolean {
    const connection = this.#devices.get(deviceName);
    const version = connection?.station?.version;
    if (connection === undefined || version === undefined) {
      return false;
    }
    connection.send([sccp('Reset', version, { resetType: RESET_TYPES[how] })]);
    return true;
  }

  dropAll(how: 'fin' | 'rst'): void {
    for (const connection of this.connections) {
      connection.drop(how);
    }
  }

  dropSecure(how: 'fin' | 'rst'): void {
    for (const connection of this.connections) {
      if (connection.secure) {
        connection.drop(how);
      }
    }
  }
}

function deviceOf({ deviceName, deviceType, address }: Station) {
  return { deviceName, deviceType, address };
}

/** What CUCM's phrases say where the cluster leaves the words to us (sccp.md 5; which case gives which is inferred there). */
const REJECT_TEXTS: Readonly<Record<AdmissionRefusal, string>> = {
  'unknown-device': 'Device Unknown',
  'wrong-protocol': phrase(REJECT_PHRASES.mismatch),
  'wrong-security': phrase(REJECT_PHRASES.security),
  'active-elsewhere': 'Crossover session',
};

/** The certificate names another device (sccp.md 12, R-83: 11). */
const WRONG_NAME: AdmissionAnswer = { accepted: false, reason: 'wrong-security', text: REJECT_X509_NAME };

function withText(admission: AdmissionAnswer): AdmissionAnswer {
  return admission.accepted || admission.text !== ''
    ? admission
    : { ...admission, text: REJECT_TEXTS[admission.reason] };
}
