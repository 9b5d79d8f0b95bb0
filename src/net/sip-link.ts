import type { Socket as DatagramSocket, RemoteInfo } from 'node:dgram';
import type { Socket } from 'node:net';
import type { TlsVersion } from '../device/security.js';
import type { SipMessage } from '../protocol/sip/message.js';
import { parseDatagram } from '../protocol/sip/parse.js';
import type { SipTransport } from '../protocol/sip/register-request.js';
import type { DatagramNetwork } from './datagrams.js';
import type { MessageConnection, MessageListener } from './message-connection.js';
import { openSignalling, type SignallingTarget } from './signalling-tls.js';
import { sipConnection } from './sip-connection.js';
import { boundSocket } from './sip-datagrams.js';
import { errorText } from './socket-errors.js';
import type { SignallingFailure } from './tls-failures.js';

/** A phone's way to one server: a TCP or TLS connection, or a UDP socket. */
export interface SipLink {
  readonly transport: SipTransport;
  readonly tls: TlsVersion | 'none';
  /** Own end; Via and Contact carry it. */
  readonly localAddress: string;
  readonly localPort: number;
  /** Says who hears; nothing is lost before as long as it follows in the same turn. */
  listen(listener: MessageListener<SipMessage>): void;
  send(messages: readonly Uint8Array[]): void;
  /** Orderly: what was sent still leaves. */
  close(): void;
  /** Without a word. */
  destroy(): void;
}

export interface SipLinkTarget extends SignallingTarget {
  /** In place of the real network, where datagrams are to be lost. */
  readonly network?: DatagramNetwork | undefined;
}

export type SipLinkOutcome =
  | { readonly link: SipLink }
  | { readonly link: undefined; readonly failure: SignallingFailure };

/** Port from which phones speak SIP over UDP (voipControlPort, sip.md 1); any other where it is taken. */
const VOIP_CONTROL_PORT = 5060;

/**
 * @throws the reason of `signal` when it is aborted, and nothing else
 */
export async function openSipLink(target: SipLinkTarget): Promise<SipLinkOutcome> {
  if (target.attempt.transport === 'udp') return openDatagrams(target);
  const opened = await openSignalling(target);
  if (opened.socket === undefined) return { link: undefined, failure: opened.failure };
  return { link: new StreamLink(opened.socket, opened.tls) };
}

/** Over a connection that stands, TCP or TLS. */
class StreamLink implements SipLink {
  readonly transport: 'tcp' | 'tls';
  readonly tls: TlsVersion | 'none';
  readonly localAddress: string;
  readonly localPort: number;
  readonly #socket: Socket;
  #connection: MessageConnection<SipMessage> | undefined;

  constructor(socket: Socket, tls: TlsVersion | 'none') {
    this.#socket = socket;
    this.tls = tls;
    this.transport = tls === 'none' ? 'tcp' : 'tls';
    this.localAddress = socket.localAddress ?? '';
    this.localPort = socket.localPort ?? 0;
  }

  listen(listener: MessageListener<SipMessage>): void {
    this.#connection = sipConnection(this.#socket, listener);
  }

  send(messages: readonly Uint8Array[]): void {
    this.#connection?.send(messages);
  }

  close(): void {
    if (this.#connection === undefined) this.#socket.destroy();
    else this.#connection.close();
  }

  destroy(): void {
    if (this.#connection === undefined) this.#socket.destroy();
    else this.#connection.destroy();
  }
}

/**
 * A socket of the phone's own to one server. Without an injected network it is connected, so that a closed port is noticed
 * (ICMP) as long as the server has not answered once; later on only silence counts.
 */
class DatagramLink implements SipLink {
  readonly transport = 'udp';
  readonly tls = 'none';
  readonly localAddress: string;
  readonly localPort: number;
  readonly #socket: DatagramSocket;
  readonly #target: SipLinkTarget;
  /** The kernel tells of an ICMP message once: to a read, or to the send that comes before it. */
  readonly #failed = (error: Error | null): void => {
    if (error !== null && !this.#answered && !this.#over) {
      this.#listener?.closed({ error, detail: errorText(error) });
    }
  };
  #listener: MessageListener<SipMessage> | undefined;
  #answered = false;
  #over = false;

  constructor(socket: DatagramSocket, target: SipLinkTarget) {
    this.#socket = socket;
    this.#target = target;
    const { address, port } = socket.address();
    this.localAddress = address;
    this.localPort = port;
    socket.on('message', (octets, from) => this.#read(octets, from));
    socket.on('error', this.#failed);
  }

  listen(listener: MessageListener<SipMessage>): void {
    this.#listener = listener;
  }

  send(messages: readonly Uint8Array[]): void {
    if (this.#over) return;
    const { network, target } = this.#target;
    for (const octets of messages) {
      if (network === undefined) this.#socket.send(octets, this.#failed);
      else network.send(this.#socket, octets, target.port, target.address);
    }
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    const { network } = this.#target;
    if (network === undefined) this.#socket.close();
    else network.close(this.#socket);
  }

  destroy(): void {
    this.close();
  }

  #read(octets: Buffer, from: RemoteInfo): void {
    const { target } = this.#target;
    if (this.#over || from.port !== target.port || from.address !== target.address) return;
    this.#answered = true;
    try {
      this.#listener?.message(parseDatagram(octets));
    } catch {
      // A datagram that is no SIP message is as good as lost (RFC 3261 18.1.2).
    }
  }
}

function openDatagrams(target: SipLinkTarget): SipLinkOutcome {
  target.signal.throwIfAborted();
  let socket = boundSocket(target.localAddress, VOIP_CONTROL_PORT);
  if (socket instanceof Error) socket = boundSocket(target.localAddress, 0);
  if (socket instanceof Error) {
    // 6, ConnectivityError.
    const detail = errorText(socket);
    return { link: undefined, failure: { result: 'unreachable', cause: '6', tls: 'none', detail } };
  }
  const link = new DatagramLink(socket, target);
  // With a literal address this is done when it returns, like `bind`.
  if (target.network === undefined) socket.connect(target.target.port, target.target.address);
  return { link };
}
