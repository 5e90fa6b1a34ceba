import { expect, test } from 'vitest'
import { OutcomeUnknownError, UnavailableError } from '../../core/errors.ts'
import { readHead } from '../../core/version/head.ts'
import { foldLeftovers } from '../../core/writing/pending-write.ts'
import type { Operation } from '../../core/writing/plan-writes.ts'
import { writeConditionally } from '../../core/writing/write-conditionally.ts'
import { CutPlan } from '../faults/cut-plan.ts'
import { auditChain, auditShard } from '../shard/audit-shard.ts'
import { put, testSchema } from '../shard/open-test-shard.ts'
import { leaveDeletion, openContended } from './contended-writer.ts'

const remove = (id: string): Operation => ({ kind: 'delete', id })
const lostReply = () => new UnavailableError('injected', 'the reply was lost')

test('a writer that lost two races leaves its write in the head, and folds the entry itself if no other commit does', async () => {
  const shard = await openContended()

  const { version, existed, committed } = await shard.writeContended([put('a'), remove('rival-0'), remove('nobody')])

  expect({ version, existed, isOwn: committed?.isOwn }).toEqual({
    version: 4,
    existed: [false, true, false],
    isOwn: true,
  })
  const { head, documents } = await auditShard(shard.components, shard.ref)
  expect([...documents.keys()].sort()).toEqual(['a', 'rival-1'])
  expect(head.manifest.folded).toHaveLength(1)
  expect(head.pending).toEqual([])
})

test('a pending write is not visible, and the next commit folds it before its own operations', async () => {
  const shard = await openContended()
  await shard.leaveBehind([put('a', { n: 1 }), put('b', { n: 1 }), remove('rival-0')])

  const before = await auditShard(shard.components, shard.ref)
  const { existed } = await shard.write(shard.open(), [put('a', { n: 2 }), remove('b'), remove('rival-0'), put('c')])

  expect([...before.documents.keys()].sort()).toEqual(['rival-0', 'rival-1'])
  expect(existed).toEqual([true, true, false, false])
  const after = await auditShard(shard.components, shard.ref)
  expect([...after.documents.keys()].sort()).toEqual(['a', 'c', 'rival-1'])
  expect(after.documents.get('a')).toMatchObject({ n: 2 })
  expect(after.head.pending).toEqual([])
})

test('pending writes are committed before a conditional write, which is evaluated on their result', async () => {
  const shard = await openContended()
  await shard.leaveBehind([put('a', { n: 1 }), remove('rival-0')])
  const onlyNew = (id: string) => ({ ...put(id, { n: 2 }), condition: { is: 'absent' } as const })
  const batch = { operations: [onlyNew('a'), onlyNew('rival-0')], decides: 'each' } as const

  const { batches, version } = await writeConditionally(
    shard.open(),
    shard.ref,
    { schema: testSchema, batches: [batch] },
    { onBuilt: () => undefined, previous: Promise.resolve(undefined) },
  )

  expect(batches[0]!.results.map(({ status }) => status)).toEqual(['failed', 'created'])
  const { head, documents } = await auditShard(shard.components, shard.ref)
  expect(head.manifest.version).toBe(version)
  expect(documents.get('a')).toMatchObject({ n: 1 })
  expect(documents.get('rival-0')).toMatchObject({ n: 2 })
  expect(head.pending).toEqual([])
})

test('a writer whose entry another commit folded is answered with what that commit found', async () => {
  const shard = await openContended()
  let version = 0

  const outcome = await shard.writeContended([put('rival-0'), put('a'), remove('x')], {
    async onEntry(write) {
      const reply = await write()
      version = (await shard.write(shard.open(), [put('a', { n: 5 })])).version
      for (let i = 0; i < 12; i++) await shard.writeAsRival()
      return reply
    },
  })

  expect(outcome).toMatchObject({ version, existed: [true, false, false], committed: { isOwn: false } })
  const { documents } = await auditShard(shard.components, shard.ref)
  expect(documents.get('a')).toMatchObject({ n: 5 })
})

test('an entry whose reply was lost is found in the head', async () => {
  const shard = await openContended()
  let tries = 0

  const { version } = await shard.writeContended([put('a')], {
    async onEntry(write) {
      tries++
      await write()
      throw lostReply()
    },
  })

  expect([version, tries]).toEqual([4, 1])
  expect((await auditShard(shard.components, shard.ref)).documents.size).toBe(3)
})

