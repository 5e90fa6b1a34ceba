import { expect, test } from 'vitest'
import { FORWARD_MS_MAX } from '../../core/cluster/cluster-node.ts'
import { BEAT_MS, SUSPECT_MS } from '../../core/cluster/membership.ts'
import type { Coordination } from '../../core/coordination/coordination.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { LEASE_MS } from '../../core/coordination/standstill.ts'
import { ConflictError, NotFoundError, OutcomeUnknownError, UnavailableError } from '../../core/errors.ts'
import { rebuildTable } from '../../core/repair/rebuild-table.ts'
import type { Collection } from '../../core/version/collection.ts'
import { headKey, readHead } from '../../core/version/head.ts'
import { REMEMBERED_MAX } from '../../core/writing/shard-writer.ts'
import { auditShard } from '../shard/audit-shard.ts'
import { testComponents } from '../shard/open-test-shard.ts'
import { type MemoryCluster, openMemoryCluster } from './memory-cluster.ts'

test('the first node that gets a write owns the shard, and the others forward their writes to it', async () => {
  const cluster = openMemoryCluster()
  const [a, b] = [await cluster.openNode(), await cluster.openNode()]
  const books = await cluster.createCollection(a.shards)

  await a.shards.writeDocuments(books, [{ id: 'x', n: 1 }])
  const created = await b.shards.writeDocuments(books, [{ id: 'y', n: 2 }])
  const replaced = await b.shards.writeDocuments(books, [{ id: 'x', n: 3 }])

  expect(await headOf(cluster, books)).toMatchObject({ owner: a.node.node, epoch: 2 })
  expect([created.written[0]?.created, replaced.written[0]?.created]).toEqual([true, false])
  expect(await readAll(cluster, books)).toEqual({ x: 3, y: 2 })
  expect(a.node.report()).toEqual({ nodes: 1, owned: 1, taken: 1, asOwner: 3, forwarded: 0, received: 2, unowned: 0 })
  expect(b.node.report()).toEqual({ nodes: 2, owned: 0, taken: 0, asOwner: 0, forwarded: 2, received: 0, unowned: 0 })
})

test('if several nodes write to a new shard at once, only one becomes its owner', async () => {
  const cluster = openMemoryCluster()
  const nodes = await Promise.all([1, 2, 3].map(() => cluster.openNode()))
  const books = await cluster.createCollection(nodes[0]!.shards)

  await Promise.all(
    nodes.flatMap(({ shards }, i) => [1, 2].map((n) => shards.writeDocuments(books, [{ id: `d${i}${n}`, n }]))),
  )

  expect(await headOf(cluster, books)).toMatchObject({ epoch: 2 })
  expect(nodes.map(({ node }) => node.report().owned).toSorted()).toEqual([0, 0, 1])
  expect(Object.keys(await readAll(cluster, books))).toHaveLength(6)
})

test('an owner commits from memory and rarely reads the head', async () => {
  const cluster = openMemoryCluster()
  const a = await cluster.openNode()
  const books = await cluster.createCollection(a.shards)
  await a.shards.writeDocuments(books, [{ id: 'first', n: 0 }])
  const before = { ...a.meter.counts }

  const writes = 4 * (REMEMBERED_MAX + 1)
  for (let n = 0; n < writes; n++) {
    // Longer apart than a head is trusted by those who own nothing.
    await cluster.clock.advance(1000)
    await a.shards.writeDocuments(books, [{ id: 'x', n }])
  }

  expect(a.meter.counts.rowReads - before.rowReads).toBe(4)
  // Writing makes small segments, whose merges are commits of their own.
  expect(await readAll(cluster, books)).toEqual({ first: 0, x: writes - 1 })
})

