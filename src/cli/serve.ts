import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { RECOVERY_FILE } from '../cluster/console.js';
import { runsHere } from '../cluster/external.js';
import { missingCapf } from '../cluster/operations/set-cluster.js';
import { firstRelease, releaseRules } from '../cluster/release-rules.js';
import { parseRelease } from '../device/release.js';
import { FRONT_SERVICES, placeText } from '../device/service-port.js';
import { reasonOf, TrustfleetError } from '../errors.js';
import { atNodes } from '../fleet/at-nodes.js';
import { ClusterHost } from '../fleet/cluster-host.js';
import { type Device, expandFleet } from '../fleet/devices.js';
import { externalFaults } from '../fleet/external-check.js';
import { MicMaker } from '../fleet/mics.js';
import type { DeviceCapf } from '../fleet/model.js';
import { micKinds, PhonePrimeSource } from '../fleet/phone-primes.js';
import { type ClusterProfile, loadCluster, loadFleet, loadModels } from '../fleet/profiles.js';
import {
  checkTarget,
  IPV6_LOOPBACK,
  ipv6Port,
  parseCidr,
  placeNodes,
  SERVICE_PORTS,
} from '../net/addresses.js';
import type { ClusterLog } from '../net/cluster-front.js';
import { openKeylogFile } from '../net/tls-keylog.js';
import { Certificate } from '../pki/certificate.js';
import { freshKeys } from '../pki/keys.js';
import { makeFolder } from '../report/make-folder.js';
import { runConsole } from './console.js';
import { collect, EXIT, type ExitCode, print, runCommand } from './io.js';
import { pendingCapf, phoneCount, seedNumber } from './run-options.js';

interface ServeOptions {
  readonly release: string;
  readonly fleet: string;
  readonly phones: number;
  readonly mixed?: boolean;
  readonly security?: string;
  readonly bind?: string;
  readonly write?: string;
  readonly seed: number;
  readonly allowTarget: readonly string[];
  readonly keylog?: string;
  readonly capf?: Pick<DeviceCapf, 'auth' | 'string'>;
  readonly ipv6?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
  /** true: at the publisher. */
  readonly console?: string | true;
}

/** Each request and registration as a line on stderr. */
function requestLog(): ClusterLog {
  const line = (node: string, text: string): void => {
    process.stderr.write(`${new Date().toISOString()} ${node} ${text}\n`);
  };
  return {
    file: (node, request) => {
      const { transport, client, file, result, octets, seconds, detail } = request;
      const end = detail === '' ? result : `${result} (${detail})`;
      line(
        node,
        `${transport} ${client.address}:${client.port} ${file} ${end} ${octets} octets ${seconds.toFixed(3)} s`,
      );
    },
    event: (node, service, { event, ...facts }) => line(node, `${service} ${event} ${factsText(facts)}`),
  };
}

/** One line of JSON for people: of a certificate its subject and serial number, of other octets how many there are. */
function factsText(facts: Readonly<Record<string, unknown>>): string {
  // not the replacer's own value, which is what the octets made of themselves
  return JSON.stringify(facts, function shown(this: Readonly<Record<string, unknown>>, key) {
    const value = this[key];
    if (value instanceof Certificate) return `${value.subject}, serial ${value.serial}`;
    return value instanceof Uint8Array ? `${value.length} octets` : value;
  });
}

const SILENT: ClusterLog = { file: () => undefined, event: () => undefined };

/** Resolves with the signal that ends the program. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
}

/** The makers of the phones in the database, as a run has them (OP-27); whoever connects brings certificates of his own makers. */
async function micRootsOf(devices: readonly Device[]): Promise<Uint8Array[]> {
  const { mics } = await PhonePrimeSource.open(devices, new AbortController().signal);
  return new MicMaker(mics, new Date()).roots(micKinds(devices));
}

/**
 * What each TFTP node serves, as DIR/<node>/<file>.
 *
 * @returns the number of files
 * @throws TrustfleetError TF_FILE_UNWRITABLE
 */
async function writeArtefacts(host: ClusterHost, folder: string): Promise<number> {
  let files = 0;
  try {
    for (const { name, services } of host.nodes()) {
      if (services.tftp === undefined) continue;
      await makeFolder(join(folder, name));
      for (const file of host.artefactNames(name)) {
        const bytes = host.artefact(name, file);
        if (bytes === undefined) continue;
        await writeFile(join(folder, name, file), bytes);
        files += 1;
      }
    }
  } catch (cause) {
    throw new TrustfleetError(
      'TF_FILE_UNWRITABLE',
      `cannot write what the nodes serve: ${reasonOf(cause, folder)}`,
      {
        context: { file: folder },
        cause,
      },
    );
  }
  return files;
}

