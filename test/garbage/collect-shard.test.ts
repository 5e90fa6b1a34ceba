import { expect, test } from 'vitest'
import { compactShard } from '../../core/compaction/compact.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { collectShard, JOB_MS_MAX } from '../../core/garbage/collect-shard.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { addPin, PINS_MAX, removePin } from '../../core/version/change-pins.ts'
import { shardPrefix } from '../../core/version/collection.ts'
import { commit } from '../../core/version/commit.ts'
import { headKey, readHead } from '../../core/version/head.ts'
import type { Operation } from '../../core/writing/plan-writes.ts'
import { writeGroup } from '../../core/writing/write-group.ts'
import { CutPlan } from '../faults/cut-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { auditShard } from '../shard/audit-shard.ts'
import { createTestShard, put, type TestComponents, testComponents, testSchema } from '../shard/open-test-shard.ts'
import { rebuildingCompactor } from '../shard/rebuild-segment.ts'
import { checkKept, checkNothingElse, keysOf } from './collect-world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

test('a collection without retention leaves the newest version, its objects and its marker', async () => {
  const { components, ref } = await createWorld()
  await write(components, ref, [put('a'), put('b')])
  await write(components, ref, [put('a', { title: 'again' })])
  await compact(components, ref)
  const before = await keysOf(components.store, ref)

  const collected = await collectShard(components, ref, { retentionMs: 0 })

  const after = await keysOf(components.store, ref)
  expect(after).toHaveLength(3)
  expect(collected).toMatchObject({ objects: before.length + 1 - after.length, end: 'done' })
  await checkNothingElse(components, ref)
  expect([...(await auditShard(components, ref)).documents.keys()]).toEqual(['a', 'b'])
})

test('a version is kept for the retention after a newer one replaces it', async () => {
  const { components, ref, clock } = await createWorld()
  await write(components, ref, [put('a')])
  await clock.advance(10 * MINUTE)
  await write(components, ref, [{ kind: 'delete', id: 'a' }])
  await write(components, ref, [put('b')])
  const retained = async () => (await readHead(components, ref)).retainedFrom

  // By the store's times, each removed version was replaced at least that long ago.
  await clock.advance(59 * MINUTE)
  await collectShard(components, ref, { retentionMs: HOUR })
  const early = await retained()
  await checkKept(components, ref)
  await clock.advance(MINUTE)
  await collectShard(components, ref, { retentionMs: HOUR })

  expect([early, await retained()]).toEqual([1, 3])
  await checkKept(components, ref)
})

test('a dry run reports what a run would remove, and changes nothing', async () => {
  const { components, ref } = await createWorld()
  await write(components, ref, [put('a')])
  await write(components, ref, [put('a')])
  const [keys, head] = [await keysOf(components.store, ref), await readHead(components, ref)]

  const planned = await collectShard(components, ref, { retentionMs: 0, isDryRun: true })

  expect(await keysOf(components.store, ref)).toEqual(keys)
  expect(await readHead(components, ref)).toEqual(head)
  const done = await collectShard(components, ref, { retentionMs: 0 })
  expect(planned).toEqual(done)
  expect(done.objects).toBeGreaterThan(2)
})

test('the uploads of a running job stay until no job can be that old', async () => {
  const { components, ref, clock } = await createWorld()
  const { store } = components
  const { version } = (await readHead(components, ref)).manifest
  const upload = `${shardPrefix(ref)}seg/${version}-underway.seg`
  await store.put(upload, new Uint8Array(7))
  const isThere = async () => (await keysOf(store, ref)).includes(upload.slice(shardPrefix(ref).length))

  await write(components, ref, [put('a')])
  await clock.advance(JOB_MS_MAX - MINUTE)
  await collectShard(components, ref, { retentionMs: 24 * HOUR })
  const early = await isThere()
  await clock.advance(2 * MINUTE)
  // The first run writes the marker of the newest version if it is missing.
  await collectShard(components, ref, { retentionMs: 24 * HOUR })
  await clock.advance(JOB_MS_MAX)
  await collectShard(components, ref, { retentionMs: 24 * HOUR })

  expect([early, await isThere()]).toEqual([true, false])
})

