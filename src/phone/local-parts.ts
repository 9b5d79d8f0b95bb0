import type { KeyObject } from 'node:crypto';
import type { CounterLabels, CounterName, HistogramName, Refusal } from '../observe/events.js';
import type { KeyPair } from '../pki/keys.js';
import type { CapfKey } from '../protocol/capf/keys.js';
import type { TrustFile } from '../trustfile/model.js';
import type { LocalWorld, PhoneWorld } from './world.js';

/**
 * What of a phone's world is no network, handed on: worlds begin with it. A class, because a fleet has a world for each phone,
 * and a method of a class is there once for all of them.
 */
export class LocalParts<L extends LocalWorld = LocalWorld> implements LocalWorld {
  protected readonly beneath: L;

  constructor(beneath: L) {
    this.beneath = beneath;
  }

  count<N extends CounterName>(name: N, labels: CounterLabels[N], by?: number): void {
    this.beneath.count(name, labels, by);
  }

  time(name: HistogramName, seconds: number): void {
    this.beneath.time(name, seconds);
  }

  refused(refusal: Refusal): void {
    this.beneath.refused(refusal);
  }

  log(line: string): void {
    this.beneath.log(line);
  }

  random(): number {
    return this.beneath.random();
  }

  readTrustFile(bytes: Uint8Array): TrustFile {
    return this.beneath.readTrustFile(bytes);
  }

  readConfiguration(bytes: Uint8Array): ReturnType<PhoneWorld['readConfiguration']> {
    return this.beneath.readConfiguration(bytes);
  }

  verifySignature(file: TrustFile, key: KeyObject): boolean {
    return this.beneath.verifySignature(file, key);
  }

  generateKey(key: CapfKey): Promise<KeyPair> {
    return this.beneath.generateKey(key);
  }
}
