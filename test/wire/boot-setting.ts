import { ClusterHost } from '../../src/fleet/cluster-host.js';
import { type Device, expandFleet } from '../../src/fleet/devices.js';
import { TrustLibrary } from '../../src/fleet/library.js';
import { lscKeys } from '../../src/fleet/lsc-keys.js';
import { MicMaker } from '../../src/fleet/mics.js';
import type { FleetSpec } from '../../src/fleet/model.js';
import { PhonePrimeSource } from '../../src/fleet/phone-primes.js';
import { loadCluster, loadModels } from '../../src/fleet/profiles.js';
import { seededRandom } from '../../src/fleet/random.js';
import { EMBEDDED_PORTS, placeNodes } from '../../src/net/addresses.js';
import type { ClusterLog } from '../../src/net/cluster-front.js';
import { createNetworkContext, createNetworkWorld, type NetworkContext } from '../../src/net/world.js';
import type { CounterLabels, CounterName, HistogramName, Refusal } from '../../src/observe/events.js';
import { emptyFlash, type Flash, type KeyedCertificate } from '../../src/phone/flash.js';
import { DEFAULT_KNOBS } from '../../src/phone/knobs.js';
import { Phone } from '../../src/phone/phone.js';
import { freshKeys } from '../../src/pki/keys.js';
import { verifySignature } from '../../src/trustfile/index.js';

export const MODELS = loadModels();
const library = new TrustLibrary();
const random = seededRandom(1, 'boot');

/** A fleet of one phone a group, all with PUB as first TFTP server and CMG-1 (SUB1, SUB2). */
export function fleetOf(phones: readonly { model: string; protocol: 'SCCP' | 'SIP' }[]): Device[] {
  const fleet: FleetSpec = {
    name: 'one each',
    groups: phones.map(({ model, protocol }) => ({
      group: `${model}-${protocol}`,
      model,
      phones: 1,
      protocol,
      security: [{ index: 'all', value: 'non-secure' }],
      tftp: [{ index: 'all', value: ['PUB', 'SUB1'] }],
      callManagerGroup: [{ index: 'all', value: { name: 'CMG-1', nodes: ['SUB1', 'SUB2'] } }],
    })),
  };
  return expandFleet(fleet, MODELS);
}

/** What the services of the cluster told of their peers: `SUB1 sip registered`. */
export interface Heard {
  readonly files: string[];
  readonly events: { readonly node: string; readonly service: string; readonly event: string }[];
}

export interface Setting {
  readonly host: ClusterHost;
  readonly heard: Heard;
  readonly network: NetworkContext;
  phone(device: Device, flash?: Flash): TestPhone;
  mic(device: Device): KeyedCertificate;
  addressOf(node: string): string;
}

/** CL-3 on sockets of its own, in this process, from the address `bind` on. */
export async function startSetting(
  devices: readonly Device[],
  bind: string,
  cluster: { readonly release: string; readonly mode?: 'non-secure' | 'mixed' },
): Promise<Setting> {
  const heard: Heard = { files: [], events: [] };
  const log: ClusterLog = {
    file: (node, { transport, file, result }) => heard.files.push(`${node} ${transport} ${file} ${result}`),
    event: (node, service, { event }) => heard.events.push({ node, service, event }),
  };
  const { nodes } = loadCluster('CL-3');
  const [places = []] = placeNodes([nodes.length], bind);
  const host = await ClusterHost.start(
    {
      name: 'CL-3',
      release: cluster.release,
      mode: cluster.mode ?? 'non-secure',
      nodes: nodes.map((node, index) => ({ ...node, address: places[index]?.address ?? '' })),
      parameters: {},
      knobs: {},
    },
    devices,
    MODELS,
    { seed: 1, keys: freshKeys, log, micRoots: [], ipv6: false },
  );
  const never = new AbortController().signal;
  const { mics: primes } = await (await PhonePrimeSource.open(devices, never)).all(never);
  const mics = new MicMaker(primes, new Date());
  const mic = (device: Device): KeyedCertificate => {
    const model = MODELS.get(device.kind.model);
    if (model === undefined) throw new Error(device.kind.model);
    return mics.mic(device, model);
  };
  const addresses = new Map(host.nodes().map(({ name, address }) => [name, address]));
  const network = createNetworkContext({
    ports: EMBEDDED_PORTS,
    nodes: new Map(host.nodes().map(({ name, address }) => [address, name])),
    // a phone that waits by a rule (R-84: 30 s) does it in 30 ms
    scale: 1000,
  });
  const addressOf = (node: string): string => addresses.get(node) ?? '';
  return {
    host,
    heard,
    network,
    mic,
    addressOf,
    phone: (device, flash = emptyFlash({ mic: () => mic(device) })) =>
      new TestPhone(device, flash, network, device.kind.tftp.map(addressOf), bind),
  };
}

/** A phone on the network that counts for itself. */
export class TestPhone {
  readonly phone: Phone;
  readonly counters = new Map<string, number>();
  readonly times: HistogramName[] = [];
  readonly refusals: Refusal[] = [];
  readonly log: string[] = [];
  readonly #power = new AbortController();

  constructor(
    device: Device,
    flash: Flash,
    network: NetworkContext,
    tftpServers: readonly string[],
    bind: string,
  ) {
    const model = MODELS.get(device.kind.model);
    if (model === undefined) throw new Error(device.kind.model);
    // a net of its own beside the cluster's, so that test files do not share addresses
    const address = bind.replace(/\.\d+$/, `.${100 + device.ordinal}`);
    const world = createNetworkWorld({ name: device.name, address, model }, network, {
      count: (name, labels, by = 1) => this.#count(name, labels, by),
      time: (name) => this.times.push(name),
      refused: (refusal) => this.refusals.push(refusal),
      log: (line) => this.log.push(line),
      random,
      readTrustFile: (bytes) => library.readTrustFile(bytes),
      readConfiguration: (bytes) => library.readConfiguration(bytes),
      verifySignature,
      generateKey: lscKeys(),
    });
    this.phone = new Phone({ device: device.name, model, knobs: DEFAULT_KNOBS, world, tftpServers, flash });
  }

  powerOn() {
    return this.phone.powerOn(this.#power.signal);
  }

  powerOff(): void {
    this.#power.abort(new DOMException('end of the test', 'AbortError'));
  }

  /** What was counted since the last call, as `name{label="value",…}` without labels that are empty. */
  counted(): Record<string, number> {
    const all = Object.fromEntries([...this.counters].sort(([a], [b]) => a.localeCompare(b)));
    this.counters.clear();
    return all;
  }

  #count<N extends CounterName>(name: N, labels: CounterLabels[N], by: number): void {
    const shown = Object.values(labels).filter((value) => value !== '');
    const key = [name, ...shown].join(' ');
    this.counters.set(key, (this.counters.get(key) ?? 0) + by);
  }
}

export { library };