async function serve(clusterName: string, options: ServeOptions): Promise<ExitCode> {
  parseRelease(options.release);
  const profile = loadCluster(clusterName);
  const consoleNode = consoleNodeOf(options, profile);
  const allowed = options.allowTarget.map(parseCidr);
  const [places = []] = placeNodes([profile.nodes.length], options.bind);
  for (const { address } of places) checkTarget(address, allowed, 'node address');
  const mode = options.mixed === true ? 'mixed' : 'non-secure';
  checkExternal(clusterName, profile, mode);
  if (mode === 'mixed') checkMixed(options.release, profile);
  const models = loadModels();
  const fleet = expandFleet(loadFleet(options.fleet, options.security), models, options.phones);
  const devices = atNodes(fleet, profile.nodes).map((device) => withPending(device, options.capf));
  const nodes = profile.nodes.map((node, index) => ({ ...node, address: places[index]?.address ?? '' }));
  const keylog = options.keylog === undefined ? undefined : openKeylogFile(options.keylog);
  const ended = untilSignal();
  const host = await ClusterHost.start(
    {
      name: profile.name,
      release: options.release,
      mode,
      nodes,
      parameters: parametersOf(options),
      knobs: {},
    },
    devices,
    models,
    {
      seed: options.seed,
      keys: freshKeys,
      log: options.quiet === true ? SILENT : requestLog(),
      micRoots: await micRootsOf(devices),
      ipv6: options.ipv6 ?? false,
      ...(keylog === undefined ? {} : { keylog: keylog.sink }),
    },
  );
  try {
    const written = options.write === undefined ? undefined : await writeArtefacts(host, options.write);
    announce(profile.name, host, options, written);
    await (consoleNode === undefined ? ended : untilConsoleEnds(host, consoleNode, ended));
  } finally {
    await host.close();
    keylog?.close();
  }
  return EXIT.done;
}

/** @throws TrustfleetError TF_USAGE for a node that is not there, or beside `--json`. */
function consoleNodeOf({ console: at, json }: ServeOptions, { nodes }: ClusterProfile): string | undefined {
  if (at === undefined) return undefined;
  if (json === true) {
    throw new TrustfleetError(
      'TF_USAGE',
      '--console writes text to stdout, --json a document: expected one of them',
    );
  }
  const names = nodes.map(({ name }) => name);
  const node = at === true ? names[0] : names.find((name) => name.toLowerCase() === at.toLowerCase());
  if (node === undefined) {
    throw new TrustfleetError('TF_USAGE', `--console: no node ${at}, expected one of ${names.join(', ')}`);
  }
  return node;
}

/** @throws TrustfleetError TF_FILE_UNWRITABLE */
async function writeRecoveryKey(host: ClusterHost): Promise<string> {
  const file = resolve(RECOVERY_FILE);
  try {
    await writeFile(file, await host.recoveryFile(), { mode: 0o600 });
  } catch (cause) {
    throw new TrustfleetError('TF_FILE_UNWRITABLE', `cannot write ${file}: ${reasonOf(cause, file)}`, {
      cause,
    });
  }
  return `written to ${file}`;
}

/** The administrator's console, until it or the program is ended. */
async function untilConsoleEnds(
  host: ClusterHost,
  node: string,
  ended: Promise<NodeJS.Signals>,
): Promise<void> {
  const stop = new AbortController();
  const session = runConsole({
    input: process.stdin,
    output: process.stdout,
    terminal: process.stdin.isTTY && process.stdout.isTTY,
    node,
    facts: () => ({ nodes: host.nodes().map(({ name }) => name) }),
    operate: async (operation) => (await host.operate(operation)).output,
    fetchRecoveryKey: () => writeRecoveryKey(host),
    signal: stop.signal,
  });
  try {
    await Promise.race([session, ended]);
  } finally {
    stop.abort();
    await session;
    // a terminal would keep the program waiting for its next line
    process.stdin.destroy();
  }
}

/** @throws TrustfleetError TF_PROFILE_INVALID for external services that cannot be, or when nothing is left to serve. */
function checkExternal(name: string, { nodes }: ClusterProfile, mode: 'non-secure' | 'mixed'): void {
  const [fault] = externalFaults(nodes, mode);
  if (fault !== undefined) {
    const where = `${nodes[fault.node]?.name}, ${fault.service}`;
    throw new TrustfleetError('TF_PROFILE_INVALID', `cluster ${name}, ${where}: ${fault.message}`);
  }
  if (nodes.every((node) => FRONT_SERVICES.every((service) => !runsHere(node, service)))) {
    throw new TrustfleetError(
      'TF_USAGE',
      `cluster ${name} has external services only: there is nothing to serve`,
    );
  }
}

