import { expect, test } from 'vitest'
import { InflatedBlocks } from '../../core/segment/format/inflated-blocks.ts'
import { SectionKind } from '../../core/segment/format/segment-format.ts'
import { KeptSegments } from '../../core/segment/read/kept-segments.ts'
import { openSegment, segmentKey } from '../../core/segment/read/open-segment.ts'
import type { TermKey } from '../../core/segment/read/segment-reader.ts'
import type { IndexableDocument } from '../../core/segment/write/build-segment.ts'
import { CachedObjectStore } from '../../core/storage/cached-object-store.ts'
import type { ByteRange } from '../../core/storage/object-store.ts'
import { RangeCache } from '../../core/storage/range-cache.ts'
import { encodeUtf8 } from '../../core/utf8.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { build, FIELDS, loadAnalyzers, memoryStore } from './generate-documents.ts'

const analyzers = await loadAnalyzers()
const documents = Array.from({ length: 3_000 }, (_, i): IndexableDocument => {
  const id = `doc-${String(i).padStart(6, '0')}`
  const fields = [
    { field: FIELDS[1]!, values: [`common word${i % 50} rare${i % 700} single${i}`] },
    { field: FIELDS[3]!, values: [`tag${i % 90}`] },
  ]
  return { id, json: encodeUtf8(JSON.stringify({ id, filler: 'a few words more '.repeat(i % 9) })), fields }
})
const { bytes, file } = build(documents, analyzers)
const TEXT = ['common', 'word7', 'rare12', 'single2999', 'nowhere'].map(
  (term): TermKey => ({ field: 1, lane: 'text', term }),
)
const TAGS = ['tag0', 'tag89', 'nowhere'].map((term): TermKey => ({ field: 3, lane: 'keyword', term }))
const DOC_IDS = [0, 17, 1_500, 2_999]
/** What is taken to be needed for it decoded. */
const KEPT_BYTES = 3 * file.byteSize
/** The same for what is looked up in a large one. */
const LOOKED_UP_BYTES = 1024 * 1024

test('what is kept answers as what is read does, and dictionaries, ids and documents are not read again', async () => {
  const { store, reads, reader, other } = await opened()
  const kept = keeping(KEPT_BYTES)
  kept.use(reader, { store, prefix: 'p/' })
  await kept.drain()
  reads.length = 0
  const decoded = await reader.documents(store, DOC_IDS)
  const scanned = await reader.scan(store, 1, 'text', { from: 'word', to: 'x' })
  const found = await reader.lookup(store, [...TEXT.slice(1), ...TAGS], 'stats')
  expect(reader.ids(store, DOC_IDS)).toEqual(DOC_IDS.map((doc) => documents[doc]!.id))
  expect(reads).toEqual([])
  expect(decoded).toEqual(await other.documents(store, DOC_IDS))
  expect(scanned.map(({ term, docFreq }) => [term, docFreq])).toEqual(
    (await other.scan(store, 1, 'text', { from: 'word', to: 'x' })).map(({ term, docFreq }) => [term, docFreq]),
  )
  const expected = await other.lookup(store, [...TEXT.slice(1), ...TAGS], 'stats')
  expect(found.map((entry) => entry?.docFreq)).toEqual(expected.map((entry) => entry?.docFreq))
  for (const keys of [TEXT, TAGS]) {
    const docFreqs = async (from: typeof reader) =>
      (await from.lists(store, keys, 'postings')).map((lists) => lists?.list.docFreq)
    expect(await docFreqs(reader)).toEqual(await docFreqs(other))
  }
  // Once asked for, long lists are remembered too.
  reads.length = 0
  expect(reader.lists(store, [...TEXT, ...TAGS], 'postings')).not.toBeInstanceOf(Promise)
  expect(reads).toEqual([])
  // With positions, those that lie in the dictionary at once, others once asked for.
  expect(reader.lists(store, TEXT.slice(2), 'positions')).not.toBeInstanceOf(Promise)
  await reader.lists(store, TEXT, 'positions')
  reads.length = 0
  expect(reader.lists(store, TEXT, 'positions')).not.toBeInstanceOf(Promise)
  expect(reads).toEqual([])
})