test('an entry whose reply was lost is found in the commit that folded it, even after later commits', async () => {
  const shard = await openContended()
  let tries = 0

  const { version } = await shard.writeContended([put('a')], {
    async onEntry(write) {
      tries++
      await write()
      for (let i = 0; i < 12; i++) await shard.writeAsRival()
      throw lostReply()
    },
  })

  expect([version, tries]).toEqual([4, 1])
  const { head, documents } = await auditShard(shard.components, shard.ref)
  expect(documents.size).toBe(15)
  const chain = await auditChain(shard.components.store, shard.ref, head.manifest)
  expect(chain.flatMap(({ folded }) => folded)).toHaveLength(1)
})

test('an entry that never arrived is left again in the next head', async () => {
  const shard = await openContended()
  let tries = 0

  const { existed } = await shard.writeContended([put('a')], {
    async onEntry(write) {
      if (tries++ > 0) return write()
      await shard.writeAsRival()
      throw lostReply()
    },
  })

  expect([existed, tries]).toEqual([[false], 2])
})

test('a repeated request for an entry that has been folded does nothing', async () => {
  const shard = await openContended()
  let repeat: () => Promise<unknown> = () => Promise.reject(new Error('nothing to repeat'))

  await shard.writeContended([put('a')], {
    async onEntry(write) {
      repeat = write
      expect(await write()).toBe('written')
      expect(await write()).toBe('refused')
      return 'written'
    },
  })

  expect(await repeat()).toBe('refused')
  expect((await readHead(shard.components, shard.ref)).pending).toEqual([])
})

test('an entry that may still arrive is not reported as refused', async () => {
  const shard = await openContended()
  const late: (() => Promise<unknown>)[] = []
  const writing = shard.writeContended([put('a')], {
    onEntry(write) {
      late.push(write)
      return Promise.reject(lostReply())
    },
  })

  await expect(writing).rejects.toBeInstanceOf(OutcomeUnknownError)

  for (const write of late) await write()
  await foldLeftovers(shard.components, shard.ref)
  const { documents, head } = await auditShard(shard.components, shard.ref)
  expect([...documents.keys()].sort()).toEqual(['a', 'rival-0', 'rival-1'])
  expect(head.manifest.folded).toHaveLength(1)
})

test('a commit that folds entries leaves those that arrived after it read the head', async () => {
  const shard = await openContended()
  await shard.leaveBehind([put('a')])
  const later = await shard.writeContended([put('b')], {
    // This writer is about to commit `a` and `b` when `c` arrives.
    async onCommit(write) {
      await leaveDeletion(shard, 'left')
      return write()
    },
  })

  const { head } = await auditShard(shard.components, shard.ref)
  expect(later.version).toBe(head.manifest.version)
  expect(head.pending.map(({ ids }) => ids)).toEqual([['left']])
})

test('wherever a waiting writer is cut off, its write happens once or not at all, as its answer says', async () => {
  const outcomes = new Set<string>()
  for (const isDone of [false, true]) {
    for (let requests = 0; ; requests++) {
      const shard = await openContended()
      const plan = new CutPlan(requests, { isDone })
      const told = await shard.writeContended([put('a'), remove('rival-0')], { plan }).then(
        () => 'acknowledged',
        (error: unknown) => (error instanceof OutcomeUnknownError ? 'unknown' : 'refused'),
      )
      outcomes.add(told)
      await shard.writeAsRival()

      const { head, documents } = await auditShard(shard.components, shard.ref)
      const place = `cut after ${requests} requests, ${isDone ? 'the last one done' : 'the last one not done'}: ${told}`
      expect(head.pending, place).toEqual([])
      if (told !== 'unknown') expect(documents.has('a'), place).toBe(told === 'acknowledged')
      if (documents.has('a')) expect(documents.has('rival-0'), place).toBe(false)
      const chain = await auditChain(shard.components.store, shard.ref, head.manifest)
      expect(chain.flatMap(({ folded }) => folded).length, place).toBeLessThan(2)
      if (!plan.isCut) break
    }
  }
  expect(outcomes).toEqual(new Set(['acknowledged', 'unknown', 'refused']))
})
