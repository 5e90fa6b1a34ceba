import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { CorruptDataError } from '../../core/errors.ts'
import { collectShard } from '../../core/garbage/collect-shard.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { shardPrefix } from '../../core/version/collection.ts'
import { readHead } from '../../core/version/head.ts'
import { readVersion } from '../../core/version/history.ts'
import { encodeManifest } from '../../core/version/manifest-codec.ts'
import { manifestKey } from '../../core/version/object-names.ts'
import { writeGroup } from '../../core/writing/write-group.ts'
import { auditChain } from './audit-shard.ts'
import { createTestShard, put, testComponents, testSchema } from './open-test-shard.ts'

test('a manifest that is its own ancestor is damaged data, and following predecessors ends', async () => {
  const { components, ref } = await shardOfVersions(9)
  const head = await readHead(components, ref)
  const chain = await auditChain(components.store, ref, head.manifest)
  const keyOf = (version: number) => shardPrefix(ref) + manifestKey(chain.find((one) => one.version === version)!)
  const before = await components.store.get(keyOf(8))

  // The object named for version 8 holds version 9, whose predecessor is version 8.
  await components.store.put(keyOf(8), encodeManifest(head.manifest))
  await expect(readVersion(components.store, ref, { head, version: 3 })).rejects.toThrow(CorruptDataError)
  await expect(readVersion(components.store, ref, { head, version: 3 })).rejects.toThrow(`manifest ${keyOf(8)} holds`)

  await expect(collectShard(components, ref, { retentionMs: 1_000_000 })).rejects.toThrow(CorruptDataError)

  await components.store.put(keyOf(8), before)
  expect(await readVersion(components.store, ref, { head, version: 3 })).toMatchObject({ version: 3 })
})

/** A shard whose head has a given version, with all older versions kept. */
async function shardOfVersions(newest: number) {
  const components = testComponents({
    store: new MemoryObjectStore(systemClock),
    coordination: new MemoryCoordination(),
    clock: systemClock,
  })
  const ref = await createTestShard(components)
  for (let version = 2; version <= newest; version++) {
    const turn = { onBuilt: () => undefined, previous: Promise.resolve(undefined) }
    await writeGroup(components, ref, { schema: testSchema, operations: [put('a')] }, turn)
  }
  return { components, ref }
}
