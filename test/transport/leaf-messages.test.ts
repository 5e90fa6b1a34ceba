import fc from 'fast-check'
import { assert, expect, test } from 'vitest'
import { NotFoundError } from '../../core/errors.ts'
import { MemoryAllowance } from '../../core/memory-allowance.ts'
import { decodeMessagePack, encodeMessagePack } from '../../core/message-pack.ts'
import { simplifyFilter } from '../../core/query/filter/simplify-filter.ts'
import type { Filter } from '../../core/query/language/clause.ts'
import type { Candidate, CandidateSegment, SearchPartial } from '../../core/query/score/candidate.ts'
import { decodePartials, encodePartials, type Part } from '../../core/query/score/part.ts'
import type { DocFreqs } from '../../core/query/score/statistics.ts'
import { collectedKinds, EXPANDED_KINDS } from '../../core/query/search/collected.ts'
import type { LeafAnswer, LeafRequest } from '../../core/query/search/leaf.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'
import { SegmentCache } from '../../core/segment/read/segment-cache.ts'
import { decodeLeafAnswer, decodeRequest, encodeLeafAnswer, encodeRequest } from '../../core/transport/leaf-messages.ts'
import { firstManifest } from '../../core/version/manifest.ts'

const COST = { gets: 1, bytes: 2, rounds: 3, cached_bytes: 4, usd: 5e-7 }

const ENTRY = {
  name: '3-abc',
  schemaVersion: 1,
  docCount: 100,
  byteSize: 1000,
  footerSize: 100,
  files: [],
  shared: [],
  ranges: [],
  analyzerVersion: 1,
  footerCrc: 7,
  fieldTotals: [],
  checksum: new Uint8Array(16),
  deletedCount: 0,
  tombstones: undefined,
  liveFieldTotals: [],
  liveChecksum: new Uint8Array(16),
}

const REQUEST: LeafRequest = {
  kind: 'collect',
  uid: 'u',
  shards: [{ shard: 5, manifest: { ...firstManifest('c'), segments: [ENTRY] } }],
  query: {
    schema: { version: 1, dynamic: true, fields: [], defaultFields: undefined },
    clause: { kind: 'range', field: 0, bounds: { gte: 2n ** 60n, lt: -1.5 }, boost: 2 },
    filter: { kind: 'keywords', field: 3, values: ['ä'], ranges: [{ from: 'b', to: 'c' }, { from: 'x' }] },
    sort: [{ kind: 'field', field: 1, descending: true }],
    candidatesMax: 10,
    countMax: Number.POSITIVE_INFINITY,
    parts: ['longest_document'],
  },
  statistics: { fields: new Map([[1, { docCount: 3, tokenCount: 9 }]]), docFreqs: new Map([['1\u0000heat', 2]]) },
  timeoutMs: 900,
}

const PINNED = REQUEST.shards.map(({ shard, manifest }) => ({
  ...{ uid: 'u', shard, prefix: 'c/u/s/5/', version: 1, manifest, knownAtMs: 0 },
}))

const longest = {
  name: 'longest_document',
  empty: { words: 0, id: '' },
  encode: (partial: unknown) => partial,
  decode: (encoded: unknown) => encoded,
} as unknown as Part

const KINDS = collectedKinds(
  { ...REQUEST.query, parts: [longest] },
  { segments: new SegmentCache(), schema: REQUEST.query.schema, memory: new MemoryAllowance(), pinned: PINNED },
)

const SEGMENT: CandidateSegment = { shard: 5, position: 0, open: () => assert.fail() }

const COLLECTED: SearchPartial = [
  [
    { segment: SEGMENT, doc: 99, score: 0.1 + 0.2, values: [undefined] },
    { segment: SEGMENT, doc: 0, score: -0, values: [2n ** 61n] },
  ],
  12,
  { words: 3, id: 'a' },
]

const ANSWER: LeafAnswer = {
  partials: encodePartials(KINDS, COLLECTED),
  failures: [{ shard: 5, error: new NotFoundError('object_not_found', 'gone') }],
  cost: COST,
  tookMs: 1.5,
}

test('a request arrives as it was sent, with statistics or without', () => {
  const { statistics: _, ...expanding } = { ...REQUEST, kind: 'expand' as const }

  expect(decodeRequest(encodeRequest(REQUEST))).toEqual(REQUEST)
  expect(decodeRequest(encodeRequest(expanding))).toEqual(expanding)
})

test('an answer arrives as it was sent, scores to the last bit and errors with their class', () => {
  const arrived = decodeLeafAnswer(encodeLeafAnswer(ANSWER))
  const [hits, ...rest] = decodePartials(KINDS, arrived.partials)

  const place = ({ segment, ...hit }: Candidate) => ({ shard: segment.shard, position: segment.position, ...hit })
  expect(hits.map(place)).toEqual(COLLECTED[0].map(place))
  expect(rest).toEqual([12, { words: 3, id: 'a' }])
  expect(new Set(hits.map(({ segment }) => segment)).size).toBe(1)
  expect(arrived.failures[0]!.error).toBeInstanceOf(NotFoundError)
  expect(arrived).toMatchObject({ cost: COST, tookMs: 1.5 })
})

