import type { Hit, SearchAnswer, SearchRequest } from '../../contract/search-request.ts'
import { CorruptDataError, NotFoundError, PrismError, UnavailableError } from '../../errors.ts'
import { freshnessOf } from '../../reading/freshness.ts'
import { LiveShards } from '../../reading/live-shards.ts'
import { pinnedShards } from '../../reading/open-sources.ts'
import type { Reading } from '../../reading/read-context.ts'
import { type Attempt, readNamed } from '../../reading/restart-if-collected.ts'
import type { Freshness, ShardSnapshot } from '../../reading/snapshot.ts'
import { isMissingObject, lostObject } from '../../storage/missing-object.ts'
import type { Collection } from '../../version/collection.ts'
import { explainSearch } from './explain-search.ts'
import { type Found, findHits } from './find-hits.ts'
import { planSearch, type SearchPlan, timeoutOf } from './plan-search.ts'
import { readPage } from './read-page.ts'
import { type SearchAllowance, searchAllowance } from './search-allowance.ts'
import type { SearchContext } from './search-context.ts'
import { wantedSegments } from './wanted-segments.ts'
import { warnOfAnalyzers } from './warn-of-analyzers.ts'

/**
 * Searches one collection: pins a snapshot, reads what the query needs from each segment, adds up statistics over all
 * segments, scores, merges, and reads the documents of the page.
 *
 * Rounds of requests when nothing is cached: footers; dictionary entries with postings (one more for phrases, patterns and
 * fuzzy words); documents.
 */
export async function search(
  context: SearchContext,
  { name, request, allowance = searchAllowance(), signal }: SearchCall,
): Promise<SearchAnswer> {
  const run = new SearchRun(context, { request, allowance, signal })
  const freshness = freshnessOf(request, 'eventual')
  return readNamed(context.shards, { name, freshness }, (...read) => run.answer(...read))
}

/** The arguments of {@link search}. All searches of one request share an `allowance`; by default a search has its own. */
export type SearchCall = {
  readonly name: string
  readonly request: SearchRequest
  readonly allowance?: SearchAllowance | undefined
  /** Aborted when the client has gone. */
  readonly signal?: AbortSignal | undefined
}

class SearchRun {
  readonly #context: SearchContext
  readonly #request: SearchRequest
  readonly #started: number
  readonly #reading: Reading

  readonly #answer: SearchAllowance['answer']
  readonly #budget: SearchAllowance['budget']
  readonly #signal: AbortSignal | undefined
  #allowance: SearchAllowance

  constructor(
    context: SearchContext,
    { request, allowance, signal }: Omit<SearchCall, 'name'> & { readonly allowance: SearchAllowance },
  ) {
    this.#allowance = allowance
    this.#answer = allowance.answer
    this.#budget = allowance.budget
    this.#signal = signal
    this.#context = context
    this.#request = request
    this.#started = context.clock.monotonic()
    this.#reading = context.beginReading()
  }

