import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { describeCounted, openProgressLine } from '../cli/terminal/progress-bar.ts'
import { systemClock } from '../core/system-clock.ts'
import type { BenchDocument } from './corpora/bench-document.ts'
import { openCorpus } from './corpora/corpus.ts'
import { type BenchQuery, openQueries, QUERY_KINDS } from './corpora/query-mix.ts'
import { readBatches } from './corpora/read-documents.ts'
import { toRequest } from './engines/prism-request.ts'
import { describeMachine } from './report/machine.ts'
import { digits, megabytes } from './report/table.ts'
import { applyUpdates } from './updates/apply-updates.ts'
import { type BenchCollection, openCollection } from './updates/bench-collection.ts'
import { changeDocuments } from './updates/changed-documents.ts'
import { countDifferences, SearchMix } from './updates/search-mix.ts'
import { type UpdatesResult, writeReport } from './updates/updates-report.ts'

/**
 * Updates all documents of a collection ten times while it is searched. Measures its size, latencies and number of
 * segments, and how much is written. Compares it with a fresh collection in the same process, which was built at once and compacted.
 */
const { values: options } = parseArgs({
  options: {
    tiny: { type: 'boolean', default: false },
    corpus: { type: 'string' },
    updates: { type: 'string' },
    batch: { type: 'string' },
    /** Updates per second. Default: as many as possible. */
    rate: { type: 'string' },
    /** Seconds. */
    retention: { type: 'string' },
    /** Writing ends after so many minutes, even if updates are left. */
    minutes: { type: 'string', default: '60' },
    /** Ignored, because there are no peers; accepted because the other benchmarks accept it. */
    engines: { type: 'string', default: 'prism' },
    cache: { type: 'string', default: 'bench/.data' },
  },
})
const CORPUS = options.corpus ?? (options.tiny ? 'sentences-tiny' : 'sentences-100k')
const UPDATES = Number(options.updates ?? (options.tiny ? 6_000 : 1_000_000))
const BATCH = Number(options.batch ?? (options.tiny ? 100 : 1_000))
/** A merge that takes longer than the retention has to start again. */
const RETENTION_MS = Number(options.retention ?? (options.tiny ? 1 : 60)) * 1e3
const COLLECT_EVERY_MS = options.tiny ? 500 : 20_000
const STRETCHES = options.tiny ? 3 : 10
/** Queries of each kind. */
const TIMED_QUERIES = options.tiny ? 2 : 10
const COMPARED_QUERIES = options.tiny ? 10 : 100
const WARM_UP_RUNS = options.tiny ? 1 : 2

const root = `${options.cache}/indexes/updates`
const corpus = await openCorpus(CORPUS, options.cache)
const queries = await openQueries(corpus)
const latest = new Map<string, BenchDocument>()
for await (const batch of readBatches(corpus.file, BATCH))
  for (const document of batch) latest.set(document.id, document)

const fresh = await buildFresh('fresh-first')
const freshFirst = fresh.storedBytes()
const updated = await openCollection(`${root}/updated`, corpus)
const loading = await load(updated)
// Rare words are not timed: updates remove them, and a query without hits is fast.
const timed = QUERY_KINDS.filter((kind) => kind !== 'term_rare')
const mix = new SearchMix(pick(timed, TIMED_QUERIES).map((query) => toRequest(query, corpus)))
for (let i = 0; i < WARM_UP_RUNS; i++) await mix.run({ updated, fresh })
await updated.takeWritten()

const terminal = { env: {}, err: process.stderr, out: process.stdout, in: process.stdin }
const bar = openProgressLine({ ...terminal, signal: new AbortController().signal }, systemClock, describeCounted)
const started = performance.now()
const applied = await applyUpdates({ updated, fresh }, changeDocuments(corpus.documents), {
  mix,
  latest,
  options: {
    updates: UPDATES,
    batch: BATCH,
    rate: options.rate === undefined ? undefined : Number(options.rate),
    stretches: STRETCHES,
    retentionMs: RETENTION_MS,
    collectEveryMs: COLLECT_EVERY_MS,
    msMax: Number(options.minutes) * 60_000,
    onBatch: tell,
  },
})
bar.clear()
await updated.engine.settle()
const atEnd = updated.storedBytes()
// Before the compaction at the end, which is not a cost of updates.
const written = await updated.takeWritten()
await updated.tidy()
await fresh.engine.close()
const last = await buildFresh('fresh-last')
const compared = pick(QUERY_KINDS, COMPARED_QUERIES).map((query) => toRequest(query, corpus))
const result: UpdatesResult = {
  corpus: corpus.name,
  documents: corpus.documents,
  batch: BATCH,
  retentionMs: RETENTION_MS,
  collectEveryMs: COLLECT_EVERY_MS,
  loading,
  applied,
  written,
  storedBytes: { atEnd, tidied: updated.storedBytes(), freshFirst, freshLast: last.storedBytes() },
  equality: { queries: compared.length, differences: await countDifferences(updated, last, compared) },
  failures: updated.failures,
}
await updated.engine.close()
await last.engine.close()
rmSync(root, { recursive: true })

const machine = describeMachine()
mkdirSync(`${options.cache}/results`, { recursive: true })
const file = `${options.cache}/results/updates${options.tiny ? '-tiny' : ''}-${new Date().toISOString().replace(/[:.]/g, '-')}.json`
writeFileSync(file, JSON.stringify({ machine, ...result }, null, 1))
console.log(JSON.stringify(machine))
console.log(writeReport(result))

/** Builds a compacted index of the current documents, as small and fast as possible. */
async function buildFresh(name: string): Promise<BenchCollection> {
  const collection = await openCollection(`${root}/${name}`, corpus)
  const documents = [...latest.values()]
  for (let from = 0; from < documents.length; from += BATCH) await collection.write(documents.slice(from, from + BATCH))
  await collection.tidy()
  console.error(`${name}: ${megabytes(collection.storedBytes())} MB`)
  return collection
}

/** Loads the corpus. @returns the number of segments each time the number of documents had doubled */
async function load(collection: BenchCollection): Promise<UpdatesResult['loading']> {
  const counts: UpdatesResult['loading'][number][] = []
  let documents = 0
  let next = BATCH
  for await (const batch of readBatches(corpus.file, BATCH)) {
    await collection.write(batch)
    documents += batch.length
    if (documents < next && documents < corpus.documents) continue
    await collection.engine.settle()
    counts.push({ documents, segments: await collection.segments() })
    next = documents * 2
  }
  return counts
}

function pick(kinds: readonly BenchQuery['kind'][], count: number): BenchQuery[] {
  return kinds.flatMap((kind) => queries.filter((query) => query.kind === kind).slice(0, count))
}

function tell(applied: number): void {
  bar.draw({ done: applied, total: UPDATES })
  if (
    process.stderr.isTTY ||
    Math.floor((applied * STRETCHES) / UPDATES) === Math.floor(((applied - BATCH) * STRETCHES) / UPDATES)
  )
    return
  console.error(`${applied} of ${UPDATES} updates after ${digits((performance.now() - started) / 1e3)} s`)
}