test('what searches asked of a segment is looked up in new ones of the same shard before they ask again', async () => {
  const { store, reader } = await opened()
  const kept = keeping(3 * KEPT_BYTES)
  kept.use(reader, { store, prefix: 'p/' })
  await kept.drain()
  const short = [TEXT[2]!, TEXT[3]!, TEXT[4]!]
  reader.lists(store, short, 'positions')
  reader.lists(store, TAGS, 'postings')
  const asked = reader.askedTerms()
  expect(asked.map(({ term, want }) => `${term} ${want}`)).toEqual([
    'rare12 positions',
    'single2999 positions',
    'nowhere postings',
    ...TAGS.map(({ term }) => `${term} postings`),
  ])

  const next = await openSegment(store, 'q/', file)
  const elsewhere = await openSegment(store, 'r/', file)
  kept.use(elsewhere, { store, prefix: 'another shard' })
  kept.use(next, { store, prefix: 'p/' })
  // The next search uses it first: it has nothing to learn of itself.
  kept.use(reader, { store, prefix: 'p/' })
  await kept.drain()
  expect(next.askedTerms()).toEqual(asked)
  expect(elsewhere.askedTerms()).toEqual([])
})

test('of a large segment only terms are looked up ahead: those of the segment that was asked for the most', async () => {
  const { store, reads, reader, other } = await opened()
  const few = await openSegment(store, 'q/', file)
  const kept = new KeptSegments(new ManualClock(), () => Promise.resolve(), { fileBytesMax: file.byteSize - 1 })
  for (const one of [few, reader]) kept.use(one, { store, prefix: 'p/' })
  await kept.drain()
  await few.lists(store, [TEXT[2]!], 'postings')
  await reader.lists(store, [TEXT[2]!, TEXT[3]!, TEXT[4]!], 'positions')

  const large = await openSegment(store, 'r/', file)
  kept.use(large, { store, prefix: 'p/' })
  await kept.drain()

  expect(kept.byteSize).toBe(3 * LOOKED_UP_BYTES)
  // Positions are views of a cache's bytes, and so not held on to.
  expect(large.askedTerms().map(({ term }) => term)).toEqual(['rare12', 'single2999', 'nowhere'])
  reads.length = 0
  expect(await large.documents(store, DOC_IDS)).toEqual(await other.documents(store, DOC_IDS))
  expect(reads).not.toEqual([])
  kept.forget(large.source)
  expect(kept.byteSize).toBe(2 * LOOKED_UP_BYTES)
})

test('of a large segment the documents are inflated ahead that searches returned last', async () => {
  const { store } = await opened()
  const inflated = new CountedBlocks(64 * 1024 * 1024)
  const large = await openSegment(store, 'r/', file, inflated)
  const kept = keeping(2 * LOOKED_UP_BYTES, { fileBytesMax: file.byteSize - 1 })
  for (let i = 0; i < 100; i++) kept.returned('doc-000000')
  for (let i = 0; i < 1_100; i++) kept.returned(`doc-${String(2_999 - i).padStart(6, '0')}`)
  for (const id of ['doc-001500', 'elsewhere', 'doc-000017', '']) kept.returned(id)
  kept.use(large, { store, prefix: 'p/' })
  await kept.drain()

  const ahead = inflated.opened
  expect(ahead).toBeGreaterThan(10)
  await large.documents(store, [17, 1_500, 1_905, 2_700])
  expect(inflated.opened).toBe(ahead)
  // Of 1,104 that were returned the first are forgotten, and one was not returned.
  await large.documents(store, [1_000, 2_999])
  expect(inflated.opened).toBe(ahead + 2)
})

test('no documents are read ahead once the file is in memory no longer, or the segment merged', async () => {
  for (const [lost, merged] of [
    [true, false],
    [false, true],
  ]) {
    const { base, store } = await opened()
    const inflated = new CountedBlocks(64 * 1024 * 1024)
    const large = await openSegment(store, 'r/', file, inflated)
    let turns = 0
    let gets = 0
    const idle = async () => {
      if (turns++ !== 3) return
      if (lost) store.cache.drop(segmentKey('r/', file))
      if (merged) kept.forget(large.source)
      base.get = () => {
        gets++
        return Promise.reject(new Error('read'))
      }
    }
    const kept = new KeptSegments(new ManualClock(), idle, { fileBytesMax: file.byteSize - 1 })
    for (let i = 0; i < 3_000; i++) kept.returned(`doc-${String(i).padStart(6, '0')}`)
    kept.use(large, { store, prefix: 'p/' })
    await kept.drain()
    expect([turns, gets]).toEqual([4, 0])
    expect(inflated.opened).toBeGreaterThan(0)
  }
})

test('nothing is looked up ahead, and nothing read for it, once the file is in memory no longer', async () => {
  const { base, store, reader, other } = await opened()
  const terms = TEXT.map((key) => ({ ...key, want: 'positions' as const }))
  const steps = reader.keepDecoded(store, () => terms)!
  const blocks = [...other.keepDecoded(store, () => [])!].length
  for (let i = 0; i < blocks; i++) steps.next()
  steps.next()
  const asked = reader.askedTerms().length
  store.cache.drop(segmentKey('p/', file))
  base.get = () => Promise.reject(new Error('read'))
  expect([...steps]).toEqual([])
  expect(reader.askedTerms()).toHaveLength(asked)
})

