import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import {
  parentRecordKey,
  readMetaRecord,
  readParentRecord,
  readSchemaRecord,
  readSnapshotRecord,
} from '../../core/collections/collection-records.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { CorruptDataError } from '../../core/errors.ts'
import { FolderObjectStore } from '../../core/storage/folder-object-store.ts'
import { pathOfKey } from '../../core/storage/folder-path.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { OverlayObjectStore } from '../../core/storage/overlay-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { systemRandom } from '../../core/system-random.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { temporaryFolder } from '../temporary-folder.ts'

type StoredRecord = { readonly key: string; readonly path: string; readonly bytes: Uint8Array }

let store: FolderObjectStore
const coordination = new MemoryCoordination()
const records: StoredRecord[] = []

/** A collection with two versions of its schema and of its settings, a snapshot and a branch, in a folder. */
beforeAll(async () => {
  const folder = await temporaryFolder()
  store = new FolderObjectStore(folder, systemRandom)
  const engine = openMemoryEngine({ store, coordination })
  await engine.createCollection('books', { schema: { fields: { title: 'text' }, dynamic: true }, shards: 2 })
  await engine.writeDocuments('books', [
    { id: 'a', title: 'one', year: 1900 },
    { id: 'b', title: 'two', tag: 'x' },
  ])
  await engine.updateCollection('books', { settings: { min_successful_shards: 2 } })
  await engine.createSnapshot('books', 'monday')
  await engine.branchCollection('books', { name: 'branch' })
  await engine.close()
  for await (const { key } of store.list('c/')) {
    if (/\/s\/\d+\//.test(key)) continue
    const { directories, file } = pathOfKey(key)
    const path = join(folder, ...directories, file)
    records.push({ key, path, bytes: new Uint8Array(await readFile(path)) })
  }
})

test('the folder holds records of every kind', () => {
  const kinds = new Set(records.map(({ key }) => key.split('/')[2]))
  expect([...kinds].sort()).toEqual(['meta', 'parent', 'schema', 'snapshots'])
})

test('a record whose byte is flipped, or that is cut off, is refused by the name of its object', async () => {
  const masks = fc.sample(fc.integer({ min: 1, max: 255 }), { numRuns: 10_000, seed: 13 })
  for (const record of records) {
    for (let at = 0; at < record.bytes.length; at++) {
      const flipped = record.bytes.slice()
      flipped[at]! ^= masks[at % masks.length]!
      await expectRefused(record, flipped)
    }
    for (const length of [0, 1, 9, 10, record.bytes.length - 1])
      await expectRefused(record, record.bytes.slice(0, length))
  }
})

test('a record under the key of another is refused', async () => {
  for (const record of records) {
    const other = records.find(({ key }) => key !== record.key && key.split('/')[2] === record.key.split('/')[2])
    if (other) await expectRefused(record, other.bytes)
  }
})

test('a table rebuilt from a folder with a damaged record has the same collections, or the report names the object', async () => {
  const whole = await rebuild()
  expect(whole.report).not.toContain('c/')

  const damage = fc.record({ which: fc.nat(), at: fc.nat(), mask: fc.integer({ min: 1, max: 255 }) })
  await fc.assert(
    fc.asyncProperty(damage, async ({ which, at, mask }) => {
      const record = records[which % records.length]!
      const damaged = record.bytes.slice()
      damaged[at % damaged.length]! ^= mask
      const { collections, report } = await whileHolding(record, damaged, rebuild)
      if (!report.includes(record.key)) expect(collections).toEqual(whole.collections)
      expect(report).toContain(record.key)
    }),
    { numRuns: 40, seed: 7 },
  )
})

test('scrub finds a damaged record of any kind and names its object', async () => {
  for (const record of records) {
    const damaged = record.bytes.slice()
    // A digit or letter inside: it stays JSON.
    damaged[damaged.lastIndexOf('"'.charCodeAt(0)) - 1]! ^= 1
    const { damage } = await whileHolding(record, damaged, scrub)
    expect(damage.map(({ file, section }) => [file, section])).toEqual([[record.key, 'record']])
  }
  expect(await scrub()).toMatchObject({ damage: [] })
})

async function expectRefused({ key }: StoredRecord, bytes: Uint8Array): Promise<void> {
  const memory = new MemoryObjectStore(systemClock)
  await memory.put(key, bytes)
  const error = await readRecord(memory, key).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(CorruptDataError)
  expect((error as CorruptDataError).message).toContain(key)
}

function readRecord(from: ObjectStore, key: string): Promise<unknown> {
  const [, uid, kind] = key.split('/')
  if (kind === 'meta') return readMetaRecord(from, key)
  if (kind === 'schema') return readSchemaRecord(from, key)
  if (kind === 'snapshots') return readSnapshotRecord(from, key)
  expect(key).toBe(parentRecordKey(uid!))
  return readParentRecord(from, uid!)
}

async function whileHolding<T>({ path, bytes }: StoredRecord, held: Uint8Array, work: () => Promise<T>): Promise<T> {
  await writeFile(path, held)
  try {
    return await work()
  } finally {
    await writeFile(path, bytes)
  }
}

/** All that is known of the collections of a table that was rebuilt from the folder, which stays as it is. */
async function rebuild() {
  const engine = openMemoryEngine({ store: new OverlayObjectStore(store), coordination: new MemoryCoordination() })
  const report = JSON.stringify(await engine.rebuildTable())
  const { collections: found } = await engine.listCollections()
  const collections = []
  for (const { name } of found) {
    const { documents } = await engine.listDocuments(name, {})
    const { settings, schema, created_at } = await engine.getCollection(name)
    collections.push({ name, settings, schema, created_at, documents, snapshots: await engine.listSnapshots(name) })
  }
  await engine.close()
  return { report, collections }
}

async function scrub() {
  const engine = openMemoryEngine({ store, coordination })
  const answer = await engine.scrub()
  await engine.close()
  return answer
}
