import type { MessagePort } from 'node:worker_threads';
import { ClusterHost } from '../src/fleet/cluster-host.js';
import type { ClusterHostOptions } from '../src/fleet/cluster-host-options.js';
import { ClusterHosts } from '../src/fleet/cluster-hosts.js';
import type { ClusterMethods, ClusterTask } from '../src/fleet/cluster-messages.js';
import { serveTask } from '../src/fleet/port-calls.js';
import { openKeylogFile } from '../src/net/tls-keylog.js';
import { freshKeys } from '../src/pki/keys.js';

const SILENT = { file: () => undefined, event: () => undefined };

/** The embedded clusters as one Piscina task: their sockets, and the administrator's operations from the port. */
export default function runCluster({
  port,
  ...task
}: ClusterTask & { readonly port: MessagePort }): Promise<void> {
  return serveTask(port, (stopped) => methodsOf(task, stopped));
}

function methodsOf(task: ClusterTask, stopped: () => void): ClusterMethods {
  const keylog = task.keylog === null ? null : openKeylogFile(task.keylog);
  const models = new Map(task.models.map((model) => [model.model, model]));
  const options: ClusterHostOptions = {
    seed: task.seed,
    scale: task.scale,
    keys: freshKeys,
    log: SILENT,
    micRoots: task.micRoots,
    ...(keylog === null ? {} : { keylog: keylog.sink }),
    ipv6: task.devices.some(({ kind }) => kind.capf.addresses.includes('ipv6')),
  };
  const starting = ClusterHosts.start(task.clusters, task.devices, (cluster, devices, neighbours) =>
    ClusterHost.start(cluster, devices, models, { ...options, ...neighbours }),
  );
  // told to whoever calls `ready`
  starting.catch(() => undefined);
  return {
    ready: async () => (await starting).nodes(),
    operate: async ({ operation, cluster }) => (await starting).operate(operation, cluster),
    check: async ({ operation, cluster }) => (await starting).check(operation, cluster),
    fault: async (fault) => (await starting).fault(fault),
    artefact: async ({ node, file }) => (await starting).artefact(node, file),
    images: async () => (await starting).images(task.devices),
    itlFileStatus: async () => (await starting).itlFileStatus(task.devices),
    lscs: async ({ primes }) => (await starting).lscs(task.devices, primes),
    openBare: async () => (await starting).home.openBare(),
    closeBare: async () => (await starting).home.closeBare(),
    stop: async () => {
      const hosts = await starting.catch(() => undefined);
      await hosts?.close();
      keylog?.close();
      stopped();
    },
  };
}