test('the next write of an owner sees the writes of a function: it replaces, deletes or finds nothing to change', async () => {
  const cluster = openMemoryCluster()
  const a = await cluster.openNode()
  const lambda = cluster.openFunction()
  const books = await cluster.createCollection(a.shards)
  await a.shards.writeDocuments(books, [{ id: 'x', n: 1 }])

  await lambda.writeDocuments(books, [{ id: 'y', n: 1 }])
  const deletion = await a.shards.deleteDocuments(books, ['y'])
  await lambda.writeDocuments(books, [{ id: 'z', n: 1 }])
  const replaced = await a.shards.writeDocuments(books, [{ id: 'z', n: 2 }])
  await lambda.deleteDocuments(books, ['x'])
  const nothing = await a.shards.deleteDocuments(books, ['x'])
  await lambda.writeDocuments(books, [{ id: 'w', n: 1 }])
  const conflict = await a.shards.writeOperations(books, [{ put: { id: 'w', n: 2 }, condition: { is: 'absent' } }])
  await lambda.deleteDocuments(books, ['w'])
  const missing = await a.shards.writeOperations(books, [{ patch: { n: 3 }, id: 'w' }])

  expect([deletion.deleted, replaced.written[0]?.created, nothing.deleted]).toEqual([1, false, 0])
  expect(conflict.results[0]).toMatchObject({ status: 'failed', error: expect.any(ConflictError) })
  expect(missing.results[0]).toMatchObject({ status: 'failed', error: expect.any(NotFoundError) })
  expect(await headOf(cluster, books)).toMatchObject({ owner: a.node.node })
})

test('conditions, patches and new fields have the same effect through another node', async () => {
  const cluster = openMemoryCluster()
  const [a, b] = [await cluster.openNode(), await cluster.openNode()]
  const books = await cluster.createCollection(a.shards)
  await a.shards.writeDocuments(books, [{ id: 'x', n: 1 }])

  const operations = [
    { put: { id: 'y', n: 1, extra: 'new' }, condition: { is: 'absent' } },
    { put: { id: 'x', n: 2 }, condition: { is: 'absent' } },
    { patch: { later: true }, id: 'x' },
    { delete: 'nowhere' },
  ] as const
  const { results } = await b.shards.writeOperations(books, operations)
  const all = await b.shards
    .writeOperations(books, [{ delete: 'x' }, { delete: 'y', condition: { is: 'absent' } }], { atomic: true })
    .catch((error: unknown) => error)

  expect(results.map(({ status }) => status)).toEqual(['created', 'failed', 'patched', 'missing'])
  expect(results[1]).toMatchObject({ error: expect.any(ConflictError) })
  expect(results[1]).toMatchObject({ error: { code: 'version_conflict', details: { id: 'x' } } })
  expect(all).toMatchObject({ code: 'version_conflict', details: { position: 1 } })
  const { schema } = await cluster.openFunction().getCollection('books', 'fresh')
  expect(schema.fields.map(({ name }) => name)).toEqual(expect.arrayContaining(['extra', 'later']))
  expect(b.node.report()).toMatchObject({ unowned: 0, owned: 0 })
})

test('the next search on the node that forwarded a write sees the write', async () => {
  const cluster = openMemoryCluster()
  const [a, b] = [await cluster.openNode(), await cluster.openNode()]
  const books = await cluster.createCollection(a.shards)
  await a.shards.writeDocuments(books, [{ id: 'x', n: 1 }])
  // What it has read just now is fresh enough for any search of old.
  await b.shards.pin(books, { consistency: 'eventual' })

  await b.shards.writeDocuments(books, [{ id: 'y', n: 1 }])
  const [pinned] = await b.shards.pin(books, { consistency: 'eventual' })

  expect(pinned).toMatchObject({ version: 3 })
})

test('an owner whose address refuses connections gets no more requests, and is replaced after the lease time', async () => {
  const cluster = openMemoryCluster()
  const [a, b] = [await cluster.openNode(), await cluster.openNode()]
  const books = await cluster.createCollection(a.shards)
  await a.shards.writeDocuments(books, [{ id: 'x', n: 1 }])
  await b.node.beat()
  a.kill()

  await b.shards.writeDocuments(books, [{ id: 'y', n: 1 }])
  const besides = await headOf(cluster, books)
  await cluster.live(LEASE_MS, [b])
  await b.shards.writeDocuments(books, [{ id: 'z', n: 1 }])

  expect(besides).toMatchObject({ owner: a.node.node, epoch: 2 })
  expect(await headOf(cluster, books)).toMatchObject({ owner: b.node.node, epoch: 3 })
  expect(await readAll(cluster, books)).toEqual({ x: 1, y: 1, z: 1 })
  expect(b.node.report()).toMatchObject({ nodes: 1, owned: 1, taken: 1, unowned: 1, forwarded: 0 })
})

