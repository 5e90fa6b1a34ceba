import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = new URL('../..', import.meta.url).pathname

/**
 * Bundles the programs that tests start again and again: from sources each start would take seconds.
 *
 * @param out an empty folder of the caller's own: test files that run at the same time build at the same time
 */
export function buildPrograms(out: string): void {
  symlinkSync(join(ROOT, 'node_modules'), join(out, 'node_modules'))
  const entries = ['cli/prism.ts', 'core/engine/segment-worker.ts', 'test/processes/writing-process.ts']
  const options = [
    '--bundle',
    '--splitting',
    '--format=esm',
    '--platform=node',
    '--packages=external',
    '--log-level=error',
  ]
  const esbuild = join(ROOT, 'node_modules', '.bin', 'esbuild')
  execFileSync(esbuild, [...entries, ...options, `--outdir=${out}`, '--entry-names=[name]'], { cwd: ROOT })
}
