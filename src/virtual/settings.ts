import { CONNECTION_OBJECTS } from '../cluster/serving.js';

/** One kind of service: how many requests it works on at a time, and how long each takes it. */
export interface ServiceModel {
  readonly servers: number;
  readonly serviceMs: number;
}

/** What virtual time has in place of a network and of servers' processors (`virtual:` of a scenario). */
export interface VirtualSettings {
  /** One way between a phone and a server, milliseconds, above 0. */
  readonly delayMs: number;
  /** What may come on top of that for a packet, milliseconds: drawn evenly from 0 on. */
  readonly jitterMs: number;
  /** Share of packets that are lost on a way, in [0, 1). */
  readonly loss: number;
  /** TFTP and HTTP of a node together: 5 objects in service (222878). The time is that of a file without its way. */
  readonly tftp: ServiceModel;
  /**
   * TVS of a node. From a phone's connection to its answer there pass at least 520 ms on a phone of the 8800 series and 270 ms
   * on one of the 7900 series, most of them in the phone.
   */
  readonly tvs: ServiceModel & { readonly modernMs: number; readonly legacyMs: number };
  /** Certificate operations at a time, and how long each keeps CAPF busy. */
  readonly capf: ServiceModel;
  /** Pages of the phone services at a time. */
  readonly tomcat: ServiceModel;
  /** Registrations at a time at a CallManager. */
  readonly registrar: ServiceModel;
  /** `form`: phones of the same form share one signed configuration file; `each`: every phone has its own. */
  readonly configurations: 'form' | 'each';
}

/** Only the objects of TFTP and the times of TVS are documented; the other figures are ours, of the order of a real server's. */
export const DEFAULT_VIRTUAL: VirtualSettings = {
  delayMs: 1,
  jitterMs: 0,
  loss: 0,
  tftp: { servers: CONNECTION_OBJECTS, serviceMs: 2 },
  tvs: { servers: 8, serviceMs: 10, modernMs: 520, legacyMs: 270 },
  capf: { servers: 10, serviceMs: 100 },
  tomcat: { servers: 25, serviceMs: 20 },
  registrar: { servers: 8, serviceMs: 5 },
  configurations: 'form',
};
