import { expect, test } from 'vitest'
import { fenceCollection } from '../../core/collections/delete-collection.ts'
import type { Coordination } from '../../core/coordination/coordination.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { OutcomeUnknownError, UnavailableError } from '../../core/errors.ts'
import { headKey, readHead } from '../../core/version/head.ts'
import { HeadCache } from '../../core/version/head-cache.ts'
import { baseOfName } from '../../core/version/object-names.ts'
import { writeGroup } from '../../core/writing/write-group.ts'
import { auditShard } from '../shard/audit-shard.ts'
import { createTestShard, put, type TestComponents, testComponents, testSchema } from '../shard/open-test-shard.ts'
import { TurnClock } from '../shard/turn-clock.ts'

/** Writes one document; `onWrite` replaces the head's first conditional write. */
async function writeMeeting(
  components: TestComponents,
  ref: { uid: string; shard: number },
  onWrite: (write: () => Promise<'written' | 'refused'>) => Promise<'written' | 'refused'>,
) {
  let isFirst = true
  const coordination = intercepted(components.coordination, (write) => {
    const meets = isFirst
    isFirst = false
    return meets ? onWrite(write) : write()
  })
  const group = { schema: testSchema, operations: [put('a')] }
  return writeGroup({ ...components, coordination }, ref, group, {
    onBuilt: () => undefined,
    previous: Promise.resolve(undefined),
  })
}

test('a commit whose reply was lost is recognised as our own, even after later commits', async () => {
  const { components, ref, writeAsRival } = await openShard()

  const { version } = await writeMeeting(components, ref, async (write) => {
    await write()
    for (let i = 0; i < 12; i++) await writeAsRival(`rival-${i}`)
    throw new UnavailableError('injected', 'the reply was lost')
  })

  expect(version).toBe(2)
  const { documents, head } = await auditShard(components, ref)
  expect(documents.size).toBe(13)
  // The row remembers fewer than twelve later commits, so the chain of manifests showed the outcome.
  expect(head.recent).toHaveLength(8)
})

test('a write that may still happen is not reported as refused', async () => {
  const { components, ref } = await openShard()
  const late: (() => Promise<unknown>)[] = []
  const coordination = intercepted(components.coordination, async (write) => {
    late.push(write)
    throw new UnavailableError('injected', 'no reply')
  })
  const group = { schema: testSchema, operations: [put('a')] }
  const turn = { onBuilt: () => undefined, previous: Promise.resolve(undefined) }

  await expect(writeGroup({ ...components, coordination }, ref, group, turn)).rejects.toBeInstanceOf(
    OutcomeUnknownError,
  )

  expect((await auditShard(components, ref)).documents.size).toBe(0)
  for (const write of late) await write()
  const { head, documents } = await auditShard(components, ref)
  expect(documents.size).toBe(1)
  expect(head.manifest.version).toBe(2)
})

test('a commit does not happen if its collection is deleted first', async () => {
  const { components, ref } = await openShard()

  const writing = writeMeeting(components, ref, async (write) => {
    await fenceCollection(components, ref.uid)
    return write()
  })

  await expect(writing).rejects.toMatchObject({ code: 'collection_not_found' })
  const { head, documents } = await auditShard(components, ref)
  expect([head.state, head.epoch, head.manifest.version, documents.size]).toEqual(['deleted', 2, 1, 0])
})

test('objects that collection may have deleted are uploaded again before the commit', async () => {
  const { components, ref, writeAsRival } = await openShard()
  for (let i = 0; i < 4; i++) await writeAsRival(`rival-${i}`)

  const { version } = await writeMeeting(components, ref, async (write) => {
    await writeAsRival('rival-late')
    await components.coordination.write(headKey(ref), { set: { gcFloor: 6 } }, [])
    return write()
  })

  expect(version).toBe(7)
  const { head } = await auditShard(components, ref)
  expect(baseOfName(head.manifest.segments.at(-1)!.name)).toBe(6)
})

