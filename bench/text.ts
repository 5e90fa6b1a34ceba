import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Corpus, openCorpus } from './corpora/corpus.ts'
import { type BenchQuery, openQueries } from './corpora/query-mix.ts'
import { BEFORE, ENGINES } from './engines/engine-names.ts'
import { EngineClient } from './measure/engine-client.ts'
import type { BuildReport, OpenReport, SearchReport } from './measure/engine-messages.ts'
import { folderSize } from './measure/folder-size.ts'
import { median } from './measure/statistics.ts'
import { type RunsOfQuery, summarize, WANTED, type WantedName } from './measure/warm-latency.ts'
import { describeMachine } from './report/machine.ts'
import { type CorpusResult, type EngineResult, writeTextReport } from './report/text-report.ts'

/**
 * Compares full text with the peers: time and size of the index, the first answer of a fresh
 * process, and warm latencies. Every engine runs in its own process.
 */
const PEERS = Object.keys(ENGINES).filter((name) => name !== BEFORE)
const { values: options } = parseArgs({
  options: {
    tiny: { type: 'boolean', default: false },
    /** Keeps indexes that an earlier run built. */
    reuse: { type: 'boolean', default: false },
    engines: { type: 'string', default: PEERS.join(',') },
    /** The `dist` folder of another commit, which is measured in the same run under the name `before`. */
    before: { type: 'string' },
    corpora: { type: 'string' },
    /** 0 skips the warm queries. */
    repetitions: { type: 'string' },
    /** Folder for CPU profiles of all engine processes. Profiling costs some time. */
    profile: { type: 'string' },
    cache: { type: 'string', default: 'bench/.data' },
  },
})

const CORPORA = options.tiny ? 'tldr-tiny,sentences-tiny' : 'tldr,sentences-200k'
const REPETITIONS = Number(options.repetitions ?? (options.tiny ? 1 : 3))
const FIRST_ANSWERS = options.tiny ? 1 : 3
const BUILD_MS_MAX = 30 * 60_000
const OPEN_MS_MAX = 10 * 60_000
const SEARCH_MS_MAX = 10 * 60_000
/** Enough for 1,000 queries of 2 ms. A slower engine answers as many as it can; the order of queries is random. */
const KIND_MS_MAX = options.tiny ? 200 : 2_000
const VARIANT_KIND_MS_MAX = KIND_MS_MAX / 2
const TINY_QUERIES_PER_KIND = 5
/** Variants with totals or documents run fewer queries than the variant with ten ids only. */
const VARIANT_QUERIES_PER_KIND = 100

const cache = options.cache
if (options.before) process.env.PRISM_BEFORE = resolve(options.before)
const engines = [...options.engines.split(','), ...(options.before ? [BEFORE] : [])]
const corpora: CorpusResult[] = []
for (const name of (options.corpora ?? CORPORA).split(',')) corpora.push(await measureCorpus(name))
const report = writeTextReport({ machine: describeMachine(), corpora })
mkdirSync(`${cache}/results`, { recursive: true })
const stamp = new Date().toISOString().replace(/[:.]/g, '-')
const kind = options.tiny ? 'text-tiny' : 'text'
writeFileSync(
  `${cache}/results/${kind}-${stamp}.json`,
  JSON.stringify({ machine: describeMachine(), corpora }, null, 1),
)
writeFileSync(`${cache}/results/${kind}-${stamp}.md`, report)
console.log(report)

async function measureCorpus(name: string): Promise<CorpusResult> {
  const corpus = await openCorpus(name, cache)
  const all = await openQueries(corpus)
  const queries = options.tiny ? firstOfEachKind(all, TINY_QUERIES_PER_KIND) : all
  const built = new Map<string, EngineResult>()
  for (const engine of engines) {
    const result = await buildIndex(engine, corpus)
    built.set(engine, result)
    console.error(`${name}: ${engine} ${result.error ?? `indexed in ${(result.build!.wallMs / 1e3).toFixed(1)} s`}`)
  }
  const usable = engines.filter((engine) => built.get(engine)?.build)
  const first = await measureFirstAnswers(usable, corpus, queries)
  const warm = await measureWarm(usable, corpus, queries)
  const results = engines.map((engine) => ({ ...built.get(engine)!, ...first.get(engine), ...warm.get(engine) }))
  return { corpus, engines: results }
}

