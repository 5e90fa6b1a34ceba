import { expect, test } from 'vitest'
import type { CompactSegments } from '../../core/compaction/compact.ts'
import { compactFully } from '../../core/compaction/compact-fully.ts'
import { MERGED_COUNT_MAX } from '../../core/compaction/plan-compaction.ts'
import { segmentKey } from '../../core/segment/read/open-segment.ts'
import { shardPrefix } from '../../core/version/collection.ts'
import { commit } from '../../core/version/commit.ts'
import { readHead } from '../../core/version/head.ts'
import { liveEntry } from '../../core/version/segment-codec.ts'
import { writeGroup } from '../../core/writing/write-group.ts'
import { auditShard } from '../shard/audit-shard.ts'
import { createTestShard, put, type TestComponents, testComponents, testSchema } from '../shard/open-test-shard.ts'
import { rebuildingCompactor } from '../shard/rebuild-segment.ts'

type Ref = Awaited<ReturnType<typeof createTestShard>>

// A full compaction once merged 500 segments at once, with a reader and buffers for each.
test('a full compaction merges a bounded number of segments at once, the smallest first', async () => {
  const { components, ref, inputs, parts } = await createWorld(70)
  const reports: number[] = []

  await compactFully(parts, ref, { onCommitted: () => undefined, onProgress: (done) => reports.push(done) })

  expect(inputs).toEqual([MERGED_COUNT_MAX, MERGED_COUNT_MAX, 70 - 2 * (MERGED_COUNT_MAX - 1)])
  const { head, documents } = await auditShard(components, ref)
  expect([head.manifest.segments.length, documents.size]).toEqual([1, 70])
  // Progress of the last merge only: earlier merges are a small part of the work.
  expect(reports).toEqual([1])
})

test('writers that keep adding segments do not keep a full compaction busy forever', async () => {
  const { components, ref, inputs, parts } = await createWorld(MERGED_COUNT_MAX + 1)
  let count = 0
  const compactSegments: CompactSegments = async (request) => {
    const ids = Array.from({ length: MERGED_COUNT_MAX }, () => `new-${count++}`)
    await writeApart(components, ref, ids)
    return parts.compactSegments(request)
  }

  const compacting = compactFully({ ...parts, compactSegments }, ref, { onCommitted: () => undefined })

  await expect(compacting).rejects.toMatchObject({ code: 'compaction_contention' })
  expect(Math.max(...inputs)).toBe(MERGED_COUNT_MAX)
  expect((await auditShard(components, ref)).documents.size).toBe(MERGED_COUNT_MAX + 1 + count)
})

async function createWorld(segmentCount: number) {
  const components = testComponents()
  const ref = await createTestShard(components)
  for (let i = 0; i < segmentCount; i++) await write(components, ref, `doc-${i}`)
  expect((await readHead(components, ref)).manifest.segments).toHaveLength(segmentCount)
  const inputs: number[] = []
  const merge = rebuildingCompactor(components.store)
  const compactSegments: CompactSegments = (request) => {
    inputs.push(request.entries.length)
    request.onProgress?.(1)
    return merge(request)
  }
  return { components, ref, inputs, parts: { ...components, compactSegments } }
}

/** Adds documents as separate segments with one commit. */
async function writeApart(components: TestComponents, ref: Ref, ids: readonly string[]): Promise<void> {
  const { store, buildSegment } = components
  await commit(components, ref, async ({ manifest: { version, segments } }) => {
    const added = await Promise.all(
      ids.map((id) => buildSegment({ schema: testSchema, name: `${version}-${id}`, puts: [put(id)] })),
    )
    return {
      draft: { schemaVersion: 1, segments: [...segments, ...added.map(({ file }) => liveEntry(file))] },
      uploads: Promise.all(added.map(({ file, bytes }) => store.put(segmentKey(shardPrefix(ref), file), bytes))),
    }
  })
}

async function write(components: TestComponents, ref: Ref, id: string): Promise<void> {
  const turn = { onBuilt: () => undefined, previous: Promise.resolve(undefined) }
  await writeGroup(components, ref, { schema: testSchema, operations: [put(id)] }, turn)
}
