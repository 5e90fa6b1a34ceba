import { expect, test } from 'vitest'
import { NotFoundError } from '../../core/errors.ts'
import { decodeMessagePack, encodeMessagePack } from '../../core/message-pack.ts'
import type { LeafSearch, LeafSearchAnswer } from '../../core/query/search/leaf.ts'
import {
  decodeRequest,
  decodeSearchAnswer,
  decodeStatisticsAnswer,
  encodeRequest,
  encodeSearchAnswer,
  encodeStatisticsAnswer,
} from '../../core/transport/leaf-messages.ts'
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

const SEARCH: LeafSearch = {
  uid: 'u',
  schema: { version: 1, dynamic: true, fields: [], defaultFields: undefined },
  shards: [{ shard: 5, manifest: { ...firstManifest('c'), segments: [ENTRY] } }],
  clause: { kind: 'range', field: 0, bounds: { gte: 2n ** 60n, lt: -1.5 }, boost: 2 },
  filter: { kind: 'in', field: 3, values: ['ä', 7, 2n ** 62n, true] },
  sort: [{ kind: 'field', field: 1, descending: true }],
  candidatesMax: 10,
  countMax: Number.POSITIVE_INFINITY,
  statistics: { fields: new Map([[1, { docCount: 3, tokenCount: 9 }]]), docFreqs: new Map([['1\u0000heat', 2]]) },
  parts: ['longest_document'],
  timeoutMs: 900,
}

const ANSWER: LeafSearchAnswer = {
  hits: [
    { shard: 5, segment: 0, doc: 99, score: 0.1 + 0.2, values: [undefined] },
    { shard: 5, segment: 0, doc: 0, score: -0, values: [2n ** 61n] },
  ],
  count: 12,
  partials: { longest_document: { words: 3, id: 'a' } },
  failures: [{ shard: 5, error: new NotFoundError('object_not_found', 'gone') }],
  cost: COST,
  tookMs: 1.5,
}

test('a request arrives as it was sent', () => {
  expect(decodeRequest(encodeRequest({ kind: 'search', search: SEARCH }))).toEqual({ kind: 'search', search: SEARCH })
})

test('an answer arrives as it was sent, scores to the last bit and errors with their class', () => {
  const arrived = decodeSearchAnswer(encodeSearchAnswer(ANSWER), SEARCH)

  expect(arrived.hits).toEqual(ANSWER.hits)
  expect(arrived.failures[0]!.error).toBeInstanceOf(NotFoundError)
  expect(arrived).toMatchObject({ count: 12, cost: COST, tookMs: 1.5, partials: ANSWER.partials })
})

test('frequencies arrive shard by shard', () => {
  const docFreqs = new Map([[5, new Map([['1\u0000heat', 2]])]])

  const bytes = encodeStatisticsAnswer({ docFreqs, failures: [], cost: COST, tookMs: 1 })

  expect(decodeStatisticsAnswer(bytes).docFreqs).toEqual(docFreqs)
})

test.each([
  ['a segment that is not there', { shard: 5, segment: 1, doc: 0 }],
  ['a document that is not there', { shard: 5, segment: 0, doc: 100 }],
  ['a shard that was not asked for', { shard: 4, segment: 0, doc: 0 }],
])('an answer that names %s is refused', (_, place) => {
  const bytes = encodeSearchAnswer({ ...ANSWER, hits: [{ ...place, score: 1, values: [] }] })

  expect(() => decodeSearchAnswer(bytes, SEARCH)).toThrow(/was not asked for/)
})

test('a newer sender that still speaks this version is understood', () => {
  const sent = decodeMessagePack(encodeRequest({ kind: 'search', search: SEARCH })) as object

  const arrived = decodeRequest(encodeMessagePack({ ...sent, speaks: [2, 3] }))

  expect(arrived).toEqual({ kind: 'search', search: SEARCH })
})

test('a message of another protocol version is refused by both ends, as something that passes', () => {
  const changed = (bytes: Uint8Array) =>
    encodeMessagePack({ ...(decodeMessagePack(bytes) as object), v: 3, speaks: [3, 4] })
  const refusal = expect.objectContaining({ name: 'UnavailableError', code: 'leaf_protocol' })

  expect(() => decodeRequest(changed(encodeRequest({ kind: 'search', search: SEARCH })))).toThrow(refusal)
  expect(() => decodeSearchAnswer(changed(encodeSearchAnswer(ANSWER)), SEARCH)).toThrow(refusal)
})

test('bytes that are no message are refused', () => {
  expect(() => decodeSearchAnswer(new Uint8Array([0xc1]), SEARCH)).toThrow(/protocol|MessagePack/)
})
