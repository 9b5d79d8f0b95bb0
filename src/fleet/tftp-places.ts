import { TrustfleetError } from '../errors.js';
import type { TftpChoice } from './model.js';
import type { ShardCluster } from './shard-messages.js';

/** A TFTP server as a phone has it (option 150). */
export interface TftpPlace {
  readonly label: string;
  readonly address: string;
}

/** Option 150 has two servers here, as phones of the fleet have. */
const SERVERS = 2;

type Servers = ReadonlyMap<string, readonly (TftpPlace & { readonly name: string })[]>;

function tftpServers(clusters: readonly ShardCluster[]): Servers {
  return new Map(clusters.map(({ name, nodes }) => [name, nodes.filter(({ tftp }) => tftp)] as const));
}

/** TFTP servers of a run: where phones find them, and which ones another choice of option 150 means for a phone. */
export class TftpPlaces {
  #clusters: Servers;
  readonly #home: string;
  /** Phones of a group have the same servers. */
  #atHome = new WeakMap<readonly string[], readonly TftpPlace[]>();

  /** @param clusters the first is the phones' home. */
  constructor(clusters: readonly ShardCluster[]) {
    this.#clusters = tftpServers(clusters);
    this.#home = clusters[0]?.name ?? '';
  }

  /** Nodes came or went (OP-19). */
  meet(clusters: readonly ShardCluster[]): void {
    this.#clusters = tftpServers(clusters);
    this.#atHome = new WeakMap();
  }

  /** Servers of the fleet's own option 150, whose names are nodes of the home. */
  atHome(names: readonly string[]): readonly TftpPlace[] {
    let places = this.#atHome.get(names);
    if (places === undefined) {
      places = this.#named(this.#home, names);
      this.#atHome.set(names, places);
    }
    return places;
  }

  /**
   * The servers of a cluster that have these names; where it has none of them, its own in their order.
   *
   * @throws TrustfleetError TF_OPERATION_REFUSED for a cluster that is not of the run, or has no TFTP server.
   */
  inCluster(cluster: string, names: readonly string[]): TftpPlace[] {
    const all = this.#clusters.get(cluster) ?? [];
    if (all.length === 0) {
      throw new TrustfleetError(
        'TF_OPERATION_REFUSED',
        `no TFTP server in cluster "${cluster}": expected one of ${[...this.#clusters.keys()].join(', ')}`,
      );
    }
    const found = this.#named(cluster, names);
    return found.length > 0 ? found : all.slice(0, SERVERS);
  }

  /**
   * @param names of the phone's own servers, as the fleet has them.
   * @throws TrustfleetError TF_OPERATION_REFUSED for what is no TFTP server of the run.
   */
  choose(choice: TftpChoice, names: readonly string[]): TftpPlace[] {
    if ('cluster' in choice) return this.inCluster(choice.cluster, names);
    const all = [...this.#clusters.values()].flat();
    return choice.nodes.map((label) => {
      const place = all.find((one) => one.label === label);
      if (place !== undefined) return place;
      throw new TrustfleetError(
        'TF_OPERATION_REFUSED',
        `no TFTP server "${label}": expected one of ${all.map((one) => one.label).join(', ')}`,
      );
    });
  }

  #named(cluster: string, names: readonly string[]): TftpPlace[] {
    const all = this.#clusters.get(cluster) ?? [];
    return names.flatMap((name) => all.find((one) => one.name === name) ?? []);
  }
}
