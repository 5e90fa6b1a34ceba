import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { collectShard } from '../../core/garbage/collect-shard.ts'
import type { SegmentEntry } from '../../core/segment/format/segment-entry.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { Meter } from '../../core/storage/meter.ts'
import { meteredObjectStore } from '../../core/storage/metered-object-store.ts'
import { FREE } from '../../core/storage/prices.ts'
import { type ShardRef, shardPrefix } from '../../core/version/collection.ts'
import { commit } from '../../core/version/commit.ts'
import { readHead } from '../../core/version/head.ts'
import { READ_ALL_MAX, readRetained } from '../../core/version/history.ts'
import { objectsOf } from '../../core/version/manifest.ts'
import { baseOfName, newObjectName } from '../../core/version/object-names.ts'
import { listShard } from '../../core/version/shard-objects.ts'
import { meteredCoordination } from '../coordination/metered-coordination.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { createTestShard, type TestComponents, testComponents } from '../shard/open-test-shard.ts'
import { checkKept, checkNothingElse, keptVersions } from './collect-world.ts'

const MINUTE = 60_000
const COMMITS = 3_000
const COMMIT_MINUTES = 50

test('a run over thousands of retained versions reads at most seven manifests', async () => {
  const world = await createWorld(1)
  for (let minute = 0; minute < COMMIT_MINUTES; minute++) {
    for (let i = 0; i < COMMITS / COMMIT_MINUTES; i++) await commitSegment(world, { lateMax: 4 })
    await world.clock.advance(MINUTE)
  }
  const runs: object[] = []

  for (let run = 0; run < 3; run++) {
    const meter = new Meter(FREE)
    await collectShard(metered(world, meter), world.ref, { retentionMs: 40 * MINUTE })
    const { gets, lists, puts, deletes, rowReads, rowWrites } = meter.counts
    runs.push({ gets, lists, puts, deletes, rowReads, rowWrites })
    await checkKept(world.components, world.ref)
    for (let i = 0; i < 300; i++) await commitSegment(world, { lateMax: 4 })
    await world.clock.advance(5 * MINUTE)
  }

  // The one PUT writes the marker of the newest version. A list or a deletion covers up to 1,000 objects.
  expect(runs).toEqual([
    { gets: 7, lists: 7, puts: 1, deletes: 2, rowReads: 2, rowWrites: 1 },
    { gets: 3, lists: 6, puts: 1, deletes: 1, rowReads: 2, rowWrites: 1 },
    { gets: 5, lists: 6, puts: 1, deletes: 1, rowReads: 2, rowWrites: 1 },
  ])
})

test('a shard that makes many versions keeps so many, for some minutes at least, and another one keeps the hour', async () => {
  const options = { retentionMs: 60 * MINUTE, versionsMax: 100 }
  const kept: number[] = []
  for (const perMinute of [1, 3, 12, 40]) {
    const world = await createWorld(perMinute)
    for (let minute = 0; minute < 90; minute++) {
      for (let i = 0; i < perMinute; i++) await commitSegment(world, { lateMax: 3 })
      await world.clock.advance(MINUTE)
      if (minute % 5 === 0) await collectShard(world.components, world.ref, options)
    }

    await collectShard(world.components, world.ref, options)

    await checkKept(world.components, world.ref)
    const { manifest, retainedFrom } = await readHead(world.components, world.ref)
    kept.push(manifest.version - retainedFrom)
    const objects = await listShard(world.components.store, world.ref)
    // A manifest and a segment a commit, markers of runs, what hangs on late objects, orphans, and what is live.
    expect(objects.length).toBeLessThan(3 * (kept.at(-1)! + 2 * perMinute))
  }

  // An hour of one a minute; 100 of 3 and of 12 a minute; of 40 a minute those of the last 6 minutes, the last of which had none.
  expect(kept).toEqual([60, 100, 97, 201])
})

