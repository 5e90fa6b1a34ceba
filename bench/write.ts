import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { BenchDocument } from './corpora/bench-document.ts'
import { type Corpus, openCorpus } from './corpora/corpus.ts'
import { readBatches } from './corpora/read-documents.ts'
import { folderSize } from './measure/folder-size.ts'
import { describeMachine } from './report/machine.ts'
import { digits, megabytes, seconds, table } from './report/table.ts'
import { type AckResult, measureAcks } from './write/acknowledged.ts'
import { openLance, openPrism, type WritePlace } from './write/places.ts'

/**
 * Measures writing: time and memory of `prism import` on a folder, and how many documents per
 * second are acknowledged, and how soon, on a folder and through the model of S3, for several
 * batch sizes and numbers of clients.
 */
const { values: options } = parseArgs({
  options: {
    tiny: { type: 'boolean', default: false },
    corpora: { type: 'string' },
    engines: { type: 'string', default: 'prism,lancedb' },
    cache: { type: 'string', default: 'bench/.data' },
  },
})
const CORPORA = options.tiny ? 'tldr-tiny,sentences-tiny' : 'tldr,sentences-200k,sentences-1m'
const ACK_CORPUS = options.tiny ? 'sentences-tiny' : 'sentences-10k'
const ACK_MS = options.tiny ? 300 : 5_000
/** Batch sizes, and the number of clients that send the batches. */
const LOADS: readonly (readonly [batch: number, clients: number])[] = options.tiny
  ? [
      [1, 1],
      [100, 8],
    ]
  : [
      [1, 1],
      [1, 8],
      [1, 64],
      [100, 1],
      [100, 8],
      [100, 64],
      [10_000, 1],
      [10_000, 4],
    ]
const PLACES: readonly WritePlace[] = ['folder', 'S3 model']

type Usage = { readonly wallMs: number; readonly cpuMs: number; readonly peakRssBytes: number }
type ImportResult = Usage & { readonly corpus: string; readonly bytes: number; readonly storedBytes: number }
type PlacedAcks = AckResult & { readonly engine: string; readonly place: WritePlace }

const root = `${options.cache}/indexes/write`
const imports: ImportResult[] = []
for (const name of (options.corpora ?? CORPORA).split(','))
  imports.push(await measureImport(await openCorpus(name, options.cache)))
const acks: PlacedAcks[] = []
for (const place of PLACES) {
  for (const engine of options.engines.split(',')) acks.push(...(await measurePlace(engine, place)))
}
mkdirSync(`${options.cache}/results`, { recursive: true })
const result = { machine: describeMachine(), imports, acks }
const file = `${options.cache}/results/write${options.tiny ? '-tiny' : ''}-${new Date().toISOString().replace(/[:.]/g, '-')}.json`
writeFileSync(file, JSON.stringify(result, null, 1))
console.log(JSON.stringify(result.machine))
console.log(writeImports())
console.log(writeAcks())

/** Measures the package's command in its own process, from start to end. */
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

/** Measures all loads, each on a new table or collection, so that no load is slowed by the data of another. */
async function measurePlace(engine: string, place: WritePlace): Promise<PlacedAcks[]> {
  const corpus = await openCorpus(ACK_CORPUS, options.cache)
  const documents: BenchDocument[] = []
  for await (const batch of readBatches(corpus.file, 10_000)) documents.push(...batch)
  mkdirSync(root, { recursive: true })
  const results: PlacedAcks[] = []
  for (const [batch, clients] of LOADS) {
    const writer = engine === 'prism' ? await openPrism(place, corpus, root) : await openLance(place, documents, root)
    const result = await measureAcks(writer, { documents, batch, clients, durationMs: ACK_MS })
    results.push({ engine, place, ...result })
    await writer.close()
  }
  console.error(`${engine}, ${place}: measured`)
  return results
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

function writeAcks(): string {
  const rows = acks.map(({ engine, place, batch, clients, perSecond, p50Ms, p99Ms, failed }) => {
    return [engine, place, `${batch}`, `${clients}`, digits(perSecond), digits(p50Ms), digits(p99Ms), `${failed}`]
  })
  return table(['acknowledged', 'place', 'batch', 'clients', 'documents/s', 'p50 ms', 'p99 ms', 'refused'], rows)
}
