import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { shardPrefix } from '../../core/version/collection.ts'
import { readHead, readManifestObject } from '../../core/version/head.ts'
import { encodeManifest } from '../../core/version/manifest-codec.ts'
import { manifestKey } from '../../core/version/object-names.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'

test('an older manifest under the name of another is found, by the quick look too if the newest names it', async () => {
  const places = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
  const engine = openMemoryEngine(places)
  await engine.createCollection('books', { schema: { fields: { title: { type: 'text' } } } })
  for (let i = 0; i < 4; i++) await engine.writeDocuments('books', [{ id: `d${i}`, title: 'whale' }])
  const names = await places.coordination.read({ pk: 'names', sk: 'books' }, { consistent: true })
  const ref = { uid: String(names!.attributes.uid), shard: 0 }
  const { manifest } = await readHead(places, ref)
  const [named] = manifest.predecessors
  const [, older] = (await readManifestObject(places.store, ref, named!)).predecessors
  expect(manifest.predecessors.map(({ version }) => version)).not.toContain(older!.version)
  const damageWith = async (key: string, quick: boolean) => {
    const before = await places.store.get(key)
    await places.store.put(key, encodeManifest(manifest))
    const { damage } = await engine.scrub({ quick })
    await places.store.put(key, before)
    return damage.map(({ file, section }) => [file, section])
  }

  const namedKey = shardPrefix(ref) + manifestKey(named!)
  const olderKey = shardPrefix(ref) + manifestKey(older!)
  expect(await damageWith(namedKey, true)).toEqual([[namedKey, 'manifest']])
  expect(await damageWith(namedKey, false)).toEqual([[namedKey, 'manifest']])
  expect(await damageWith(olderKey, false)).toEqual([[olderKey, 'manifest']])
  expect((await engine.scrub()).damage).toEqual([])
  await engine.close()
})
