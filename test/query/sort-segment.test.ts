import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FieldValue } from '../../core/fields/field.ts'
import { simplifyFilter } from '../../core/query/filter/simplify-filter.ts'
import type { Filter, SortKey } from '../../core/query/language/clause.ts'
import { LengthNormsCache } from '../../core/query/score/bm25.ts'
import { needsOf } from '../../core/query/score/clause-needs.ts'
import { Weights } from '../../core/query/score/compile-clause.ts'
import { prepareSegment } from '../../core/query/score/prepare-segment.ts'
import { compareSortValues, type SortValue } from '../../core/query/score/sort-values.ts'
import { addStatistics } from '../../core/query/score/statistics.ts'
import { WindowArena } from '../../core/query/score/window-arena.ts'
import { readFirstBlocks, SegmentSort } from '../../core/query/sort/sort-segment.ts'
import { carryOut } from '../../core/segment/format/read-plan.ts'
import { openSegment, segmentKey } from '../../core/segment/read/open-segment.ts'
import type { IndexableDocument } from '../../core/segment/write/build-segment.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { encodeUtf8 } from '../../core/utf8.ts'
import { build, FIELDS, loadAnalyzers, memoryStore, SCHEMA } from '../segment/generate-documents.ts'

const BLOCKS = 30
const DOCS = BLOCKS * 4_096
const KIND = 2
const YEAR = 4
const WEIGHT = 5
const MADE = 7
const WIDE = 2n ** 60n

/** In order of docIds: dates ascend, weights are random and often missing, years repeat, and one block has 64-bit years. */
const VALUES: readonly (readonly FieldValue[])[][] = Array.from({ length: DOCS }, (_, doc) => {
  const mixed = (doc * 2_654_435_761) % 65_536
  const values: FieldValue[][] = []
  values[KIND] = mixed % 4 === 0 ? [] : [`k${mixed % 7}`]
  values[YEAR] = doc === 9 * 4_096 ? [WIDE, WIDE + 1n] : mixed % 3 === 0 ? [2_000 - (mixed % 50), 1_900] : [1_950]
  values[WEIGHT] = doc >= 4_096 && doc < 8_192 ? [] : mixed % 5 === 0 ? [] : [mixed / 3]
  values[MADE] = [doc * 1_000_003]
  return values
})
const documents = VALUES.map((values, doc): IndexableDocument => {
  const id = String(doc).padStart(7, '0')
  const fields = FIELDS.flatMap((field) =>
    values[field.number]?.length ? [{ field, values: values[field.number]! }] : [],
  )
  return { id, fields, json: encodeUtf8(`{"id":"${id}"}`) }
})
const { bytes, file } = build(documents, await loadAnalyzers())

const key: fc.Arbitrary<SortKey> = fc.oneof(
  fc.record({ kind: fc.constant('id' as const), descending: fc.boolean() }),
  fc.constant<SortKey>({ kind: 'score' }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('field' as const),
      field: fc.constantFrom(KIND, YEAR, WEIGHT, MADE),
      descending: fc.boolean(),
    }),
  },
)
const filter: fc.Arbitrary<Filter | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom('k1', 'k2').map((value): Filter => ({ kind: 'in', field: KIND, values: [value] })),
  fc.nat(DOCS - 1).map((doc): Filter => ({ kind: 'in', field: MADE, values: [doc * 1_000_003] })),
)

test('rounds of blocks find the same documents as sorting all matches, and the same count', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(key, { minLength: 1, maxLength: 3 }),
      filter,
      fc.constantFrom(0, 1, 10, 5_000),
      async (sort, filter, candidatesMax) => {
        const found = await search({ sort, filter, candidatesMax })
        const matches = VALUES.flatMap((values, doc) => (accepts(filter, values) ? [doc] : []))
        expect(found.count).toBe(matches.length)
        expect(found.candidates.map(({ doc }) => doc)).toEqual(sorted(matches, sort).slice(0, candidatesMax))
      },
    ),
    { numRuns: 30 },
  )
})

test('the newest of many documents are found in the first blocks, in one round', async () => {
  const { rounds, candidates } = await search({ sort: [{ kind: 'field', field: MADE, descending: true }] })
  expect(candidates[0]!.doc).toBe(DOCS - 1)
  expect(rounds).toEqual([8])
})

