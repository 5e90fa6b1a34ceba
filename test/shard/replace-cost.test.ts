import { expect, test } from 'vitest'
import { segmentKey } from '../../core/segment/read/open-segment.ts'
import { buildSegment } from '../../core/segment/write/build-segment.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { Meter } from '../../core/storage/meter.ts'
import { meteredObjectStore } from '../../core/storage/metered-object-store.ts'
import { FREE } from '../../core/storage/prices.ts'
import { systemClock } from '../../core/system-clock.ts'
import { compareUtf8, encodeUtf8 } from '../../core/utf8.ts'
import { shardPrefix } from '../../core/version/collection.ts'
import { commit } from '../../core/version/commit.ts'
import { readHead } from '../../core/version/head.ts'
import { liveEntry } from '../../core/version/segment-codec.ts'
import { writeGroup } from '../../core/writing/write-group.ts'
import { auditManifest } from './audit-shard.ts'
import { analyzers, createTestShard, put, testComponents, testSchema } from './open-test-shard.ts'

const DOCUMENTS = 200_000
const KILOBYTE = 1024

// A replacement once read the lengths of all documents of every text field: 67 GETs and 805 KB.
test('replacing a document in a segment of 200,000 reads one unit of each section that concerns the document', async () => {
  const { components, ref, footerSize } = await createLargeShard()
  const meter = new Meter(FREE)
  const cold = testComponents({ ...components, store: meteredObjectStore(components.store, meter) })
  const turn = { onBuilt: () => undefined, previous: Promise.resolve(undefined) }

  const { existed } = await writeGroup(cold, ref, { schema: testSchema, operations: [put(idOf(77_777))] }, turn)

  expect(existed).toEqual([true])
  const { gets, getBytes, puts } = meter.counts
  // GETs: footer, Bloom filter, ids, the document's hash, and its length in the only text field. PUTs: segment, tombstones, manifest.
  expect({ gets, puts }).toEqual({ gets: 5, puts: 3 })
  expect(getBytes - footerSize).toBeLessThan(24 * KILOBYTE)
})

test('deleting many documents at once subtracts the lengths of each', async () => {
  const { components, ref } = await createLargeShard(10_000)
  const turn = { onBuilt: () => undefined, previous: Promise.resolve(undefined) }
  const ids = Array.from({ length: 900 }, (_, i) => idOf(i * 11))

  await writeGroup(
    components,
    ref,
    { schema: testSchema, operations: ids.map((id) => ({ kind: 'delete' as const, id })) },
    turn,
  )

  const { manifest } = await readHead(components, ref)
  expect((await auditManifest(components.store, ref, manifest)).size).toBe(9_100)
})

/** A shard of one segment. */
async function createLargeShard(docCount = DOCUMENTS) {
  const components = testComponents({ store: new MemoryObjectStore(systemClock) })
  const ref = await createTestShard(components)
  await analyzers.load(['english'])
  const documents = Array.from({ length: docCount }, (_, i) => ({
    id: idOf(i),
    json: encodeUtf8(`{"id":"${idOf(i)}"}`),
    fields: FIELDS[i % FIELDS.length]!,
  })).sort((a, b) => compareUtf8(a.id, b.id))
  const { bytes, file } = buildSegment({ schema: testSchema, name: '1-large', documents, analyzers })
  await commit(components, ref, async () => ({
    draft: { schemaVersion: 1, segments: [liveEntry(file)] },
    uploads: components.store.put(segmentKey(shardPrefix(ref), file), bytes),
  }))
  return { components, ref, footerSize: file.footerSize }
}

/** Documents without a title and with titles of different lengths. */
const FIELDS = Array.from({ length: 7 }, (_, i) => put('any', i === 0 ? {} : { title: 'wind '.repeat(i) }).fields!)

function idOf(number: number): string {
  return `doc-${number}`
}
