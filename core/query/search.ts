import { NotFoundError, PrismError, UnavailableError } from '../errors.ts'
import type { Collection } from '../shard/collection.ts'
import type { Freshness, ShardSnapshot } from '../shard/shards.ts'
import type { LengthNormsCache } from './bm25.ts'
import { needsOf } from './clause-needs.ts'
import { Weights } from './compile-clause.ts'
import { expandFuzzy } from './expand-fuzzy.ts'
import { freshnessOf } from './freshness.ts'
import { LiveShards } from './live-shards.ts'
import { type OpenShard, openShards } from './open-sources.ts'
import { orderCandidates, settleTies } from './order-hits.ts'
import { planSearch, type SearchPlan } from './plan-search.ts'
import { type PreparedSegment, prepareSegment } from './prepare-segment.ts'
import { isNothing, projectDocument } from './project-document.ts'
import { readDocuments, readIds } from './read-candidates.ts'
import type { Reading, SearchContext } from './search-context.ts'
import type { Hit, JsonObject, SearchAnswer, SearchRequest } from './search-request.ts'
import { type Candidate, isByScore, type SegmentQuery, searchByScore, searchBySort } from './search-segment.ts'
import { addStatistics, type Statistics } from './statistics.ts'

/** Ties between segments are settled by reading whole documents, sparing a round, as long as these are few. */
const TIED_DOCUMENTS_MAX = 32

/**
 * Searches one collection: pins a snapshot, reads what the query needs of each
 * segment, adds up statistics over all of them, scores, merges, and reads
 * the documents of the page.
 *
 * Rounds of requests when nothing is cached: footers; dictionary entries with
 * postings (and one more for phrases, patterns and fuzzy words); documents.
 */
export async function search(context: SearchContext, name: string, request: SearchRequest): Promise<SearchAnswer> {
  const collection = await context.shards.getCollection(name)
  const run = new SearchRun(context, collection, request)
  try {
    return await run.answer(freshnessOf(request, 'eventual'))
  } catch (error) {
    // An object that the pinned version names is gone: the version is no longer kept, so the newest one is read instead.
    if (!(error instanceof NotFoundError && error.code === 'object_not_found')) throw error
    return await run.answer({ ...freshnessOf(request, 'eventual'), consistency: 'strong' })
  }
}

class SearchRun {
  readonly #context: SearchContext
  readonly #collection: Collection
  readonly #request: SearchRequest
  readonly #started: number
  readonly #reading: Reading

  constructor(context: SearchContext, collection: Collection, request: SearchRequest) {
    this.#context = context
    this.#collection = collection
    this.#request = request
    this.#started = context.clock.monotonic()
    this.#reading = context.beginReading()
  }

