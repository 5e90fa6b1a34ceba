import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bitsetAdd, newBitset } from '../../core/bytes/bitset.ts'
import type { SegmentFile } from '../../core/segment/format/segment-entry.ts'
import { compactSegments } from '../../core/segment/merge/compact-segments.ts'
import { openSegment, segmentKey } from '../../core/segment/read/open-segment.ts'
import { buildSegment, type IndexableDocument } from '../../core/segment/write/build-segment.ts'
import { documents, FIELDS, loadAnalyzers, manyDocuments, memoryStore, open, SCHEMA } from './generate-documents.ts'
import { readEverything } from './read-everything.ts'

const analyzers = await loadAnalyzers()

/** For each document the segment that holds it, and whether it is deleted there. */
const split = fc.record({
  documents,
  places: fc.array(fc.record({ source: fc.nat(3), alive: fc.boolean() }), { minLength: 40, maxLength: 40 }),
  allAlive: fc.boolean(),
})

test('compaction gives the same bytes as building from the live documents', async () => {
  await fc.assert(
    fc.asyncProperty(split, async ({ documents, places, allAlive }) => {
      const isAlive = (i: number) => allAlive || places[i]!.alive
      const sources = await Promise.all(
        [0, 1, 2, 3].map((s) =>
          openPart(documents, (i) => (places[i]!.source === s ? (isAlive(i) ? 'alive' : 'deleted') : 'elsewhere')),
        ),
      )
      const effort = allAlive ? 'fast' : 'small'
      const merged = await drain(compactSegments({ sources, name: '9-merged', schemaVersion: SCHEMA.version, effort }))
      const survivors = documents.filter((_, i) => isAlive(i))
      const expected = buildSegment({
        schema: SCHEMA,
        name: '9-merged',
        documents: survivors,
        analyzers,
        effort,
      })
      expect(merged.file).toEqual(expected.file)
      expect(Buffer.compare(merged.bytes, expected.bytes)).toBe(0)
    }),
    { numRuns: 60 },
  )
})

test('compaction gives the same bytes as building, with unions of prefixes, forms that disappear and forms of several sources', async () => {
  // Forms of one term, forms that are their own term, and words without live documents.
  const words = (i: number) => `pr${i % 200}x pr${i % 61}ing pr${i % 61}ed ${i % 50 === 0 ? `st${i}` : `st${i % 70}s`}`
  const all = Array.from({ length: 17_000 }, (_, i): IndexableDocument => {
    const id = String(i).padStart(6, '0')
    return { id, fields: [{ field: FIELDS[1]!, values: [words(i)] }], json: Buffer.from(`{"id":"${id}"}`) }
  })
  const isAlive = (i: number) => i % 50 !== 0
  const sources = await Promise.all(
    [0, 1, 2].map((s) => openPart(all, (i) => (i % 3 === s ? (isAlive(i) ? 'alive' : 'deleted') : 'elsewhere'))),
  )
  const survivors = all.filter((_, i) => isAlive(i))
  const merged = await drain(
    compactSegments({ sources, name: '9-merged', schemaVersion: SCHEMA.version, effort: 'fast' }),
  )
  const expected = buildSegment({ schema: SCHEMA, name: '9-merged', documents: survivors, analyzers, effort: 'fast' })
  expect(Buffer.compare(merged.bytes, expected.bytes)).toBe(0)
  const { reader } = await open(survivors, analyzers)
  expect(reader.terms.laneSize(1, 'prefix')).toBe(4)
})

test('compacting one segment without tombstones copies it, compressed harder', async () => {
  const [list] = fc.sample(documents, { numRuns: 1, seed: 7 })
  const { store, reader } = await open(list!, analyzers)
  const { bytes } = buildSegment({ schema: SCHEMA, name: '1-test', documents: list!, analyzers, effort: 'small' })
  const sources = [{ store, reader, tombstones: undefined }]
  const merged = await drain(
    compactSegments({ sources, name: '1-test', schemaVersion: SCHEMA.version, effort: 'small' }),
  )
  expect(Buffer.compare(merged.bytes, bytes)).toBe(0)
})

test('a dictionary that is written in pieces reads the same', async () => {
  const list = await open(manyDocuments(1_500), analyzers)
  const sources = [{ store: list.store, reader: list.reader, tombstones: undefined }]
  const merged = await drain(compactSegments({ sources, name: '2-pieces', schemaVersion: 3, pieceBytesMax: 1_000 }))
  const store = memoryStore()
  await store.put(segmentKey('c/u/s/0/', { name: '2-pieces' }), merged.bytes)
  const inPieces = await openSegment(store, 'c/u/s/0/', merged.file)
  expect(inPieces.footer.sections.length).toBeGreaterThan(list.reader.footer.sections.length + 10)
  expect(await readEverything(store, 'c/u/s/0/', merged.file)).toBe(
    await readEverything(list.store, 'c/u/s/0/', list.file),
  )
})

async function openPart(list: readonly IndexableDocument[], placeOf: (i: number) => 'alive' | 'deleted' | 'elsewhere') {
  const indexes = [...list.keys()].filter((i) => placeOf(i) !== 'elsewhere')
  const tombstones = newBitset(indexes.length)
  for (const [docId, i] of indexes.entries()) if (placeOf(i) === 'deleted') bitsetAdd(tombstones, docId)
  const { store, reader } = await open(
    indexes.map((i) => list[i]!),
    analyzers,
  )
  return { store, reader, tombstones: tombstones.every((word) => word === 0) ? undefined : tombstones }
}

async function drain(
  merge: AsyncGenerator<Uint8Array, SegmentFile>,
): Promise<{ bytes: Uint8Array; file: SegmentFile }> {
  const chunks: Uint8Array[] = []
  for (;;) {
    const next = await merge.next()
    if (next.done) return { bytes: Buffer.concat(chunks), file: next.value }
    chunks.push(next.value)
  }
}