async function buildIndex(engine: string, corpus: Corpus): Promise<EngineResult> {
  const folder = folderOf(engine, corpus)
  const kept = `${folder}.json`
  if (options.reuse && existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as EngineResult
  rmSync(folder, { recursive: true, force: true })
  const client = new EngineClient(engine, options.profile)
  try {
    const build = await client.ask<BuildReport>({ task: 'build', engine, corpus, folder }, BUILD_MS_MAX)
    await client.close()
    const result = { engine, build, storedBytes: folderSize(folder) }
    writeFileSync(kept, JSON.stringify(result))
    return result
  } catch (error) {
    return { engine, error: `indexing failed: ${firstLine(error)}` }
  }
}

/** Measures the time from the start of a process to its first ten hits with their documents. The engines take turns. */
async function measureFirstAnswers(
  usable: readonly string[],
  corpus: Corpus,
  queries: readonly BenchQuery[],
): Promise<Map<string, Partial<EngineResult>>> {
  const taken = new Map<string, { startMs: number[]; engineMs: number[] }>(
    usable.map((engine) => [engine, { startMs: [], engineMs: [] }]),
  )
  const two = queries.filter((query) => query.kind === 'or')
  for (let i = 0; i < FIRST_ANSWERS; i++) {
    for (const engine of usable) {
      const start = performance.now()
      const client = new EngineClient(engine, options.profile)
      try {
        const opened = await openIn(client, engine, corpus)
        const { runs } = await askFor(client, [two[i % two.length]!], 'documents_total')
        taken.get(engine)!.startMs.push(performance.now() - start)
        taken.get(engine)!.engineMs.push(opened.openMs + runs[0]!.latencyMs)
        await client.close()
      } catch (error) {
        console.error(`${corpus.name}: first answer of ${engine} failed: ${firstLine(error)}`)
      }
    }
  }
  return new Map(
    Array.from(taken, ([engine, { startMs, engineMs }]) => {
      return [engine, { firstAnswerMs: median(startMs), firstAnswerEngineMs: median(engineMs) }]
    }),
  )
}

/** Measures warm latencies. All engines stay open and take turns in every repetition, so that noise affects them equally. */
async function measureWarm(
  usable: readonly string[],
  corpus: Corpus,
  queries: readonly BenchQuery[],
): Promise<Map<string, Partial<EngineResult>>> {
  if (REPETITIONS === 0) return new Map()
  const clients = new Map<string, EngineClient>()
  const answered = new Map<string, { runs: Map<WantedName, RunsOfQuery[]>; peakRssBytes: number; error?: string }>()
  for (const engine of usable) {
    const client = new EngineClient(engine, options.profile)
    const entry = { runs: new Map<WantedName, RunsOfQuery[]>(), peakRssBytes: 0 }
    answered.set(engine, entry)
    try {
      await openIn(client, engine, corpus)
      await askFor(client, queries, 'documents_total')
      clients.set(engine, client)
    } catch (error) {
      Object.assign(entry, { error: `search failed: ${firstLine(error)}` })
    }
  }
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    for (const wanted of Object.keys(WANTED) as WantedName[]) {
      const asked = wanted === 'ids' ? queries : firstOfEachKind(queries, VARIANT_QUERIES_PER_KIND)
      for (const [engine, client] of clients) {
        const entry = answered.get(engine)!
        const { runs, peakRssBytes } = await askFor(client, asked, wanted)
        entry.peakRssBytes = peakRssBytes
        const kept = entry.runs.get(wanted) ?? asked.map((query) => ({ query, runs: [] }))
        entry.runs.set(wanted, kept)
        for (const [i, run] of runs.entries()) if (run) kept[i]!.runs.push(run)
      }
    }
    console.error(`${corpus.name}: repetition ${repetition + 1} of ${REPETITIONS} done`)
  }
  for (const client of clients.values()) await client.close()
  return new Map(
    Array.from(answered, ([engine, { runs, peakRssBytes, error }]) => {
      const latency = Array.from(runs, ([wanted, all]) => summarize(wanted, all)).flat()
      const top = runs.get('ids')?.map(({ runs }) => runs[0]?.ids)
      return [engine, { latency, searchRssBytes: peakRssBytes, ...(top ? { top } : {}), ...(error ? { error } : {}) }]
    }),
  )
}

async function openIn(client: EngineClient, engine: string, corpus: Corpus): Promise<OpenReport> {
  return await client.ask<OpenReport>({ task: 'open', engine, corpus, folder: folderOf(engine, corpus) }, OPEN_MS_MAX)
}

async function askFor(client: EngineClient, queries: readonly BenchQuery[], wanted: WantedName): Promise<SearchReport> {
  const kindMsMax = wanted === 'ids' ? KIND_MS_MAX : VARIANT_KIND_MS_MAX
  return await client.ask<SearchReport>({ task: 'search', queries, wanted: WANTED[wanted], kindMsMax }, SEARCH_MS_MAX)
}

function firstOfEachKind(queries: readonly BenchQuery[], count: number): BenchQuery[] {
  const seen = new Map<string, number>()
  return queries.filter(({ kind }) => {
    seen.set(kind, (seen.get(kind) ?? 0) + 1)
    return seen.get(kind)! <= count
  })
}

function folderOf(engine: string, corpus: Corpus): string {
  return `${cache}/indexes/${corpus.name}/${engine}`
}

function firstLine(error: unknown): string {
  return (error as Error).message.split('\n')[0]!
}
