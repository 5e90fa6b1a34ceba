import { expect, test } from 'vitest'
import { UnitCache } from '../../core/cache/unit-cache.ts'
import { carryOut } from '../../core/segment/format/read-plan.ts'
import { openSegment, segmentKey } from '../../core/segment/read/open-segment.ts'
import type { SegmentReader } from '../../core/segment/read/segment-reader.ts'
import type { TermKey } from '../../core/segment/read/term-entry.ts'
import type { IndexableDocument } from '../../core/segment/write/build-segment.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import type { ByteRange } from '../../core/storage/object-store.ts'
import { RangeCache } from '../../core/storage/range-cache.ts'
import { systemClock } from '../../core/system-clock.ts'
import { encodeUtf8 } from '../../core/utf8.ts'
import { collectHeap, usedBytes } from '../heap.ts'
import { build, FIELDS, loadAnalyzers } from '../segment/generate-documents.ts'

const analyzers = await loadAnalyzers()
const documents = Array.from({ length: 3_000 }, (_, i): IndexableDocument => {
  const id = `doc-${String(i).padStart(6, '0')}`
  // Incompressible bytes are stored plainly, so their decoded form would be a view of the file unless copied.
  const noise = Array.from({ length: 40 }, (_, n) =>
    String.fromCharCode(33 + ((i * 7_919 + n * n * 104_729) % 90)),
  ).join('')
  const text = `rare${i % 700} word${i % 40} some${i % 10} single${i}`
  return { id, json: encodeUtf8(JSON.stringify({ id, noise })), fields: [{ field: FIELDS[1]!, values: [text] }] }
})
const { bytes, file } = build(documents, analyzers)

/** Remembers its answers without keeping them in memory. */
class WatchedStore extends MemoryObjectStore {
  readonly answers: WeakRef<ArrayBufferLike>[] = []

  override async get(key: string, range?: ByteRange): Promise<Uint8Array> {
    const answer = new Uint8Array(await super.get(key, range))
    this.answers.push(new WeakRef(answer.buffer))
    return answer
  }
}

async function opened(units?: UnitCache) {
  const store = new WatchedStore(systemClock)
  await store.put(segmentKey('p/', file), bytes)
  return { store, reader: await openSegment(store, 'p/', file, units) }
}

function keysOf(...terms: readonly string[]): TermKey[] {
  return terms.map((term) => ({ field: 1, lane: 'text', term }))
}

test('cached decoded units do not keep their file in memory', async () => {
  const { reader } = await opened(new UnitCache(64 * 1024 * 1024))
  const whole = decodeAll(reader)
  await collectHeap()

  expect(whole.deref()).toBeUndefined()
  expect(reader.documents.read([0])).toHaveLength(1)
})

/** In a function of its own: a variable of the test would keep the file. */
function decodeAll(reader: SegmentReader): WeakRef<ArrayBufferLike> {
  const whole = new Uint8Array(bytes)
  for (const section of [reader.terms, reader.ids, reader.documents]) for (const _ of section.decodeAll(whole));
  return new WeakRef(whole.buffer)
}

test('lists of terms do not keep their dictionary blocks in memory', async () => {
  const { lists, answers } = await listsAlone()
  await collectHeap()

  expect(lists.map((found) => found?.list.docFreq)).toEqual([1, 5, 75, 300])
  expect(answers.length).toBeGreaterThan(1)
  // The positions of `word7` are outside its block, and were read alone.
  expect(answers.reduce((sum, answer) => sum + (answer.deref()?.byteLength ?? 0), 0)).toBeLessThan(100)
})

async function listsAlone() {
  const { store, reader } = await opened()
  const phrases = await carryOut(store, reader.terms.lists(keysOf('single7', 'rare1', 'word7'), 'positions'))
  const words = await carryOut(store, reader.terms.lists(keysOf('some7'), 'postings'))
  return { lists: [...phrases, ...words], answers: store.answers }
}

test('the size of a list of terms includes its decoded numbers', async () => {
  const units = new UnitCache(64 * 1024 * 1024)
  const { store, reader } = await opened(units)
  await carryOut(store, reader.terms.lists(keysOf('word0'), 'positions'))
  const terms = Array.from({ length: 39 }, (_, i) => `word${i + 1}`)
  for (const _ of reader.terms.decodeAll(bytes));
  const before = units.byteSize
  await carryOut(store, reader.terms.lists(keysOf(...terms), 'positions'))

  // Three numbers of four bytes for each of the 75 documents of a term.
  expect(units.byteSize - before).toBeGreaterThan(terms.length * 75 * 3 * 4)
})

test('the size of a range includes the objects that hold it', async () => {
  const cache = new RangeCache(1024 * 1024 * 1024)
  const before = await usedBytes()
  for (let i = 0; i < 50_000; i++) {
    const range = { start: (i % 20) * 100, end: (i % 20) * 100 + 100 }
    await cache.get(`c/abcdefghijklmnop/s/0/seg/${Math.floor(i / 20)}`, range, async () => new Uint8Array(100))
  }
  const used = (await usedBytes()) - before

  expect(used / cache.byteSize).toBeGreaterThan(0.7)
  expect(used / cache.byteSize).toBeLessThan(1)
})
