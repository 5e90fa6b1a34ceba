import type { Corpus } from '../corpora/corpus.ts'
import { QUERY_KINDS } from '../corpora/query-mix.ts'
import { ENGINES } from '../engines/engine-names.ts'
import type { BuildReport } from '../measure/engine-messages.ts'
import type { KindLatency, WantedName } from '../measure/warm-latency.ts'
import type { Machine } from './machine.ts'
import { digits, megabytes, seconds, table } from './table.ts'

/** All measurements of one engine on one corpus. Failed measurements are absent, and `error` says why. */
export type EngineResult = {
  readonly engine: string
  readonly error?: string
  readonly build?: BuildReport
  readonly storedBytes?: number
  /** Time from the start of the process. */
  readonly firstAnswerMs?: number
  /** Time of opening and searching only, after the process has loaded the engine's code. */
  readonly firstAnswerEngineMs?: number
  readonly searchRssBytes?: number
  readonly latency?: readonly KindLatency[]
  /** The best ten ids of each query, in the order of queries; undefined for queries that were not run. */
  readonly top?: readonly (readonly string[] | undefined)[]
}

export type CorpusResult = { readonly corpus: Corpus; readonly engines: readonly EngineResult[] }

export type TextResult = { readonly machine: Machine; readonly corpora: readonly CorpusResult[] }

const TITLES: { readonly [Name in WantedName]: string } = {
  ids: 'ten ids',
  ids_total: 'ten ids and the exact total',
  documents: 'ten documents',
  documents_total: 'ten documents and the exact total',
}

/** Writes the tables of a run as Markdown. */
export function writeTextReport({ machine, corpora }: TextResult): string {
  const { cpu, cores, memoryBytes, node, platform, load, date } = machine
  const where = `${cpu}, ${cores} cores, ${megabytes(memoryBytes)} MB, ${platform}, Node ${node}, load ${load}, ${date}`
  return [where, ...corpora.map(writeCorpus)].join('\n\n')
}

function writeCorpus({ corpus, engines }: CorpusResult): string {
  const ways = (Object.keys(TITLES) as WantedName[]).flatMap((wanted) => [
    `### Warm, ${TITLES[wanted]}: p50 / p99 in ms`,
    writeLatencies(engines, wanted),
  ])
  return [
    `## ${corpus.name}: ${corpus.documents} documents, ${megabytes(corpus.bytes)} MB of JSON`,
    writeIndexing(corpus, engines),
    '### Prism over the fastest peer that ranks by BM25: p50 / p99',
    writeRatios(engines),
    ...ways,
    '### Warm, ten ids: mean CPU time of a query in ms, all threads',
    writeCpu(engines),
    '### Share of the best ten that are also the first engine’s, and mean number of matches',
    writeAgreement(engines),
    ...engines.flatMap(({ engine, error }) => (error ? [`${engine}: ${error}`] : [])),
  ].join('\n\n')
}

function writeIndexing(corpus: Corpus, engines: readonly EngineResult[]): string {
  const header = [
    'engine',
    'index s',
    'of it compact',
    'CPU s',
    'MB/s wall',
    'MB/s CPU',
    'on disk MB',
    'stored MB',
    '÷ raw',
  ]
  const rest = ['peak MB', 'first answer ms', 'of it engine', 'peak MB searching']
  const rows = engines.map(({ engine, build, storedBytes, firstAnswerMs, firstAnswerEngineMs, searchRssBytes }) => [
    engine,
    seconds(build?.wallMs),
    seconds(build?.phases.compact),
    seconds(build?.cpuMs),
    digits(build && corpus.bytes / 1e3 / build.wallMs),
    digits(build && corpus.bytes / 1e3 / build.cpuMs),
    megabytes(storedBytes),
    megabytes(build?.liveBytes ?? storedBytes),
    digits(storedBytes && (build?.liveBytes ?? storedBytes) / corpus.bytes),
    megabytes(build?.peakRssBytes),
    digits(firstAnswerMs),
    digits(firstAnswerEngineMs),
    megabytes(searchRssBytes),
  ])
  return table([...header, ...rest], rows)
}

function writeLatencies(engines: readonly EngineResult[], wanted: WantedName): string {
  const rows = QUERY_KINDS.map((kind) => [kind, ...engines.map((engine) => writeLatency(find(engine, kind, wanted)))])
  return table(['kind', ...engines.map(({ engine }) => engine)], rows)
}

function writeCpu(engines: readonly EngineResult[]): string {
  const rows = QUERY_KINDS.map((kind) => [
    kind,
    ...engines.map((engine) => digits(find(engine, kind, 'ids')?.meanCpuMs)),
  ])
  return table(['kind', ...engines.map(({ engine }) => engine)], rows)
}

function writeLatency(latency: KindLatency | undefined): string {
  return latency ? `${digits(latency.p50)} / ${digits(latency.p99)}` : '–'
}

function writeRatios(engines: readonly EngineResult[]): string {
  const ways = Object.keys(TITLES) as WantedName[]
  const rows = QUERY_KINDS.map((kind) => [kind, ...ways.map((wanted) => writeRatio(engines, kind, wanted))])
  return table(['kind', ...ways.map((wanted) => TITLES[wanted])], rows)
}

/** Writes Prism's latency ÷ the fastest peer's: below 1 Prism is faster. The fastest peer may differ between percentiles. */
function writeRatio(engines: readonly EngineResult[], kind: string, wanted: WantedName): string {
  const prism = engines.find(({ engine }) => engine === 'prism')
  const own = prism && find(prism, kind, wanted)
  const peers = engines.filter(({ engine }) => engine !== 'prism' && ENGINES[engine]?.ranksByBm25)
  const theirs = peers.flatMap((peer) => {
    const latency = find(peer, kind, wanted)
    return latency ? [{ ...latency, engine: peer.engine }] : []
  })
  if (!own || theirs.length === 0) return '–'
  const ratio = (share: 'p50' | 'p99'): string => digits(own[share] / Math.min(...theirs.map((peer) => peer[share])))
  const fastest = theirs.reduce((a, b) => (b.p50 < a.p50 ? b : a))
  return `${ratio('p50')} / ${ratio('p99')} (${fastest.engine})`
}

function writeAgreement(engines: readonly EngineResult[]): string {
  const [first, ...others] = engines
  const header = ['engine', 'same of ten', ...QUERY_KINDS]
  const totals = (engine: EngineResult): string[] =>
    QUERY_KINDS.map((kind) => digits(find(engine, kind, 'ids_total')?.meanTotal))
  const rows = others.map((engine) => [engine.engine, digits(overlap(first!, engine)), ...totals(engine)])
  return table(header, [[first!.engine, '', ...totals(first!)], ...rows])
}

/** Mean overlap of the best ten over the queries that both engines ran and for which the first found something. */
function overlap(first: EngineResult, other: EngineResult): number {
  const shares = (first.top ?? []).flatMap((ids, i) => {
    const theirs = other.top?.[i]
    if (!ids || !theirs || ids.length === 0) return []
    return [ids.filter((id) => theirs.includes(id)).length / ids.length]
  })
  return shares.reduce((sum, share) => sum + share, 0) / shares.length
}

function find(engine: EngineResult, kind: string, wanted: WantedName): KindLatency | undefined {
  return engine.latency?.find((latency) => latency.kind === kind && latency.wanted === wanted)
}
