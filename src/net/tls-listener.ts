import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import { CALL_MANAGER_CIPHERS } from '../cluster/call-manager.js';
import { type ClientTrust, clientCertificateJudge } from '../cluster/phone-certificate.js';
import type { TlsRange, TlsVersion } from '../device/security.js';
import type { Identity } from '../pki/keys.js';
import type { CertificateJudge } from '../protocol/tls/refusal.js';
import { laidOver } from './abort-stream.js';
import { listen, stopListening } from './listen.js';
import { identityPem } from './secure-contexts.js';
import { errorText, ignoreSocketError } from './socket-errors.js';
import { CertificateJudgement } from './tls-certificate-judgement.js';
import { tlsErrorText } from './tls-failures.js';
import type { KeylogSink } from './tls-keylog.js';
import { atLevel0, negotiatedMode, negotiatedVersion, versionRange } from './tls-versions.js';

/** What CallManager shows, offers and believes; read at the start of the service. */
export interface SecureService extends ClientTrust {
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly date?: () => number;
  /** The CallManager certificate. */
  readonly identity: Identity;
  /** One column of T-PORT (P-02, P-09): `set tls min-version` and Common Criteria mode decide. */
  readonly versions: TlsRange;
  /** OpenSSL's names, the server's order counts. Default {@link CALL_MANAGER_CIPHERS}. */
  readonly ciphers?: string;
  /** `required`: mutual TLS (default); `none`: nobody is asked, as where a token stands for the certificate. */
  readonly clientCertificate?: 'required' | 'none';
  /** Takes the secrets of all connections. */
  readonly keylog?: KeylogSink;
}

export interface TlsListenerOptions extends SecureService {
  /** 0 takes any free port. */
  readonly port: number;
  readonly limits?: Partial<TlsListenerLimits>;
}

export interface TlsListenerLimits {
  /** Handshakes under way; above it new connections are reset. Default 4,096. */
  readonly handshakes: number;
  /** From the TCP connection to the end of the handshake, milliseconds. Default 10,000, more than phones wait. */
  readonly handshakeMs: number;
}

/** A peer whose handshake is through. */
export interface SecurePeer {
  readonly address: string;
  readonly version: TlsVersion;
  readonly mode: 'authenticated' | 'encrypted';
  /** Common name of its certificate; null where none was asked for. */
  readonly peerName: string | null;
}

/** Who hears of connections; must not throw. */
export interface TlsListenerOwner {
  connected(socket: TLSSocket, peer: SecurePeer): void;
  /** A handshake failed, or was not let begin. */
  refused(address: string, detail: string): void;
}

export interface TlsListener {
  readonly port: number;
  /** New handshakes meet what this says; connections that stand are the owner's. The port stays open throughout. */
  replace(service: SecureService): void;
  /** Stops listening and ends the handshakes under way. */
  close(): Promise<void>;
}

const LIMITS: TlsListenerLimits = { handshakes: 4_096, handshakeMs: 10_000 };

/**
 * The TLS port of a CallManager: mutual TLS as its release and settings offer it. A phone whose certificate is not believed
 * gets the fatal alert for it inside the handshake.
 *
 * @param what name of the service for errors, e.g. `SCCP registrar`
 * @throws TrustfleetError TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE, TF_TOO_MANY_FILES; what OpenSSL throws for an identity or a
 *   cipher list that it cannot use
 */
export async function startTlsListener(
  what: string,
  address: string,
  options: TlsListenerOptions,
  owner: TlsListenerOwner,
): Promise<TlsListener> {
  const limits = { ...LIMITS, ...options.limits };
  const underWay = new Set<Socket>();
  let service = new Handshakes(options, limits, owner, underWay);
  const server = createServer({ noDelay: true }, (raw) => {
    if (underWay.size >= limits.handshakes) {
      raw.resetAndDestroy();
      owner.refused(raw.remoteAddress ?? '', `${underWay.size} handshakes are under way`);
      return;
    }
    if (raw.remoteAddress === undefined) {
      // Gone before we looked.
      raw.destroy();
      return;
    }
    service.begin(raw);
  });
  const place = { address, port: options.port };
  const port = await listen(server, what, place, (error) => owner.refused('', errorText(error)));
  return {
    port,
    replace(next) {
      service = new Handshakes(next, limits, owner, underWay);
    },
    async close() {
      const closed = stopListening(server);
      for (const raw of underWay) raw.destroy();
      await closed;
    },
  };
}

interface Handshake {
  readonly raw: Socket;
  readonly address: string;
  judgement: CertificateJudgement | undefined;
  /** Common name of the certificate that was believed. */
  peerName: string | null;
  /** Why it failed, where OpenSSL said so. */
  error: Error | undefined;
}

