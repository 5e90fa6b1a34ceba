import { expect, test } from 'vitest'
import { encodeIds } from '../../core/segment/format/encoded-ids.ts'
import { carryOut } from '../../core/segment/format/read-plan.ts'
import { openSegment, segmentKey } from '../../core/segment/read/open-segment.ts'
import type { SegmentReader } from '../../core/segment/read/segment-reader.ts'
import type { IndexableDocument } from '../../core/segment/write/build-segment.ts'
import type { ByteRange, ObjectStore } from '../../core/storage/object-store.ts'
import { encodeUtf8 } from '../../core/utf8.ts'
import { build, FIELDS, loadAnalyzers, memoryStore } from './generate-documents.ts'

const analyzers = await loadAnalyzers()
const documents = Array.from({ length: 20_000 }, (_, i): IndexableDocument => {
  const id = `doc-${String(i).padStart(6, '0')}`
  const text = `common word${i % 5_000} rare${i} ${i % 3 === 0 ? 'third' : ''}`
  const fields = [
    { field: FIELDS[1]!, values: [text] },
    { field: FIELDS[4]!, values: [i] },
  ]
  return { id, fields, json: encodeUtf8(JSON.stringify({ id, text, year: i, filler: 'a few words more '.repeat(10) })) }
})
const { bytes, file } = build(documents, analyzers)

test('opening reads only the footer', async () => {
  const { requests } = await opened()
  expect(requests).toEqual([{ start: file.byteSize - file.footerSize, end: file.byteSize }])
})

test('frequent and rare terms are read in one round, with their postings', async () => {
  const { store, reader, requests } = await opened()
  requests.length = 0
  const keys = ['common', 'third', 'rare777'].map((term) => ({ field: 1, lane: 'text' as const, term }))
  const lists = await inOneRound(store, (rounds) => carryOut(rounds, reader.terms.lists(keys, 'postings')))
  expect(lists.map((found) => found!.list.docFreq)).toEqual([20_000, 6_667, 1])
  expect(requests).toHaveLength(3)
})

test('statistics of frequent terms need no request', async () => {
  const { store, reader, requests } = await opened()
  requests.length = 0
  await carryOut(store, reader.terms.lookup([{ field: 1, lane: 'text', term: 'common' }]))
  expect(requests).toEqual([])
})

test('reading one document takes about eight kilobytes', async () => {
  const { store, reader, requests } = await opened()
  requests.length = 0
  await carryOut(store, reader.documents.read([12_345]))
  expect(requests).toHaveLength(1)
  expect(byteSize(requests)).toBeLessThan(10_000)
})

test('neighbouring documents share requests', async () => {
  const { store, reader, requests } = await opened()
  requests.length = 0
  await carryOut(store, reader.documents.read(Array.from({ length: 10_000 }, (_, i) => i)))
  expect(requests.length).toBeLessThan(30)
})

test('only column blocks that can match are read', async () => {
  const { store, reader, requests } = await opened()
  requests.length = 0
  const { blocks } = await carryOut(
    store,
    reader.columns.read(4, ({ min, max }) => min <= 5_000 && max >= 5_000),
  )
  expect(blocks.map((block) => block !== undefined)).toEqual([false, true, false, false, false])
  expect(requests).toHaveLength(1)
})

test('looking up absent ids reads only a page of the Bloom filter', async () => {
  const { store, reader, requests } = await opened()
  requests.length = 0
  expect([...(await carryOut(store, reader.ids.find(encodeIds(['doc-000001x']))))]).toEqual([-1])
  expect(byteSize(requests)).toBeLessThanOrEqual(4_096)
})

test('decoded units are neither read nor decoded again', async () => {
  const { store, reader, requests } = await opened()
  const [first] = await carryOut(store, reader.terms.postings(await found(store, reader, 'common')))
  requests.length = 0
  const [second] = await carryOut(store, reader.terms.postings(await found(store, reader, 'common')))
  expect(second).toBe(first)
  expect(requests).toEqual([])
})

async function found(store: ObjectStore, reader: SegmentReader, term: string) {
  const entries = await carryOut(store, reader.terms.lookup([{ field: 1, lane: 'text', term }]))
  return entries.map((entry) => entry!)
}

async function opened() {
  const base = memoryStore()
  await base.put(segmentKey('p/', file), bytes)
  const requests: ByteRange[] = []
  const store = storeOf(base, (range) => requests.push(range))
  return { store, requests, reader: await openSegment(store, 'p/', file) }
}

/** Fails if `read` makes a request after its first answer. */
async function inOneRound<T>(store: ObjectStore, read: (store: ObjectStore) => Promise<T>): Promise<T> {
  let isAnswered = false
  const rounds = storeOf(store, () => expect(isAnswered).toBe(false))
  const answering: ObjectStore = {
    ...rounds,
    get: async (key, range) => {
      const answer = await rounds.get(key, range)
      await new Promise((resolve) => setImmediate(resolve))
      isAnswered = true
      return answer
    },
  }
  return read(answering)
}

function storeOf(base: ObjectStore, note: (range: ByteRange) => void): ObjectStore {
  return {
    get: (key, range) => {
      note(range!)
      return base.get(key, range)
    },
    put: (key, body) => base.put(key, body),
    putStream: (key, chunks) => base.putStream(key, chunks),
    list: (prefix, after) => base.list(prefix, after),
    delete: (keys) => base.delete(keys),
  }
}

function byteSize(requests: readonly ByteRange[]): number {
  return requests.reduce((sum, { start, end }) => sum + end - start, 0)
}
