import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { openMemoryEngine } from './memory-engine.ts'

const REUSED = { name: 'ConflictError', code: 'idempotency_key_reused' }
const HOUR = 60 * 60 * 1000
const KEY = { idempotencyKey: 'k' }

const OTHERS: { readonly [name: string]: (engine: Engine) => Promise<unknown> } = {
  'another batch': (engine) => engine.writeDocuments('books', [{ title: 'other' }], KEY),
  'a longer batch': (engine) => engine.writeDocuments('books', [{ title: 'one' }, { title: 'two' }], KEY),
  'operations that put the same': (engine) => engine.writeOperations('books', [{ put: { title: 'one' } }], KEY),
  'one document': (engine) => engine.putDocument('books', 'x', { title: 'one' }, KEY),
}

test.each(Object.keys(OTHERS))('a key that was used for a batch refuses %s, which changes nothing', async (name) => {
  const { open } = createWorld()
  await open().writeDocuments('books', [{ title: 'one' }], KEY)

  // Another process knows the key only from the table.
  await expect(OTHERS[name]!(open())).rejects.toMatchObject(REUSED)

  const { documents } = await open().listDocuments('books', { limit: 10 })
  expect(documents).toEqual([{ id: expect.any(String), title: 'one' }])
})

test('the same request with its key may be repeated, even concurrently, and is done once', async () => {
  const { open } = createWorld()
  const operations = [{ put: { title: 'one' } }, { delete: 'x' }, { id: 'y', patch: { n: 1 } }]
  await open().putDocument('books', 'y', { title: 'why' })

  await Promise.all([1, 2, 3, 4].map(() => open().writeOperations('books', operations, KEY)))

  await expect(open().writeOperations('books', operations.slice(0, 2), KEY)).rejects.toMatchObject(REUSED)
  await expect(open().writeOperations('books', operations, { ...KEY, atomic: true })).rejects.toMatchObject(REUSED)
  expect((await open().listDocuments('books', { limit: 10 })).documents).toHaveLength(2)
})

test('one of several different concurrent requests with the same key is done', async () => {
  const { open } = createWorld()
  await open().createCollection('books', {})
  const titles = ['a', 'b', 'c', 'd']

  const settled = await Promise.allSettled(titles.map((title) => open().writeDocuments('books', [{ title }], KEY)))

  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const one of settled) if (one.status === 'rejected') expect(one.reason).toMatchObject(REUSED)
  expect((await open().listDocuments('books', { limit: 10 })).documents).toHaveLength(1)
})

test('the same key in another collection is a different key', async () => {
  const { open } = createWorld()
  await open().writeDocuments('books', [{ title: 'one' }], KEY)

  await expect(open().writeDocuments('films', [{ title: 'other' }], KEY)).resolves.toMatchObject({ failed: 0 })
})

test('a key is remembered for a day, and garbage collection removes its row after two', async () => {
  const { open, clock, coordination } = createWorld()
  await open().writeDocuments('books', [{ title: 'one' }], KEY)
  const other = () => open().writeDocuments('books', [{ title: 'other' }], KEY)
  const keys = async () => {
    const { uid } = await open().inspect({ collection: 'books' })
    const rows: string[] = []
    for await (const { sk } of coordination.query(`collection#${uid}`, 'idempotency#', { consistent: true }))
      rows.push(sk)
    return rows.length
  }

  await clock.advance(24 * HOUR)
  await open().collectGarbage()
  await expect(other()).rejects.toMatchObject(REUSED)
  expect(await keys()).toBe(1)
  await clock.advance(24 * HOUR)
  await open().collectGarbage()

  expect(await keys()).toBe(0)
  await expect(other()).resolves.toMatchObject({ failed: 0 })
})

test('deleting a collection removes its keys', async () => {
  const { open, coordination } = createWorld()
  const engine = open()
  await engine.writeDocuments('books', [{ title: 'one' }], KEY)
  const { uid } = await engine.inspect({ collection: 'books' })

  await engine.deleteCollection('books')
  await engine.settle()

  for await (const row of coordination.query(`collection#${uid}`, '', { consistent: true })) expect(row).toBeUndefined()
})

function createWorld() {
  const clock = new ManualClock()
  const unhurried = { now: () => clock.now(), monotonic: () => clock.monotonic(), sleep: async () => undefined }
  const places = { store: new MemoryObjectStore(clock), coordination: new MemoryCoordination() }
  return { ...places, clock, open: () => openMemoryEngine({ ...places, clock: unhurried }) }
}
