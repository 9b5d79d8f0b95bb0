import type { KeyObject } from 'node:crypto';
import type { CounterLabels, CounterName, HistogramName, Refusal } from '../observe/events.js';
import type { TallyScope } from '../observe/tally.js';
import type { TimingScope } from '../observe/timings.js';
import type { LocalWorld, PhoneWorld } from '../phone/world.js';
import type { KeyPair } from '../pki/keys.js';
import type { CapfKey } from '../protocol/capf/keys.js';
import type { TrustFile } from '../trustfile/index.js';
import type { Device } from './devices.js';
import type { TrustLibrary } from './library.js';
import { seededRandom } from './random.js';

/** What equal phones count with. */
export interface Scope {
  readonly tally: TallyScope;
  readonly timing: TimingScope;
}

/** What all phones of a shard read with, draw from and are observed by. */
export interface Observed {
  readonly seed: number;
  readonly library: TrustLibrary;
  readonly around: Pick<PhoneWorld, 'verifySignature' | 'generateKey'>;
  refused(device: Device, refusal: Refusal): void;
  /** null: nobody reads the phones' logs. */
  readonly log: ((device: Device, line: string) => void) | null;
}

/** What of a phone's world is no network, for one of a fleet: it holds little of its own. */
export class LocalOfPhone implements LocalWorld {
  readonly #device: Device;
  readonly #observed: Observed;
  readonly #scope: Scope;
  /** Made for the first number drawn. */
  #random: (() => number) | null = null;

  constructor(device: Device, observed: Observed, scope: Scope) {
    this.#device = device;
    this.#observed = observed;
    this.#scope = scope;
  }

  count<N extends CounterName>(name: N, labels: CounterLabels[N], by?: number): void {
    this.#scope.tally.count(name, labels, by);
  }

  time(name: HistogramName, seconds: number): void {
    this.#scope.timing.time(name, seconds);
  }

  random(): number {
    this.#random ??= seededRandom(this.#observed.seed, this.#device.name);
    return this.#random();
  }

  readTrustFile(bytes: Uint8Array): TrustFile {
    return this.#observed.library.readTrustFile(bytes);
  }

  readConfiguration(bytes: Uint8Array): ReturnType<PhoneWorld['readConfiguration']> {
    return this.#observed.library.readConfiguration(bytes);
  }

  verifySignature(file: TrustFile, key: KeyObject): boolean {
    return this.#observed.around.verifySignature(file, key);
  }

  generateKey(key: CapfKey): Promise<KeyPair> {
    return this.#observed.around.generateKey(key);
  }

  refused(refusal: Refusal): void {
    this.#observed.refused(this.#device, refusal);
  }

  log(line: string): void {
    this.#observed.log?.(this.#device, line);
  }
}
