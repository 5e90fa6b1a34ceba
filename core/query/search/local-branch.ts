import { type OpenShard, openSources } from '../../reading/open-sources.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import { allRead, whenRead } from '../../segment/format/read-plan.ts'
import type { LengthNormsCache } from '../score/bm25.ts'
import type { SearchPartial } from '../score/candidate.ts'
import { needsOf } from '../score/clause-needs.ts'
import { Weights } from '../score/compile-clause.ts'
import { settleTies, tiedCandidates } from '../score/order-hits.ts'
import { emptyPartials, mergePartials } from '../score/part.ts'
import { type PreparedSegment, prepareSegment } from '../score/prepare-segment.ts'
import { isByScore, type SegmentQuery, type SegmentRun, searchByScore } from '../score/search-segment.ts'
import { addDocFreqs, type DocFreqs, docFreqsOf, readDocFreqs, type Statistics } from '../score/statistics.ts'
import { TopDocs } from '../score/top-docs.ts'
import { returnArena, takeArena } from '../score/window-arena.ts'
import { readFirstBlocks } from '../sort/sort-segment.ts'
import type { Branch, PinnedSearch } from './branch.ts'
import { collectBySort } from './collect-by-sort.ts'
import { collectedKinds, type HitPlaces } from './collected.ts'
import { readIds } from './read-candidates.ts'

/** The most hits that a branch returns, more than a page can have: beyond it the branch itself breaks ties by id. */
const TIED_HITS_MAX = 20_000

/**
 * The shards that this process searches itself: all shards of a search at a root, the requested shards at a leaf.
 * Rounds of requests when nothing is cached: footers; dictionary entries with postings (one more for phrases and patterns).
 */
export class LocalBranch implements Branch {
  readonly #search: PinnedSearch
  readonly #norms: LengthNormsCache
  #opened: Promise<readonly OpenShard[]> | undefined
  #prepared: readonly PreparedSegment[] | undefined

  constructor(search: PinnedSearch, norms: LengthNormsCache) {
    this.#search = search
    this.#norms = norms
  }

  /** Opens the segments of the shards: one round. */
  open(): Promise<readonly OpenShard[]> {
    const { opening, pinned, live } = this.#search
    this.#opened ??= openSources(opening, pinned, live)
    return this.#opened
  }

  /** Reads everything that {@link collect} needs: frequencies are stored with the postings, so they cost no extra round. */
  async expand(query: SegmentQuery): Promise<DocFreqs> {
    this.#prepared = await this.#prepare(query)
    return addDocFreqs(this.#prepared.map(docFreqsOf))
  }

  /** Returns what {@link expand} does, but reads only dictionary entries, in one round: for searches that leaves collect. */
  async readFrequencies({ clause }: Pick<SegmentQuery, 'clause'>): Promise<DocFreqs> {
    const { terms, phraseTerms } = needsOf(clause)
    const keys = [...terms, ...phraseTerms]
    const { live, opening } = this.#search
    const planOf = ({ sources }: OpenShard) => allRead(sources.map((source) => readDocFreqs(source, keys)))
    return addDocFreqs((await live.read(opening.reading.store, await this.open(), planOf, 'more_follow')).flat())
  }

  async collect(query: SegmentQuery, statistics: Statistics): Promise<SearchPartial> {
    const segments = this.#prepared ?? (await this.#prepare(query))
    const weights = new Weights(query.schema, statistics, this.#norms)
    const arena = takeArena(this.#search.live.memory)
    try {
      const run = { weights, arena }
      const found = await (isByScore(query.sort)
        ? this.#collectByScore(segments, query, run)
        : this.#collectBySort(segments, query, run))
      return await this.#withFewTies(query, found)
    } finally {
      returnArena(arena)
    }
  }

  async #prepare({ clause, filter, sort, parts }: SegmentQuery): Promise<PreparedSegment[]> {
    const { live, opening } = this.#search
    const needs = { clause: needsOf(clause), filter, sort, parts }
    const prepare = (source: SegmentSource) => {
      const read = allRead<[PreparedSegment, unknown]>([prepareSegment(source, needs), readFirstBlocks(source, sort)])
      return whenRead(read, ([segment]) => segment)
    }
    const planOf = ({ sources }: OpenShard) => allRead(sources.map(prepare))
    return (await live.read(opening.reading.store, await this.open(), planOf, 'more_follow')).flat()
  }

  /** Searches one segment after another, the largest first; the hits found so far let the next segments skip documents. */
  async #collectByScore(
    segments: readonly PreparedSegment[],
    query: SegmentQuery,
    run: SegmentRun,
  ): Promise<SearchPartial> {
    const { live } = this.#search
    const kinds = collectedKinds(query, this.places)
    const largestFirst = segments.toSorted((a, b) => b.source.reader.docCount - a.source.reader.docCount)
    const topDocs = new TopDocs(Math.min(query.candidatesMax, largestFirst[0]?.source.reader.docCount ?? 0))
    let after = emptyPartials(kinds)
    for (const segment of largestFirst) {
      const { shard } = segment
      const found = await live.run(shard, searchByScore(segment, query, { ...run, topDocs, after }))
      if (found === undefined) {
        // Hits of the failed shard may have made other segments skip documents: no ranking is complete.
        for (const other of segments) live.fail(other.shard, live.failures.get(shard))
        return emptyPartials(kinds)
      }
      after = mergePartials(kinds, [after, found])
    }
    return after
  }

  async #collectBySort(
    segments: readonly PreparedSegment[],
    query: SegmentQuery,
    run: SegmentRun,
  ): Promise<SearchPartial> {
    const { live, opening } = this.#search
    const found = await collectBySort(segments, query, { run, live, store: opening.reading.store })
    return mergePartials(collectedKinds(query, this.places), found)
  }

  /** Breaks ties and drops the hits after the page, if there are too many hits to return. */
  async #withFewTies({ candidatesMax, sort }: SegmentQuery, collected: SearchPartial): Promise<SearchPartial> {
    const [hits, ...rest] = collected
    if (hits.length <= TIED_HITS_MAX) return collected
    const { live, opening } = this.#search
    const tied = tiedCandidates(hits, sort, candidatesMax)
    const ids = await readIds(tied, { live, store: opening.reading.store, stage: 'collect' })
    const whole = hits.filter(({ segment }) => live.isLive(segment.shard))
    return [settleTies(whole, sort, ids).slice(0, candidatesMax), ...rest]
  }

  /** The means to open the segments of its hits. */
  get places(): HitPlaces {
    const { opening, pinned } = this.#search
    return { ...opening, pinned }
  }
}
