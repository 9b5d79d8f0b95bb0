/** What one worker measured of itself (contracts.md 2, `health`). `worst` and `limit` in `unit`. */
export interface HealthReading {
  readonly what: 'event-loop-delay' | 'late-actions' | 'datagrams-lost' | 'open-files' | 'memory';
  readonly worker: string;
  readonly worst: number;
  readonly limit: number;
  /** Seconds since the run began at which `worst` was seen. */
  readonly at: number;
  readonly unit: 's' | 'ratio' | 'files' | 'bytes';
  readonly exceeded: boolean;
}

/** One reading for each resource: that of the worker nearest to, or furthest past, its limit. */
export function worstReadings(readings: readonly HealthReading[]): HealthReading[] {
  const worst = new Map<string, HealthReading>();
  for (const reading of readings) {
    const known = worst.get(reading.what);
    if (known === undefined || reading.worst / reading.limit > known.worst / known.limit)
      worst.set(reading.what, reading);
  }
  return [...worst.values()];
}

/** Limits past which a worker says nothing about its target (contracts.md 2); settings under `health:` of a scenario. */
export interface HealthLimits {
  /** 99th percentile of the event-loop delay in three 1-second windows in a row. */
  readonly eventLoopDelaySeconds: number;
  /** Share of actions that may start more than {@link LATE_AFTER_SECONDS} late. */
  readonly lateActionsRatio: number;
  /** Share of datagrams that may be lost in own receive buffers. */
  readonly datagramsLostRatio: number;
  /** Share of the limit on open files. */
  readonly openFilesRatio: number;
  /** Share of the machine's memory. */
  readonly memoryRatio: number;
}

export const DEFAULT_HEALTH_LIMITS: HealthLimits = {
  eventLoopDelaySeconds: 0.1,
  lateActionsRatio: 0.01,
  datagramsLostRatio: 0.001,
  openFilesRatio: 0.9,
  memoryRatio: 0.9,
};

/** An action that starts later than this after it was due counts as late. */
const LATE_AFTER_SECONDS = 0.5;

/** Windows left out: a worker compiles and loads in its first 2 s, which is no sign of overload. */
const SETTLING_WINDOWS = 2;

/** Windows in a row that have to be slow before the event loop counts as slow. */
const WINDOWS_IN_A_ROW = 3;

/** What a worker has of its process; null where the system does not say. `at` is seconds since the run began. */
export interface HealthResources {
  readonly at: number;
  readonly openFiles: { readonly count: number; readonly limit: number } | null;
  readonly memory: { readonly bytes: number; readonly total: number } | null;
}

/** Facts about one second of a worker. */
export interface HealthWindow extends HealthResources {
  /** 99th percentile of the event-loop delay in this window, seconds. */
  readonly delayP99: number;
}

/** What a worker measured of itself so far: facts in, readings out, no clock and no process of its own. */
export interface HealthRecord {
  /** An action started `lateSeconds` after it was due. */
  action(lateSeconds: number, at: number): void;
  /** Totals since the worker began: datagrams that arrived, and that the kernel dropped from full receive buffers. */
  datagrams(received: number, lost: number, at: number): void;
  window(window: HealthWindow): void;
  /** Between two windows: a run may be over before the first. */
  resources(resources: HealthResources): void;
  readings(): HealthReading[];
}

interface Worst {
  value: number;
  at: number;
}

export function createHealthRecord(
  worker: string,
  limits: HealthLimits = DEFAULT_HEALTH_LIMITS,
): HealthRecord {
  let windows = 0;
  const delays: number[] = [];
  const delay: Worst = { value: 0, at: 0 };
  let actions = 0;
  let late = 0;
  let lateAt = 0;
  const lost: Worst = { value: 0, at: 0 };
  const files: Worst & { limit: number } = { value: 0, at: 0, limit: Number.POSITIVE_INFINITY };
  const memory: Worst & { limit: number } = { value: 0, at: 0, limit: Number.POSITIVE_INFINITY };

  function reading(
    what: HealthReading['what'],
    unit: HealthReading['unit'],
    worst: Worst,
    limit: number,
  ): HealthReading {
    return { what, worker, worst: worst.value, limit, at: worst.at, unit, exceeded: worst.value > limit };
  }

  function resources({ at, openFiles, memory: used }: HealthResources): void {
    if (openFiles !== null) {
      files.limit = Math.floor(openFiles.limit * limits.openFilesRatio);
      if (openFiles.count > files.value) Object.assign(files, { value: openFiles.count, at });
    }
    if (used !== null) {
      memory.limit = Math.floor(used.total * limits.memoryRatio);
      if (used.bytes > memory.value) Object.assign(memory, { value: used.bytes, at });
    }
  }

  return {
    action(lateSeconds, at) {
      actions += 1;
      if (lateSeconds <= LATE_AFTER_SECONDS) return;
      late += 1;
      lateAt = at;
    },
    datagrams(received, dropped, at) {
      const total = received + dropped;
      const ratio = total === 0 ? 0 : dropped / total;
      if (ratio > lost.value) Object.assign(lost, { value: ratio, at });
    },
    window({ at, delayP99, openFiles, memory: used }) {
      windows += 1;
      if (windows > SETTLING_WINDOWS) {
        delays.push(delayP99);
        if (delays.length > WINDOWS_IN_A_ROW) delays.shift();
        // the quietest of three in a row: one long pause is no overload, three slow seconds are
        const sustained = delays.length === WINDOWS_IN_A_ROW ? Math.min(...delays) : 0;
        if (sustained > delay.value) Object.assign(delay, { value: sustained, at });
      }
      resources({ at, openFiles, memory: used });
    },
    resources,
    readings: () => [
      reading('event-loop-delay', 's', delay, limits.eventLoopDelaySeconds),
      reading(
        'late-actions',
        'ratio',
        { value: actions === 0 ? 0 : late / actions, at: lateAt },
        limits.lateActionsRatio,
      ),
      reading('datagrams-lost', 'ratio', lost, limits.datagramsLostRatio),
      ...(Number.isFinite(files.limit) ? [reading('open-files', 'files', files, files.limit)] : []),
      ...(Number.isFinite(memory.limit) ? [reading('memory', 'bytes', memory, memory.limit)] : []),
    ],
  };
}