test('a simplified filter arrives as it was sent', () => {
  const bound = fc.oneof(
    fc.integer({ min: -9, max: 9 }),
    fc.double({ noNaN: true }),
    fc.bigInt(-(2n ** 62n), 2n ** 62n),
  )
  const condition: fc.Arbitrary<Filter> = fc.oneof(
    fc.record({ kind: fc.constant('in' as const), field: fc.nat(1), values: fc.array(bound, { maxLength: 4 }) }),
    fc.record({
      kind: fc.constant('range' as const),
      field: fc.nat(1),
      bounds: fc.oneof(
        fc.record({ gt: bound }),
        fc.record({ lte: bound }),
        fc.record({ gte: bound, lt: bound }),
        fc.record({ gt: bound, lte: bound }),
      ),
    }),
    fc.record({ kind: fc.constant('prefix' as const), field: fc.constant(2), prefix: fc.string({ maxLength: 3 }) }),
    fc.record({ kind: fc.constant('exists' as const), field: fc.nat(2) }),
    fc.record({ kind: fc.constant('ids' as const), ids: fc.array(fc.string(), { maxLength: 3 }) }),
  )
  const filter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      condition,
      fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), filters: fc.array(tie('filter')) }),
      fc.record({ kind: fc.constant('not' as const), filter: tie('filter') }),
    ),
  })).filter
  const schema = parseSchema({ fields: { n: 'integer', f: 'float', tag: 'keyword' } })
  fc.assert(
    fc.property(filter, (asked) => {
      const query = { ...REQUEST.query, schema, filter: simplifyFilter(asked, schema) }
      expect(decodeRequest(encodeRequest({ ...REQUEST, query })).query.filter).toEqual(query.filter)
    }),
    { numRuns: 500, seed: 3 },
  )
})

test('a listed number takes nine bytes of a message at most, so that the longest lists fit in the payload of a function', () => {
  const schema = parseSchema({ fields: { f: 'float' } })
  const values = Array.from({ length: 65_536 }, (_, i) => i + 0.1)
  const query = { ...REQUEST.query, schema, filter: simplifyFilter({ kind: 'in', field: 0, values }, schema) }
  expect(encodeRequest({ ...REQUEST, query }).length).toBeLessThan(9 * values.length + 2_000)
})

test('frequencies arrive as they were sent', () => {
  const docFreqs: DocFreqs = new Map([['1\u0000heat', 2]])

  const { partials } = decodeLeafAnswer(
    encodeLeafAnswer({ ...ANSWER, partials: encodePartials(EXPANDED_KINDS, [docFreqs]) }),
  )

  expect(decodePartials(EXPANDED_KINDS, partials)).toEqual([docFreqs])
})

test.each([
  ['a segment that is not there', { shard: 5, position: 1 }, 0],
  ['a document that is not there', { shard: 5, position: 0 }, 100],
  ['a shard that was not requested', { shard: 4, position: 0 }, 0],
])('an answer that names %s is refused', (_, place, doc) => {
  const hits = [{ segment: { ...SEGMENT, ...place }, doc, score: 1, values: [] }]
  const collected: SearchPartial = [hits, 1, {}]
  const bytes = encodeLeafAnswer({ ...ANSWER, partials: encodePartials(KINDS, collected) })

  expect(() => decodePartials(KINDS, decodeLeafAnswer(bytes).partials)).toThrow(/was not requested/)
})

test('a newer sender that still speaks this version is understood', () => {
  const sent = decodeMessagePack(encodeRequest(REQUEST)) as object

  const arrived = decodeRequest(encodeMessagePack({ ...sent, speaks: [4, 5] }))

  expect(arrived).toEqual(REQUEST)
})

test('a message of another protocol version is refused by both ends, as something that passes', () => {
  const changed = (bytes: Uint8Array) =>
    encodeMessagePack({ ...(decodeMessagePack(bytes) as object), v: 5, speaks: [5, 6] })
  const refusal = expect.objectContaining({ name: 'UnavailableError', code: 'leaf_protocol' })

  expect(() => decodeRequest(changed(encodeRequest(REQUEST)))).toThrow(refusal)
  expect(() => decodeLeafAnswer(changed(encodeLeafAnswer(ANSWER)))).toThrow(refusal)
})

test('bytes that are no message are refused', () => {
  expect(() => decodeLeafAnswer(new Uint8Array([0xc1]))).toThrow(/protocol|MessagePack/)
})
