import { expect, test } from 'vitest'
import { fenceCollection } from '../../core/collections/delete-collection.ts'
import type { Coordination } from '../../core/coordination/coordination.ts'
import { UnavailableError } from '../../core/errors.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import type { ShardRef } from '../../core/version/collection.ts'
import { COMMIT_MS_MIN } from '../../core/version/commit.ts'
import { readHead } from '../../core/version/head.ts'
import { writeGroup } from '../../core/writing/write-group.ts'
import { auditShard } from '../shard/audit-shard.ts'
import { createTestShard, put, type TestComponents, testComponents, testSchema } from '../shard/open-test-shard.ts'
import { TurnClock } from '../shard/turn-clock.ts'

const REFUSED = { name: 'UnavailableError', code: 'deadline_exceeded' }
const UNKNOWN = { name: 'OutcomeUnknownError' }

test('a commit without enough time is refused, and nothing is sent', async () => {
  const { calm, ref, limited } = await openLimited(COMMIT_MS_MIN - 1)
  let sentCount = 0
  const onHeadWrite = (write: () => Promise<'written' | 'refused'>) => {
    sentCount++
    return write()
  }

  await expect(writeOne(limited({ onHeadWrite }), ref)).rejects.toMatchObject(REFUSED)

  expect(sentCount).toBe(0)
  expect((await auditShard(calm, ref)).documents.size).toBe(0)
})

test('a commit whose uploads took all the time is refused and not sent', async () => {
  const { calm, ref, limited, clock } = await openLimited(1000)
  let sentCount = 0
  const onHeadWrite = (write: () => Promise<'written' | 'refused'>) => {
    sentCount++
    return write()
  }
  const components = limited({ onUpload: () => clock.sleep(950), onHeadWrite })

  await expect(writeOne(components, ref)).rejects.toMatchObject(REFUSED)

  expect(sentCount).toBe(0)
  expect((await auditShard(calm, ref)).documents.size).toBe(0)
})

test('a commit that was sent and not answered in time is not reported as failed', async () => {
  const { calm, ref, limited, clock } = await openLimited(1000)
  const components = limited({
    onHeadWrite: async (write) => {
      await write()
      await clock.sleep(1200)
      throw new UnavailableError('deadline_exceeded', 'cut off')
    },
    onHeadRead: () => Promise.reject(new UnavailableError('deadline_exceeded', 'no time')),
    readsBefore: 1,
  })

  await expect(writeOne(components, ref)).rejects.toMatchObject(UNKNOWN)

  expect((await auditShard(calm, ref)).documents.size).toBe(1)
})

test('a commit whose reply was lost is searched for while there is time', async () => {
  const { ref, limited, clock } = await openLimited(1000)
  const components = limited({
    onHeadWrite: async (write) => {
      await write()
      await clock.sleep(500)
      throw new UnavailableError('injected', 'the reply was lost')
    },
  })

  expect(await writeOne(components, ref)).toMatchObject({ version: 2 })
})

test('a commit that certainly lost a race and has no time for another is refused', async () => {
  const { calm, ref, limited, clock } = await openLimited(1000)
  const components = limited({
    onHeadWrite: async (write) => {
      await writeOne(calm, ref, 'rival')
      await clock.sleep(950)
      return write()
    },
  })

  await expect(writeOne(components, ref)).rejects.toMatchObject(REFUSED)

  expect([...(await auditShard(calm, ref)).documents.keys()]).toEqual(['rival'])
  // The first version, the rival's and the lost one; no other was begun.
  const manifests: string[] = []
  for await (const { key } of calm.store.list('')) if (key.includes('/manifests/')) manifests.push(key)
  expect(manifests).toHaveLength(3)
})

test('no try or pause of a commit continues after the limit', async () => {
  for (const limitMs of [120, 150, 400, 900]) {
    const { ref, limited, clock } = await openLimited(limitMs)
    const startedMs = clock.monotonic()
    const sentAtMs: number[] = []
    const onHeadWrite = () => {
      sentAtMs.push(clock.monotonic() - startedMs)
      return Promise.reject(new UnavailableError('injected', 'no reply'))
    }

    await expect(writeOne(limited({ onHeadWrite }), ref)).rejects.toMatchObject(UNKNOWN)

    expect(Math.max(...sentAtMs)).toBeLessThan(limitMs)
    expect(clock.monotonic() - startedMs).toBeLessThanOrEqual(limitMs)
  }
})

test('fencing gives up when the time is over, and the next call completes it', async () => {
  const { calm, ref, limited, clock } = await openLimited(500)
  const startedMs = clock.monotonic()
  const lost = () => Promise.reject(new UnavailableError('injected', 'no reply'))

  await expect(fenceCollection(limited({ onHeadWrite: lost }), ref.uid)).rejects.toMatchObject(REFUSED)

  expect(clock.monotonic() - startedMs).toBeLessThanOrEqual(500)
  await fenceCollection(calm, ref.uid)
  expect((await readHead(calm, ref)).state).toBe('deleted')
})

type Happenings = {
  readonly onUpload?: () => Promise<void>
  readonly onHeadWrite?: (write: () => Promise<'written' | 'refused'>) => Promise<'written' | 'refused'>
  /** Is called before each read of the head after the first `readsBefore`. */
  readonly onHeadRead?: () => Promise<void>
  readonly readsBefore?: number
}

/** A shard, and components whose time is over after `limitMs`. */
async function openLimited(limitMs: number) {
  const clock = new TurnClock()
  const calm = testComponents({ clock })
  const ref = await createTestShard(calm)
  const untilMs = clock.monotonic() + limitMs
  const timeLimit = { remainingMs: () => untilMs - clock.monotonic(), signal: undefined }
  const limited = ({ onUpload, ...rows }: Happenings): TestComponents => {
    const store: ObjectStore = {
      get: (key, range) => calm.store.get(key, range),
      async put(key, body) {
        await onUpload?.()
        return calm.store.put(key, body)
      },
      putStream: (key, chunks) => calm.store.putStream(key, chunks),
      list: (prefix, after) => calm.store.list(prefix, after),
      delete: (keys) => calm.store.delete(keys),
    }
    return { ...calm, store, coordination: withHappenings(calm.coordination, rows), timeLimit }
  }
  return { calm, ref, clock, limited }
}

function writeOne(components: TestComponents, ref: ShardRef, id = 'a') {
  const turn = { onBuilt: () => undefined, previous: Promise.resolve(undefined) }
  return writeGroup(components, ref, { schema: testSchema, operations: [put(id)] }, turn)
}

function withHappenings(base: Coordination, { onHeadWrite, onHeadRead, readsBefore = 0 }: Happenings): Coordination {
  let reads = 0
  return {
    async read(key, options) {
      if (key.sk === 'head' && reads++ >= readsBefore) await onHeadRead?.()
      return base.read(key, options)
    },
    write(key, change, conditions) {
      const write = () => base.write(key, change, conditions)
      return key.sk === 'head' && onHeadWrite ? onHeadWrite(write) : write()
    },
    delete: (key, conditions) => base.delete(key, conditions),
    query: (pk, skPrefix, options) => base.query(pk, skPrefix, options),
    close: () => base.close(),
  }
}