/** @throws TrustfleetError TF_USAGE where this cluster cannot begin in mixed mode; there are no tokens here (OP-01). */
function checkMixed(release: string, { nodes: [publisher] }: ClusterProfile): void {
  if (releaseRules(parseRelease(release)).ctlSigner === null) {
    const first = firstRelease((rules) => rules.ctlSigner !== null);
    throw new TrustfleetError(
      'TF_USAGE',
      `--mixed: found release ${release}, expected ${first} or later: before it mixed mode needs security tokens`,
    );
  }
  const missing = publisher === undefined ? undefined : missingCapf(publisher);
  if (missing !== undefined) throw new TrustfleetError('TF_USAGE', `--mixed: ${missing}`);
}

/** `--ipv6`: without Enable IPv6 CAPF would refuse whoever comes to its IPv6 side. */
export function parametersOf({ ipv6 = false }: Pick<ServeOptions, 'ipv6'>): Record<string, boolean> {
  return { 'enable-ipv6': ipv6 };
}

/** `--capf`: an LSC installation waits for the phone. */
function withPending(device: Device, capf: ServeOptions['capf']): Device {
  if (capf === undefined) return device;
  const { kind } = device;
  return { ...device, kind: { ...kind, capf: { ...kind.capf, ...capf, operation: 'install' } } };
}

function announce(
  cluster: string,
  host: ClusterHost,
  options: ServeOptions,
  written: number | undefined,
): void {
  // with a console stdout is the console's
  const say = options.console === undefined ? print : (text: string) => process.stderr.write(`${text}\n`);
  const nodes = host.nodes();
  const tftp = nodes.find(({ services }) => services.tftp !== undefined);
  const files = tftp === undefined ? [] : host.artefactNames(tftp.name);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ ready: true, cluster, nodes, files })}\n`);
    return;
  }
  say(`${cluster}, release ${options.release}, ${options.phones} phones of ${options.fleet} in the database`);
  for (const { name, address, services, external = {} } of nodes) {
    const own = Object.entries(services).map(([service, port]) => `${service} ${port}`);
    const elsewhere = Object.entries(external).map(([service, place]) => `${service} at ${place}`);
    say(`  ${name.padEnd(6)} ${address.padEnd(13)} ${[...own, ...elsewhere].join('  ')}`);
  }
  if (options.ipv6 === true) {
    const place = { address: IPV6_LOOPBACK, port: ipv6Port(0, SERVICE_PORTS.capf) };
    say(`  CAPF over IPv6 at ${placeText(place)}`);
  }
  if (written !== undefined) say(`${written} files written to ${options.write}`);
  say('Ready. Ctrl-C ends it.');
}

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('run only the embedded cluster, so that foreign clients can be pointed at it')
    .argument('[cluster]', 'profile in profiles/clusters, or the path of a cluster file', 'CL-3')
    .option('--release <release>', 'Unified CM release, e.g. 11.5(1) or 14SU3', '12.5(1)')
    .option('--fleet <name>', 'fleet whose devices are in the database', 'FLEET-A')
    .option('--phones <n>', 'number of phones of the fleet', phoneCount, 10)
    .option('--security <name>', "one of the fleet's security profiles")
    .option('--mixed', 'mixed mode (tokenless) from the beginning')
    .option('--bind <address>', 'address of the first node; the others take the next ones')
    .option('--write <dir>', 'put what each TFTP node serves into DIR/<node>/')
    .option('--seed <n>', 'decides everything that is drawn but the keys', seedNumber, 1)
    .option('--allow-target <cidr>', 'allow listening outside the loopback range', collect, [])
    .option(
      '--capf <auth>',
      'an LSC installation pending for every phone: null-string, string=DIGITS, …',
      pendingCapf,
    )
    .option('--keylog <file>', 'append the secrets of TLS connections, for tshark (NSS key log)')
    .option('--ipv6', 'Enable IPv6 (R-102), and the IPv6 side of CAPF at [::1], too')
    .option(
      '--console [node]',
      'read the commands of an administrator from stdin, at a node (default: the publisher)',
    )
    .option('--quiet', 'no request log on stderr')
    .option('--json', 'one line of JSON on stdout when everything listens')
    .action((cluster: string, options: ServeOptions) => runCommand(options, () => serve(cluster, options)));
}
