import { expect, test } from 'vitest'
import { ByteBudget } from '../../core/byte-budget.ts'
import { Catalog } from '../../core/collections/catalog.ts'
import { deleteCollection } from '../../core/collections/delete-collection.ts'
import type { Change, Condition, ReadOptions, Row, RowKey } from '../../core/coordination/coordination.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { NotFoundError } from '../../core/errors.ts'
import { removeCollection } from '../../core/garbage/remove-collection.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { ShardWriter } from '../../core/writing/shard-writer.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { createTestShard, put, testComponents, testSchema } from '../shard/open-test-shard.ts'
import { TurnClock } from '../shard/turn-clock.ts'

const REQUEST = { schema: testSchema, shardCount: 1, settings: {} }

/**
 * Simulation (docs/decisions/0043), seeds 225 and 752: the client library's first try of the
 * request that made a collection's meta row arrived after the second try, and after the collection had
 * become active. The late try set the state to `creating` again, and all acknowledged data became unreachable.
 */
test('a late duplicate of the request that created a collection changes nothing', async () => {
  const rows = new RecordingRows()
  const components = testComponents({ coordination: rows })
  const catalog = new Catalog(components)
  await catalog.create('books', REQUEST)
  const requests = rows.written.splice(0)

  expect(requests.length).toBeGreaterThan(3)
  for (const { key, change, conditions } of requests) {
    await rows.write(key, change, conditions)
    await expect(new Catalog(components).get('books', 'fresh')).resolves.toMatchObject({ name: 'books', shardCount: 1 })
  }
})

/**
 * Simulation, seeds 1055 and 1752: a process that had just committed answered a deletion from the head that its
 * commit had left, up to 50 ms old, although it had read a newer head by then. Another process had written a document in
 * between, acknowledged before the deletion was requested. The deletion did not find the document, which stayed.
 */
test('a deletion finds what another process has just written', async () => {
  const clock = new TurnClock()
  const stores = { store: new MemoryObjectStore(clock), coordination: new MemoryCoordination(), clock }
  const ref = await createTestShard(testComponents(stores))
  const open = (seed: number) =>
    new ShardWriter(testComponents({ ...stores, seed }), ref, {
      budget: new ByteBudget(),
      hooks: { ready: async () => undefined, onCommitted: () => undefined },
    })
  const [ours, theirs] = [open(2), open(3)]
  await ours.submit({ schema: testSchema, operations: [put('a')] })
  await theirs.submit({ schema: testSchema, operations: [put('b')] })

  const deletion = await ours.submit({ schema: testSchema, operations: [{ kind: 'delete', id: 'b' }] })

  expect(deletion).toMatchObject({ version: 4, existed: [true] })
})

/**
 * Simulation, seed 91: a deletion whose document another process had already deleted was acknowledged, and the
 * next search of the same process still found the document, in the cached head.
 */
test('a search after a deletion does not find the document, even if another process had already deleted it', async () => {
  const stores = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
  const [ours, theirs] = [openMemoryEngine(stores), openMemoryEngine(stores)]
  await ours.putDocument('books', 'a', { n: 1 })
  await theirs.deleteDocuments('books', { ids: ['a'] })

  const { deleted } = await ours.deleteDocuments('books', { ids: ['a'] })
  const { hits } = await ours.search('books', { consistency: 'eventual' })

  expect(deleted).toBe(0)
  expect(hits).toEqual([])
})

/** Simulation, seeds 1157, 1711 and 1849: a lookup during a deletion failed with a CorruptDataError. */
test('a collection whose rows are deleted during the lookup is not found', async () => {
  const rows = new RecordingRows()
  const components = testComponents({ coordination: rows })
  const { uid } = await new Catalog(components).create('books', REQUEST)
  rows.beforeRead = async ({ sk }) => {
    if (!sk.startsWith('schema#')) return
    rows.beforeRead = undefined
    await deleteCollection(components, 'books')
    await removeCollection(components, uid)
  }

  await expect(new Catalog(components).get('books', 'fresh')).rejects.toThrow(NotFoundError)
})

/** Simulation, seed 694: a write whose new fields another process had already added failed with a CorruptDataError. */
test('a collection that is deleted while its schema changes is not found', async () => {
  const rows = new RecordingRows()
  const components = testComponents({ coordination: rows })
  const [ours, theirs] = [new Catalog(components), new Catalog(components)]
  const collection = await ours.create('books', REQUEST)
  const next = { ...testSchema, version: testSchema.version + 1 }
  await theirs.commitSchema(collection, next)
  rows.beforeRead = async ({ sk }) => {
    if (!sk.startsWith('schema#')) return
    rows.beforeRead = undefined
    await deleteCollection(components, 'books')
    await removeCollection(components, collection.uid)
  }

  await expect(ours.commitSchema(collection, next)).rejects.toMatchObject({ code: 'collection_not_found' })
})

type Write = { readonly key: RowKey; readonly change: Change; readonly conditions: readonly Condition[] }

/** Rows that record writes. */
class RecordingRows extends MemoryCoordination {
  readonly written: Write[] = []
  beforeRead: ((key: RowKey) => Promise<void>) | undefined

  override async read(key: RowKey, options: ReadOptions): Promise<Row | undefined> {
    await this.beforeRead?.(key)
    return super.read(key, options)
  }

  override write(key: RowKey, change: Change, conditions: readonly Condition[]): Promise<'written' | 'refused'> {
    this.written.push({ key, change, conditions })
    return super.write(key, change, conditions)
  }
}
