import { defineConfig } from 'vitest/config'

/** The slow ring: real servers, killed processes, whole data sets. */
export default defineConfig({
  test: {
    include: ['test/**/*.servers.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    fileParallelism: false,
    // Of tests that say they may run beside each other: each keeps a core busy.
    maxConcurrency: 2,
  },
})