  async answer(named: Collection, freshness: Freshness, attempt: Attempt): Promise<SearchAnswer> {
    const { shards, deadlines, segments, timeLimit, onFailure } = this.#context
    this.#signal?.throwIfAborted()
    const wantedMs = timeoutOf(this.#request, named)
    const timeoutMs = Math.min(wantedMs, timeLimit.remainingMs())
    const setting = timeoutMs === wantedMs ? 'partial_results_timeout_ms' : undefined
    const context = { signal: this.#signal, budget: this.#budget, setting }
    const live = new LiveShards(named.shardCount, deadlines, timeoutMs, context)
    try {
      const snapshots = await live.firstHalf((deadline) => shards.pin(named, freshness, deadline))
      this.#reading.headsRead(pinnedOf(snapshots).filter(({ knownAtMs }) => knownAtMs >= this.#started).length)
      const schemaVersion = Math.max(...pinnedOf(snapshots).map(({ manifest }) => manifest.schemaVersion), 1)
      const collection = await shards.withSchema(named, schemaVersion)
      const { queries, parts } = this.#context
      await queries.load(collection.schema, this.#request)
      const planning = planSearch(collection, this.#request, { queries, allowance: this.#allowance, parts })
      const planned = await live.takeSteps(planning)
      // This attempt has used the allowance; a restart of the same search must not use it twice.
      this.#allowance = searchAllowance()
      const pinned = pinnedShards(snapshots, live)
      const olderWords = warnOfAnalyzers(planned, pinned, queries.analyzerVersion)
      const plan = { ...planned, warnings: [...planned.warnings, ...olderWords] }
      const { schema } = collection
      const accepts = wantedSegments(plan)
      const opening = { segments, schema, reading: this.#reading, accepts, memory: live.memory }
      const found = await findHits(this.#context, { uid: collection.uid, pinned, opening, live }, plan)
      checkCoverage(live, plan, { attempt, onFailure })
      const failedCount = live.failures.size
      const hits = await readPage(found.collected[0], plan, {
        live,
        store: this.#reading.store,
        answer: this.#answer,
        signal: this.#signal,
      })
      if (live.failures.size > failedCount) checkCoverage(live, plan, { attempt, onFailure })
      return this.#report({ collection, snapshots, plan, live, found, hits })
    } finally {
      live.end()
    }
  }

  #report({
    collection,
    snapshots,
    plan,
    live,
    found,
    hits,
  }: {
    readonly collection: Collection
    readonly snapshots: readonly (ShardSnapshot | PrismError)[]
    readonly plan: SearchPlan
    readonly live: LiveShards
    readonly found: Found
    readonly hits: readonly Hit[]
  }): SearchAnswer {
    const { shards, clock } = this.#context
    const [, count, ...sections] = found.collected
    const report = live.report()
    const now = clock.monotonic()
    const oldest = Math.min(...pinnedOf(snapshots).map(({ knownAtMs }) => knownAtMs), now)
    return {
      hits,
      ...totalOf(count, plan.countMax, report.failed > 0),
      ...Object.fromEntries(plan.parts.map((part, p) => [part.name, part.finish(sections[p])])),
      took_ms: round(now - this.#started),
      shards: report,
      snapshot: {
        versions: snapshots.map((snapshot) => (snapshot instanceof PrismError ? 0 : snapshot.version)),
        staleness_ms: round(now - oldest),
      },
      session: shards.sessionOf(collection, snapshots),
      cost: this.#reading.cost(),
      ...(plan.warnings.length > 0 && { warnings: plan.warnings }),
      ...(this.#request.explain === true && { explain: explainSearch(plan, found) }),
    }
  }
}

function pinnedOf(snapshots: readonly (ShardSnapshot | PrismError)[]): ShardSnapshot[] {
  return snapshots.filter((snapshot): snapshot is ShardSnapshot => !(snapshot instanceof PrismError))
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
}

type Trial = { readonly attempt: Attempt; readonly onFailure: SearchContext['onFailure'] }

/**
 * Lets a search continue without the failed shards, if the request allows it. Reports damaged data, and the first shard that
 * was late, to `onFailure`.
 *
 * @throws {NotFoundError} 'object_not_found' on the first attempt, if garbage collection may have deleted the object
 * @throws the error of the first failed shard if no shard is left, otherwise an error with the number of missing shards
 */
function checkCoverage(live: LiveShards, plan: SearchPlan, { attempt, onFailure }: Trial): void {
  const missing = [...live.failures.values()].find((error) => error instanceof NotFoundError)
  if (missing && (attempt === 'first' || !isMissingObject(missing))) throw missing
  const errors = Array.from(live.failures.values(), (error) => (isMissingObject(error) ? lostObject(error) : error))
  const [firstError] = errors
  if (firstError === undefined) return
  const report = live.report()
  const mayGoOn = plan.allowPartial && report.successful >= plan.successfulShardsMin
  if (!mayGoOn && report.successful === 0 && firstError instanceof PrismError) throw firstError
  for (const error of errors) if (error instanceof CorruptDataError) onFailure?.(error)
  const late = errors.find((error) => error instanceof UnavailableError && error.code === 'shard_timeout')
  if (mayGoOn && late !== undefined) onFailure?.(late)
  if (mayGoOn) return
  const needed = plan.allowPartial ? plan.successfulShardsMin : 'all'
  const message = `only ${report.successful} of ${report.total} shards answered, ${needed} are needed`
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
