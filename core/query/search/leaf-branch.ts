import type { Stage } from '../../reading/live-shards.ts'
import type { ShardSnapshot } from '../../reading/snapshot.ts'
import type { SearchPartial } from '../score/candidate.ts'
import { decodePartials, emptyPartials, type Kinds } from '../score/part.ts'
import type { SegmentQuery } from '../score/search-segment.ts'
import type { DocFreqs, Statistics } from '../score/statistics.ts'
import type { Branch, PinnedSearch } from './branch.ts'
import { collectedKinds, EXPANDED_KINDS } from './collected.ts'
import type { LeafAnswer, LeafPool, LeafRequest } from './leaf.ts'

/** The work of one leaf, for `explain`. */
export type LeafReport = {
  readonly leaf: number
  readonly shards: readonly number[]
  readonly took_ms: number
  readonly gets: number
  readonly bytes: number
  readonly rounds: number
}

/** The share of the root's waiting time that the leaf may use: its answer still has to arrive. */
const LEAF_TIME_SHARE = 0.9

/** The shards of one leaf. If the leaf fails or is late, all of them fail; a shard that the leaf reports as failed fails alone. */
export class LeafBranch implements Branch {
  readonly #search: PinnedSearch
  readonly #pool: LeafPool
  readonly #leaf: number
  /** The leaf's latest work, if it answered. */
  report: LeafReport | undefined

  /** @param search a search of only the leaf's shards */
  constructor(search: PinnedSearch, pool: LeafPool, leaf: number) {
    this.#search = search
    this.#pool = pool
    this.#leaf = leaf
  }

  async expand(query: SegmentQuery): Promise<DocFreqs> {
    const [docFreqs] = await this.#ask(EXPANDED_KINDS, { kind: 'expand', query: toLeafQuery(query) }, 'more_follow')
    return docFreqs
  }

  async collect(query: SegmentQuery, statistics: Statistics): Promise<SearchPartial> {
    const kinds = collectedKinds(query, { ...this.#search.opening, pinned: this.#search.pinned })
    return this.#ask(kinds, { kind: 'collect', query: toLeafQuery(query), statistics }, 'collect')
  }

  /** Asks the leaf once. When it returns, no request is under way. */
  async #ask<P extends readonly unknown[]>(
    kinds: Kinds<P>,
    question: Pick<LeafRequest, 'kind' | 'query' | 'statistics'>,
    stage: Stage,
  ): Promise<P> {
    const { uid, pinned, live, opening } = this.#search
    const wanted = pinned.filter(({ shard }) => live.isLive(shard))
    if (wanted.length === 0) return emptyPartials(kinds)
    const shards = wanted.map(({ shard, manifest }) => ({ shard, manifest }))
    const request = { ...question, uid, shards, timeoutMs: Math.floor(live.timeOf(stage) * LEAF_TIME_SHARE) }
    const abort = new AbortController()
    const ask = async () => {
      const answer = await this.#pool.ask(this.#leaf, request, abort.signal)
      return { ...answer, decoded: decodePartials(kinds, answer.partials) }
    }
    try {
      const answered = opening.reading.delegated(ask)
      const [answer] = await live.map(wanted, () => answered, stage)
      if (answer === undefined) return emptyPartials(kinds)
      for (const { shard, error } of answer.failures) live.fail(shard, error)
      this.report = reportOf(this.#leaf, wanted, answer)
      return answer.decoded
    } finally {
      abort.abort()
    }
  }
}

/** One branch for each leaf with a live shard that has segments to open. */
export function leafBranches(search: PinnedSearch, pool: LeafPool): LeafBranch[] {
  const byLeaf = new Map<number, ShardSnapshot[]>()
  for (const snapshot of search.pinned) {
    const { shard, manifest } = snapshot
    if (!search.live.isLive(shard) || !manifest.segments.some(search.opening.accepts)) continue
    const leaf = pool.place(shard)
    byLeaf.set(leaf, [...(byLeaf.get(leaf) ?? []), snapshot])
  }
  return Array.from(byLeaf, ([leaf, pinned]) => new LeafBranch({ ...search, pinned }, pool, leaf))
}

function toLeafQuery({ schema, clause, filter, sort, candidatesMax, countMax, parts }: SegmentQuery) {
  return { schema, clause, filter, sort, candidatesMax, countMax, parts: parts.map(({ name }) => name) }
}

function reportOf(leaf: number, pinned: readonly ShardSnapshot[], { cost, tookMs }: LeafAnswer): LeafReport {
  const { gets, bytes, rounds } = cost
  return { leaf, shards: pinned.map(({ shard }) => shard), took_ms: tookMs, gets, bytes, rounds }
}
