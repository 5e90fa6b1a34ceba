import { bitsetHas } from '../../core/bytes/bitset.ts'
import type { CompactSegments } from '../../core/compaction/compact.ts'
import { flattenDocument } from '../../core/schema/flatten-document.ts'
import { carryOut } from '../../core/segment/format/read-plan.ts'
import { readTombstones } from '../../core/segment/format/tombstones.ts'
import { openSegment, segmentKey } from '../../core/segment/read/open-segment.ts'
import { buildSegment } from '../../core/segment/write/build-segment.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { compareUtf8 } from '../../core/utf8.ts'
import { analyzers, testSchema } from './open-test-shard.ts'

/** Merges segments by indexing their live documents from scratch. */
export function rebuildingCompactor(store: ObjectStore): CompactSegments {
  return async ({ prefix, entries, name }) => {
    await analyzers.load(['english'])
    const documents = []
    for (const entry of entries) {
      const { tombstones: ref, docCount } = entry
      const reader = await openSegment(store, prefix, entry)
      const deleted = ref && (await readTombstones(store, prefix, { ref, docCount }))
      const live = Array.from({ length: docCount }, (_, d) => d).filter((d) => !deleted || !bitsetHas(deleted, d))
      const ids = await carryOut(store, reader.ids.read(live))
      for (const [i, json] of (await carryOut(store, reader.documents.read(live))).entries()) {
        const { fields } = flattenDocument(testSchema, JSON.parse(new TextDecoder().decode(json)), 0)
        documents.push({ id: ids[i]!, json, fields })
      }
    }
    documents.sort((a, b) => compareUtf8(a.id, b.id))
    const { bytes, file } = buildSegment({ schema: testSchema, name, documents, analyzers })
    await store.put(segmentKey(prefix, { name }), bytes)
    return file
  }
}