test('an attempt whose objects fall below the floor on an unchanged head is replaced by a new attempt', async () => {
  const { components, ref, writeAsRival } = await openShard()
  let writes = 0
  const coordination = intercepted(components.coordination, async (write) => {
    writes++
    if (writes === 1) await writeAsRival('rival')
    // The segment's name has base 1, and the second attempt has base 2.
    if (writes === 2) await components.coordination.write(headKey(ref), { set: { gcFloor: 2 } }, [])
    return write()
  })
  const group = { schema: testSchema, operations: [put('a')] }
  const turn = { onBuilt: () => undefined, previous: Promise.resolve(undefined) }

  const { version } = await writeGroup({ ...components, coordination }, ref, group, turn)

  expect([version, writes]).toEqual([3, 3])
  const { head, documents } = await auditShard(components, ref)
  expect(documents.size).toBe(2)
  expect(baseOfName(head.manifest.segments.at(-1)!.name)).toBe(2)
})

test('a head that only newer code understands is not changed', async () => {
  const { components, ref } = await openShard()
  await components.coordination.write(headKey(ref), { set: { pending: ['a segment'] } }, [])

  await expect(writeMeeting(components, ref, (write) => write())).rejects.toMatchObject({ code: 'newer_writer' })
})

test('the cached head of a shard never goes back to an older one', async () => {
  const { components, ref, writeAsRival } = await openShard()
  const old = await readHead(components, ref)
  let release = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const slow = { ...components, coordination: readingAfter(components.coordination, gate) }
  const heads = new HeadCache(slow)

  const reading = heads.readNow(ref)
  await writeAsRival('rival')
  const newer = await readHead(components, ref)
  heads.learn(ref, { head: newer, knownAtMs: 5 })
  release()

  expect((await reading).head.manifest.version).toBe(2)
  heads.learn(ref, { head: old, knownAtMs: 10 })
  expect(heads.find(ref)!.head.manifest.version).toBe(2)
})

test('simultaneous readers share reads, and a strong reader never uses a read that was sent before it', async () => {
  const { components, ref, writeAsRival } = await openShard()
  let reads = 0
  const counting = {
    ...components,
    coordination: {
      ...intercepted(components.coordination, (write) => write()),
      read: async (...given: Parameters<Coordination['read']>) => {
        reads++
        const row = await components.coordination.read(...given)
        await new Promise((resolve) => setImmediate(resolve))
        return row
      },
    },
  }
  const heads = new HeadCache(counting)

  const first = heads.readNow(ref)
  await writeAsRival('rival')
  const later = await Promise.all(Array.from({ length: 20 }, () => heads.readNow(ref)))

  await first
  expect(later.every(({ head }) => head.manifest.version === 2)).toBe(true)
  expect(reads).toBeLessThanOrEqual(2)
})

async function openShard() {
  const components = testComponents({ clock: new TurnClock(), coordination: new MemoryCoordination() })
  const ref = await createTestShard(components)
  const writeAsRival = async (id: string) => {
    const group = { schema: testSchema, operations: [put(id)] }
    await writeGroup(components, ref, group, { onBuilt: () => undefined, previous: Promise.resolve(undefined) })
  }
  return { components, ref, writeAsRival }
}

/** The same rows, but with conditional writes to heads passed to `onWrite`. */
function intercepted(
  base: Coordination,
  onWrite: (write: () => Promise<'written' | 'refused'>) => Promise<'written' | 'refused'>,
): Coordination {
  return {
    read: (key, options) => base.read(key, options),
    write: (key, change, conditions) => onWrite(() => base.write(key, change, conditions)),
    delete: (key, conditions) => base.delete(key, conditions),
    query: (pk, skPrefix, options) => base.query(pk, skPrefix, options),
    close: () => base.close(),
  }
}

/** Reads return what was stored when they were sent, but not before `gate` opens. */
function readingAfter(base: Coordination, gate: Promise<void>): Coordination {
  return {
    ...intercepted(base, (write) => write()),
    async read(key, options) {
      const row = await base.read(key, options)
      await gate
      return row
    },
  }
}
