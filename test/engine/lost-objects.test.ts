import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { createApp } from '../../core/http/create-app.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { shardOfId } from '../../core/version/routing.ts'
import { openMemoryEngine, openMemoryLeaves } from './memory-engine.ts'

const DAMAGED = { code: 'object_lost', name: 'CorruptDataError' }

const REQUESTS: { readonly [name: string]: (engine: Engine, id: string) => Promise<unknown> } = {
  'reading a document': (engine, id) => engine.getDocuments('books', [id]),
  'patching a document': (engine, id) => engine.patchDocument('books', id, { title: 'new' }),
  'replacing a document': (engine, id) => engine.putDocument('books', id, { title: 'new' }),
  'deleting a document': (engine, id) => engine.deleteDocument('books', id),
  'a listing': (engine) => engine.listDocuments('books', { limit: 5 }),
  'a search that wants all shards': async (engine) => {
    const searching = engine.search('books', { query: 'sea', allow_partial_results: false })
    // With several shards, the error says how many are missing, and its cause is the first shard's error.
    await searching.catch((error) => Promise.reject(error.code === 'shards_unavailable' ? error.cause : error))
  },
}

test.each(Object.keys(REQUESTS).flatMap((name) => [1, 4].map((shards) => [name, shards] as const)))(
  '%s of a shard whose segment is lost reports damaged data, with %i shards',
  async (name, shards) => {
    const world = await createWorld(shards)

    await world.lose('seg/')

    const lost = REQUESTS[name]!(world.open(), world.idInLost)
    await expect(lost).rejects.toMatchObject(DAMAGED)
  },
)

test.each(['here', 'leaves'])('a search omits a shard whose segment is lost, and logs that (%s)', async (where) => {
  const world = await createWorld(4)
  const before = await world.open().search('books', { query: 'sea', limit: 100 })
  const failures: unknown[] = []

  await world.lose('seg/')
  const engine = world.open({ where, onFailure: (error) => failures.push(error) })
  const { hits, shards } = await engine.search('books', { query: 'sea', limit: 100 })

  expect(shards).toMatchObject({
    total: 4,
    failed: 1,
    failures: [{ shard: world.lost, reason: 'stored data are damaged' }],
  })
  expect(hits.length).toBeGreaterThan(0)
  expect(hits.length).toBeLessThan(before.hits.length)
  expect(failures).toMatchObject([{ ...DAMAGED, message: expect.stringContaining('/seg/') }])
})

test('over HTTP a lost segment is a 500 without its key, and the log has the key', async () => {
  const world = await createWorld(1)
  const defects: unknown[] = []
  const app = createApp(world.open(), { onFailure: (error) => defects.push(error) })

  await world.lose('seg/')
  const answers = await Promise.all([
    app.request(`/collections/books/documents/${world.idInLost}`),
    app.request('/collections/books/search', {
      method: 'POST',
      body: '{"query":"sea"}',
      headers: { 'Content-Type': 'application/json' },
    }),
    app.request(`/collections/books/documents/${world.idInLost}`, { method: 'DELETE' }),
  ])

  for (const answer of answers) {
    expect(answer.status).toBe(500)
    expect(await answer.json()).toMatchObject({ error: { code: 'object_lost', message: 'stored data are damaged' } })
  }
  expect(defects).toMatchObject([DAMAGED, DAMAGED, DAMAGED])
})

test('a lost manifest is damaged data too', async () => {
  const world = await createWorld(1, FIELDS_MANY)

  await world.lose('manifests/')

  await expect(world.open().getDocuments('books', ['1'])).rejects.toMatchObject(DAMAGED)
  await expect(world.open().deleteDocument('books', '1')).rejects.toMatchObject(DAMAGED)
})

/** Text fields with totals so large that the manifest does not fit in the head. */
const FIELDS_MANY = 900

/** A collection whose objects can be lost. */
async function createWorld(shards: number, fieldCount = 1) {
  const places = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
  const writer = openMemoryEngine(places)
  await writer.createCollection('books', { shards })
  const rest = Object.fromEntries(Array.from({ length: fieldCount - 1 }, (_, i) => [`f${i}`, 'word']))
  const documents = Array.from({ length: 40 }, (_, i) => ({ id: `${i}`, title: `sea ${i}`, ...rest }))
  await writer.writeDocuments('books', documents.slice(0, 35))
  await writer.writeDocuments('books', documents.slice(35))
  await writer.settle()
  const lost = shards - 1
  return {
    lost,
    idInLost: documents.map(({ id }) => id).find((id) => shardOfId(id, shards) === lost)!,
    /** An engine without cached data. */
    open: ({ where = 'here', ...settings }: { where?: string; onFailure?: (error: unknown) => void } = {}) =>
      openMemoryEngine({
        ...places,
        ...settings,
        ...(where === 'leaves' && { leaves: openMemoryLeaves(places.store, 2), fanOut: { mode: 'always' as const } }),
      }),
    /** Removes the objects of one kind in the last shard. */
    async lose(kind: string): Promise<void> {
      for await (const { key } of places.store.list('c/')) {
        if (key.includes(`/s/${lost}/${kind}`)) await places.store.delete([key])
      }
    },
  }
}