test('objects that only unread versions name count as needed, and few others do', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(2 ** 31 - 1), fc.integer({ min: 1, max: 90 }), fc.nat(30), async (seed, count, lateMax) => {
      const world = await createWorld(seed)
      for (let i = 0; i < count; i++) await commitSegment(world, { lateMax })
      const head = await readHead(world.components, world.ref)
      const from = 1 + (seed % head.manifest.version)

      const { manifests, decidedBelow } = await readRetained(world.components.store, world.ref, { head, from })

      const named = new Set(manifests.flatMap(objectsOf))
      const versions = await keptVersions(world.components, world.ref, { ...head, retainedFrom: from })
      for (const name of versions.flatMap(objectsOf)) {
        expect(named.has(name) || baseOfName(name) >= decidedBelow, name).toBe(true)
      }
      expect(manifests.at(-1)!.version).toBe(from)
      expect(decidedBelow).toBeGreaterThanOrEqual(Math.max(1, from - lateMax))
      if (versions.length <= READ_ALL_MAX) expect(decidedBelow).toBe(Number.POSITIVE_INFINITY)
    }),
  )
})

test('collectors with any retention remove no kept object, and leave only late objects behind', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(2 ** 31 - 1), fc.nat(12), async (seed, lateMax) => {
      const world = await createWorld(seed)
      const { components, ref, random } = world
      for (let round = 0; round < 6; round++) {
        const commits = Math.floor(random.number() * 24)
        for (let i = 0; i < commits; i++) {
          await commitSegment(world, { lateMax })
          await world.clock.advance(MINUTE)
        }
        const retentionMs = Math.floor(random.number() * 40) * MINUTE
        await collectShard(components, ref, { retentionMs })
        await checkKept(components, ref)
        const { retainedFrom, gcFloor } = await readHead(components, ref)
        const kept = new Set((await keptVersions(components, ref, await readHead(components, ref))).flatMap(objectsOf))
        for (const { key, kind, base } of await listShard(components.store, ref)) {
          if (kind === 'manifests' || kind === 'committed') expect(base).toBeGreaterThanOrEqual(retainedFrom - 1)
          else if (!kept.has(nameOf(key)))
            expect(base).toBeGreaterThanOrEqual(Math.min(gcFloor, retainedFrom - lateMax))
        }
      }

      await collectShard(components, ref, { retentionMs: 0 })

      await checkNothingElse(components, ref)
    }),
    { numRuns: 30 },
  )
})

type World = {
  readonly components: TestComponents
  readonly ref: ShardRef
  readonly clock: ManualClock
  readonly random: ReturnType<typeof seededRandom>
}

async function createWorld(seed: number): Promise<World> {
  const clock = new ManualClock()
  const random = seededRandom(seed)
  const unhurried = { now: () => clock.now(), monotonic: () => clock.monotonic(), sleep: async () => undefined }
  const components = testComponents({
    store: new MemoryObjectStore(clock),
    coordination: new MemoryCoordination(),
    clock: unhurried,
    random,
  })
  return { components, ref: await createTestShard(components), clock, random }
}

/** Adds a segment whose writer began up to `lateMax` versions ago, and removes others. Sometimes leaves an orphan. */
async function commitSegment({ components, ref, random }: World, { lateMax }: { lateMax: number }): Promise<void> {
  const { store } = components
  const below = (max: number) => Math.floor(random.number() * max)
  await commit(components, ref, async ({ manifest: { version, segments }, gcFloor }) => {
    const base = Math.max(1, gcFloor, version - below(lateMax + 1))
    const entry = anyEntry(newObjectName(base, random))
    const kept = segments.filter(() => below(3) > 0)
    const orphans = below(8) === 0 ? [newObjectName(version, random)] : []
    const uploads = [entry.name, ...orphans].map((name) =>
      store.put(`${shardPrefix(ref)}seg/${name}.seg`, new Uint8Array(1)),
    )
    return { draft: { schemaVersion: 1, segments: [...kept, entry] }, uploads: Promise.all(uploads) }
  })
}

function anyEntry(name: string): SegmentEntry {
  const checksum = new Uint8Array(16)
  const file = {
    name,
    schemaVersion: 1,
    docCount: 1,
    byteSize: 1,
    footerSize: 1,
    files: [],
    shared: [],
    ranges: [],
    analyzerVersion: 1,
    footerCrc: 0,
    checksum,
  }
  const noTotals = { fieldTotals: [], liveFieldTotals: [] }
  return { ...file, ...noTotals, deletedCount: 0, tombstones: undefined, liveChecksum: checksum }
}

/** Converts a key to the object name in a manifest. */
function nameOf(key: string): string {
  return key.replace(/^seg\/(.*)\.seg$/, '$1')
}

function metered({ components }: World, meter: Meter): TestComponents {
  const store = meteredObjectStore(components.store, meter)
  return { ...components, store, coordination: meteredCoordination(components.coordination, meter) }
}
