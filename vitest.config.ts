import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'threads',
    // one more than cores: a third of the time of the longer files goes by waiting for timers and foreign programs
    maxWorkers: availableParallelism() + 1,
  },
});
