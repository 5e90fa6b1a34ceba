import type { PrismError } from '../../errors.ts'
import type { Schema } from '../../schema/schema.ts'
import type { TermKey } from '../../segment/read/term-entry.ts'
import type { CostReport } from '../../storage/cost.ts'
import type { Manifest } from '../../version/manifest.ts'
import type { Clause, Filter, SortKey } from '../language/clause.ts'
import type { SortValue } from '../score/sort-values.ts'
import type { DocFreqs, Statistics } from '../score/statistics.ts'

/**
 * A part of a search as a leaf is asked for it: plain data, and everything that
 * it needs to know. A leaf reads nothing but objects, so it needs no access to the table.
 */
export type LeafSearch = {
  readonly uid: string
  readonly schema: Schema
  readonly shards: readonly LeafShard[]
  /** Without fuzzy words: the root has expanded them. */
  readonly clause: Clause
  readonly filter: Filter | undefined
  readonly sort: readonly SortKey[]
  /** As in `SegmentQuery`. */
  readonly candidatesMax: number
  readonly countMax: number
  /** Of the whole search. */
  readonly statistics: Statistics
  /** Names of the parts that the answer has partials of. */
  readonly parts: readonly string[]
  /** A shard that takes longer is given up. */
  readonly timeoutMs: number
}

/** The version of a shard that the root has pinned. */
export type LeafShard = { readonly shard: number; readonly manifest: Manifest }

/** One candidate: its segment by the place in the manifest. */
export type LeafHit = {
  readonly shard: number
  readonly segment: number
  readonly doc: number
  readonly score: number
  /** As in `Candidate`; empty where hits are ordered by score. */
  readonly values: readonly SortValue[]
}

/** What every answer of a leaf says. A shard that failed costs nothing but itself. */
export type LeafOutcome = {
  readonly failures: readonly { readonly shard: number; readonly error: PrismError }[]
  readonly cost: CostReport
  readonly tookMs: number
}

/** What a leaf found in its shards. */
export type LeafSearchAnswer = LeafOutcome & {
  /** Everything that can be among the first `candidatesMax` of all, in order; ties at the end stay, as far as the answer's size allows. */
  readonly hits: readonly LeafHit[]
  readonly count: number
  /** By the names of their parts, encoded. */
  readonly partials: Readonly<Record<string, unknown>>
}

/** Asks for document frequencies, where they are too many for the root to read. */
export type LeafStatistics = Pick<LeafSearch, 'uid' | 'schema' | 'shards' | 'timeoutMs'> & {
  readonly terms: readonly TermKey[]
}

/** By shard, so that what fails later can be left out. */
export type LeafStatisticsAnswer = LeafOutcome & { readonly docFreqs: ReadonlyMap<number, DocFreqs> }

/**
 * The leaves that a root can ask. A shard always goes to the same leaf, so that each keeps its own shards in memory.
 *
 * @throws {UnavailableError} if the leaf cannot be reached, is busy, or its answer is lost
 */
export interface LeafPool {
  /** Leaves there are, numbered from 0. */
  readonly size: number
  /** The leaf that is asked for a shard. */
  place(shard: number): number
  search(leaf: number, request: LeafSearch, signal: AbortSignal): Promise<LeafSearchAnswer>
  statistics(leaf: number, request: LeafStatistics, signal: AbortSignal): Promise<LeafStatisticsAnswer>
}
