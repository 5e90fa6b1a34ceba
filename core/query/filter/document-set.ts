import { andInto, andNotInto, bitsetAdd, newBitset, orInto, setFirst } from '../../bytes/bitset.ts'
import { hasKeywords } from '../../fields/kinds.ts'
import { markCommonDocuments, markDocuments } from '../../postings/mark-documents.ts'
import type { Schema } from '../../schema/schema.ts'
import { encodeIds } from '../../segment/format/encoded-ids.ts'
import { allRead, type Plan, whenRead } from '../../segment/format/read-plan.ts'
import type { SegmentReader } from '../../segment/read/segment-reader.ts'
import type { EntryName, LaneScan, TermKey, TermRange } from '../../segment/read/term-entry.ts'
import { compareUtf8, hasLoneSurrogate } from '../../utf8.ts'
import type { Bounds, Clause, Filter, WordPattern } from '../language/clause.ts'
import { allValuesTest, boundsTest, type ColumnTest, matchColumn, valuesTest } from './column-match.ts'
import { patternMatcher } from './match-pattern.ts'
import { keywordRange, patternRange, prefixRange } from './term-range.ts'

/** A segment to look in. */
export type SegmentIo = { readonly reader: SegmentReader; readonly schema: Schema }

/** A set of documents of one segment: bit `d & 31` of word `d >>> 5`. */
export type DocumentSet = Uint32Array

/** The clauses whose matches all score the same, and are found as a set before anything is scored. */
export type SetClause = Extract<Clause, { readonly kind: 'keyword' | 'pattern' | 'range' | 'exists' }>

/** The documents that a filter accepts, deleted ones included, as a set of the caller's own. At most two rounds. */
export function filterSet(io: SegmentIo, filter: Filter): Plan<DocumentSet> {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return combinedSet(io, filter)
    case 'not':
      return whenRead(filterSet(io, filter.filter), (set) => {
        const all = everything(io)
        andNotInto(all, set)
        return all
      })
    case 'in':
      if (hasKeywords(io.schema.fields[filter.field]!)) return keywordSet(io, filter.field, filter.values.map(String))
      return columnSet(io, filter.field, valuesTest(filter.values))
    case 'contains_all':
      if (hasKeywords(io.schema.fields[filter.field]!))
        return everyKeywordSet(io, filter.field, filter.values.map(String))
      return columnSet(io, filter.field, allValuesTest(filter.values))
    case 'range':
      return rangeSet(io, filter.field, filter.bounds)
    case 'prefix':
      return scannedSet(io, filter.field, 'keyword', { kind: 'prefix', prefix: filter.prefix })
    case 'exists':
      // What readers answer is shared, and the caller may change what it gets.
      return whenRead(io.reader.columns.exists(filter.field), (set) => set.slice())
    case 'ids':
      return idSet(io, filter.ids)
  }
}

/** The documents that a clause of constant score matches, deleted ones included. At most two rounds. */
export function clauseSet(io: SegmentIo, clause: SetClause): Plan<DocumentSet> {
  switch (clause.kind) {
    case 'keyword':
      return keywordSet(io, clause.field, [clause.value])
    case 'pattern':
      return scannedSet(io, clause.field, clause.lane, clause.pattern)
    case 'range':
      return rangeSet(io, clause.field, clause.bounds)
    case 'exists':
      return io.reader.columns.exists(clause.field)
  }
}

/** Holds one part's set at a time in addition to the result, as far as nothing has to be read. */
function combinedSet(
  io: SegmentIo,
  { kind, filters }: { readonly kind: 'and' | 'or'; readonly filters: readonly Filter[] },
): Plan<DocumentSet> {
  const combined = kind === 'and' ? everything(io) : nothing(io)
  const combine = kind === 'and' ? andInto : orInto
  const parts = filters.map((part) => whenRead(filterSet(io, part), (set) => combine(combined, set)))
  return whenRead(allRead(parts), () => combined)
}

/** The documents that have every one of several values: time and memory do not grow with values times documents. */
function everyKeywordSet(io: SegmentIo, field: number, values: readonly string[]): Plan<DocumentSet> {
  const keys = Array.from(new Set(values), (term): TermKey => ({ field, lane: 'keyword', term }))
  return whenRead(io.reader.terms.lists(keys, 'postings'), (found) => {
    const lists = found.flatMap((lists) => (lists === undefined ? [] : [lists.list]))
    const set = nothing(io)
    if (lists.length === keys.length) markCommonDocuments(lists, io.reader.docCount, set)
    return set
  })
}

function keywordSet(io: SegmentIo, field: number, values: readonly string[]): Plan<DocumentSet> {
  const keys = Array.from(new Set(values), (term): TermKey => ({ field, lane: 'keyword', term }))
  return whenRead(io.reader.terms.lists(keys, 'postings'), (found) => {
    const set = nothing(io)
    for (const lists of found) if (lists !== undefined) markDocuments(lists.list, set)
    return set
  })
}

function columnSet({ reader }: SegmentIo, field: number, test: ColumnTest): Plan<DocumentSet> {
  const column = reader.columns.read(field, (zone) => test.mayAccept(zone))
  return whenRead(column, (read) => matchColumn(read, reader.docCount, test))
}

function rangeSet(io: SegmentIo, field: number, bounds: Bounds): Plan<DocumentSet> {
  if (!hasKeywords(io.schema.fields[field]!)) return columnSet(io, field, boundsTest(bounds))
  return markedSet(io, [{ field, lane: 'keyword', range: keywordRange(bounds) }])
}

/** Documents with a keyword, or a word as it was written, that matches a pattern. */
function scannedSet(io: SegmentIo, field: number, lane: 'text' | 'keyword', pattern: WordPattern): Plan<DocumentSet> {
  const range = pattern.kind === 'prefix' ? prefixRange(pattern.prefix) : patternRange(pattern)
  const isMatch = isWhole(pattern, range) ? undefined : patternMatcher(pattern)
  const accepts = isMatch && (({ term }: EntryName) => isMatch(term))
  if (lane === 'keyword') return markedSet(io, [{ field, lane, range, accepts }])
  return markedSet(io, [
    { field, lane, range, accepts: (entry) => entry.ownForm && (accepts === undefined || accepts(entry)) },
    { field, lane: 'form', range, accepts },
  ])
}

/** The documents of all entries that any of several scans accepts. */
function markedSet(io: SegmentIo, scans: readonly LaneScan[]): Plan<DocumentSet> {
  const set = nothing(io)
  const marked = allRead(scans.map((scan) => io.reader.terms.markWithin(scan, set)))
  return whenRead(marked, () => set)
}

/** Whether every term of the range matches. What cannot be written as UTF-8 has the range of what is written instead. */
function isWhole(pattern: WordPattern, { to }: TermRange): boolean {
  return pattern.kind === 'prefix' && to !== undefined && !hasLoneSurrogate(pattern.prefix)
}

function idSet(io: SegmentIo, ids: readonly string[]): Plan<DocumentSet> {
  const ordered = Array.from(new Set(ids)).sort(compareUtf8)
  return whenRead(io.reader.ids.find(encodeIds(ordered)), (docs) => {
    const set = nothing(io)
    for (const doc of docs) if (doc >= 0) bitsetAdd(set, doc)
    return set
  })
}

function nothing({ reader }: SegmentIo): DocumentSet {
  return newBitset(reader.docCount)
}

function everything(io: SegmentIo): DocumentSet {
  const set = nothing(io)
  setFirst(set, io.reader.docCount)
  return set
}
