import type { PrismError } from '../../errors.ts'
import type { CostReport } from '../../storage/cost.ts'
import type { Manifest } from '../../version/manifest.ts'
import type { SegmentQuery } from '../score/search-segment.ts'
import type { Statistics } from '../score/statistics.ts'

/**
 * A root's request to a leaf for some shards of a search. It is plain data and complete: the leaf reads only objects and needs
 * no access to the table.
 */
export type LeafRequest = {
  /** `expand` requests document frequencies, if the root would have to read too many; `collect` requests hits. */
  readonly kind: 'expand' | 'collect'
  readonly uid: string
  readonly shards: readonly LeafShard[]
  readonly query: LeafQuery
  /** Statistics of the whole search, for `collect`. */
  readonly statistics?: Statistics
  /** Milliseconds after which the leaf gives a shard up. */
  readonly timeoutMs: number
}

/** A query that names its parts. */
export type LeafQuery = Omit<SegmentQuery, 'parts'> & { readonly parts: readonly string[] }

/** The version of a shard that the root has pinned. */
export type LeafShard = { readonly shard: number; readonly manifest: Manifest }

/** A leaf's answer. A failed shard does not affect the others. */
export type LeafAnswer = {
  /** Name of the kind → encoded partial. */
  readonly partials: Readonly<Record<string, unknown>>
  readonly failures: readonly { readonly shard: number; readonly error: PrismError }[]
  readonly cost: CostReport
  readonly tookMs: number
}

/** The leaves of a root. A shard is always searched by the same leaf, so that the leaf keeps the shard in its caches. */
export interface LeafPool {
  /** Number of leaves; they are numbered from 0. */
  readonly size: number
  /** The leaf that searches a shard. */
  place(shard: number): number
  /** @throws {UnavailableError} if the leaf cannot be reached, is busy, or its answer is lost */
  ask(leaf: number, request: LeafRequest, signal: AbortSignal): Promise<LeafAnswer>
}
