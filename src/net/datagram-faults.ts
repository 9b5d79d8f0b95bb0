import type { Socket } from 'node:dgram';
import { type DatagramNetwork, datagramNetwork } from './datagrams.js';

/** What happens to datagrams (`fault: { datagrams: … }`, contracts.md 4). Shares are in [0, 1]. */
export interface DatagramFaultRules {
  readonly drop?: number | undefined;
  readonly duplicate?: number | undefined;
  /** Added to the way of delayed datagrams, milliseconds. */
  readonly delayMs?: number | undefined;
  /** Share of the datagrams that are delayed; the others overtake them. Default: all. */
  readonly delay?: number;
}

/** What a socket still has under way. */
interface Way {
  readonly timers: Set<NodeJS.Timeout>;
  /** Closes the socket; set once its owner has done with it. */
  close: (() => void) | undefined;
}

/**
 * A bad network on the sending side, for servers and clients alike. Both copies of a duplicated datagram are delayed or not,
 * each for itself. The same random numbers give the same faults for the same order of datagrams.
 */
export class DatagramFaults implements DatagramNetwork {
  readonly #random: () => number;
  readonly #ways = new Map<Socket, Way>();
  #rules: DatagramFaultRules | undefined;

  /** @param random from the run's seed, in [0, 1) */
  constructor(random: () => number, rules?: DatagramFaultRules) {
    this.#random = random;
    this.#rules = rules;
  }

  /** Whether anything can happen to a datagram now. */
  get isActive(): boolean {
    return this.#rules !== undefined;
  }

  /** New rules for datagrams from now on; undefined: a good network (`clear: all`). */
  apply(rules: DatagramFaultRules | undefined): void {
    this.#rules = rules;
  }

  send(socket: Socket, octets: Uint8Array, port: number, address: string): void {
    const rules = this.#rules;
    if (rules === undefined) {
      datagramNetwork.send(socket, octets, port, address);
      return;
    }
    if (this.#happens(rules.drop)) return;
    this.#deliver(rules, socket, octets, port, address);
    if (this.#happens(rules.duplicate)) this.#deliver(rules, socket, octets, port, address);
  }

  close(socket: Socket, closed?: () => void): void {
    const way = this.#ways.get(socket);
    if (way === undefined) datagramNetwork.close(socket, closed);
    else way.close = () => datagramNetwork.close(socket, closed);
  }

  /** Loses what is still under way, so that nothing keeps a stopping program waiting. */
  stop(): void {
    for (const [socket, way] of this.#ways) {
      for (const timer of way.timers) clearTimeout(timer);
      this.#ways.delete(socket);
      way.close?.();
    }
  }

  #deliver(
    rules: DatagramFaultRules,
    socket: Socket,
    octets: Uint8Array,
    port: number,
    address: string,
  ): void {
    const delayMs = rules.delayMs ?? 0;
    if (delayMs <= 0 || !this.#happens(rules.delay ?? 1)) {
      datagramNetwork.send(socket, octets, port, address);
      return;
    }
    let way = this.#ways.get(socket);
    if (way === undefined) {
      way = { timers: new Set(), close: undefined };
      this.#ways.set(socket, way);
    }
    const { timers } = way;
    const timer = setTimeout(() => {
      timers.delete(timer);
      datagramNetwork.send(socket, octets, port, address);
      if (timers.size === 0) this.#allLeft(socket);
    }, delayMs);
    timers.add(timer);
  }

  #allLeft(socket: Socket): void {
    const close = this.#ways.get(socket)?.close;
    this.#ways.delete(socket);
    close?.();
  }

  /** Draws only where something can happen, so that an unused fault does not change the others. */
  #happens(share: number | undefined): boolean {
    return share !== undefined && share > 0 && this.#random() < share;
  }
}
