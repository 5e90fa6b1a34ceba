import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const ROOT = new URL('../..', import.meta.url).pathname
const OUT = join(ROOT, 'node_modules', '.cache', 'prism-test-programs')

/** Bundles the programs that tests start again and again: from sources each start would take seconds. @returns their folder */
export function buildPrograms(): string {
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
  execFileSync(esbuild, [...entries, ...options, `--outdir=${OUT}`, '--entry-names=[name]'], { cwd: ROOT })
  return OUT
}
