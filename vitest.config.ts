import { configDefaults, defineConfig } from 'vitest/config'

/** Files of the servers ring that run with nothing next to them, because leases, hedges and deadlines pass in them. */
const ALONE = ['cluster/nodes', 'functions/fan-out', 'soak/soak'].map((name) => `test/${name}.servers.test.ts`)

/**
 * Three rings of tests; the suffix of a file says which one it is in. `npm test` runs the fast ring, `npm run test:slow`
 * and `npm run test:servers` the others, and a file that is named runs whatever its ring: `npx vitest run test/tidy.test.ts`.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          // A process a core runs its files one after another and loads modules once: half the CPU of a process a file.
          pool: 'forks',
          isolate: false,
          maxWorkers: '100%',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/**/*.{slow,servers}.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          // Seeds, fault plans and whole data sets by the hundred; no server outside the process.
          name: 'slow',
          maxWorkers: '100%',
          include: ['test/**/*.slow.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          // Real servers and killed processes, which mostly wait for one another: two files at a time.
          name: 'servers',
          include: ['test/**/*.servers.test.ts'],
          exclude: [...configDefaults.exclude, ...ALONE],
          globalSetup: 'test/infra/install-sst.ts',
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
          // For tests that may run at the same time as others: each keeps a core busy.
          maxConcurrency: 2,
        },
      },
      {
        test: {
          name: 'servers-alone',
          include: ALONE,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          // After the others of its ring.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
