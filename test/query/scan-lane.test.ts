import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EntryNames } from '../../core/dictionary/entry-names.ts'
import { codePointsOf, editDistance } from '../../core/edit-distance.ts'
import { MemoryAllowance } from '../../core/memory-allowance.ts'
import { clauseSets, type SetClause } from '../../core/query/filter/clause-sets.ts'
import { filterSet } from '../../core/query/filter/document-set.ts'
import { patternMatcher } from '../../core/query/filter/match-pattern.ts'
import type { WordPattern } from '../../core/query/language/clause.ts'
import { mayBeNear } from '../../core/query/search/expand-fuzzy.ts'
import { carryOut } from '../../core/segment/format/read-plan.ts'
import { openSegment, segmentKey } from '../../core/segment/read/open-segment.ts'
import type { TermRange } from '../../core/segment/read/term-entry.ts'
import { unionOfRanges } from '../../core/segment/read/term-ranges.ts'
import type { IndexableDocument } from '../../core/segment/write/build-segment.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { compareUtf8, encodeUtf8 } from '../../core/utf8.ts'
import { build, FIELDS, loadAnalyzers, SCHEMA } from '../segment/generate-documents.ts'

const TAG = 3
const letters = ['a', 'b', 'c', 'é', '\uffee', '😀']
const word = fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 5 })
const pattern: fc.Arbitrary<WordPattern> = fc.oneof(
  fc.record({ kind: fc.constant('prefix' as const), prefix: word }),
  fc.array(fc.constantFrom('*', '?', ...letters, 'ab'), { minLength: 1, maxLength: 5 }).map((parts): WordPattern => {
    return { kind: 'wildcard', parts, literal: parts.map((part) => part !== '*' && part !== '?') }
  }),
)

/** All words of up to four letters from an alphabet of six: enough for many blocks of a dictionary. */
const WORDS = [1, 2, 3, 4].flatMap((length) => combinations(length))
const opened = await openWords()

test('patterns that share one scan of a dictionary find the same documents as separate scans', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(pattern, { minLength: 1, maxLength: 20 }), async (patterns) => {
      const clauses = patterns.map((one): SetClause => {
        return { kind: 'pattern', field: TAG, lane: 'keyword', pattern: one, boost: 1 }
      })
      const sets = await carryOut(opened.store, clauseSets(opened, clauses))

      const matching = patterns.map((one) => WORDS.filter(patternMatcher(one)).sort(compareUtf8))
      expect(sets.map((set) => (set === undefined ? [] : membersOf(set.documents)))).toEqual(matching)
      expect(sets.map((set) => set?.count ?? 0)).toEqual(matching.map(({ length }) => length))
    }),
    { seed: 13, numRuns: 100 },
  )
})

test('the union of ranges contains the strings of all ranges, each once', () => {
  const ranges = fc.array(fc.record({ from: word, to: fc.option(word, { nil: undefined }) }), { maxLength: 6 })
  fc.assert(
    fc.property(ranges, fc.array(word), (asked, others) => {
      const union = unionOfRanges(asked)
      for (const other of others) {
        const holding = (some: readonly TermRange[]) => some.filter((one) => isWithin(other, one)).length
        expect(holding(union)).toBe(Math.min(1, holding(asked)))
      }
    }),
  )
})

test('the test of lengths and letters rules out no word within the distance', () => {
  fc.assert(
    fc.property(word, fc.integer({ min: 1, max: 2 }), (form, distance) => {
      const near = mayBeNear(form, distance)
      const points = codePointsOf(form)
      const names = new EntryNames()
      let ruledOut = 0
      for (const block of opened.blocks) {
        names.open(block)
        for (let i = 0; i < block.count; i++) {
          expect(names.points(i)).toEqual(codePointsOf(block.term(i)))
          if (near(names, i)) continue
          ruledOut++
          expect(editDistance(points, names.points(i), distance)).toBe(distance + 1)
        }
      }
      expect(ruledOut).toBeGreaterThan(WORDS.length / 10)
    }),
    { seed: 13, numRuns: 20 },
  )
})

test('sets of documents count towards the memory of a request, and combined sets are given back', async () => {
  const bytes = WORDS.length / 8
  const parts = Array.from({ length: 40 }, (_, i) => ({
    kind: 'contains_all' as const,
    field: TAG,
    values: [WORDS[i]!],
  }))
  const memory = new MemoryAllowance(3 * bytes)
  await carryOut(opened.store, filterSet({ ...opened, memory }, { kind: 'or', parts }))

  expect(memory.taken).toBe(bytes)
  const tight = { ...opened, memory: new MemoryAllowance(1.5 * bytes) }
  await expect(carryOut(opened.store, filterSet(tight, { kind: 'or', parts }))).rejects.toThrow(
    `a request may hold ${1.5 * bytes} bytes of memory`,
  )
})

function combinations(length: number): string[] {
  return length === 0 ? [''] : combinations(length - 1).flatMap((start) => letters.map((letter) => start + letter))
}

function membersOf(set: Uint32Array): string[] {
  return WORDS.filter((_, doc) => ((set[doc >>> 5]! >>> (doc & 31)) & 1) === 1).sort(compareUtf8)
}

function isWithin(other: string, { from, to }: TermRange): boolean {
  return compareUtf8(other, from) >= 0 && (to === undefined || compareUtf8(other, to) < 0)
}

/** A segment with one document per word, which is its only keyword. */
async function openWords() {
  const documents = WORDS.map((value, i): IndexableDocument => {
    const id = `doc-${String(i).padStart(5, '0')}`
    return { id, json: encodeUtf8('{}'), fields: [{ field: FIELDS[TAG]!, values: [value] }] }
  })
  const { bytes, file } = build(documents, await loadAnalyzers())
  const store = new MemoryObjectStore(systemClock)
  await store.put(segmentKey('p/', file), bytes)
  const reader = await openSegment(store, 'p/', file)
  const lane = reader.terms.lane(TAG, 'keyword')
  const blocks = await carryOut(store, lane.blocks.read(Array.from({ length: lane.blocks.units.count }, (_, b) => b)))
  return { store, reader, blocks, schema: SCHEMA }
}
