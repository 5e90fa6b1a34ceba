import { crc32 } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { addKind } from '../../core/fields/kinds.ts'
import { filesOf } from '../../core/segment/read/segment-files.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { shardPrefix } from '../../core/version/collection.ts'
import { readHead } from '../../core/version/head.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { FOOTER, tally } from './tally.ts'

// A field keeps a file of its own next to the .seg: whoever commits or merges writes it, without knowing the kind.

beforeAll(() => addKind(tally))

test('a commit writes the side files of its segment, and the manifest lists them with the checksum of their footer', async () => {
  const { store, filesNow } = await openWorld()

  const files = await filesNow()
  expect(files.map(({ facts }) => facts)).toEqual([
    {
      kind: 'tally',
      field: 0,
      extension: '0.tally',
      byteSize: 2 + FOOTER.length,
      footerSize: FOOTER.length,
      crc: crc32(FOOTER),
    },
    {
      kind: 'tally',
      field: 0,
      extension: '0.tally',
      byteSize: 3 + FOOTER.length,
      footerSize: FOOTER.length,
      crc: crc32(FOOTER),
    },
  ])
  expect(await Promise.all(files.map(({ key }) => countsIn(store, key)))).toEqual([
    [1, 3],
    [2, 1, 0],
  ])
})

test('a compaction carries side files over without deleted documents, and collection removes those of the inputs only', async () => {
  const { engine, store, filesNow, tallies } = await openWorld()
  await engine.deleteDocuments('items', { ids: ['b'] })

  await engine.compact('items')

  const [only, ...others] = await filesNow()
  expect(others).toEqual([])
  expect(await countsIn(store, only!.key)).toEqual([1, 2, 1, 0])
  expect(await tallies()).toHaveLength(3)
  await engine.collectGarbage({ retention_ms: 0 })
  expect(await tallies()).toEqual([only!.key])
  expect(await engine.scrub({ collection: 'items' })).toMatchObject({ damage: [] })
  const [segment] = (await engine.inspect({ collection: 'items', shard: 0 })).segments as { files: object[] }[]
  expect(segment!.files).toMatchObject([{ kind: 'segment' }, { kind: 'tally', bytes: 4 + FOOTER.length }])
})

test('a scrub finds a missing side file', async () => {
  const { engine, store, filesNow } = await openWorld()
  const [first] = await filesNow()
  expect(await engine.scrub({ collection: 'items' })).toMatchObject({ damage: [] })

  await store.delete([first!.key])

  const { damage } = await engine.scrub({ collection: 'items', quick: true })
  expect(damage).toMatchObject([{ file: first!.key, section: 'tally', found: 'no object' }])
})

/** Two segments of two and three documents. */
async function openWorld() {
  const store = new MemoryObjectStore(systemClock)
  const coordination = new MemoryCoordination()
  const engine: Engine = openMemoryEngine({ store, coordination, backgroundCompaction: false })
  await engine.createCollection('items', { schema: { fields: { n: 'tally' } } })
  await engine.writeDocuments('items', [
    { id: 'a', n: 1 },
    { id: 'b', n: [1, 2, 3] },
  ])
  await engine.writeDocuments('items', [{ id: 'c', n: [7, 7] }, { id: 'd', n: 0 }, { id: 'e' }])
  const { uid } = await engine.inspect({ collection: 'items' })
  const ref = { uid: String(uid), shard: 0 }
  const filesNow = async () => {
    const { manifest } = await readHead({ store, coordination }, ref)
    return manifest.segments.flatMap((entry) => {
      const [, ...further] = filesOf(shardPrefix(ref), entry)
      return further.map(({ key }, i) => ({ key, facts: entry.files[i]! }))
    })
  }
  const tallies = async () => {
    const keys: string[] = []
    for await (const { key } of store.list(shardPrefix(ref))) if (key.endsWith('.tally')) keys.push(key)
    return keys
  }
  return { engine, store, filesNow, tallies }
}

async function countsIn(store: MemoryObjectStore, key: string): Promise<number[]> {
  const bytes = await store.get(key)
  expect(Buffer.from(bytes.subarray(-FOOTER.length)).equals(FOOTER)).toBe(true)
  return [...bytes.subarray(0, -FOOTER.length)]
}
