import { expect, test } from 'vitest'
import { ByteBudget } from '../../core/byte-budget.ts'
import type { ShardRef } from '../../core/version/collection.ts'
import { readHead } from '../../core/version/head.ts'
import type { Operation } from '../../core/writing/plan-writes.ts'
import { ShardWriter } from '../../core/writing/shard-writer.ts'
import { auditChain, auditShard } from '../shard/audit-shard.ts'
import { createTestShard, put, type TestComponents, testComponents, testSchema } from '../shard/open-test-shard.ts'

const remove = (id: string): Operation => ({ kind: 'delete', id })

test('a write is visible when it is answered', async () => {
  const { components, ref, submit } = await openWriter()

  const outcome = await submit([put('b'), put('a')])

  expect(outcome).toMatchObject({ version: 2, existed: [false, false] })
  const { documents } = await auditShard(components, ref)
  expect([...documents.keys()]).toEqual(['a', 'b'])
})

test('a document replaces the one with the same id', async () => {
  const { components, ref, submit } = await openWriter()
  await submit([put('a', { title: 'one two' }), put('b', { title: 'three' })])

  const outcome = await submit([put('b', { title: 'four five six' }), put('c')])

  expect(outcome).toMatchObject({ version: 3, existed: [true, false] })
  const { documents } = await auditShard(components, ref)
  expect(documents.get('b')).toEqual({ id: 'b', title: 'four five six' })
  expect(documents.size).toBe(3)
})

test('of several documents with one id in a batch the last remains', async () => {
  const { components, ref, submit } = await openWriter()

  const outcome = await submit([
    put('a', { n: 1 }),
    put('a', { n: 2 }),
    remove('b'),
    put('b'),
    remove('b'),
    remove('b'),
  ])

  expect(outcome.existed).toEqual([false, true, false, false, true, false])
  const { documents } = await auditShard(components, ref)
  expect([...documents]).toEqual([['a', { id: 'a', n: 2 }]])
})

test('deleting absent documents commits nothing', async () => {
  const { components, ref, submit } = await openWriter()
  await submit([put('a')])

  const outcome = await submit([remove('x')])

  expect(outcome).toMatchObject({ version: 2, existed: [false] })
  expect((await readHead(components, ref)).manifest.version).toBe(2)
})

test('a segment that loses its last document leaves the manifest', async () => {
  const { components, ref, submit } = await openWriter()
  await submit([put('a'), put('b')])

  await submit([remove('a'), remove('b')])

  const { head } = await auditShard(components, ref)
  expect(head.manifest.segments).toEqual([])
  expect(head.manifest.checksum).toEqual(new Uint8Array(16))
})

test('deletions of several commits add up', async () => {
  const { components, ref, submit } = await openWriter()
  await submit(Array.from({ length: 100 }, (_, i) => put(`d${i}`)))

  for (let i = 0; i < 90; i += 3) await submit([remove(`d${i}`)])

  const { head, documents } = await auditShard(components, ref)
  expect(documents.size).toBe(70)
  expect(head.manifest.segments[0]!.deletedCount).toBe(30)
  await auditChain(components.store, ref, head.manifest)
})

test('requests that arrive during a commit share the next one', async () => {
  const { components, ref, submit } = await openWriter()

  const outcomes = await Promise.all(
    Array.from({ length: 50 }, (_, i) => submit([put(`d${i}`), put('shared', { n: i })])),
  )

  expect(outcomes.map(({ version }) => version)).toEqual([2, ...new Array(49).fill(3)])
  expect(outcomes.map(({ existed }) => existed[1])).toEqual([false, ...new Array(49).fill(true)])
  const { documents } = await auditShard(components, ref)
  expect(documents.size).toBe(51)
  expect(documents.get('shared')).toEqual({ id: 'shared', n: 49 })
})

test('two independent writers lose nothing', async () => {
  const { components, ref, submit } = await openWriter()
  const rival = writerOf({ ...components, random: testComponents({ seed: 2 }).random }, ref)

  const writes: Promise<unknown>[] = []
  for (let i = 0; i < 40; i++) {
    writes.push(submit([put(`a${i}`), put(`shared${i % 5}`, { n: i })]), rival([put(`b${i}`), remove(`a${i - 3}`)]))
    if (i % 4 === 0) await Promise.all(writes)
  }
  await Promise.all(writes)

  const { head, documents } = await auditShard(components, ref)
  for (let i = 0; i < 40; i++) expect(documents.has(`b${i}`)).toBe(true)
  await auditChain(components.store, ref, head.manifest)
})

/** A deletion was once answered from the head that the writer's previous commit had left, up to 50 ms earlier. */
test('a deletion finds a document that another process wrote after this process’s last commit', async () => {
  const { components, ref, submit } = await openWriter()
  const rival = writerOf({ ...components, random: testComponents({ seed: 2 }).random }, ref)
  await submit([put('a')])
  await rival([put('b')])

  const outcome = await submit([remove('b')])

  expect(outcome).toMatchObject({ version: 4, existed: [true] })
})

test('a process with too many waiting bytes refuses writes', async () => {
  const { submit } = await openWriter(new ByteBudget(2000))

  const answers = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => submit([put(`d${i}`)])))

  const refused = answers.filter((answer) => answer.status === 'rejected')
  expect(refused).toHaveLength(6)
  expect(refused[0]!.reason).toMatchObject({ name: 'UnavailableError', code: 'overloaded' })
})

async function openWriter(budget?: ByteBudget) {
  const components = testComponents()
  const ref = await createTestShard(components)
  return { components, ref, submit: writerOf(components, ref, budget) }
}

function writerOf(components: TestComponents, ref: ShardRef, budget = new ByteBudget()) {
  const hooks = { ready: () => Promise.resolve(), onCommitted: () => undefined }
  const writer = new ShardWriter(components, ref, { budget, hooks })
  return (operations: readonly Operation[]) => writer.submit({ schema: testSchema, operations })
}
