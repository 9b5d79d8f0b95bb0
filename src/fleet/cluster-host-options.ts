import type { ClusterAnswers, ClusterLog, FrontNode } from '../net/cluster-front.js';
import type { ClusterServices } from '../net/cluster-services.js';
import type { KeylogSink } from '../net/tls-keylog.js';
import type { KeySource } from '../pki/keys.js';
import type { Neighbours } from './cluster-hosts.js';
import type { LscOptions } from './lscs.js';
import type { OnlineCaMaker } from './online-ca.js';

/** What stands in front of a cluster's state: its services over sockets, or in virtual time. */
export type ServiceFront = Pick<
  ClusterServices,
  | 'startAll'
  | 'add'
  | 'remove'
  | 'start'
  | 'stop'
  | 'follow'
  | 'leak'
  | 'mend'
  | 'isRunning'
  | 'ports'
  | 'close'
>;

/** What a cluster in front of sockets needs besides its specification. */
export interface ClusterHostOptions extends Neighbours {
  readonly seed: number;
  readonly keys: KeySource;
  readonly log: ClusterLog;
  /** Certificates of the CAs that issued the phones' MICs, DER. */
  readonly micRoots: readonly Uint8Array[];
  /** Open the IPv6 side of services at [::1], which all clusters of this machine share. */
  readonly ipv6: boolean;
  /** Puts services in front of the nodes; over sockets when left out. */
  readonly front?: (nodes: readonly FrontNode[], answers: ClusterAnswers) => ServiceFront;
  /** Brings the online CA; over HTTPS when left out. */
  readonly onlineCa?: OnlineCaMaker;
  /** The run's clock; the machine's when left out. */
  readonly now?: () => Date;
  /** `form`: devices of one form share a configuration file (virtual time). Default: each has its own. */
  readonly configurations?: 'form' | 'each';
  /** How the LSCs that phones begin with are made. */
  readonly lscs?: LscOptions;
  /** Random numbers of one device are its own, whatever others draw (virtual time). */
  readonly randomOf?: (device: string) => () => number;
  /** Takes the secrets of all TLS connections. */
  readonly keylog?: KeylogSink;
  /** `clock.scale`, default 1: what a phone waits by R-92 is the same at both ends. */
  readonly scale?: number;
}
