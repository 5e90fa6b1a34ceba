import { expect, test } from 'vitest'
import type { Coordination } from '../../core/coordination/coordination.ts'
import { UnavailableError } from '../../core/errors.ts'
import { pinShards } from '../../core/reading/snapshot.ts'
import { HeadCache } from '../../core/version/head-cache.ts'
import { writeGroup } from '../../core/writing/write-group.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { createTestShard, put, testComponents, testSchema } from '../shard/open-test-shard.ts'

test('a read that was sent before a version was reported is not used as one that shows the version', async () => {
  const { clock, heads, ref, commit, gate } = await openShard()
  gate.isShut = true
  const before = heads.readSince(ref, clock.monotonic())
  await clock.advance(1)
  const version = await commit()
  heads.noteVersion(ref, version)

  const after = heads.readSince(ref, 0)
  gate.open()

  expect((await before).head.manifest.version).toBe(version - 1)
  expect((await after).head.manifest.version).toBe(version)
})

test('a cached head is outdated once a newer version is reported, and the newest again after a read', async () => {
  const { heads, ref, commit } = await openShard()
  const known = await heads.readNow(ref)
  heads.noteVersion(ref, known.head.manifest.version)
  const same = heads.findNewest(ref)
  const version = await commit()
  heads.noteVersion(ref, version)

  expect(same).toBe(known)
  expect([heads.find(ref), heads.findNewest(ref)]).toEqual([known, undefined])
  expect((await heads.readSince(ref, 0)).head.manifest.version).toBe(version)
  expect(heads.findNewest(ref)?.head.manifest.version).toBe(version)
})

test('while the table is unreachable, a shard with a newer reported version fails instead of answering from the old head', async () => {
  const { components, heads, ref, commit, gate } = await openShard()
  await heads.readNow(ref)
  const collection = { name: 'books', uid: ref.uid, shardCount: 1 } as Parameters<typeof pinShards>[1]
  const version = await commit()
  gate.isBroken = true
  const pin = async () => (await pinShards({ ...components, heads }, collection, [0], { consistency: 'eventual' }))[0]

  heads.noteVersion(ref, version)

  expect(await pin()).toBeInstanceOf(UnavailableError)
})

/** A shard, the head cache of a process whose reads can be held up, and commits of another process. */
async function openShard() {
  const clock = new ManualClock()
  const components = testComponents({ clock })
  const ref = await createTestShard(components)
  const gate = { isShut: false, isBroken: false, open: (): void => undefined }
  const opened = new Promise<void>((resolve) => {
    gate.open = resolve
  })
  const { coordination } = components
  const rows: Coordination = {
    read: async (key, options) => {
      if (gate.isBroken) throw new UnavailableError('unavailable', 'no table')
      const row = await coordination.read(key, options)
      if (gate.isShut) {
        gate.isShut = false
        await opened
      }
      return row
    },
    write: (key, change, conditions) => coordination.write(key, change, conditions),
    delete: (key, conditions) => coordination.delete(key, conditions),
    query: (pk, skPrefix, options) => coordination.query(pk, skPrefix, options),
    close: () => coordination.close(),
  }
  let number = 0
  const commit = async (): Promise<number> => {
    const turn = { onBuilt: () => undefined, previous: Promise.resolve(undefined) }
    const group = { schema: testSchema, operations: [put(`d${number++}`)] }
    return (await writeGroup(components, ref, group, turn)).version
  }
  const heads = new HeadCache({ ...components, coordination: rows })
  return { clock, components, heads, ref, commit, gate }
}
