import { artefact } from '../../src/cluster/artefacts.js';
import type { ClusterContext } from '../../src/cluster/context.js';
import { createCluster } from '../../src/cluster/create.js';
import { operate } from '../../src/cluster/operate.js';
import type { Operation } from '../../src/cluster/operation.js';
import type { ClusterSpec, DeviceSpec, NodeSpec } from '../../src/cluster/spec.js';
import type { ClusterState } from '../../src/cluster/state.js';
import { roleName } from '../../src/device/role.js';
import { loadModel } from '../../src/fleet/profiles.js';
import { seededRandom } from '../../src/fleet/random.js';
import { pooledKeys } from '../../src/pki/keys.js';
import {
  parseTrustFile,
  type TrustFile,
  type TrustList,
  verifySignature,
} from '../../src/trustfile/index.js';

export const START = Date.UTC(2026, 2, 12, 7, 20, 0);
export const START_SECONDS = START / 1000;

/** One source for all clusters of a test file: each key once. */
const keys = pooledKeys();
let clusters = 0;

export interface Lab {
  readonly context: ClusterContext;
  /** Moves the clock, seconds. */
  pass(seconds: number): void;
}

export function lab(seed = 1): Lab {
  let now = START;
  clusters += 1;
  return {
    context: { keys, now: () => new Date(now), random: seededRandom(seed, `cluster ${clusters}`) },
    pass: (seconds) => {
      now += seconds * 1000;
    },
  };
}

/** CL-3 of cluster-operations.md 4.0. */
export const CL_3: readonly NodeSpec[] = [
  { name: 'PUB', address: '127.10.0.1', services: ['CallManager', 'TFTP', 'TVS', 'CAPF'] },
  { name: 'SUB1', address: '127.10.0.2', services: ['CallManager', 'TFTP', 'TVS'] },
  { name: 'SUB2', address: '127.10.0.3', services: ['CallManager', 'TVS'] },
];

/** An 8841 over SIP and a 7942 over SCCP, one in each CallManager group. */
export function phones(security: DeviceSpec['security'] = 'non-secure'): DeviceSpec[] {
  return [
    {
      name: 'SEP001F9E266369',
      model: loadModel('8841'),
      protocol: 'SIP',
      security,
      lines: [{ name: '1001', displayName: 'Alice Example' }],
      callManagerGroup: { name: 'CMG-1', nodes: ['SUB1', 'SUB2'] },
      devicePool: 'Default',
    },
    {
      name: 'SEP001F9E266370',
      model: loadModel('7942'),
      protocol: 'SCCP',
      security,
      lines: [{ name: '1002', displayName: 'Bob Example' }],
      callManagerGroup: { name: 'CMG-2', nodes: ['SUB2', 'PUB'] },
      devicePool: 'Default',
    },
  ];
}

export function spec(release: string, more: Partial<ClusterSpec> = {}): ClusterSpec {
  return {
    name: 'CL-3',
    release,
    mode: 'non-secure',
    nodes: CL_3,
    devices: phones(),
    certificates: { rsaBits: 1024 },
    ...more,
  };
}

export interface Cluster {
  state: ClusterState;
  readonly lab: Lab;
  /** Does it a minute later and keeps the state; returns the console lines. */
  run(operation: Operation): Promise<readonly string[]>;
  /** Which octets a node serves, parsed; undefined where it has no such file. */
  file(node: string, name: string): TrustFile | undefined;
  list(node: string, name: 'CTLFile.tlv' | 'ITLFile.tlv'): TrustList;
  octets(node: string, name: string): Uint8Array | undefined;
}

export async function cluster(release: string, more: Partial<ClusterSpec> = {}): Promise<Cluster> {
  const own = lab();
  const made: Cluster = {
    state: await createCluster(spec(release, more), own.context),
    lab: own,
    async run(operation) {
      own.pass(60);
      const { state, output } = await operate(made.state, operation, own.context);
      made.state = state;
      return output;
    },
    octets: (node, name) => artefact(made.state, node, name),
    file(node, name) {
      const bytes = artefact(made.state, node, name);
      return bytes === undefined ? undefined : parseTrustFile(bytes);
    },
    list(node, name) {
      const file = made.file(node, name);
      if (file?.kind !== 'trust-list') throw new Error(`${node} serves no ${name}`);
      return file;
    },
  };
  return made;
}

/** Roles of a list in its order. */
export function roles(list: TrustList): string[] {
  return list.records.map((record) => roleName(record.role));
}

/** Whose stored identity signed the file, e.g. `PUB CallManager`; `nobody stored` where its key is gone. */
export function signedBy(state: ClusterState, file: TrustFile | undefined): string {
  if (file === undefined) return 'no file';
  for (const node of state.nodes) {
    for (const identity of Object.values(node.identities)) {
      if (
        identity.certificate.serial === file.header.signer.serial &&
        verifySignature(file, identity.certificate.publicKey)
      ) {
        return `${node.name} ${identity.purpose}`;
      }
    }
  }
  return 'nobody stored';
}

export const restartAll = (...services: ('TFTP' | 'CallManager' | 'TVS' | 'CAPF')[]): Operation => ({
  op: 'restart',
  services,
  nodes: 'all',
});

/** Clusters of one run: each may take certificates from the others (OP-25). */
export function neighbours(...clusters: readonly Cluster[]): void {
  for (const { lab: own } of clusters) {
    Object.assign(own.context, {
      cluster: (name: string) => clusters.find(({ state }) => state.name === name)?.state,
    });
  }
}