test('of the terms of a lane those that were asked for first are forgotten first', async () => {
  const { store, reader } = await opened()
  const keys = Array.from({ length: 700 }, (_, i): TermKey => ({ field: 1, lane: 'text', term: `rare${i}` }))
  await reader.lists(store, keys, 'postings')
  expect(reader.askedTerms().map(({ term }) => term)).toEqual(keys.slice(-512).map(({ term }) => term))
  // Positions are views of a cache's bytes: unless the segment is kept they are not held on to.
  await reader.lists(store, keys.slice(-1), 'positions')
  expect(reader.askedTerms().map(({ want }) => want)).not.toContain('positions')
})

test('memory is bounded: what is in use stays, what was not used for a while makes room, what was merged does at once', async () => {
  const { store, reader, other } = await opened()
  const clock = new ManualClock()
  const kept = keeping(1.5 * KEPT_BYTES, { clock })
  kept.use(reader, { store, prefix: 'p/' })
  await kept.drain()
  expect(kept.byteSize).toBe(KEPT_BYTES)
  const second = await openSegment(store, 'q/', file)
  kept.use(second, { store, prefix: 'q/' })
  expect(kept.keeps(reader)).toBe(true)
  expect(kept.keeps(second)).toBe(false)
  await clock.advance(11_000)
  kept.use(second, { store, prefix: 'q/' })
  await kept.drain()
  expect(kept.keeps(reader)).toBe(false)
  expect(kept.keeps(second)).toBe(true)
  kept.forget(second.source)
  expect(kept.byteSize).toBe(0)
  expect(await second.documents(store, DOC_IDS)).toEqual(await other.documents(store, DOC_IDS))
})

test('a file that is not in memory is left alone', async () => {
  const { base, reader } = await opened()
  const kept = keeping(KEPT_BYTES)
  const empty = new CachedObjectStore(base, new RangeCache(1024 * 1024), () => true)
  kept.use(reader, { store: empty, prefix: 'p/' })
  expect(kept.byteSize).toBe(0)
  expect(reader.lookUpAhead(empty, () => [])).toBeUndefined()
})

test('a damaged part is told of by whoever reads it, not before', async () => {
  const { base, reader: undamaged } = await opened()
  const damaged = new Uint8Array(bytes)
  damaged[undamaged.footer.sections.find(({ kind }) => kind === SectionKind.documents)!.start + 10]! ^= 0xff
  await base.put(segmentKey('p/', file), damaged)
  const store = new CachedObjectStore(base, new RangeCache(64 * 1024 * 1024), () => true)
  store.learn(segmentKey('p/', file), damaged)
  const reader = await openSegment(store, 'p/', file)
  const kept = keeping(KEPT_BYTES)
  kept.use(reader, { store, prefix: 'p/' })
  await kept.drain()
  await expect(reader.documents(store, DOC_IDS)).rejects.toThrow('seg: documents, part 0')
})

/** Counts the blocks that are inflated. */
class CountedBlocks extends InflatedBlocks {
  opened = 0

  override get(...[group, block, open]: Parameters<InflatedBlocks['get']>): ReturnType<InflatedBlocks['get']> {
    return super.get(group, block, () => {
      this.opened++
      return open()
    })
  }
}

function keeping(
  bytesMax: number,
  { clock = new ManualClock(), fileBytesMax }: { clock?: ManualClock; fileBytesMax?: number } = {},
): KeptSegments {
  return new KeptSegments(clock, () => Promise.resolve(), { bytesMax, ...(fileBytesMax && { fileBytesMax }) })
}

/** Two readers of a file that the store has in memory, as that of a process that wrote it, and what is read of it. */
async function opened() {
  const base = memoryStore()
  for (const prefix of ['p/', 'q/']) await base.put(segmentKey(prefix, file), bytes)
  const reads: (ByteRange | undefined)[] = []
  const store = new CachedObjectStore(base, new RangeCache(64 * 1024 * 1024), () => true)
  const peek = store.peek.bind(store)
  store.peek = (key, range) => {
    reads.push(range)
    return peek(key, range)
  }
  for (const prefix of ['p/', 'q/', 'r/']) store.learn(segmentKey(prefix, file), bytes)
  const open = () => openSegment(store, 'p/', file)
  return { base, store, reads, reader: await open(), other: await open() }
}