test('an owner that leaves is replaced at once', async () => {
  const cluster = openMemoryCluster()
  const [a, b] = [await cluster.openNode(), await cluster.openNode()]
  const books = await cluster.createCollection(a.shards)
  await a.shards.writeDocuments(books, [{ id: 'x', n: 1 }])
  await b.shards.writeDocuments(books, [{ id: 'y', n: 1 }])

  await a.shards.close()
  a.kill()
  await cluster.clock.advance(BEAT_MS)
  await b.node.beat()
  await b.shards.writeDocuments(books, [{ id: 'z', n: 1 }])

  expect(await headOf(cluster, books)).toMatchObject({ owner: b.node.node, epoch: 3 })
})

test('a former owner that wakes up commits nothing under its epoch, and forwards its writes to the new owner', async () => {
  const cluster = openMemoryCluster()
  const [a, b] = [await cluster.openNode(), await cluster.openNode()]
  const books = await cluster.createCollection(a.shards)
  await a.shards.writeDocuments(books, [{ id: 'x', n: 1 }])
  await b.node.beat()
  await cluster.live(LEASE_MS, [b])
  await b.shards.writeDocuments(books, [{ id: 'y', n: 1 }])

  await a.shards.writeDocuments(books, [{ id: 'x', n: 2 }])
  await a.node.beat()
  await a.shards.writeDocuments(books, [{ id: 'z', n: 1 }])

  expect(await headOf(cluster, books)).toMatchObject({ owner: b.node.node, epoch: 3 })
  expect(await readAll(cluster, books)).toEqual({ x: 2, y: 1, z: 1 })
  expect(a.node.report()).toMatchObject({ owned: 0, forwarded: 1 })
})

test('a connection that breaks after the write was sent leaves the outcome unknown, and the write is not sent again', async () => {
  const sent: string[] = []
  const cluster = openMemoryCluster(async (address, send) => {
    sent.push(address)
    await send()
    throw new OutcomeUnknownError('outcome_unknown', 'cut')
  })
  const [a, b] = [await cluster.openNode(), await cluster.openNode()]
  const books = await cluster.createCollection(a.shards)
  await a.shards.writeDocuments(books, [{ id: 'x', n: 1 }])
  await b.node.beat()

  const answer = b.shards.writeDocuments(books, [{ id: 'x', n: 2 }])
  await expect(answer).rejects.toBeInstanceOf(OutcomeUnknownError)
  // Until the owner beats again it gets no request, and this node commits itself.
  await b.shards.writeDocuments(books, [{ id: 'y', n: 1 }])

  expect(sent).toEqual([a.address])
  expect(await readAll(cluster, books)).toEqual({ x: 2, y: 1 })
})

test('a write whose outcome the owner does not know has an unknown outcome on the forwarding node too', async () => {
  const cluster = openMemoryCluster()
  // From some point on, requests of the owner for rows are done but not answered.
  let isLosing = false
  const rows: Coordination = {
    read: (key, options) => (isLosing ? lost() : cluster.coordination.read(key, options)),
    write: async (key, change, conditions) => {
      const reply = await cluster.coordination.write(key, change, conditions)
      return isLosing ? lost() : reply
    },
    delete: (key, conditions) => cluster.coordination.delete(key, conditions),
    query: (pk, skPrefix, options) => cluster.coordination.query(pk, skPrefix, options),
    close: async () => undefined,
  }
  const [a, b] = [await cluster.openNode(rows), await cluster.openNode()]
  const books = await cluster.createCollection(a.shards)
  await a.shards.writeDocuments(books, [{ id: 'x', n: 1 }])
  await b.shards.writeDocuments(books, [{ id: 'x', n: 2 }])
  isLosing = true

  const answer = b.shards.writeDocuments(books, [{ id: 'x', n: 3 }])
  await expect(answer).rejects.toBeInstanceOf(OutcomeUnknownError)

  expect(await headOf(cluster, books)).toMatchObject({ manifest: { version: 4 } })
  expect(b.node.report()).toMatchObject({ forwarded: 2, unowned: 0 })
})