test('one empty commit lets leftovers at the head of an idle shard be removed, and no other commit follows', async () => {
  const { components, ref, clock } = await createWorld()
  await write(components, ref, [put('a')])
  const { version } = (await readHead(components, ref)).manifest
  await components.store.put(`${shardPrefix(ref)}seg/${version}-abandoned.seg`, new Uint8Array(7))
  const versions: number[] = []

  for (let run = 0; run < 8; run++) {
    await clock.advance(2 * HOUR)
    await collectShard(components, ref, { retentionMs: HOUR })
    versions.push((await readHead(components, ref)).manifest.version)
  }

  expect(versions.at(-1)).toBe(version + 1)
  expect(versions.slice(3)).toEqual(Array(5).fill(version + 1))
  await checkNothingElse(components, ref)
  expect([...(await auditShard(components, ref)).documents.keys()]).toEqual(['a'])
})

test('a pinned version stays, however old, and is removed after its pin', async () => {
  const { components, ref } = await createWorld()
  await write(components, ref, [put('a')])
  const { manifest } = await readHead(components, ref)
  await addPin(components, ref, { holder: 'snapshot#1', version: manifest.version, commitId: manifest.commitId })
  await write(components, ref, [{ kind: 'delete', id: 'a' }, put('b')])

  await collectShard(components, ref, { retentionMs: 0 })
  await checkNothingElse(components, ref)
  const pinned = (await keysOf(components.store, ref)).length
  await removePin(components, ref, 'snapshot#1')
  await collectShard(components, ref, { retentionMs: 0 })

  await checkNothingElse(components, ref)
  expect((await keysOf(components.store, ref)).length).toBeLessThan(pinned)
})

test('a version that may have been collected cannot be pinned, unless it is pinned already', async () => {
  const { components, ref } = await createWorld()
  const { manifest: first } = await readHead(components, ref)
  await write(components, ref, [put('a')])
  const { manifest: second } = await readHead(components, ref)
  const pinOf = (holder: string, { version, commitId }: typeof first) => ({ holder, version, commitId })
  await addPin(components, ref, pinOf('one', second))
  await write(components, ref, [put('b')])
  await collectShard(components, ref, { retentionMs: 0 })

  await expect(addPin(components, ref, pinOf('late', first))).rejects.toMatchObject({ code: 'version_not_retained' })
  await addPin(components, ref, pinOf('other', second))
  await removePin(components, ref, 'one')
  await collectShard(components, ref, { retentionMs: 0 })

  expect((await readHead(components, ref)).pins).toEqual([pinOf('other', second)])
  await checkNothingElse(components, ref)
})

test('concurrent pins are all added, up to the maximum of a shard', async () => {
  const { components, ref } = await createWorld()
  const { version, commitId } = (await readHead(components, ref)).manifest
  const holders = Array.from({ length: PINS_MAX }, (_, i) => `snapshot#${i}`)

  for (let from = 0; from < PINS_MAX; from += 4) {
    await Promise.all(
      holders.slice(from, from + 4).map((holder) => addPin(components, ref, { holder, version, commitId })),
    )
  }

  expect(new Set((await readHead(components, ref)).pins.map(({ holder }) => holder))).toEqual(new Set(holders))
  await addPin(components, ref, { holder: 'snapshot#0', version, commitId })
  await expect(addPin(components, ref, { holder: 'more', version, commitId })).rejects.toMatchObject({
    name: 'LimitExceededError',
    code: 'too_many_pins',
  })
})

test('a writer overtaken by a commit and a collection uploads again under a new name, and loses nothing', async () => {
  const { components, ref } = await createWorld()
  await write(components, ref, [put('a')])
  let overtaken = false
  const turn = {
    onBuilt: () => undefined,
    // When the writer finally commits, its segment is uploaded and its name contains an old base.
    previous: (async () => {
      await write(components, ref, [put('a', { title: 'newer' })])
      await write(components, ref, [put('c')])
      await collectShard(components, ref, { retentionMs: 0 })
      overtaken = true
      return undefined
    })(),
  }

  await writeGroup(components, ref, { schema: testSchema, operations: [put('b')] }, turn)

  expect(overtaken).toBe(true)
  expect([...(await auditShard(components, ref)).documents.keys()].sort()).toEqual(['a', 'b', 'c'])
})

