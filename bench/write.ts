import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Engine } from '../core/engine/engine.ts'
import { open } from '../core/library/open.ts'
import { type Corpus, openCorpus } from './corpora/corpus.ts'
import { folderSize } from './measure/folder-size.ts'
import { percentile } from './measure/statistics.ts'
import { describeMachine } from './report/machine.ts'
import { digits, megabytes, seconds, table } from './report/table.ts'

/**
 * Writing: what `prism import` manages on a folder, in time and memory, and how
 * many durable commits of one document there are in a second.
 */
const { values: options } = parseArgs({
  options: {
    tiny: { type: 'boolean', default: false },
    corpora: { type: 'string' },
    cache: { type: 'string', default: 'bench/.data' },
  },
})
const CORPORA = options.tiny ? 'tldr-tiny,sentences-tiny' : 'tldr,sentences-200k,sentences-1m'
const WRITERS = [1, 8, 64]
const WRITE_MS = options.tiny ? 1_000 : 10_000

type Usage = { readonly wallMs: number; readonly cpuMs: number; readonly peakRssBytes: number }
type ImportResult = Usage & { readonly corpus: string; readonly bytes: number; readonly storedBytes: number }
type CommitResult = { readonly writers: number; readonly perSecond: number; readonly p50: number; readonly p99: number }

const root = `${options.cache}/indexes/write`
const imports: ImportResult[] = []
for (const name of (options.corpora ?? CORPORA).split(','))
  imports.push(await measureImport(await openCorpus(name, options.cache)))
const commits: CommitResult[] = []
for (const writers of WRITERS) commits.push(await measureCommits(writers))
mkdirSync(`${options.cache}/results`, { recursive: true })
const result = { machine: describeMachine(), imports, commits }
const file = `${options.cache}/results/write${options.tiny ? '-tiny' : ''}-${new Date().toISOString().replace(/[:.]/g, '-')}.json`
writeFileSync(file, JSON.stringify(result, null, 1))
console.log(JSON.stringify(result.machine))
console.log(writeImports())
console.log(writeCommits())

/** The command itself, as the package has it, in its own process, from its start to its end. */
async function measureImport(corpus: Corpus): Promise<ImportResult> {
  const folder = `${root}/${corpus.name}`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const usageFile = `${folder}.usage.json`
  const preload = new URL('./measure/report-usage.js', import.meta.url).href
  const cli = new URL('../../../../dist/prism.js', import.meta.url).pathname
  const command = ['--import', preload, cli, 'import', 'documents', corpus.file, '--data', `${folder}/data`, '--json']
  const child = spawn(process.execPath, command, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, BENCH_USAGE: usageFile },
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`import of ${corpus.name} ended with status ${code}`)
  const usage = JSON.parse(readFileSync(usageFile, 'utf8')) as Usage
  const storedBytes = folderSize(`${folder}/data`)
  console.error(`${corpus.name}: imported in ${seconds(usage.wallMs)} s`)
  return { corpus: corpus.name, bytes: corpus.bytes, storedBytes, ...usage }
}

/** Single documents, each acknowledged before its writer sends the next. */
async function measureCommits(writers: number): Promise<CommitResult> {
  const folder = `${root}/commits`
  rmSync(folder, { recursive: true, force: true })
  const { engine } = await open({ data: folder })
  const latencies: number[] = []
  const start = performance.now()
  await Promise.all(
    Array.from({ length: writers }, (_, writer) => writeUntil(engine, writer, start + WRITE_MS, latencies)),
  )
  const elapsedMs = performance.now() - start
  await engine.close()
  return {
    writers,
    perSecond: latencies.length / (elapsedMs / 1e3),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  }
}

async function writeUntil(engine: Engine, writer: number, endMs: number, latencies: number[]): Promise<void> {
  for (let i = 0; performance.now() < endMs; i++) {
    const start = performance.now()
    await engine.putDocument('documents', `w${writer}-${i}`, { text: `document ${i} of writer ${writer}`, number: i })
    latencies.push(performance.now() - start)
  }
}

function writeImports(): string {
  const header = ['prism import', 'MB of JSON', 'wall s', 'MB/s', 'CPU s', 'MB/s CPU', 'peak MB', 'stored MB', '÷ raw']
  return table(
    header,
    imports.map(({ corpus, bytes, wallMs, cpuMs, peakRssBytes, storedBytes }) => [
      corpus,
      megabytes(bytes),
      seconds(wallMs),
      digits(bytes / 1e3 / wallMs),
      seconds(cpuMs),
      digits(bytes / 1e3 / cpuMs),
      megabytes(peakRssBytes),
      megabytes(storedBytes),
      digits(storedBytes / bytes),
    ]),
  )
}

function writeCommits(): string {
  const rows = commits.map(({ writers, perSecond, p50, p99 }) => [
    `${writers}`,
    digits(perSecond),
    digits(p50),
    digits(p99),
  ])
  return table(['writers at once', 'documents/s', 'p50 ms', 'p99 ms'], rows)
}
