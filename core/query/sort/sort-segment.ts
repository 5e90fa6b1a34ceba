import { anyBetween, newBitset } from '../../bytes/bitset.ts'
import { COLUMN_BLOCK_DOCS } from '../../columns/column.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import { allRead, type Plan, whenRead } from '../../segment/format/read-plan.ts'
import type { DocumentSet } from '../filter/document-set.ts'
import type { SortKey } from '../language/clause.ts'
import type { Candidate } from '../score/candidate.ts'
import type { PreparedSegment } from '../score/prepare-segment.ts'
import { collectMatches, type MatchesPartial, type SegmentQuery, type SegmentRun } from '../score/search-segment.ts'
import type { Collector } from '../score/top-docs.ts'
import { ColumnKey, idKey, SCORE_KEY, type SegmentSortKey } from './segment-sort-key.ts'
import { SortedDocs } from './sorted-docs.ts'

/** Blocks per column and segment that the first round reads. */
const FIRST_BLOCKS = 8

/**
 * Finds the first documents of one segment by several sort keys. {@link match} finds all matches without reading columns.
 * Then each round reads some column blocks, in the order of their zones, and collects the matches in them, until no other block
 * can hold a document of the page. Each round reads twice as many blocks as the previous one.
 */
export class SegmentSort {
  readonly segment: PreparedSegment
  readonly #query: SegmentQuery
  readonly #keys: readonly SegmentSortKey[]
  readonly #kept: SortedDocs
  readonly #matches: DocumentSet
  /** Unread blocks that have matches, best first. */
  #unread: readonly number[] = []
  /** The blocks of the current round. */
  round: readonly number[] = []

  constructor(segment: PreparedSegment, query: SegmentQuery) {
    const { docCount } = segment.source.reader
    this.segment = segment
    this.#query = query
    this.#keys = keysOf(query.sort, segment.source)
    this.#kept = new SortedDocs(Math.min(query.candidatesMax, docCount), this.#keys)
    this.#matches = newBitset(docCount)
  }

  get shard(): number {
    return this.segment.shard
  }

  /** Finds all matches. */
  *match(running: SegmentRun): Generator<void, MatchesPartial> {
    const wanted = { collector: NOTHING_WANTED, countMax: this.#query.countMax, matches: this.#matches }
    const matched = yield* collectMatches(this.segment, this.#query, { ...running, ...wanted })
    const { docCount } = this.segment.source.reader
    this.#unread = blocksInOrder(this.#keys[0]!, docCount).filter((block) => {
      const [base, end] = documentsOf(block, docCount)
      return anyBetween(this.#matches, base, end - 1)
    })
    return matched
  }

  /** Begins another round. @returns false if no unread block can hold a document of the page */
  beginRound(): boolean {
    const { docCount } = this.segment.source.reader
    const open = this.#unread.filter((block) => !this.#kept.skipsWindow(...documentsOf(block, docCount)))
    // If the kept documents rule out fewer than half of the blocks, most blocks will be read: one round is faster than several.
    const takesAll = this.#kept.isFull && 2 * open.length > this.#unread.length
    this.round = takesAll ? open : open.slice(0, Math.max(FIRST_BLOCKS, 2 * this.round.length))
    this.#unread = open.slice(this.round.length)
    return this.round.length > 0
  }

  /** Reads the columns of the round. */
  read(): Plan<void> {
    const { sort } = this.#query
    return whenRead(readBlocks(this.segment.source, sort, this.round), (columns) => {
      for (const [k, column] of columns.entries()) {
        const key = this.#keys[k]!
        if (column !== undefined && key instanceof ColumnKey) key.add(column)
      }
    })
  }

  /** Collects the matches in the round's blocks. */
  *collect(running: SegmentRun): Generator<void, void> {
    const round = new Set(this.round)
    const collector: Collector = {
      skips: () => this.#kept.skips(),
      skipsScore: () => this.#kept.skips(),
      skipsWindow: (base, end) => !round.has(Math.floor(base / COLUMN_BLOCK_DOCS)) || this.#kept.skipsWindow(base, end),
      collect: (doc, score) => this.#kept.collect(doc, score),
    }
    const segment = { ...this.segment, accepted: this.#matches }
    yield* collectMatches(segment, { ...this.#query, parts: [] }, { ...running, collector, countMax: 0 })
  }

  /** The first documents, in order. Their keywords are ordinals. */
  candidates(): Candidate[] {
    return this.#kept.ranked().map((doc) => ({ segment: this.segment, ...doc }))
  }
}

const NOTHING_WANTED: Collector = {
  skips: () => true,
  skipsScore: () => true,
  skipsWindow: () => true,
  collect: () => {},
}

/** Reads the blocks that the first round will probably need, in the same round as the postings, before matches are known. */
export function readFirstBlocks(source: SegmentSource, sort: readonly SortKey[]): Plan<unknown> {
  const first = sort[0] && keyOf(sort[0], source)
  if (!(first instanceof ColumnKey)) return undefined
  return readBlocks(source, sort, blocksInOrder(first, source.reader.docCount).slice(0, FIRST_BLOCKS))
}

/** Reads some blocks of every sort column. */
function readBlocks({ reader }: SegmentSource, sort: readonly SortKey[], blocks: readonly number[]) {
  const wanted = new Set(blocks)
  return allRead(
    sort.map((key) =>
      key.kind === 'field' ? reader.columns.read(key.field, (_, block) => wanted.has(block)) : undefined,
    ),
  )
}

/** The blocks of a segment, ordered by the first document that each may hold. */
function blocksInOrder(first: SegmentSortKey, docCount: number): number[] {
  const least = Array.from({ length: Math.ceil(docCount / COLUMN_BLOCK_DOCS) }, (_, block) =>
    first.least(...documentsOf(block, docCount)),
  )
  // The difference of two equal infinities is NaN.
  return Array.from(least.keys()).sort((a, b) => (least[a] === least[b] ? a - b : least[a]! - least[b]!))
}

function documentsOf(block: number, docCount: number): readonly [base: number, end: number] {
  return [block * COLUMN_BLOCK_DOCS, Math.min(docCount, (block + 1) * COLUMN_BLOCK_DOCS)]
}

function keysOf(sort: readonly SortKey[], source: SegmentSource): SegmentSortKey[] {
  return sort.map((key) => keyOf(key, source))
}

function keyOf(key: SortKey, { reader }: SegmentSource): SegmentSortKey {
  switch (key.kind) {
    case 'score':
      return SCORE_KEY
    case 'id':
      return idKey(key.descending)
    case 'field':
      return new ColumnKey(reader.columns.zones(key.field), key.descending)
  }
}