test('a commit that names an object below the floor is refused', async () => {
  const { components, ref } = await createWorld()
  await write(components, ref, [put('a')])
  const stale = (await readHead(components, ref)).manifest.segments
  await write(components, ref, [{ kind: 'delete', id: 'a' }, put('b')])
  const head = await readHead(components, ref)
  let [edits, collected] = [0, false]

  // The floor is raised between the read and the write of this commit, which names a segment that its base no longer has.
  const reviving = commit(
    components,
    ref,
    async (current) => {
      edits++
      if (edits > 2) return undefined
      if (!collected) await collectShard(components, ref, { retentionMs: 0 })
      collected = true
      return {
        draft: { schemaVersion: 1, segments: [...current.manifest.segments, ...stale] },
        uploads: Promise.resolve(),
      }
    },
    { start: head },
  )

  expect(await reviving).toBeUndefined()
  await auditShard(components, ref)
})

test('a slow collector does not lower the values that a faster one has raised', async () => {
  const { components, ref, clock } = await createWorld()
  await write(components, ref, [put('a')])
  await clock.advance(2 * HOUR)
  for (const id of ['b', 'c', 'd']) await write(components, ref, [put(id)])
  let isFirst = true
  const coordination = new (class extends FaultyCoordination {
    override async write(...request: Parameters<FaultyCoordination['write']>) {
      if (isFirst) {
        isFirst = false
        await collectShard(components, ref, { retentionMs: 0 })
      }
      return super.write(...request)
    }
  })(components.coordination, new CutPlan(Number.POSITIVE_INFINITY))

  await collectShard({ ...components, coordination }, ref, { retentionMs: HOUR })

  const { gcFloor, retainedFrom, manifest } = await readHead(components, ref)
  expect([isFirst, gcFloor, retainedFrom]).toEqual([false, manifest.version, manifest.version])
  await checkNothingElse(components, ref)
})

test('a collection that is interrupted anywhere does no harm, and the next one finishes it', async () => {
  for (const isDone of [false, true]) {
    for (let after = 0; ; after++) {
      const { components, ref, stores } = await createWorld()
      await write(components, ref, [put('a'), put('b')])
      await write(components, ref, [put('a', { title: 'again' })])
      await stores.store.put(`${shardPrefix(ref)}seg/3-abandoned.seg`, new Uint8Array(7))
      const plan = new CutPlan(after, { isDone })
      const cut = {
        ...components,
        store: new FaultyObjectStore(stores.store, plan),
        coordination: new FaultyCoordination(stores.coordination, plan),
      }

      await collectShard(cut, ref, { retentionMs: 0 }).catch(() => undefined)

      await checkKept(components, ref)
      await collectShard(components, ref, { retentionMs: 0 })
      // An interruption in the middle of the empty commit leaves objects that a second one removes.
      await collectShard(components, ref, { retentionMs: 0 })
      await checkNothingElse(components, ref)
      expect((await auditShard(components, ref)).documents.size).toBe(2)
      if (!plan.isCut) break
    }
  }
})

test('a shard with pending segments of an unknown form is skipped', async () => {
  const { components, ref } = await createWorld()
  await write(components, ref, [put('a')])
  await write(components, ref, [put('a')])
  await components.coordination.write(headKey(ref), { append: { pending: ['something'] } }, [])
  const before = await keysOf(components.store, ref)

  expect(await collectShard(components, ref, { retentionMs: 0 })).toMatchObject({ objects: 0, end: 'pending' })

  expect(await keysOf(components.store, ref)).toEqual(before)
})

async function createWorld() {
  const clock = new ManualClock()
  // Pauses after lost races take no time, because only the test advances the clock.
  const unhurried = { now: () => clock.now(), monotonic: () => clock.monotonic(), sleep: async () => undefined }
  const stores = { store: new MemoryObjectStore(clock), coordination: new MemoryCoordination(), clock: unhurried }
  const components = testComponents(stores)
  return { components, ref: await createTestShard(components), clock, stores }
}

type Ref = Awaited<ReturnType<typeof createTestShard>>

async function write(components: TestComponents, ref: Ref, operations: readonly Operation[]): Promise<void> {
  const turn = { onBuilt: () => undefined, previous: Promise.resolve(undefined) }
  await writeGroup(components, ref, { schema: testSchema, operations }, turn)
}

async function compact(components: TestComponents, ref: Ref): Promise<void> {
  const parts = { ...components, compactSegments: rebuildingCompactor(components.store) }
  await compactShard(parts, ref, (segments) => segments.map(({ name }) => name))
}