  async answer(freshness: Freshness): Promise<SearchAnswer> {
    const { shards, deadlines, norms } = this.#context
    const snapshots = await shards.pin(this.#collection, freshness)
    this.#reading.headsRead(pinnedOf(snapshots).filter(({ knownAtMs }) => knownAtMs >= this.#started).length)
    const schemaVersion = Math.max(...pinnedOf(snapshots).map(({ manifest }) => manifest.schemaVersion), 1)
    const collection = await shards.withSchema(this.#collection, schemaVersion)
    const plan = await planSearch(collection, this.#request, this.#context.queries)
    const live = new LiveShards(snapshots.length, deadlines, plan.timeoutMs)
    try {
      const open = await openShards(
        this.#context,
        { snapshots, schema: collection.schema, reading: this.#reading },
        live,
      )
      const found = await findHits(open, plan, { live, norms })
      return this.#report({ snapshots, plan, live, found })
    } finally {
      live.end()
    }
  }

  #report({
    snapshots,
    plan,
    live,
    found,
  }: {
    readonly snapshots: readonly (ShardSnapshot | PrismError)[]
    readonly plan: SearchPlan
    readonly live: LiveShards
    readonly found: Found
  }): SearchAnswer {
    const { shards, clock } = this.#context
    const report = live.report()
    checkCoverage(live, plan)
    const now = clock.monotonic()
    const oldest = Math.min(...pinnedOf(snapshots).map(({ knownAtMs }) => knownAtMs), now)
    return {
      hits: found.hits,
      ...totalOf(found.count, plan.countMax, report.failed > 0),
      took_ms: round(now - this.#started),
      shards: report,
      snapshot: {
        versions: snapshots.map((snapshot) => (snapshot instanceof PrismError ? 0 : snapshot.version)),
        staleness_ms: round(now - oldest),
      },
      session: shards.sessionOf(this.#collection, snapshots),
      cost: this.#reading.cost(),
      ...(plan.warnings.length > 0 && { warnings: plan.warnings }),
      ...(this.#request.explain === true && { explain: explain(plan, found) }),
    }
  }
}

function pinnedOf(snapshots: readonly (ShardSnapshot | PrismError)[]): ShardSnapshot[] {
  return snapshots.filter((snapshot): snapshot is ShardSnapshot => !(snapshot instanceof PrismError))
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
}

/** @throws what the first shard failed with if none is left, or an error that says how many are missing */
function checkCoverage(live: LiveShards, plan: SearchPlan): void {
  const report = live.report()
  if (report.failed === 0) return
  const [firstError] = live.failures.values()
  if (firstError instanceof NotFoundError) throw firstError
  if (plan.allowPartial && report.successful >= plan.successfulShardsMin) return
  if (report.successful === 0 && firstError instanceof PrismError) throw firstError
  const message = `only ${report.successful} of ${report.total} shards answered, ${plan.allowPartial ? plan.successfulShardsMin : 'all'} are needed`
  throw new UnavailableError('shards_unavailable', message, { details: { shards: report }, cause: firstError })
}

function totalOf(
  count: number,
  countMax: number,
  isPartial: boolean,
): { readonly total: number; readonly total_relation: 'eq' | 'gte' } | Record<never, never> {
  if (countMax === 0) return {}
  if (count > countMax) return { total: countMax, total_relation: 'gte' }
  return { total: count, total_relation: isPartial ? 'gte' : 'eq' }
}

type Found = {
  readonly hits: readonly Hit[]
  readonly count: number
  readonly segments: number
  readonly statistics: Statistics
}

async function findHits(
  open: readonly OpenShard[],
  plan: SearchPlan,
  { live, norms }: { readonly live: LiveShards; readonly norms: LengthNormsCache },
): Promise<Found> {
  const sources = open.flatMap((shard) => shard.sources)
  const clause = await expandFuzzy(plan.clause, sources, live)
  const needs = { clause: needsOf(clause), filter: plan.filter, sort: plan.sort }
  const prepared = await live.map(
    sources.map((source) => ({ shard: source.shard, source })),
    async ({ shard, source }) => ({ shard, segment: await prepareSegment(source, needs) }),
  )
  const segments = prepared.map(({ segment }) => segment)
  const totals = open.filter(({ shard }) => live.isLive(shard)).map((shard) => shard.totals)
  const statistics = addStatistics(totals, segments)
  const query: SegmentQuery = { ...plan, clause, candidatesMax: plan.offset + plan.limit }
  const { candidates, count } = await searchAll(segments, query, new Weights(plan.schema, statistics, norms))
  return { hits: await readPage(candidates, plan), count, segments: segments.length, statistics }
}

type AllResults = { readonly candidates: Candidate[]; readonly count: number }

async function searchAll(
  segments: readonly PreparedSegment[],
  query: SegmentQuery,
  weights: Weights,
): Promise<AllResults> {
  if (isByScore(query.sort)) return searchAllByScore(segments, query, weights)
  const results = await Promise.all(segments.map((segment) => searchBySort(segment, query, weights)))
  return {
    candidates: results.flatMap((result) => result.candidates),
    count: results.reduce((sum, r) => sum + r.count, 0),
  }
}

/** One segment after the other, the largest first, each told what the ones before found. */
function searchAllByScore(segments: readonly PreparedSegment[], query: SegmentQuery, weights: Weights): AllResults {
  const candidates: Candidate[] = []
  let best: number[] = []
  let count = 0
  const largestFirst = segments.slice().sort((a, b) => b.source.reader.docCount - a.source.reader.docCount)
  for (const segment of largestFirst) {
    const floor = best.length < query.candidatesMax ? Number.NEGATIVE_INFINITY : best.at(-1)!
    // What is counted already need not be counted again.
    const countMax = Math.max(0, query.countMax - count + (query.countMax > 0 ? 1 : 0))
    const result = searchByScore(segment, { ...query, countMax }, { weights, floor: floor ?? Number.NEGATIVE_INFINITY })
    candidates.push(...result.candidates)
    count += result.count
    if (segments.length > 1) {
      best = best
        .concat(result.candidates.map(({ score }) => score))
        .sort((a, b) => b - a)
        .slice(0, query.candidatesMax)
    }
  }
  return { candidates, count }
}

async function readPage(candidates: readonly Candidate[], plan: SearchPlan): Promise<Hit[]> {
  const end = plan.offset + plan.limit
  const { ordered, tied } = orderCandidates(candidates, plan.sort, end)
  const page = (all: readonly Candidate[]) => all.slice(plan.offset, end)
  const idsOnly = isNothing(plan.projection)
  if (idsOnly || tied.length > TIED_DOCUMENTS_MAX + plan.limit) {
    const ids = await readIds(tied)
    const settled = page(settleTies(ordered, plan.sort, ids))
    if (!idsOnly) return toHits(settled, await readDocuments(settled), plan)
    const missing = await readIds(settled.filter((candidate) => !ids.has(candidate)))
    return settled.map((candidate) => ({
      id: (ids.get(candidate) ?? missing.get(candidate))!,
      score: candidate.score,
      document: {},
    }))
  }
  const documents = await readDocuments([...new Set([...page(ordered), ...tied])])
  const ids = new Map(tied.map((candidate) => [candidate, idOf(documents.get(candidate)!)]))
  return toHits(page(settleTies(ordered, plan.sort, ids)), documents, plan)
}

function toHits(page: readonly Candidate[], documents: ReadonlyMap<Candidate, JsonObject>, plan: SearchPlan): Hit[] {
  return page.map((candidate) => {
    const document = documents.get(candidate)!
    return { id: idOf(document), score: candidate.score, document: projectDocument(document, plan.projection) }
  })
}

function idOf(document: JsonObject): string {
  return String(document.id)
}

/** How the query was understood, and what it was scored with. */
function explain(plan: SearchPlan, { segments, statistics }: Found): JsonObject {
  const terms = Array.from(statistics.docFreqs, ([name, documents]) => {
    const [field, term] = name.split('\u0000')
    return { field: plan.schema.fields[Number(field)]!.name, term, documents }
  })
  const fields = Array.from(statistics.fields, ([field, { docCount, tokenCount }]) => {
    return { field: plan.schema.fields[field]!.name, documents: docCount, tokens: tokenCount }
  })
  return { execution: 'in_process', segments, clause: plan.clause, statistics: { fields, terms } }
}
