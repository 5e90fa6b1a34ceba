import { expect, test } from 'vitest'
import { fenceCollection } from '../../core/collections/delete-collection.ts'
import { compactFully } from '../../core/compaction/compact-fully.ts'
import { NotFoundError, OutcomeUnknownError, UnavailableError } from '../../core/errors.ts'
import { shardPrefix } from '../../core/version/collection.ts'
import { headKey, readHead } from '../../core/version/head.ts'
import { baseOfName, manifestKey } from '../../core/version/object-names.ts'
import { PENDING_FORMAT_VERSION, PENDING_MAX, slotName } from '../../core/version/pending.ts'
import { RecordWriter } from '../../core/version/record-codec.ts'
import { foldLeftovers } from '../../core/writing/pending-write.ts'
import type { RequestPlan } from '../faults/fault-plan.ts'
import { auditShard } from '../shard/audit-shard.ts'
import { put } from '../shard/open-test-shard.ts'
import { rebuildingCompactor } from '../shard/rebuild-segment.ts'
import { deletionOf, leaveDeletion, openContended, setFloor } from './contended-writer.ts'

const lostReply = () => new UnavailableError('injected', 'the reply was lost')

test('a pending write whose collection is deleted is refused and never visible', async () => {
  const shard = await openContended()

  const writing = shard.writeContended([put('a')], {
    async onEntry(write) {
      const reply = await write()
      await fenceCollection(shard.components, shard.ref.uid)
      return reply
    },
  })

  await expect(writing).rejects.toMatchObject({ code: 'collection_not_found' })
  expect((await auditShard(shard.components, shard.ref)).documents.has('a')).toBe(false)
})

test('a deleted collection takes no entries', async () => {
  const shard = await openContended()

  const writing = shard.writeContended([put('a')], {
    async onEntry(write) {
      await fenceCollection(shard.components, shard.ref.uid)
      return write()
    },
  })

  await expect(writing).rejects.toMatchObject({ code: 'collection_not_found' })
  const row = await shard.components.coordination.read(headKey(shard.ref), { consistent: true })
  expect(Object.keys(row!.attributes).filter((name) => /^pending\d/.test(name))).toEqual([])
})

test('objects that collection may have deleted are uploaded again before the entry is left', async () => {
  const shard = await openContended()
  let tries = 0

  await shard.writeContended([put('a')], {
    async onEntry(write) {
      if (tries++ === 0) await setFloor(shard, 3)
      return write()
    },
  })

  const { head } = await auditShard(shard.components, shard.ref)
  expect([tries, baseOfName(head.manifest.segments.at(-1)!.name)]).toEqual([2, 3])
})

test('an entry from before the floor rose above its objects is still folded', async () => {
  const shard = await openContended()
  await shard.leaveBehind([put('a')])
  await setFloor(shard, 3)

  await foldLeftovers(shard.components, shard.ref)

  expect((await auditShard(shard.components, shard.ref)).documents.has('a')).toBe(true)
})

test('a writer that finds no room in the head commits directly', async () => {
  const shard = await openContended()
  const taken = Array.from({ length: PENDING_MAX }, (_, slot) => [slotName(slot), deletionOf(`gone-${slot}`)])
  let tries = 0

  const { version, committed } = await shard.writeContended([put('a')], {
    async onEntry(write) {
      tries++
      await shard.components.coordination.write(headKey(shard.ref), { set: Object.fromEntries(taken) }, [])
      return write()
    },
  })

  expect({ version, tries, isOwn: committed?.isOwn }).toEqual({ version: 4, tries: 1, isOwn: true })
  const { head, documents } = await auditShard(shard.components, shard.ref)
  expect(documents.has('a')).toBe(true)
  expect([head.pending.length, head.manifest.folded.length]).toEqual([0, PENDING_MAX])
})