/** The handshakes of one service: a TLS server that does not listen but is handed its connections. */
class Handshakes {
  readonly #service: SecureService;
  readonly #owner: TlsListenerOwner;
  readonly #server: TlsServer;
  readonly #asks: boolean;
  readonly #sockets: Set<Socket>;
  /** By the peer's end: Node hands out the TLS sockets of a server without saying what is beneath them. */
  readonly #underWay = new Map<string, Handshake>();

  /** @param sockets those of all handshakes that are under way, also of the service before this one */
  constructor(
    service: SecureService,
    limits: TlsListenerLimits,
    owner: TlsListenerOwner,
    sockets: Set<Socket>,
  ) {
    const { identity, versions, ciphers = CALL_MANAGER_CIPHERS, trust, keylog } = service;
    this.#service = service;
    this.#owner = owner;
    this.#sockets = sockets;
    this.#asks = service.clientCertificate !== 'none';
    this.#server = createTlsServer({
      ...identityPem(identity),
      ...versionRange(versions),
      ciphers: atLevel0(ciphers),
      honorCipherOrder: true,
      handshakeTimeout: limits.handshakeMs,
      requestCert: this.#asks,
      // CertificateJudgement is the only judge.
      rejectUnauthorized: false,
      // Their names stand in the CertificateRequest, so that foreign clients can choose by them.
      ca: this.#asks ? trust.map((certificate) => certificate.toPem()) : [],
    });
    if (this.#asks || keylog !== undefined) {
      this.#server.on('keylog', (line, socket) => this.#keylog(line, socket));
    }
    this.#server.on('secureConnection', (socket) => this.#secured(socket));
    this.#server.on('tlsClientError', (error, socket) => this.#failed(error, socket));
  }

  begin(raw: Socket): void {
    this.#sockets.add(raw);
    const key = endOf(raw);
    const handshake: Handshake = {
      raw,
      address: raw.remoteAddress ?? '',
      judgement: undefined,
      peerName: null,
      error: undefined,
    };
    this.#underWay.set(key, handshake);
    raw.on('error', ignoreSocketError);
    raw.once('close', () => {
      this.#sockets.delete(raw);
      if (this.#underWay.get(key) !== handshake) return;
      this.#underWay.delete(key);
      this.#owner.refused(handshake.address, detailOf(handshake));
    });
    this.#server.emit('connection', raw);
  }

  #keylog(line: Buffer, socket: TLSSocket): void {
    if (!this.#asks) {
      this.#service.keylog?.(line);
      return;
    }
    const handshake = this.#underWay.get(endOf(socket));
    // Later lines (a key update) belong to nobody here.
    if (handshake === undefined) this.#service.keylog?.(line);
    else this.#judgement(handshake, socket).line(line);
  }

  #judgement(handshake: Handshake, socket: TLSSocket): CertificateJudgement {
    handshake.judgement ??= new CertificateJudgement(
      socket,
      handshake.raw,
      'server',
      this.#judgeOf(handshake),
      this.#service.keylog,
    );
    return handshake.judgement;
  }

  /** The judge reads the certificate; nobody has to do it again for its name. */
  #judgeOf(handshake: Handshake): CertificateJudge {
    const { accept } = this.#service;
    return clientCertificateJudge({
      date: Date.now,
      ...this.#service,
      accept: (certificate) => {
        handshake.peerName = certificate.commonName;
        return accept?.(certificate);
      },
    });
  }

  #secured(socket: TLSSocket): void {
    socket.on('error', ignoreSocketError);
    const key = endOf(socket);
    const handshake = this.#underWay.get(key);
    // None: it was refused, and OpenSSL went on although the socket beneath is closed. Its `close` tells the owner.
    if (handshake === undefined) return;
    if (this.#asks && this.#judgement(handshake, socket).finished() !== undefined) {
      handshake.raw.destroy();
      return;
    }
    this.#underWay.delete(key);
    this.#sockets.delete(handshake.raw);
    laidOver(handshake.raw, socket);
    this.#owner.connected(socket, {
      address: handshake.address,
      version: negotiatedVersion(socket),
      mode: negotiatedMode(socket),
      peerName: handshake.peerName,
    });
  }

  #failed(error: Error, socket: TLSSocket): void {
    socket.on('error', ignoreSocketError);
    const handshake = this.#underWay.get(endOf(socket));
    if (handshake === undefined) return;
    handshake.error = error;
    handshake.raw.destroy();
  }
}

function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function detailOf({ judgement, error }: Handshake): string {
  if (judgement?.refusal !== undefined) return judgement.refusal.detail;
  return `TLS: ${error === undefined ? 'closed during the handshake' : tlsErrorText(error)}`;
}
