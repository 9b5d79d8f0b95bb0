import { readdirSync, readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { HealthReading } from './health.js';
import {
  createHealthRecord,
  DEFAULT_HEALTH_LIMITS,
  type HealthLimits,
  type HealthResources,
} from './health.js';

const WINDOW_MS = 1000;

/** Resolution of the delay monitor; it reports the whole interval between two of its timers, this one included. */
const RESOLUTION_MS = 10;

const NANOSECONDS = 1e9;

/** What a meter looks at; tests put their own in. */
export interface HealthSources {
  /** 99th percentile of the event-loop delay since the last call, seconds. */
  delayP99(): number;
  /** Open files of the process and their limit; null where the system does not say. */
  openFiles(): { readonly count: number; readonly limit: number } | null;
  memory(): { readonly bytes: number; readonly total: number };
  close(): void;
}

export interface HealthMeterOptions {
  readonly worker: string;
  readonly limits?: HealthLimits;
  /** Seconds since the run began. */
  readonly now: () => number;
  readonly sources?: HealthSources;
}

/** Watches the worker that it runs in. Its timer keeps no process alive. */
export interface HealthMeter {
  /** An action that was due `lateSeconds` ago starts now. */
  action(lateSeconds: number): void;
  /** Totals since the worker began, for whoever counts datagrams. */
  datagrams(received: number, lost: number): void;
  readings(): HealthReading[];
  close(): void;
}

export function createHealthMeter(options: HealthMeterOptions): HealthMeter {
  const { worker, limits = DEFAULT_HEALTH_LIMITS, now, sources = processSources() } = options;
  const record = createHealthRecord(worker, limits);
  const resources = (): HealthResources => ({
    at: now(),
    openFiles: sources.openFiles(),
    memory: sources.memory(),
  });
  const timer = setInterval(() => record.window({ ...resources(), delayP99: sources.delayP99() }), WINDOW_MS);
  timer.unref();
  return {
    action: (lateSeconds) => record.action(lateSeconds, now()),
    datagrams: (received, lost) => record.datagrams(received, lost, now()),
    readings() {
      record.resources(resources());
      return record.readings();
    },
    close() {
      clearInterval(timer);
      sources.close();
    },
  };
}

/** The process as it is. Open files and memory are those of the process: threads share them. */
export function processSources(): HealthSources {
  const delays: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  const limit = openFilesLimit();
  return {
    delayP99() {
      const seconds = delays.percentile(99) / NANOSECONDS - RESOLUTION_MS / 1000;
      delays.reset();
      return Math.max(0, seconds);
    },
    openFiles() {
      if (limit === null) return null;
      const count = openFilesCount();
      return count === null ? null : { count, limit };
    },
    memory: () => ({
      bytes: process.memoryUsage.rss(),
      total: memoryLimit(totalmem(), process.constrainedMemory()),
    }),
    close: () => {
      delays.disable();
    },
  };
}

/** Octets that this process may use: the machine's, or its control group's limit where that is lower; 0 is no limit known. */
export function memoryLimit(machine: number, constrained: number | undefined): number {
  return constrained !== undefined && constrained > 0 ? Math.min(machine, constrained) : machine;
}

/** The soft limit on open files of this process; null where the system does not say or there is none. */
export function openFilesLimit(): number | null {
  try {
    const match = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return match?.[1] === undefined ? null : Number(match[1]);
  } catch {
    return null;
  }
}

/** Files that this process has open now; null where the system does not say. */
export function openFilesCount(): number | null {
  try {
    // the listing itself is one of them
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return null;
  }
}
