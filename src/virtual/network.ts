import type { FrontService } from '../device/service-port.js';
import type { Endpoint } from '../phone/world.js';
import { verifySignature } from '../trustfile/index.js';
import type { Engine } from './engine.js';
import type { Link } from './links.js';
import { VirtualReading } from './reading.js';
import type { RunningCallManager, RunningCapf, RunningTftp, RunningTomcat, RunningTvs } from './services.js';
import type { ServiceModel, VirtualSettings } from './settings.js';
import { type Passage, Station } from './station.js';
import type { DatagramRules } from './trouble.js';

/** The one address of the IPv6 loopback, where each node has ports of its own. */
const IPV6_LOOPBACK = '::1';

/** Services at one address. */
export class VirtualNode {
  tftp: RunningTftp | undefined;
  tvs: RunningTvs | undefined;
  callManager: RunningCallManager | undefined;
  capf: RunningCapf | undefined;
  tomcat: RunningTomcat | undefined;
  readonly #network: VirtualNetwork;
  readonly #stations = new Map<FrontService, number>();

  constructor(network: VirtualNetwork) {
    this.#network = network;
  }

  running(service: FrontService): { alive: boolean } | undefined {
    switch (service) {
      case 'TFTP':
        return this.tftp;
      case 'TVS':
        return this.tvs;
      case 'CallManager':
        return this.callManager;
      case 'CAPF':
        return this.capf;
      case 'Tomcat':
        return this.tomcat;
    }
  }

  /**
   * The station of a service that starts: nobody waits there.
   *
   * @param limit requests that are let in at a time
   */
  openStation(service: FrontService, limit: number): number {
    const { engine, settings } = this.#network;
    const { servers, serviceMs } = modelOf(settings, service);
    const index = engine.openStation(new Station(servers, limit, serviceMs), this.#stations.get(service));
    this.#stations.set(service, index);
    return index;
  }

  /** Connections are cut; the phones hear of it after the way of the network. */
  stop(service: FrontService): void {
    const running = this.running(service);
    if (running === undefined) return;
    running.alive = false;
    switch (service) {
      case 'TFTP':
        this.tftp = undefined;
        break;
      case 'TVS':
        this.tvs = undefined;
        break;
      case 'CAPF':
        this.capf = undefined;
        break;
      case 'Tomcat':
        this.tomcat = undefined;
        break;
      case 'CallManager': {
        const links = [...(this.callManager?.links ?? [])];
        this.callManager = undefined;
        for (const link of links) this.#network.cut(link);
        break;
      }
    }
  }
}

function modelOf(settings: VirtualSettings, service: FrontService): ServiceModel {
  switch (service) {
    case 'TFTP':
      return settings.tftp;
    case 'TVS':
      return settings.tvs;
    case 'CallManager':
      return settings.registrar;
    case 'CAPF':
      return settings.capf;
    case 'Tomcat':
      return settings.tomcat;
  }
}

/** Server closed the connection (sccp.md 6). */
const CAUSE_CLOSED = 14;

/** What phones and services of one shard share. */
export class VirtualNetwork {
  readonly engine: Engine;
  readonly settings: VirtualSettings;
  /** `clock.scale`: divides what a phone waits by its rules. */
  readonly scale: number;
  readonly reading = new VirtualReading(verifySignature);
  /** What goes wrong with datagrams; undefined: nothing. */
  datagrams: DatagramRules | undefined;
  readonly #epochMs: number;
  readonly #labels: ReadonlyMap<string, string>;
  readonly #nodes = new Map<string, VirtualNode>();
  /** By their ports at [::1]. */
  readonly #overIpv6 = new Map<number, VirtualNode>();

  /**
   * @param epochMs date at which the run begins, milliseconds since 1970
   * @param labels of the nodes by their addresses
   */
  constructor(
    engine: Engine,
    settings: VirtualSettings,
    shared: {
      readonly scale: number;
      readonly epochMs: number;
      readonly labels: ReadonlyMap<string, string>;
    },
  ) {
    this.engine = engine;
    this.settings = settings;
    this.scale = shared.scale;
    this.#epochMs = shared.epochMs;
    this.#labels = shared.labels;
  }

  /** @param ipv6Port where its CAPF listens at [::1], the one IPv6 address that all nodes have; null where it does not */
  addNode(address: string, ipv6Port: number | null): void {
    if (this.#nodes.has(address)) return;
    const node = new VirtualNode(this);
    this.#nodes.set(address, node);
    if (ipv6Port !== null) this.#overIpv6.set(ipv6Port, node);
  }

  node(address: string): VirtualNode | undefined {
    return this.#nodes.get(address);
  }

  /** The node whose CAPF a phone finds there, over whichever family. */
  nodeOfCapf({ address, port }: Endpoint): VirtualNode | undefined {
    return address === IPV6_LOOPBACK ? this.#overIpv6.get(port) : this.#nodes.get(address);
  }

  label(address: string): string {
    return this.#labels.get(address) ?? address;
  }

  /** Milliseconds since 1970. */
  date(): number {
    return this.#epochMs + this.engine.clock.now;
  }

  /**
   * Sends a request as the engine does, whose packets lose some time on their ways.
   *
   * @param limitMs whoever sent it waits no longer
   */
  send(
    ordinal: number,
    station: number,
    serviceMs: number,
    limitMs: number,
    lostMs: number,
    answered: (passage: Passage | 'late') => void,
  ): void {
    const { clock } = this.engine;
    if (lostMs === 0) {
      this.engine.send(ordinal, station, serviceMs, limitMs, answered);
      return;
    }
    const giveUpAt = clock.now + limitMs;
    this.engine.send(ordinal, station, serviceMs, limitMs, (passage) => {
      const at = clock.now + lostMs;
      if (passage === 'late') answered(passage);
      else if (at > giveUpAt) clock.schedule(giveUpAt, ordinal, () => answered('late'));
      else clock.schedule(at, ordinal, () => answered(passage));
    });
  }

  cut(link: Link): void {
    const { clock, delayMs } = this.engine;
    clock.schedule(clock.now + delayMs, link.ordinal, () => link.lost(CAUSE_CLOSED));
  }
}