test('blocks without a match are not read', async () => {
  const filter: Filter = { kind: 'in', field: MADE, values: [20 * 4_096 * 1_000_003, 25 * 4_096 * 1_000_003] }
  const { rounds } = await search({ sort: [{ kind: 'field', field: WEIGHT, descending: false }], filter })
  expect(rounds).toEqual([2])
})

test('rounds double while too few documents are found, and all blocks are read at once if zones rule out few', async () => {
  const dates: SortKey = { kind: 'field', field: MADE, descending: false }
  // Two matches in each block.
  const values = Array.from({ length: 2 * BLOCKS }, (_, i) => i * 2_048 * 1_000_003)
  const filter: Filter = { kind: 'in', field: MADE, values }
  expect((await search({ sort: [dates], filter, candidatesMax: 40 })).rounds).toEqual([8, 16])
  const weights: SortKey = { kind: 'field', field: WEIGHT, descending: true }
  expect((await search({ sort: [weights], candidatesMax: 1_000 })).rounds).toEqual([8, BLOCKS - 1 - 8])
})

test('the first blocks are read with the postings: a cold sort reads nothing after them', async () => {
  const sort: readonly SortKey[] = [{ kind: 'field', field: MADE, descending: true }]
  const { source, store, requests } = await open()
  requests.length = 0
  await carryOut(store, readFirstBlocks(source, sort))
  const first = requests.length
  expect(first).toBeGreaterThan(0)
  await search({ sort }, { source, store })
  expect(requests).toHaveLength(first)
})

async function open() {
  const base = memoryStore()
  await base.put(segmentKey('p/', file), bytes)
  const requests: string[] = []
  const store: ObjectStore = Object.assign(Object.create(base) as ObjectStore, {
    get: (...of: Parameters<ObjectStore['get']>) => {
      requests.push(of[0])
      return base.get(...of)
    },
  })
  const reader = await openSegment(store, 'p/', file)
  return { store, requests, source: { shard: 0, position: 0, reader, schema: SCHEMA, deletions: undefined } }
}

const opened = await open()

type Asked = {
  readonly sort: readonly SortKey[]
  readonly filter?: Filter | undefined
  readonly candidatesMax?: number
}

/** @returns the documents found, and the number of blocks in each round */
async function search(
  { sort, filter, candidatesMax = 10 }: Asked,
  { source, store }: Pick<typeof opened, 'source' | 'store'> = opened,
) {
  const clause = { kind: 'all', boost: 1 } as const
  const needs = { clause: needsOf(clause), filter: filter && simplifyFilter(filter, SCHEMA), sort, parts: [] }
  const segment = await carryOut(store, prepareSegment(source, needs))
  const weights = new Weights(SCHEMA, addStatistics([], []), new LengthNormsCache())
  const run = { weights, arena: new WindowArena(), parts: [] }
  const countMax = Number.POSITIVE_INFINITY
  const one = new SegmentSort(segment, {
    clause,
    schema: SCHEMA,
    filter: undefined,
    sort,
    candidatesMax,
    countMax,
    parts: [],
  })
  const [count] = through(one.match(run))
  const rounds: number[] = []
  while (one.beginRound()) {
    rounds.push(one.round.length)
    await carryOut(store, one.read())
    through(one.collect(run))
  }
  return { count, rounds, candidates: one.candidates() }
}

function through<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

function accepts(filter: Filter | undefined, values: readonly (readonly FieldValue[])[]): boolean {
  return filter?.kind !== 'in' || values[filter.field]!.some((value) => filter.values.includes(value as number))
}

function sorted(docs: readonly number[], sort: readonly SortKey[]): number[] {
  const keyed = docs.map((doc) => ({ doc, values: sort.map((key) => sortValueOf(doc, key)) }))
  keyed.sort((a, b) => {
    for (const [k, key] of sort.entries()) {
      const order = compareSortValues(a.values[k], b.values[k], key.kind === 'score' || key.descending)
      if (order !== 0) return order
    }
    return a.doc - b.doc
  })
  return keyed.map(({ doc }) => doc)
}

function sortValueOf(doc: number, key: SortKey): SortValue {
  if (key.kind === 'score') return 1
  if (key.kind === 'id') return doc
  const values = VALUES[doc]![key.field]! as SortValue[]
  return values.slice().sort((a, b) => compareSortValues(a, b, key.descending))[0]
}
