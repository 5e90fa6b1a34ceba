import { expect, test } from 'vitest'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { CommitMarkers, KEPT_MAX, REMOVED_AT_ONCE } from '../../core/version/commit-markers.ts'

// Each commit once left an empty object for an hour: a quarter of the files that an update left on disk.
test('many commits leave few markers, including the newest ones of each shard', async () => {
  const { markers, written, mark } = createMarkers()
  const versions = 1000

  for (let version = 2; version <= versions; version++) await mark([0, 1], version)

  const left = await written()
  expect(left.length).toBeLessThan(REMOVED_AT_ONCE + 2 * KEPT_MAX)
  for (const shard of [0, 1])
    for (let version = versions - KEPT_MAX + 1; version <= versions; version++) {
      expect(left).toContain(`c/u/s/${shard}/committed/${String(version).padStart(20, '0')}-c${version}`)
    }
  await markers.drain()
})

test('a marker is removed only when newer ones exist', async () => {
  const { store, mark, written } = createMarkers()
  let newest = 0
  store.onPut = (version) => {
    newest = Math.max(newest, version)
  }
  store.onDelete = (version) => expect(version).toBeLessThanOrEqual(newest - KEPT_MAX)

  for (let version = 2; version <= 3 * REMOVED_AT_ONCE; version++) await mark([0], version)

  expect((await written()).length).toBeLessThan(REMOVED_AT_ONCE + KEPT_MAX)
})

test('markers that cannot be removed remain, and the next ones are written', async () => {
  const { store, mark, written } = createMarkers()
  store.onDelete = () => {
    throw new Error('injected')
  }

  for (let version = 2; version <= 2 * REMOVED_AT_ONCE; version++) await mark([0], version)

  expect(await written()).toHaveLength(2 * REMOVED_AT_ONCE - 1)
})

class WatchedStore extends MemoryObjectStore {
  onPut: (version: number) => void = () => undefined
  onDelete: (version: number) => void = () => undefined

  override async put(key: string, body: Uint8Array): Promise<void> {
    await super.put(key, body)
    this.onPut(versionOf(key))
  }

  override async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.onDelete(versionOf(key))
    await super.delete(keys)
  }
}

function versionOf(key: string): number {
  return Number(/(\d+)-c\d+$/.exec(key)![1])
}

function createMarkers() {
  const store = new WatchedStore(systemClock)
  const markers = new CommitMarkers(store)
  const written = async () => {
    const keys: string[] = []
    for await (const { key } of store.list('')) keys.push(key)
    return keys
  }
  const mark = async (shards: readonly number[], version: number) => {
    for (const shard of shards) markers.add({ uid: 'u', shard }, { version, commitId: `c${version}` })
    await markers.drain()
  }
  return { store, markers, written, mark }
}
