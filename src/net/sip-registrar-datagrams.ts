import type { RemoteInfo, Socket } from 'node:dgram';
import type { ServicePlace } from '../device/service-port.js';
import type { SipMessage } from '../protocol/sip/message.js';
import { parseDatagram } from '../protocol/sip/parse.js';
import type { SipFlow } from '../protocol/sip/registrar-model.js';
import type { DatagramNetwork } from './datagrams.js';
import { errorText, ignoreSocketError } from './socket-errors.js';

/** Datagrams that are no SIP; told at most once a second, with their number. */
export interface MalformedDatagrams {
  readonly event: 'malformed';
  /** Where the last of them came from. */
  readonly address: string;
  readonly datagrams: number;
  readonly text: string;
}

export interface RegistrarDatagramsOwner {
  heard(flow: SipFlow, message: SipMessage): void;
  malformed(event: MalformedDatagrams): void;
}

const MALFORMED_EVENT_MS = 1_000;

/** What a registrar hears and says over UDP. */
export class RegistrarDatagrams {
  readonly #socket: Socket;
  readonly #place: ServicePlace;
  readonly #network: DatagramNetwork;
  readonly #owner: RegistrarDatagramsOwner;
  #malformed = 0;
  #malformedToldAt = Number.NEGATIVE_INFINITY;

  /** @param socket bound to `place` */
  constructor(socket: Socket, place: ServicePlace, network: DatagramNetwork, owner: RegistrarDatagramsOwner) {
    this.#socket = socket;
    this.#place = place;
    this.#network = network;
    this.#owner = owner;
    socket.on('message', (octets, from) => this.#read(octets, from));
    // Nobody to tell: the phones repeat what is lost.
    socket.on('error', ignoreSocketError);
  }

  send({ remotePort, remoteAddress }: SipFlow, messages: readonly Uint8Array[]): void {
    for (const octets of messages) this.#network.send(this.#socket, octets, remotePort, remoteAddress);
  }

  close(): Promise<void> {
    return new Promise((done) => this.#network.close(this.#socket, done));
  }

  #read(octets: Buffer, from: RemoteInfo): void {
    let message: SipMessage;
    try {
      message = parseDatagram(octets);
    } catch (error) {
      this.#countMalformed(from.address, errorText(error));
      return;
    }
    const flow: SipFlow = {
      transport: 'udp',
      remoteAddress: from.address,
      remotePort: from.port,
      localAddress: this.#place.address,
      localPort: this.#place.port,
      peerName: null,
    };
    this.#owner.heard(flow, message);
  }

  #countMalformed(address: string, text: string): void {
    this.#malformed += 1;
    const now = performance.now();
    if (now - this.#malformedToldAt < MALFORMED_EVENT_MS) return;
    this.#malformedToldAt = now;
    this.#owner.malformed({ event: 'malformed', address, datagrams: this.#malformed, text });
    this.#malformed = 0;
  }
}