test('an entry is not left if its segment could not be uploaded', async () => {
  const shard = await openContended()
  let uploads = 0
  const plan: RequestPlan = {
    run: (what, request) => (/^put .*\/seg\//.test(what) && uploads++ > 0 ? Promise.reject(lostReply()) : request()),
    happens: () => false,
  }
  let entries = 0

  const writing = shard.writeContended([put('a')], {
    plan,
    async onEntry(write) {
      // The segment must be uploaded again, and that fails.
      if (entries++ === 0) await setFloor(shard, 3)
      return write()
    },
  })

  await expect(writing).rejects.toMatchObject({ code: 'injected' })
  expect([entries, uploads]).toEqual([1, 2])
  expect((await readHead(shard.components, shard.ref)).pending).toEqual([])
})

test('a writer that is not the first folds all entries if the first writer is gone', async () => {
  const shard = await openContended()

  const { committed } = await shard.writeContended([put('a')], {
    async onEntry(write) {
      await leaveDeletion(shard, 'rival-0')
      return write()
    },
  })

  expect(committed?.isOwn).toBe(true)
  const { head, documents } = await auditShard(shard.components, shard.ref)
  expect([...documents.keys()].sort()).toEqual(['a', 'rival-1'])
  expect(head.manifest.folded.map(({ present }) => present)).toEqual([[0], []])
})

test('a write has an unknown outcome if the manifests that would show it are gone', async () => {
  const shard = await openContended()
  const { store } = shard.components

  const writing = shard.writeContended([put('a')], {
    async onEntry(write) {
      const reply = await write()
      for (let i = 0; i < 3; i++) await shard.writeAsRival()
      const { manifest } = await readHead(shard.components, shard.ref)
      await store.delete([shardPrefix(shard.ref) + manifestKey(manifest.predecessors[0]!)])
      return reply
    },
  })

  await expect(writing).rejects.toBeInstanceOf(OutcomeUnknownError)
})

test('a fold that finds an object gone starts again on the next head', async () => {
  const shard = await openContended()
  let isGone = false
  const plan: RequestPlan = {
    run(what, request) {
      if (!isGone || !/^get .*\/manifests\/|^get .*\/seg\//.test(what)) return request()
      isGone = false
      return Promise.reject(new NotFoundError('object_not_found', `injected: ${what}`))
    },
    happens: () => false,
  }

  const { existed } = await shard.writeContended([put('a'), put('rival-0')], {
    plan,
    async onEntry(write) {
      const reply = await write()
      await leaveDeletion(shard, 'a')
      isGone = true
      return reply
    },
  })

  expect([existed, isGone]).toEqual([[false, true], false])
})

test('a batch whose ids are too large for the head commits directly', async () => {
  const shard = await openContended()
  let entries = 0
  const many = Array.from({ length: 200 }, (_, i) => put(`a-long-enough-id-${i}`))

  const { version } = await shard.writeContended(many, {
    onEntry(write) {
      entries++
      return write()
    },
  })

  expect([version, entries]).toEqual([4, 0])
})

test('a write with little time left does not leave an entry', async () => {
  const shard = await openContended()
  let entries = 0

  const { version } = await shard.writeContended([put('a')], {
    timeLimit: { remainingMs: () => 900, signal: undefined },
    onEntry(write) {
      entries++
      return write()
    },
  })

  expect([version, entries]).toEqual([4, 0])
})

test('a write that is still pending when its time is over has an unknown outcome', async () => {
  const shard = await openContended()
  let left = 5000

  const writing = shard.writeContended([put('a')], {
    timeLimit: { remainingMs: () => left, signal: undefined },
    onCommit() {
      left = 0
      return Promise.reject(lostReply())
    },
  })

  await expect(writing).rejects.toBeInstanceOf(OutcomeUnknownError)
  await shard.writeAsRival()
  expect((await auditShard(shard.components, shard.ref)).documents.has('a')).toBe(true)
})

test('compacting a whole shard folds its pending writes', async () => {
  const shard = await openContended()
  await shard.leaveBehind([put('a')])
  const parts = { ...shard.components, compactSegments: rebuildingCompactor(shard.components.store) }

  await compactFully(parts, shard.ref, { onCommitted: () => undefined })

  const { head, documents } = await auditShard(shard.components, shard.ref)
  expect([...documents.keys()]).toEqual(['a', 'rival-0', 'rival-1'])
  expect([head.pending.length, head.manifest.segments.length]).toEqual([0, 1])
})

test('an entry in a format that only newer code knows is left alone, and so is its shard', async () => {
  const shard = await openContended()
  const out = new RecordWriter()
  out.number(PENDING_FORMAT_VERSION + 1)
  out.text('something else')
  const set = { [slotName(7)]: out.finish() }
  await shard.components.coordination.write(headKey(shard.ref), { set }, [])

  await expect(shard.writeAsRival()).rejects.toMatchObject({ code: 'newer_writer' })
  expect((await readHead(shard.components, shard.ref)).unknownPendingCount).toBe(1)
})
