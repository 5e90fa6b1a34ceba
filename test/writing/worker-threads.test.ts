import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { openShards } from '../../core/engine/open-shards.ts'
import { CorruptDataError, InvalidRequestError } from '../../core/errors.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'
import { FolderObjectStore } from '../../core/storage/folder-object-store.ts'
import { systemRandom } from '../../core/system-random.ts'
import { decodeError, encodeError } from '../../core/threads/worker-errors.ts'
import { WorkerPool } from '../../core/threads/worker-pool.ts'
import { encodeUtf8 } from '../../core/utf8.ts'
import { segmentBuilder } from '../../core/writing/build-puts.ts'
import { auditShard } from '../shard/audit-shard.ts'
import { analyzers, put, testComponents, testSchema } from '../shard/open-test-shard.ts'
import type { HeapReport } from './heap-reporting-worker.ts'

const WORKER = new URL('../../core/engine/segment-worker.ts', import.meta.url)
const WORDS = ['sea', 'wing', 'boundary', 'layer', 'heat', 'flow', 'shock', 'plate']

test('a worker builds the same segment as this thread', async () => {
  const pool = new WorkerPool(WORKER, 1)
  const puts = Array.from({ length: 300 }, (_, i) =>
    put(`d${String(i).padStart(3, '0')}`, { title: textOf(i, 20), n: i }),
  )
  const input = { schema: testSchema, name: '1-x', puts: puts.map(({ kind, id, json }) => ({ kind, id, json })) }

  const [here, there] = await Promise.all([
    segmentBuilder(analyzers, undefined)(input),
    segmentBuilder(analyzers, pool)(input),
  ])

  expect(there.file).toEqual(here.file)
  expect(Buffer.compare(there.bytes, here.bytes)).toBe(0)
  await pool.close()
})

test('an error in a worker rejects the task, and the next task runs', async () => {
  const pool = new WorkerPool(WORKER, 1)
  const build = segmentBuilder(analyzers, pool)
  const bad = parseSchema({ fields: { n: 'integer' } })
  const json = encodeUtf8('{"id":"a","n":"not a number"}')

  await expect(build({ schema: bad, name: '1-x', puts: [{ kind: 'put', id: 'a', json }] })).rejects.toMatchObject({
    name: 'InvalidRequestError',
    code: 'invalid_document',
  })
  const { fields: _, ...good } = put('a')
  await expect(build({ schema: testSchema, name: '1-y', puts: [good] })).resolves.toMatchObject({
    file: { docCount: 1 },
  })
  await pool.close()
  await expect(build({ schema: testSchema, name: '1-z', puts: [good] })).rejects.toMatchObject({ code: 'closed' })
})

test('a task whose worker dies can run in another worker', async () => {
  const pool = new WorkerPool(new URL('./dying-worker.ts', import.meta.url), 1)

  for (const task of ['first', 'next']) {
    await expect(pool.run(task)).rejects.toMatchObject({
      name: 'UnavailableError',
      code: 'worker_lost',
      message: expect.stringContaining('code 7'),
    })
  }
  await pool.close()
})

test('the heap of a thread is bounded', async () => {
  const pool = new WorkerPool(new URL('./heap-reporting-worker.ts', import.meta.url), 1)

  const { limits, heapBytesMax } = (await pool.run('report')) as HeapReport
  await pool.close()

  expect(limits).toMatchObject({ maxYoungGenerationSizeMb: 12, maxOldGenerationSizeMb: 512 })
  expect(heapBytesMax).toBeLessThan(600 * 1024 ** 2)
})

test('a thread that is idle for a long time ends, and the next task starts another', async () => {
  const pool = new WorkerPool(WORKER, 2, 20)
  const build = segmentBuilder(analyzers, pool)
  const { fields: _, ...good } = put('a')

  for (let round = 0; round < 3; round++) {
    const built = [1, 2].map((n) => build({ schema: testSchema, name: `${n}-x`, puts: [good] }))
    expect(pool.threadCount).toBe(2)
    await Promise.all(built)
    await vi.waitUntil(() => pool.threadCount === 0, { timeout: 10_000 })
  }

  const busy = new WorkerPool(WORKER, 1, 1)
  for (let n = 0; n < 20; n++)
    await segmentBuilder(analyzers, busy)({ schema: testSchema, name: `${n}-x`, puts: [good] })
  await Promise.all([pool.close(), busy.close()])
})

test('errors keep their class, code and details between threads', () => {
  const error = new CorruptDataError('corrupt_segment', 'footer of x', { details: { at: 7 } })

  const decoded = decodeError(structuredClone(encodeError(error)))

  expect(decoded).toBeInstanceOf(CorruptDataError)
  expect(decoded).not.toBeInstanceOf(InvalidRequestError)
  expect(decoded).toMatchObject({ code: 'corrupt_segment', message: 'footer of x', details: { at: 7 } })
  expect(decodeError(encodeError(new RangeError('odd')))).toMatchObject({ message: 'odd' })
})

test('threads build large batches and compact large segments of a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'prism-'))
  const store = new FolderObjectStore(folder, systemRandom)
  const stores = { store, coordination: new MemoryCoordination() }
  const failures: unknown[] = []
  const shards = openShards(
    { ...testComponents(stores), random: systemRandom, analyzers, storeDescription: { kind: 'folder', path: folder } },
    { backgroundCompaction: true, workerCount: 2, onFailure: (error) => failures.push(error) },
  )
  const collection = await shards.createCollection('books', { schema: testSchema, shardCount: 1, settings: {} })
  const ref = { uid: collection.uid, shard: 0 }

  for (let batch = 0; batch < 3; batch++) {
    const documents = Array.from({ length: 1500 }, (_, i) => ({
      id: `d${batch * 1400 + i}`,
      title: textOf(i, 150),
      n: batch,
    }))
    await shards.writeDocuments(collection, documents)
  }
  await shards.compact(collection)

  const { head, documents } = await auditShard(stores, ref)
  expect(documents.size).toBe(2 * 1400 + 1500)
  expect(head.manifest.segments).toHaveLength(1)
  expect(head.manifest.segments[0]!.byteSize).toBeGreaterThan(1024 * 1024)
  expect(failures).toEqual([])
  await shards.close()
  await rm(folder, { recursive: true })
})

function textOf(seed: number, words: number): string {
  return Array.from(
    { length: words },
    (_, i) => `${WORDS[(seed * 7 + i * i) % WORDS.length]}${(seed * 31 + i * 17) % 997}`,
  ).join(' ')
}
