import { AnalyzerPool } from '../../core/analysis/analyzer-pool.ts'
import type { Clock } from '../../core/clock.ts'
import { createCollection } from '../../core/collections/create-collection.ts'
import type { Coordination } from '../../core/coordination/coordination.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Random } from '../../core/random.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'
import { flattenDocument } from '../../core/schema/flatten-document.ts'
import type { Schema } from '../../core/schema/schema.ts'
import { openSegment } from '../../core/segment/read/open-segment.ts'
import type { SegmentReader } from '../../core/segment/read/segment-reader.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { encodeUtf8 } from '../../core/utf8.ts'
import type { ShardRef } from '../../core/version/collection.ts'
import type { OpenSegment } from '../../core/version/find-documents.ts'
import { segmentBuilder } from '../../core/writing/build-puts.ts'
import type { Put } from '../../core/writing/plan-writes.ts'
import type { WriteComponents } from '../../core/writing/write-group.ts'
import { seededRandom } from '../faults/seeded-random.ts'

export const testSchema: Schema = parseSchema({ fields: { title: 'text', tag: 'keyword', n: 'integer' } })

export const analyzers = new AnalyzerPool()

export type TestComponents = WriteComponents & { readonly store: ObjectStore; readonly coordination: Coordination }

/** Components for shards, in memory unless given. */
export function testComponents(
  given: { store?: ObjectStore; coordination?: Coordination; clock?: Clock; random?: Random; seed?: number } = {},
): TestComponents {
  const clock = given.clock ?? systemClock
  return {
    store: given.store ?? new MemoryObjectStore(clock),
    coordination: given.coordination ?? new MemoryCoordination(),
    clock,
    random: given.random ?? seededRandom(given.seed ?? 1),
    openSegment: rememberingOpen(),
    buildSegment: segmentBuilder(analyzers, undefined),
  }
}

/** Opens each segment once, like a process. */
export function rememberingOpen(): OpenSegment {
  const open = new Map<string, SegmentReader>()
  return async (store, prefix, entry) => {
    const reader = open.get(prefix + entry.name) ?? (await openSegment(store, prefix, entry))
    open.set(prefix + entry.name, reader)
    return reader
  }
}

/** Makes a collection of one shard. */
export async function createTestShard(components: TestComponents, name = 'books'): Promise<ShardRef> {
  const uid = await createCollection(components, name, { schema: testSchema, shardCount: 1, settings: {} })
  return { uid, shard: 0 }
}

/** A document as part of a batch. */
export function put(id: string, fields: Record<string, unknown> = { title: `the title of ${id}` }): Put {
  const document = { id, ...fields }
  return {
    kind: 'put',
    id,
    json: encodeUtf8(JSON.stringify(document)),
    fields: flattenDocument(testSchema, document, 0).fields,
  }
}
