import { andInto, andNotInto, bitsetAdd, isEmpty, newBitset, orInto, setFirst } from '../../bytes/bitset.ts'
import { hasKeywords } from '../../fields/kinds.ts'
import type { MemoryAllowance } from '../../memory-allowance.ts'
import { markCommonDocuments } from '../../postings/mark-documents.ts'
import type { Schema } from '../../schema/schema.ts'
import { encodeIds } from '../../segment/format/encoded-ids.ts'
import { allRead, inChunks, inSteps, later, type Plan, whenRead } from '../../segment/format/read-plan.ts'
import { MarkedDocuments } from '../../segment/read/marked-documents.ts'
import type { SegmentReader } from '../../segment/read/segment-reader.ts'
import type { TermKey } from '../../segment/read/term-entry.ts'
import { compareUtf8 } from '../../utf8.ts'
import { allValuesTest, type ColumnTest, intervalsTest, matchColumn } from './column-match.ts'
import { patternScans } from './pattern-scans.ts'
import type { SimpleFilter } from './simplify-filter.ts'
import { sortInSteps } from './sort-in-steps.ts'

/** An open segment, and what evaluating a filter on it needs. */
export type SegmentIo = {
  readonly reader: SegmentReader
  readonly schema: Schema
  /** The memory that the request may still use; unbounded if undefined. */
  readonly memory?: MemoryAllowance | undefined
}

/** A set of documents of one segment: bit `d & 31` of word `d >>> 5`. */
export type DocumentSet = Uint32Array

/** Ids looked up in one step. */
const STEP_IDS = 512

/**
 * The documents that a filter accepts, including deleted ones, as a new set that the caller may change. Takes at most two
 * rounds, unless it scans large dictionaries.
 *
 * @throws {LimitExceededError} 'budget_exceeded'
 */
export function filterSet(io: SegmentIo, condition: SimpleFilter): Plan<DocumentSet> {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return combinedSet(io, condition)
    case 'not':
      return whenRead(filterSet(io, condition.part), (set) => {
        const all = everything(io)
        andNotInto(all, set)
        giveBack(io)
        return all
      })
    case 'numbers':
      return columnSet(io, condition.field, intervalsTest(condition.intervals))
    case 'keywords':
      return keywordSet(io, condition)
    case 'contains_all':
      if (!hasKeywords(io.schema.fields[condition.field]!)) {
        return columnSet(io, condition.field, allValuesTest(condition.values))
      }
      return everyKeywordSet(io, condition.field, condition.values.map(String))
    case 'prefix': {
      const marked = markedDocuments(io)
      const scans = patternScans('keyword', { kind: 'prefix', prefix: condition.prefix }, marked)
      const plans = scans.map(({ lane, scan }) => io.reader.terms.markScans(condition.field, lane, [scan]))
      return whenRead(allRead(plans), () => marked.set)
    }
    case 'exists':
      // The reader's set is shared, and the caller may change the returned set.
      return whenRead(io.reader.columns.exists(condition.field), (shared) => {
        const set = nothing(io)
        set.set(shared)
        return set
      })
    case 'ids':
      return idSet(io, condition.ids)
  }
}

/** Combines the sets of all parts. While no part has to wait for bytes, only one part's set exists in addition to the result. */
function combinedSet(
  io: SegmentIo,
  { kind, parts }: Extract<SimpleFilter, { readonly kind: 'and' | 'or' }>,
): Plan<DocumentSet> {
  const combined = kind === 'and' ? everything(io) : nothing(io)
  const combine = kind === 'and' ? andInto : orInto
  const plans = parts.map((part) =>
    later(() => {
      if (kind === 'and' && isEmpty(combined)) return undefined
      return whenRead(filterSet(io, part), (set) => {
        combine(combined, set)
        giveBack(io)
      })
    }),
  )
  return whenRead(allRead(plans), () => combined)
}

/** The documents that have all of several values. Time and memory do not grow with the product of values and documents. */
function everyKeywordSet(io: SegmentIo, field: number, values: readonly string[]): Plan<DocumentSet> {
  const keys = Array.from(new Set(values), (term): TermKey => ({ field, lane: 'keyword', term }))
  return whenRead(io.reader.terms.lists(keys, 'postings'), (found) => {
    const lists = found.flatMap((lists) => (lists === undefined ? [] : [lists.list]))
    const set = nothing(io)
    if (lists.length < keys.length) return set
    return inSteps(
      (function* () {
        yield* markCommonDocuments(lists, io.reader.docCount, set)
        return set
      })(),
    )
  })
}

function keywordSet(
  io: SegmentIo,
  { field, values, ranges }: Extract<SimpleFilter, { readonly kind: 'keywords' }>,
): Plan<DocumentSet> {
  const { terms } = io.reader
  const into = markedDocuments(io)
  const marked = allRead([
    values.length === 0 ? undefined : terms.markTerms(field, 'keyword', values, into),
    ranges.length === 0 ? undefined : terms.markScans(field, 'keyword', [{ ranges, into }]),
  ])
  return whenRead(marked, () => into.set)
}

/** The documents that a test of a numeric column accepts. */
export function columnSet(io: SegmentIo, field: number, test: ColumnTest): Plan<DocumentSet> {
  const { reader } = io
  const column = reader.columns.read(field, (zone) => test.mayAccept(zone))
  return whenRead(column, (read) => inSteps(matchColumn(read, nothing(io), test)))
}

function idSet(io: SegmentIo, ids: readonly string[]): Plan<DocumentSet> {
  const set = nothing(io)
  const found = whenRead(inSteps(sortInSteps(ids, compareUtf8)), (ordered) =>
    inChunks(ordered, STEP_IDS, (some) =>
      whenRead(io.reader.ids.find(encodeIds(some)), (docs) => {
        for (const doc of docs) if (doc >= 0) bitsetAdd(set, doc)
        return []
      }),
    ),
  )
  return whenRead(found, () => set)
}

/** An empty set for the documents of dictionary entries. */
export function markedDocuments(io: SegmentIo): MarkedDocuments {
  return new MarkedDocuments(() => nothing(io))
}

function nothing({ reader, memory }: SegmentIo): DocumentSet {
  memory?.take(reader.docCount / 8)
  return newBitset(reader.docCount)
}

function giveBack({ reader, memory }: SegmentIo): void {
  memory?.give(reader.docCount / 8)
}

function everything(io: SegmentIo): DocumentSet {
  const set = nothing(io)
  setFirst(set, io.reader.docCount)
  return set
}
