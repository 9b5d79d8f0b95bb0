import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // not a figure of the product: only a test that hangs takes as long, however busy the machine is
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'threads',
    // one more than cores: a third of the time of the longer files goes by waiting for timers and foreign programs
    maxWorkers: availableParallelism() + 1,
  },
});
