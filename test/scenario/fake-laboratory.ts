import type { Operated } from '../../src/cluster/index.js';
import { TrustfleetError } from '../../src/errors.js';
import type { FlashStore } from '../../src/fleet/flash-store.js';
import type { ActionResult, HeldOf, Laboratory, RefusalRecord } from '../../src/fleet/laboratory.js';
import type { Load, PhoneAction, Selection } from '../../src/fleet/model.js';
import type { HealthReading } from '../../src/observe/health.js';
import type { Sample, Snapshot } from '../../src/observe/sample.js';
import { createTally } from '../../src/observe/tally.js';
import { addTimings, createTimings } from '../../src/observe/timings.js';

/** A laboratory without phones: a script says what each call counts. Its clock runs only when it is asked to. */
export class FakeLaboratory implements Laboratory {
  phones = 100;
  now = 0;
  /** Every call in order, as a person would tell it. */
  readonly calls: string[] = [];
  /** Of the actions, milliseconds. */
  readonly limits: number[] = [];
  /** As they arrived. */
  readonly operations: object[] = [];
  /** Clusters of the operations that named one. */
  readonly clusters: string[] = [];
  readonly faults: object[] = [];
  readonly tally = createTally();
  readonly timings = createTimings();
  readonly scope = this.tally.scope({ model: '7942', group: 'L42' });
  readonly timing = this.timings.scope({ model: '7942' });
  readings: HealthReading[] = [];
  waiting: RefusalRecord[] = [];
  files = new Map<string, Uint8Array>();
  heldSamples: Sample[] = [];
  refuses: string | null = null;
  /** Whether operations make the cluster reset its phones. */
  resetsPhones = false;
  /** What every selection of an administrator means. */
  selected: readonly string[] = ['SEP020001000001', 'SEP020001000002'];
  /** What a `phones:` step does; the default takes a second and gives every phone an outcome. */
  onAct: (action: PhoneAction, selection: Selection) => Promise<ActionResult> = async () => {
    this.now += 1000;
    return { addressed: this.phones, unfinished: 0 };
  };
  onSleep: () => void = () => undefined;

  async resolve(selection: Selection): Promise<readonly string[]> {
    this.calls.push(`resolve ${JSON.stringify(selection)}`);
    return this.selected;
  }

  async operate(operation: { readonly op: string }, cluster?: string): Promise<Operated> {
    this.calls.push(`operate ${operation.op}`);
    if (cluster !== undefined) this.clusters.push(cluster);
    this.operations.push(operation);
    if (this.refuses !== null) throw new TrustfleetError('TF_OPERATION_REFUSED', this.refuses);
    return { output: [`${operation.op} done`], resetsPhones: this.resetsPhones };
  }

  async fault(fault: object): Promise<void> {
    this.calls.push(`fault ${Object.keys(fault)[0]}`);
    this.faults.push(fault);
  }

  async act(action: PhoneAction, selection: Selection, _load: Load, limitMs: number): Promise<ActionResult> {
    this.limits.push(limitMs);
    this.calls.push(`${action.action} ${selection.kind}`);
    return this.onAct(action, selection);
  }

  async snapshot(): Promise<Snapshot> {
    return { at: this.now, ...this.tally.snapshot(), timings: addTimings([this.timings.snapshot()]) };
  }

  async held(list: 'ctl' | 'itl', of: HeldOf): Promise<readonly Sample[]> {
    this.calls.push(`held ${list} ${of}`);
    return this.heldSamples;
  }

  async flash(): Promise<FlashStore> {
    return { lists: new Map(), phones: [] };
  }

  async artefact(node: string, file: string): Promise<Uint8Array | undefined> {
    return this.files.get(`${node}/${file}`);
  }

  async health(): Promise<readonly HealthReading[]> {
    return this.readings;
  }

  async refusals(): Promise<readonly RefusalRecord[]> {
    const records = this.waiting;
    this.waiting = [];
    return records;
  }

  async sleep(ms: number): Promise<void> {
    this.calls.push(`sleep ${ms}`);
    this.now += ms;
    this.onSleep();
  }

  async close(): Promise<void> {
    this.calls.push('close');
  }
}
