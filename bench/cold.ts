import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { SearchRequest } from '../core/contract/search-request.ts'
import { type ColdPeerResult, measureColdLance } from './cold/cold-lancedb.ts'
import { type ColdLayout, openColdPrism, prepareLayout } from './cold/cold-prism.ts'
import { openCorpus } from './corpora/corpus.ts'
import { type BenchQuery, openQueries } from './corpora/query-mix.ts'
import { toRequest } from './engines/prism-request.ts'
import { median, percentile } from './measure/statistics.ts'
import { describeMachine } from './report/machine.ts'
import { digits, table } from './report/table.ts'

/**
 * Measures cold queries through a model of S3 and DynamoDB. Every query runs on an engine with
 * empty caches, like a warm function instance that has never seen the data. Requests, bytes
 * and dependent rounds are what counts; times follow from them.
 */
const { values: options } = parseArgs({
  options: {
    tiny: { type: 'boolean', default: false },
    corpus: { type: 'string' },
    /** Queries of each kind. */
    queries: { type: 'string' },
    engines: { type: 'string', default: 'prism,lancedb' },
    cache: { type: 'string', default: 'bench/.data' },
  },
})
const CORPUS = options.corpus ?? (options.tiny ? 'sentences-tiny' : 'sentences-1m')
const LANCE_CORPUS = options.tiny ? 'sentences-tiny' : 'sentences-100k'
const QUERIES_PER_KIND = Number(options.queries ?? (options.tiny ? 2 : 40))
const LAYOUTS: readonly ColdLayout[] = [
  { name: '1 shard, compacted', shards: 1, compacted: true },
  { name: '1 shard, as written', shards: 1, compacted: false },
  { name: '4 shards, compacted', shards: 4, compacted: true },
  { name: '16 shards, compacted', shards: 16, compacted: true },
]

type Kind = { readonly name: string; readonly queries: readonly BenchQuery[]; readonly extra?: Partial<SearchRequest> }

/** What one query cost, by its answer and by the model. */
type ColdRun = {
  readonly ms: number
  readonly rounds: number
  readonly gets: number
  readonly bytes: number
  readonly rowReads: number
}
type ColdResult = { readonly layout: string; readonly kind: string; readonly runs: readonly ColdRun[] }

const corpus = await openCorpus(CORPUS, options.cache)
const kinds = chooseKinds(await openQueries(corpus))
const results: ColdResult[] = []
for (const layout of options.engines.includes('prism') ? LAYOUTS : []) results.push(...(await measureLayout(layout)))
const lance = options.engines.includes('lancedb') ? await measureLance() : undefined
mkdirSync(`${options.cache}/results`, { recursive: true })
const result = { machine: describeMachine(), corpus: corpus.name, documents: corpus.documents, results, lance }
const file = `${options.cache}/results/cold${options.tiny ? '-tiny' : ''}-${new Date().toISOString().replace(/[:.]/g, '-')}.json`
writeFileSync(file, JSON.stringify(result))
console.log(JSON.stringify(result.machine))
console.log(`${corpus.name}, ${corpus.documents} documents; all figures are p50 / p95 of ${QUERIES_PER_KIND} queries`)
console.log(writeResults())
if (lance) console.log(writeLance(lance))

function chooseKinds(queries: readonly BenchQuery[]): Kind[] {
  const of = (kind: BenchQuery['kind']): BenchQuery[] => {
    return queries.filter((query) => query.kind === kind).slice(0, QUERIES_PER_KIND)
  }
  const plain = [
    'term_rare',
    'term_medium',
    'term_frequent',
    'or',
    'and',
    'question',
    'phrase',
    'prefix',
    'fuzzy',
  ] as const
  return [
    ...plain.map((kind) => ({ name: kind, queries: of(kind) })),
    { name: 'filtered_keyword', queries: of('filtered_keyword') },
    { name: 'filtered_range', queries: of('filtered_range') },
    { name: 'sorted', queries: of('or'), extra: { sort: [`-${corpus.numberField}`, 'id'] } },
  ]
}

async function measureLayout(layout: ColdLayout): Promise<ColdResult[]> {
  const folder = `${options.cache}/indexes/cold/${corpus.name}-${layout.shards}-${layout.compacted ? 'compacted' : 'written'}`
  const started = performance.now()
  const segments = await prepareLayout(corpus, layout, folder)
  console.error(`${layout.name}: ${segments} segments, ready after ${digits((performance.now() - started) / 1e3)} s`)
  const measured: ColdResult[] = []
  for (const kind of kinds) {
    const runs: ColdRun[] = []
    for (const query of kind.queries) runs.push(await runCold(folder, { ...toRequest(query, corpus), ...kind.extra }))
    measured.push({ layout: `${layout.name} (${segments} segments)`, kind: kind.name, runs })
  }
  return measured
}

async function runCold(folder: string, request: SearchRequest): Promise<ColdRun> {
  const { engine, traffic } = openColdPrism(folder)
  const start = performance.now()
  const { cost } = await engine.search('documents', request)
  const ms = performance.now() - start
  const { gets, bytes, rows } = traffic
  await engine.close()
  return { ms, rounds: cost.rounds, gets, bytes, rowReads: rows }
}

async function measureLance(): Promise<ColdPeerResult> {
  const peer = await openCorpus(LANCE_CORPUS, options.cache)
  const queries = (await openQueries(peer)).filter(({ kind }) => kind === 'or').slice(0, options.tiny ? 1 : 10)
  return await measureColdLance(peer, queries)
}

function writeResults(): string {
  const header = ['layout', 'kind', 'rounds', 'requests', 'KB', 'row reads', 'ms']
  const rows = results.map(({ layout, kind, runs }) => {
    const pair = (value: (run: ColdRun) => number): string => {
      const values = runs.map(value)
      return `${digits(median(values))} / ${digits(percentile(values, 0.95))}`
    }
    const kilobytes = pair((run) => run.bytes / 1e3)
    return [
      layout,
      kind,
      pair((run) => run.rounds),
      pair((run) => run.gets),
      kilobytes,
      pair((run) => run.rowReads),
      pair((run) => run.ms),
    ]
  })
  return table(header, rows)
}

function writeLance({ corpus: name, first, later }: ColdPeerResult): string {
  const row = (title: string, { ms, requests, bytes, rounds }: ColdPeerResult['first']): string[] => {
    return [title, digits(rounds), digits(requests), digits(bytes / 1e3), digits(ms)]
  }
  const rows = [row('first query of a process', first), row('second query', later)]
  return table([`LanceDB, ${name}`, 'rounds', 'requests', 'KB', 'ms'], rows)
}