test('the wait for a stopped owner is limited, and the owner gets no request before its next beat', async () => {
  let isStopped = false
  const cluster = openMemoryCluster((_, send, signal) => (isStopped ? silence(signal) : send()))
  const [a, b] = [await cluster.openNode(), await cluster.openNode()]
  const books = await cluster.createCollection(a.shards)
  await a.shards.writeDocuments(books, [{ id: 'x', n: 1 }])
  await cluster.live(BEAT_MS, [a, b])
  isStopped = true

  const sentMs = cluster.clock.monotonic()
  const answer = b.shards.writeDocuments(books, [{ id: 'y', n: 1 }])
  await expect(answer).rejects.toBeInstanceOf(OutcomeUnknownError)
  const waitedMs = cluster.clock.monotonic() - sentMs
  await b.shards.writeDocuments(books, [{ id: 'z', n: 1 }])

  expect(waitedMs).toBe(FORWARD_MS_MAX)
  expect(await readAll(cluster, books)).toEqual({ x: 1, z: 1 })
  expect(b.node.report()).toMatchObject({ forwarded: 0, unowned: 1, taken: 0 })
})

test('a node without a new beat gets no more requests long before it is replaced', async () => {
  const cluster = openMemoryCluster()
  const [a, b] = [await cluster.openNode(), await cluster.openNode()]
  const books = await cluster.createCollection(a.shards)
  await a.shards.writeDocuments(books, [{ id: 'x', n: 1 }])
  await b.node.beat()

  await cluster.live(SUSPECT_MS, [b])
  await b.shards.writeDocuments(books, [{ id: 'y', n: 1 }])
  const suspected = b.node.report()
  await cluster.live(BEAT_MS, [a, b])
  await b.shards.writeDocuments(books, [{ id: 'z', n: 1 }])

  expect(suspected).toMatchObject({ forwarded: 0, unowned: 1 })
  expect(b.node.report()).toMatchObject({ forwarded: 1, unowned: 1, taken: 0 })
})

test('a write is never forwarded twice: a node that does not own the shard refuses, and the sender reads the head again', async () => {
  const cluster = openMemoryCluster()
  const [a, b, c] = [await cluster.openNode(), await cluster.openNode(), await cluster.openNode()]
  const books = await cluster.createCollection(a.shards)
  await a.shards.writeDocuments(books, [{ id: 'x', n: 1 }])
  await c.shards.writeDocuments(books, [{ id: 'y', n: 1 }])
  // While nobody tells the others: b takes the shard from a.
  await b.node.beat()
  await cluster.live(LEASE_MS, [b])
  await b.shards.writeDocuments(books, [{ id: 'z', n: 1 }])
  await a.shards.pin(books, { consistency: 'strong' })
  const before = b.node.report()
  await Promise.all([a.node.beat(), c.node.beat()])

  await c.shards.writeDocuments(books, [{ id: 'w', n: 1 }])
  await c.shards.writeDocuments(books, [{ id: 'v', n: 1 }])

  expect(a.node.report()).toMatchObject({ received: 1, forwarded: 0 })
  // The first was committed beside the owner, and showed who that is.
  expect(c.node.report()).toMatchObject({ forwarded: 2, unowned: 1 })
  expect(b.node.report().received).toBe(before.received + 1)
  expect(Object.keys(await readAll(cluster, books)).toSorted()).toEqual(['v', 'w', 'x', 'y', 'z'])
})

test('a deleted collection is fenced from its owner, and a new one with its name gets its own owner', async () => {
  const cluster = openMemoryCluster()
  const [a, b] = [await cluster.openNode(), await cluster.openNode()]
  const books = await cluster.createCollection(a.shards)
  await a.shards.writeDocuments(books, [{ id: 'x', n: 1 }])

  await b.shards.deleteCollection('books')
  const late = await a.shards.writeDocuments(books, [{ id: 'y', n: 1 }]).catch((error: unknown) => error)
  const again = await cluster.createCollection(b.shards)
  await b.shards.writeDocuments(again, [{ id: 'z', n: 1 }])

  expect(late).toMatchObject({ code: 'collection_not_found' })
  expect(await headOf(cluster, books)).toMatchObject({ state: 'deleted', epoch: 3 })
  expect(await headOf(cluster, again)).toMatchObject({ owner: b.node.node, epoch: 2 })
})

