import type { Duplex } from 'node:stream';
import type { SccpMessage } from '../protocol/sccp/message.js';
import type { Station } from '../protocol/sccp/registrar-answers.js';
import {
  type RegistrarEvent,
  type RegistrarSettings,
  type RegistrarState,
  type RegistrarStep,
  registrarDeadline,
  registrarHears,
  registrarTime,
  type SccpPeer,
  startRegistrar,
} from '../protocol/sccp/registrar-session.js';
import { shownText } from '../protocol/sccp/text.js';
import type { ConnectionEnd } from './message-connection.js';
import { MovingDeadline } from './moving-deadline.js';
import { SccpConnection } from './sccp-connection.js';

/** One line for the cluster's log. */
export interface SccpRegistrarEvent {
  readonly event:
    | 'registered'
    | 'unregistered'
    | 'rejected'
    | 'alarm'
    /** Its connection broke or it stopped sending keep-alives. */
    | 'lost'
    /** It registered again on another connection. */
    | 'replaced'
    | 'token'
    /** A peer that is no phone was cut off. */
    | 'refused';
  /** Empty where the peer did not say. */
  readonly deviceName: string;
  readonly address: string;
  readonly detail: string;
}

/** What a connection needs of the registrar it belongs to. */
export interface RegistrarRoom {
  readonly settings: RegistrarSettings;
  waiting: number;
  log(event: SccpRegistrarEvent): void;
  seat(deviceName: string, connection: RegistrarConnection): void;
  unseat(deviceName: string, connection: RegistrarConnection): void;
  gone(connection: RegistrarConnection): void;
}

/** One connection of a registrar: feeds its session messages and time, and keeps the registrar's lists in step. */
export class RegistrarConnection {
  readonly #connection: SccpConnection;
  readonly #room: RegistrarRoom;
  readonly #peer: SccpPeer;
  #state: RegistrarState;
  #station: Station | undefined;
  #since: number | undefined;
  #countsAsWaiting = true;
  readonly #deadline = new MovingDeadline(() => this.#take(registrarTime(this.#state, performance.now())));

  constructor(socket: Duplex, peer: SccpPeer, room: RegistrarRoom) {
    this.#room = room;
    this.#peer = peer;
    this.#connection = new SccpConnection(socket, this);
    this.#state = startRegistrar(peer, room.settings, performance.now());
    room.waiting++;
    this.#deadline.set(registrarDeadline(this.#state));
  }

  /** Came over TLS. */
  get secure(): boolean {
    return this.#peer.secure;
  }

  /** From RegisterAck on. */
  get station(): Station | undefined {
    return this.#station;
  }

  /** From the end of the sequence on. */
  get registration():
    | { readonly station: Station; readonly secure: boolean; readonly since: number }
    | undefined {
    return this.#station === undefined || this.#since === undefined
      ? undefined
      : { station: this.#station, secure: this.#peer.secure, since: this.#since };
  }

  send(messages: readonly SccpMessage[]): void {
    this.#connection.send(messages);
  }

  drop(how: 'fin' | 'rst'): void {
    this.#leave();
    if (how === 'fin') {
      this.#connection.close();
    } else {
      this.#connection.destroy();
    }
  }

  /** The device came again on another connection. */
  replaced(): void {
    this.#log('replaced', 'registered again on another connection');
    this.drop('rst');
  }

  message(message: SccpMessage): void {
    this.#take(registrarHears(this.#state, message, this.#room.settings, performance.now()));
  }

  closed(end: ConnectionEnd): void {
    if (this.#state.name === 'registered') {
      this.#log('lost', end.detail);
    } else if (this.#state.name === 'waiting' && end.error !== undefined) {
      this.#log('refused', end.detail);
    }
    this.#leave();
    this.#room.gone(this);
  }

  #take(step: RegistrarStep): void {
    this.#state = step.state;
    this.#connection.send(step.send);
    if (step.event !== undefined) {
      this.#report(step.event);
    }
    this.#deadline.set(registrarDeadline(this.#state));
    if (this.#countsAsWaiting && (step.state.name !== 'waiting' || step.state.standby)) {
      this.#countsAsWaiting = false;
      this.#room.waiting--;
    }
  }

  #report(event: RegistrarEvent): void {
    switch (event.event) {
      case 'accepted':
        if (this.#station !== undefined && this.#station.deviceName !== event.station.deviceName) {
          this.#room.unseat(this.#station.deviceName, this);
        }
        this.#station = event.station;
        this.#since = undefined;
        this.#room.seat(event.station.deviceName, this);
        break;
      case 'registered':
        this.#since = Date.now();
        this.#log('registered', `${event.station.load}, version ${event.station.version}`);
        break;
      case 'rejected':
        this.#room.log({
          event: 'rejected',
          deviceName: event.deviceName,
          address: this.#peer.address,
          detail: event.text,
        });
        this.drop('fin');
        break;
      case 'unregistered':
        this.#log('unregistered', '');
        this.drop('fin');
        break;
      case 'alarm':
        this.#log('alarm', event.text);
        break;
      case 'xml-alarm':
        this.#log('alarm', event.xml);
        break;
      case 'token':
        this.#room.log({
          event: 'token',
          deviceName: event.deviceName,
          address: this.#peer.address,
          detail: event.waitSeconds === 0 ? 'granted' : `wait ${event.waitSeconds} s`,
        });
        break;
      case 'silent':
        this.#log(event.station === undefined ? 'refused' : 'lost', 'silent for too long');
        this.drop('rst');
        break;
      case 'refused':
        this.#log('refused', event.detail);
        this.drop('rst');
        break;
    }
  }

  /** The connection counts for nothing any more, whatever becomes of its socket. */
  #leave(): void {
    this.#state = { name: 'closed' };
    this.#deadline.set(undefined);
    if (this.#countsAsWaiting) {
      this.#countsAsWaiting = false;
      this.#room.waiting--;
    }
    if (this.#station !== undefined) {
      this.#room.unseat(this.#station.deviceName, this);
      this.#station = undefined;
    }
  }

  #log(event: SccpRegistrarEvent['event'], detail: string): void {
    const deviceName = shownText(this.#station?.deviceName ?? '');
    this.#room.log({ event, deviceName, address: this.#peer.address, detail });
  }
}
