import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/**
 * Runs a benchmark by its name: `tsx bench/run.ts text --tiny`. Installs the peers if they
 * are missing, and builds the benchmarks and the package, so that the code that users get is
 * measured.
 */
const [script, ...args] = process.argv.slice(2)
const root = new URL('..', import.meta.url).pathname
const build = `${root}bench/.data/build`

if (!script || !existsSync(`${root}bench/${script}.ts`)) {
  throw new Error('name a benchmark: text, cold, cold-start, hostile, quality, resident, updates or write')
}
if (needsPeers(script, args) && !hasPeers()) {
  console.error('installing the peers into bench/node_modules, which takes a minute or two …')
  run('npm', ['ci', '--prefix', `${root}bench`, '--no-audit', '--no-fund'])
}
// The measured functions run in separate processes, bundled from source.
if (script === 'cold-start') {
  run(process.execPath, ['--import', 'tsx', `${root}bench/cold-start.ts`, ...args])
  process.exit(0)
}
run('npm', ['run', '-s', 'build'])
// This folder's `npm run check` checks types; here the peers may be missing.
run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}bench`, '--noCheck'])
run(process.execPath, [`${build}/bench/${script}.js`, ...args])

/** Whether a benchmark compares Prism with peers; not if it is run for Prism alone. */
function needsPeers(script: string, args: readonly string[]): boolean {
  return ['text', 'cold', 'write'].includes(script) && !args.includes('--engines=prism')
}

function hasPeers(): boolean {
  const { dependencies } = JSON.parse(readFileSync(`${root}bench/package.json`, 'utf8')) as {
    dependencies: Record<string, string>
  }
  return Object.entries(dependencies).every(([name, version]) => {
    const file = `${root}bench/node_modules/${name}/package.json`
    return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version === version
  })
}

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
