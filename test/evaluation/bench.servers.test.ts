import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { findTestData } from './test-data.ts'

const ROOT = new URL('../..', import.meta.url).pathname

if (!findTestData()) process.stderr.write('NOT RUN: the real data are missing, set PRISM_TEST_DATA to their folder\n')

// Nothing is measured here: benchmarks that nobody runs rot.
describe.skipIf(!findTestData())('the benchmarks still run', () => {
  test.each([
    ['text', 'sentences-tiny'],
    ['cold', '16 shards, compacted'],
    ['write', 'acknowledged'],
    ['updates', '| queries answered differently from fresh of the last documents'],
    ['cold-start', '16 shards, 4 leaves'],
    ['hostile', '0 without an answer or with an error of the server’s own'],
  ])('%s', async (script, expected) => {
    const cache = await mkdtemp(join(tmpdir(), 'prism-bench-'))
    try {
      const words = ['--import', 'tsx', 'bench/run.ts', script, '--tiny', `--cache=${cache}`]
      // Peers are not part of the project's installation. One has none.
      const { stdout } = await promisify(execFile)(
        process.execPath,
        script === 'cold-start' ? words : [...words, '--engines=prism'],
        { cwd: ROOT, maxBuffer: 1 << 24 },
      )

      expect(stdout).toContain(expected)
    } finally {
      await rm(cache, { recursive: true })
    }
  })
})
