import { BLOCK_SIZE, type PostingList } from '../postings/posting-list.ts'
import type { Schema } from '../schema/schema.ts'
import type { SegmentReader, TermEntry, TermKey } from '../segment/segment-reader.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { compareUtf8 } from '../utf8.ts'
import { andInto, orInto, setBit, setFirst, wordsFor } from './bits.ts'
import type { Bounds, Clause, Filter, WordPattern } from './clause.ts'
import { boundsTest, type ColumnTest, matchColumn, valuesTest } from './column-match.ts'
import { patternMatcher } from './match-pattern.ts'
import { keywordRange, patternRange, prefixRange } from './term-range.ts'

/** A segment to look in: `store` counts what it costs. */
export type SegmentIo = { readonly reader: SegmentReader; readonly store: ObjectStore; readonly schema: Schema }

/** A set of documents of one segment: bit `d & 31` of word `d >>> 5`. */
export type DocumentSet = Uint32Array

/** The clauses whose matches all score the same, and are found as a set before anything is scored. */
export type SetClause = Extract<Clause, { readonly kind: 'keyword' | 'pattern' | 'range' | 'exists' }>

/** The documents that a filter accepts, deleted ones included. At most two rounds. */
export async function filterSet(io: SegmentIo, filter: Filter): Promise<DocumentSet> {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const sets = await Promise.all(filter.filters.map((part) => filterSet(io, part)))
      const [first = filter.kind === 'and' ? everything(io) : nothing(io), ...rest] = sets
      const combined = first.slice()
      for (const set of rest) (filter.kind === 'and' ? andInto : orInto)(combined, set)
      return combined
    }
    case 'not': {
      const all = everything(io)
      const set = await filterSet(io, filter.filter)
      for (let w = 0; w < all.length; w++) all[w]! &= ~set[w]!
      return all
    }
    case 'in':
      if (hasKeywords(io, filter.field)) return keywordSet(io, filter.field, filter.values.map(String))
      return columnSet(io, filter.field, valuesTest(filter.values))
    case 'contains_all': {
      const sets = await Promise.all(
        filter.values.map((value) => filterSet(io, { kind: 'in', field: filter.field, values: [value] })),
      )
      const combined = everything(io)
      for (const set of sets) andInto(combined, set)
      return combined
    }
    case 'range':
      return rangeSet(io, filter.field, filter.bounds)
    case 'prefix':
      return scannedSet(io, filter.field, 'keyword', { kind: 'prefix', prefix: filter.prefix })
    case 'exists':
      return io.reader.exists(io.store, filter.field)
    case 'ids':
      return idSet(io, filter.ids)
  }
}

/** The documents that a clause of constant score matches, deleted ones included. At most two rounds. */
export function clauseSet(io: SegmentIo, clause: SetClause): Promise<DocumentSet> {
  switch (clause.kind) {
    case 'keyword':
      return keywordSet(io, clause.field, [clause.value])
    case 'pattern':
      return scannedSet(io, clause.field, clause.lane, clause.pattern)
    case 'range':
      return rangeSet(io, clause.field, clause.bounds)
    case 'exists':
      return io.reader.exists(io.store, clause.field)
  }
}

function hasKeywords({ schema }: SegmentIo, field: number): boolean {
  const { type, keywords } = schema.fields[field]!
  return type === 'keyword' || (type === 'text' && keywords)
}

async function keywordSet(io: SegmentIo, field: number, values: readonly string[]): Promise<DocumentSet> {
  const keys = Array.from(new Set(values), (term): TermKey => ({ field, lane: 'keyword', term }))
  const entries = await io.reader.lookup(io.store, keys, 'postings')
  return unionOf(
    io,
    entries.filter((entry) => entry !== undefined),
  )
}

async function columnSet({ reader, store }: SegmentIo, field: number, test: ColumnTest): Promise<DocumentSet> {
  const column = await reader.column(store, field, (zone) => test.mayAccept(zone))
  return matchColumn(column, reader.docCount, test)
}

async function rangeSet(io: SegmentIo, field: number, bounds: Bounds): Promise<DocumentSet> {
  if (!hasKeywords(io, field)) return columnSet(io, field, boundsTest(bounds))
  return unionOf(io, await io.reader.scan(io.store, field, 'keyword', keywordRange(bounds)))
}

/** Documents with a keyword, or a word as it was written, that matches a pattern. */
async function scannedSet(
  io: SegmentIo,
  field: number,
  lane: 'text' | 'keyword',
  pattern: WordPattern,
): Promise<DocumentSet> {
  const { reader, store } = io
  const range = pattern.kind === 'prefix' ? prefixRange(pattern.prefix) : patternRange(pattern)
  const isMatch = patternMatcher(pattern)
  const [entries, forms] = await Promise.all([
    reader.scan(store, field, lane, range),
    lane === 'text' ? reader.scan(store, field, 'form', range) : [],
  ])
  const own = lane === 'text' ? entries.filter((entry) => entry.ownForm) : entries
  return unionOf(
    io,
    [...own, ...forms].filter((entry) => isMatch(entry.term)),
  )
}

async function idSet(io: SegmentIo, ids: readonly string[]): Promise<DocumentSet> {
  const set = nothing(io)
  const ordered = Array.from(new Set(ids)).sort(compareUtf8)
  for (const doc of await io.reader.findIds(io.store, ordered)) if (doc >= 0) setBit(set, doc)
  return set
}

async function unionOf(io: SegmentIo, entries: readonly TermEntry[]): Promise<DocumentSet> {
  const set = nothing(io)
  for (const list of await io.reader.postings(io.store, entries)) addDocuments(list, set)
  return set
}

const blockDocs = new Uint32Array(BLOCK_SIZE)

function addDocuments(list: PostingList, set: DocumentSet): void {
  for (let b = 0; b < list.blockCount; b++) {
    list.decodeDocs(b, blockDocs)
    const length = list.blockLength(b)
    for (let i = 0; i < length; i++) setBit(set, blockDocs[i]!)
  }
}

function nothing({ reader }: SegmentIo): DocumentSet {
  return new Uint32Array(wordsFor(reader.docCount))
}

function everything(io: SegmentIo): DocumentSet {
  const set = nothing(io)
  setFirst(set, io.reader.docCount)
  return set
}
