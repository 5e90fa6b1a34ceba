import type { PrismError } from '../../errors.ts'
import type { CostReport } from '../../storage/cost.ts'
import type { Manifest } from '../../version/manifest.ts'
import type { SegmentQuery } from '../score/search-segment.ts'
import type { Statistics } from '../score/statistics.ts'

/**
 * What a leaf is asked of some shards of a search: plain data, and everything that it needs to know. A leaf reads nothing
 * but objects, so it needs no access to the table.
 */
export type LeafRequest = {
  /** `expand` asks for document frequencies, where they are too many for the root to read; `collect` for hits. */
  readonly kind: 'expand' | 'collect'
  readonly uid: string
  readonly shards: readonly LeafShard[]
  readonly query: LeafQuery
  /** Of the whole search, for `collect`. */
  readonly statistics?: Statistics
  /** A shard that takes longer is given up. */
  readonly timeoutMs: number
}

/** A query whose parts go by their names. */
export type LeafQuery = Omit<SegmentQuery, 'parts'> & { readonly parts: readonly string[] }

/** The version of a shard that the root has pinned. */
export type LeafShard = { readonly shard: number; readonly manifest: Manifest }

/** What a leaf made of its shards. A shard that failed costs nothing but itself. */
export type LeafAnswer = {
  /** By the names of their kinds, encoded. */
  readonly partials: Readonly<Record<string, unknown>>
  readonly failures: readonly { readonly shard: number; readonly error: PrismError }[]
  readonly cost: CostReport
  readonly tookMs: number
}

/** The leaves that a root can ask. A shard always goes to the same leaf, so that each keeps its own shards in memory. */
export interface LeafPool {
  /** Leaves there are, numbered from 0. */
  readonly size: number
  /** The leaf that is asked for a shard. */
  place(shard: number): number
  /** @throws {UnavailableError} if the leaf cannot be reached, is busy, or its answer is lost */
  ask(leaf: number, request: LeafRequest, signal: AbortSignal): Promise<LeafAnswer>
}
