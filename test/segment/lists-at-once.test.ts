import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PositionList, PostingList } from '../../core/postings/posting-list.ts'
import { carryOut, Needs } from '../../core/segment/format/read-plan.ts'
import { openSegment, segmentKey } from '../../core/segment/read/open-segment.ts'
import type { SegmentReader } from '../../core/segment/read/segment-reader.ts'
import type { TermKey } from '../../core/segment/read/term-entry.ts'
import type { IndexableDocument } from '../../core/segment/write/build-segment.ts'
import { CachedObjectStore } from '../../core/storage/cached-object-store.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { RangeCache } from '../../core/storage/range-cache.ts'
import { systemClock } from '../../core/system-clock.ts'
import { encodeUtf8 } from '../../core/utf8.ts'
import { readPositions } from '../postings/read-positions.ts'
import { build, FIELDS, loadAnalyzers } from './generate-documents.ts'
import { decodeBlock } from './read-everything.ts'

const analyzers = await loadAnalyzers()
const documents = Array.from({ length: 3_000 }, (_, i): IndexableDocument => {
  const id = `doc-${String(i).padStart(6, '0')}`
  const fields = [
    { field: FIELDS[1]!, values: [`common word${i % 50} rare${i % 700}`] },
    { field: FIELDS[3]!, values: [`tag${i % 90}`] },
  ]
  return { id, json: encodeUtf8(JSON.stringify({ id })), fields }
})
const { bytes, file } = build(documents, analyzers)
const TERMS = ['common', 'nowhere', ...Array.from({ length: 60 }, (_, i) => `word${i}`)]
const RARE_TERMS = Array.from({ length: 750 }, (_, i) => `rare${i}`)
const TAGS = Array.from({ length: 95 }, (_, i) => `tag${i}`)

class CountingStore extends MemoryObjectStore {
  gets = 0

  override get(...args: Parameters<MemoryObjectStore['get']>): Promise<Uint8Array> {
    this.gets++
    return super.get(...args)
  }
}

/** An open segment in a store that records reads. */
async function opened() {
  const base = new CountingStore(systemClock)
  await base.put(segmentKey('p/', file), bytes)
  const store = new CachedObjectStore(base, new RangeCache(64 * 1024 * 1024), () => true)
  return { base, store, reader: await openSegment(store, 'p/', file) }
}

test('lists are the same as those looked up one by one, whatever was looked up before', async () => {
  const key = fc.oneof(
    fc.constantFrom(...TERMS, ...RARE_TERMS).map((term): TermKey => ({ field: 1, lane: 'text', term })),
    fc.constantFrom(...TAGS, 'common').map((term): TermKey => ({ field: 3, lane: 'keyword', term })),
  )
  const { store, reader } = await opened()
  await fc.assert(
    fc.asyncProperty(fc.array(key, { maxLength: 8 }), async (keys) => {
      const other = await openSegment(store, 'p/', file)
      const lists = await carryOut(store, reader.terms.lists(keys, 'postings'))
      expect(lists.map((found) => found && documentsOf(found.list))).toEqual(await lookedUp(other, store, keys))
    }),
    { numRuns: 300, seed: 7 },
  )
})

test('positions are the same as those read one by one, whatever was looked up before', async () => {
  const term = fc.constantFrom(...TERMS, ...RARE_TERMS)
  const { store, reader } = await opened()
  await fc.assert(
    fc.asyncProperty(
      fc.array(term, { maxLength: 8 }),
      fc.constantFrom('postings' as const, 'positions' as const),
      async (terms, want) => {
        const other = await openSegment(store, 'p/', file)
        const keys = terms.map((one): TermKey => ({ field: 1, lane: 'text', term: one }))
        const lists = await carryOut(store, reader.terms.lists(keys, want))
        if (want === 'postings') return
        const entries = await carryOut(store, other.terms.lookup(keys))
        for (const [k, found] of lists.entries()) {
          const entry = entries[k]
          expect(found === undefined).toBe(entry === undefined)
          if (found === undefined || entry === undefined) continue
          const [positions] = await carryOut(store, other.terms.positions([entry]))
          expect(positionsOf(found.list, found.positions!)).toEqual(positionsOf(found.list, positions!))
        }
      },
    ),
    { numRuns: 200, seed: 7 },
  )
})

test('decoded lists are not read again, even if the store has lost everything', async () => {
  const { base, store, reader } = await opened()
  const keys = TERMS.slice(0, 40).map((term): TermKey => ({ field: 1, lane: 'text', term }))
  const first = reader.terms.lists(keys, 'postings')
  expect(first).toBeInstanceOf(Needs)
  const lists = await carryOut(store, first)
  expect(base.gets).toBeGreaterThan(1)
  const again = reader.terms.lists(keys, 'postings')
  expect(again).not.toBeInstanceOf(Needs)
  expect((again as typeof lists).map((found) => found?.list.docFreq)).toEqual(lists.map((found) => found?.list.docFreq))
  expect(lists.map((found) => found === undefined)).toContain(true)
  expect(reader.terms.lists(keys, 'positions')).toBeInstanceOf(Needs)

  reader.release()
  const lost = { get: () => Promise.reject(new Error('lost')) } as unknown as typeof store
  await expect(carryOut(lost, reader.terms.lists(keys, 'postings'))).rejects.toThrow('lost')
})

function positionsOf(list: PostingList, positions: PositionList): number[] {
  return Array.from({ length: list.blockCount }, (_, b) => {
    const { freqs } = decodeBlock(list, b)
    return readPositions(positions, b, freqs!)
  }).flat()
}

async function lookedUp(reader: SegmentReader, store: CachedObjectStore, keys: readonly TermKey[]) {
  const entries = await carryOut(store, reader.terms.lookup(keys))
  return Promise.all(
    entries.map(async (entry) => entry && documentsOf((await carryOut(store, reader.terms.postings([entry])))[0]!)),
  )
}

function documentsOf(list: PostingList): number[] {
  const docs: number[] = []
  const block = new Uint32Array(128)
  for (let b = 0; b < list.blockCount; b++) {
    list.decodeDocs(b, block)
    docs.push(...block.subarray(0, list.blockLength(b)))
  }
  return docs
}