test('a rebuilt table has no owners: the former owner is refused once, and becomes the owner again', async () => {
  let table: Coordination = new MemoryCoordination()
  const tables: Coordination = {
    read: (key, options) => table.read(key, options),
    write: (key, change, conditions) => table.write(key, change, conditions),
    delete: (key, conditions) => table.delete(key, conditions),
    query: (pk, skPrefix, options) => table.query(pk, skPrefix, options),
    close: async () => undefined,
  }
  const cluster = openMemoryCluster(undefined, tables)
  const a = await cluster.openNode()
  const books = await cluster.createCollection(a.shards)
  for (const n of [1, 2]) await a.shards.writeDocuments(books, [{ id: 'x', n }])
  const before = await headOf(cluster, books)

  table = new MemoryCoordination()
  await rebuildTable(testComponents({ ...cluster }))
  const rebuilt = await headOf(cluster, books)
  await a.shards.writeDocuments(books, [{ id: 'y', n: 1 }])
  await a.shards.writeDocuments(books, [{ id: 'z', n: 1 }])

  expect(before).toMatchObject({ owner: a.node.node, epoch: 2 })
  expect(rebuilt.owner).toBeUndefined()
  expect(rebuilt.epoch).toBeGreaterThan(before.epoch)
  expect(await headOf(cluster, books)).toMatchObject({ owner: a.node.node, epoch: rebuilt.epoch + 1 })
  expect(await readAll(cluster, books)).toEqual({ x: 2, y: 1, z: 1 })
})

test('a large write is committed by the node that received it', async () => {
  const cluster = openMemoryCluster()
  const [a, b] = [await cluster.openNode(), await cluster.openNode()]
  const books = await cluster.createCollection(a.shards)
  await a.shards.writeDocuments(books, [{ id: 'x', n: 1 }])
  const documents = Array.from({ length: 10 }, (_, i) => ({ id: `d${i}`, title: 'word '.repeat(180_000) }))

  const { indexed } = await b.shards.writeDocuments(books, documents)

  expect(indexed).toBe(10)
  expect(b.node.report()).toMatchObject({ forwarded: 0, unowned: 1 })
})

test('the sender of a forwarded write gets the error of the owner if the row is gone', async () => {
  const cluster = openMemoryCluster()
  const [a, b] = [await cluster.openNode(), await cluster.openNode()]
  const books = await cluster.createCollection(a.shards)
  await a.shards.writeDocuments(books, [{ id: 'x', n: 1 }])
  await b.shards.writeDocuments(books, [{ id: 'y', n: 1 }])
  await cluster.coordination.delete(headKey({ uid: books.uid, shard: 0 }), [])

  const late = await b.shards.writeDocuments(books, [{ id: 'z', n: 1 }]).catch((error: unknown) => error)

  expect(late).toBeInstanceOf(NotFoundError)
  expect(late).toMatchObject({ code: 'collection_not_found' })
})

function lost(): Promise<never> {
  return Promise.reject(new UnavailableError('unavailable', 'the reply was lost'))
}

/** Of a process that is stopped: its machine takes what is sent, and nobody answers. */
function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new OutcomeUnknownError('outcome_unknown', 'no answer in time')))
  })
}

async function headOf({ coordination, store }: MemoryCluster, { uid }: Collection) {
  return readHead({ coordination, store }, { uid, shard: 0 })
}

/** Per id the number that its document has now, as a process sees it that has seen nothing before. */
async function readAll(cluster: MemoryCluster, collection: Collection): Promise<Record<string, number>> {
  const { documents } = await auditShard(cluster, { uid: collection.uid, shard: 0 })
  return Object.fromEntries([...documents].map(([id, document]) => [id, (document as { n: number }).n]))
}
