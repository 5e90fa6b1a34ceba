import { expect, test } from 'vitest'
import { UnitCache } from '../../core/cache/unit-cache.ts'
import { carryOut, Needs } from '../../core/segment/format/read-plan.ts'
import { DecodeAhead } from '../../core/segment/read/decode-ahead.ts'
import { openSegment, segmentKey } from '../../core/segment/read/open-segment.ts'
import type { SegmentReader } from '../../core/segment/read/segment-reader.ts'
import type { TermKey } from '../../core/segment/read/term-entry.ts'
import type { IndexableDocument } from '../../core/segment/write/build-segment.ts'
import { CachedObjectStore } from '../../core/storage/cached-object-store.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { RangeCache } from '../../core/storage/range-cache.ts'
import { encodeUtf8 } from '../../core/utf8.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { build, FIELDS, loadAnalyzers, memoryStore } from './generate-documents.ts'

const analyzers = await loadAnalyzers()
const documents = Array.from({ length: 3_000 }, (_, i): IndexableDocument => {
  const id = `doc-${String(i).padStart(6, '0')}`
  const fields = [{ field: FIELDS[1]!, values: [`common word${i % 50} rare${i % 700} single${i}`] }]
  return { id, json: encodeUtf8(JSON.stringify({ id, filler: 'a few words more '.repeat(i % 9) })), fields }
})
const { bytes, file } = build(documents, analyzers)
const RARE = ['rare12', 'single2999', 'nowhere'].map((term): TermKey => ({ field: 1, lane: 'text', term }))
const DOC_IDS = [0, 17, 1_500, 2_999]

test('a new segment in memory is decoded before a search needs it, and gives the same answers as one that is read', async () => {
  const { store, reader, other } = await opened({ isLearned: true })
  expect(asked(reader)).toContain('needs')
  await decodeAhead({ reader, store })

  expect(asked(reader)).toEqual(['known', 'known', 'known'])
  const documentsOf = (from: SegmentReader) => carryOut(store, from.documents.read(DOC_IDS))
  expect(await documentsOf(reader)).toEqual(await documentsOf(other))
  const docFreqsOf = async (from: SegmentReader) =>
    (await carryOut(store, from.terms.lists(RARE, 'positions'))).map((found) => found?.list.docFreq)
  expect(await docFreqsOf(reader)).toEqual(await docFreqsOf(other))
})

test('decoding ahead reads nothing, evicts nothing, and leaves damage to the search that needs the part', async () => {
  const notInMemory = await opened({ isLearned: false })
  const noRoom = await opened({ isLearned: true, unitBytes: file.byteSize })
  const damaged = await opened({ isLearned: true, flipped: 20 })
  for (const one of [notInMemory, noRoom, damaged]) await decodeAhead(one)

  expect(asked(notInMemory.reader)).toContain('needs')
  expect(asked(noRoom.reader)).toContain('needs')
  expect(asked(damaged.reader)).toContain('needs')
})

async function decodeAhead({
  reader,
  store,
}: {
  readonly reader: SegmentReader
  readonly store: ObjectStore
}): Promise<void> {
  const ahead = new DecodeAhead(new ManualClock(), store, () => Promise.resolve())
  ahead.use(reader)
  await ahead.drain()
}

/** Parts of a segment's dictionaries, documents and ids that would have to be read. */
function asked({ terms, documents: stored, ids }: SegmentReader): ('needs' | 'known')[] {
  const plans = [terms.lists(RARE, 'postings'), stored.read(DOC_IDS), ids.read(DOC_IDS)]
  return plans.map((plan) => (plan instanceof Needs ? 'needs' : 'known'))
}

async function opened({
  isLearned,
  unitBytes = 64 * 1024 * 1024,
  flipped,
}: {
  isLearned: boolean
  unitBytes?: number
  flipped?: number
}) {
  const base = memoryStore()
  const key = segmentKey('p/', file)
  await base.put(key, bytes)
  const store = new CachedObjectStore(base, new RangeCache(64 * 1024 * 1024), () => true)
  const learned = bytes.slice()
  if (flipped !== undefined) learned[flipped]! ^= 1
  if (isLearned) store.learn(key, learned)
  return {
    store,
    reader: await openSegment(store, 'p/', file, new UnitCache(unitBytes)),
    other: await openSegment(base, 'p/', file),
  }
}
