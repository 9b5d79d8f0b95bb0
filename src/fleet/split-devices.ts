import type { Device } from './devices.js';

/** Devices dealt out one by one, so that every shard gets a share of every group. */
export function splitDevices(devices: readonly Device[], shards: number): Device[][] {
  const count = Math.max(1, Math.min(shards, devices.length));
  return Array.from({ length: count }, (_, shard) => devices.filter((__, index) => index % count === shard));
}
