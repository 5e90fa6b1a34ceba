import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { compactShard } from '../../core/compaction/compact.ts'
import { collectShard } from '../../core/garbage/collect-shard.ts'
import { findMissing } from '../../core/repair/prove-manifests.ts'
import { type Damage, scrubShard } from '../../core/repair/scrub-shard.ts'
import type { SegmentEntry, SharedFile, SideFile } from '../../core/segment/format/segment-entry.ts'
import { filesOf } from '../../core/segment/read/segment-files.ts'
import { type ShardRef, shardPrefix } from '../../core/version/collection.ts'
import { commit } from '../../core/version/commit.ts'
import { readHead } from '../../core/version/head.ts'
import { branchManifest, firstManifest, nextManifest, objectsOf } from '../../core/version/manifest.ts'
import { writeGroup } from '../../core/writing/write-group.ts'
import { keysOf } from '../garbage/collect-world.ts'
import { createTestShard, put, type TestComponents, testComponents, testSchema } from '../shard/open-test-shard.ts'
import { rebuildingCompactor } from '../shard/rebuild-segment.ts'

const TURN = { onBuilt: () => undefined, previous: Promise.resolve(undefined) }
const VECTORS = new TextEncoder().encode('vectors of one segment')
const CODEBOOK = new TextEncoder().encode('centroids that two segments share')

test('collection keeps all files of live segments, a shared file while any of them names it, and nothing else', async () => {
  const { components, ref } = await worldOfFiles()
  const filesThere = async () => (await keysOf(components.store, ref)).filter((key) => /^(seg|shared)\//.test(key))

  await collectShard(components, ref, { retentionMs: 0 })
  const [first, second] = (await readHead(components, ref)).manifest.segments
  const named = [first!, second!].flatMap((entry) => filesOf('', entry).map(({ key }) => key))
  expect(new Set(await filesThere())).toEqual(new Set(named))
  expect(new Set(named).size).toBe(5)

  // One of the two segments is removed, with its own files.
  await edit(components, ref, (segments) => segments.slice(1))
  await collectShard(components, ref, { retentionMs: 0 })
  expect(new Set(await filesThere())).toEqual(new Set(filesOf('', second!).map(({ key }) => key)))

  // Compaction makes a segment without side files.
  await writeGroup(components, ref, { schema: testSchema, operations: [put('c')] }, TURN)
  await compactShard({ ...components, compactSegments: rebuildingCompactor(components.store) }, ref, (all) =>
    all.map(({ name }) => name),
  )
  await collectShard(components, ref, { retentionMs: 0 })
  expect(await filesThere()).toHaveLength(1)
})

test('a scrub finds a missing, shortened or changed side file; a quick scrub all but the changed one', async () => {
  const { components, ref } = await worldOfFiles()
  const [first] = (await readHead(components, ref)).manifest.segments
  const [, vectors, codebook] = filesOf(shardPrefix(ref), first!)

  expect(await scrub(components, ref)).toEqual([])
  for (const [damage, found] of [
    [undefined, 'no object'],
    [VECTORS.slice(1), `${VECTORS.length - 1} bytes`],
    [VECTORS.map((byte, i) => (i === 3 ? byte ^ 1 : byte)), 'crc32'],
  ] as const) {
    if (damage === undefined) await components.store.delete([vectors!.key])
    else await components.store.put(vectors!.key, damage)
    const [one, ...others] = await scrub(components, ref)
    expect(others).toEqual([])
    expect(one).toMatchObject({ file: vectors!.key, section: 'vectors', found: expect.stringContaining(found) })
    expect(await scrub(components, ref, true)).toHaveLength(found === 'crc32' ? 0 : 1)
  }
  await components.store.put(vectors!.key, VECTORS)
  // For this file the manifest has a checksum of the footer only.
  await components.store.put(
    codebook!.key,
    CODEBOOK.map((byte, i) => (i === CODEBOOK.length - 1 ? byte ^ 1 : byte)),
  )
  expect(await scrub(components, ref)).toMatchObject([
    { file: codebook!.key, section: 'codebook' },
    { file: codebook!.key },
  ])
})

test('a version that lacks one of its files was never committed', async () => {
  const { components, ref } = await worldOfFiles()
  const { manifest } = await readHead(components, ref)
  for (const { key } of manifest.segments.flatMap((entry) => filesOf(shardPrefix(ref), entry))) {
    const bytes = await components.store.get(key)
    expect(await findMissing(components.store, ref, manifest, undefined)).toBeUndefined()
    await components.store.delete([key])
    expect(await findMissing(components.store, ref, manifest, undefined)).toBe(key)
    expect(await findMissing(components.store, ref, manifest, manifest)).toBeUndefined()
    await components.store.put(key, bytes)
  }
})

test('the base of a shared file counts like that of any object', async () => {
  const { components, ref } = await worldOfFiles()
  const { manifest } = await readHead(components, ref)
  const [first] = manifest.segments
  const shared = [{ ...first!.shared[0]!, object: 'shared/1-0123456789abcdefghjkmnpqrs' }]

  const next = nextManifest(manifest, 'next', { schemaVersion: 1, segments: [{ ...first!, shared }] })

  expect(objectsOf(next)).toContain(shared[0]!.object)
  expect(next.predecessors[0]!.oldestBase).toBe(1)
})

test('a branch finds shared files below the prefix of its parent', async () => {
  const { components, ref } = await worldOfFiles()
  const { manifest } = await readHead(components, ref)
  const branch = branchManifest('b', manifest, { prefix: shardPrefix(ref), previous: firstManifest('a') })

  const keys = (entry: SegmentEntry, prefix: string) => filesOf(prefix, entry).map(({ key }) => key)
  expect(branch.segments.map((entry) => keys(entry, 'c/branch/s/0/'))).toEqual(
    manifest.segments.map((entry) => keys(entry, shardPrefix(ref))),
  )
})

/** Two segments, each with its own side file, and one file that they share. */
async function worldOfFiles(): Promise<{ components: TestComponents; ref: ShardRef }> {
  const components = testComponents()
  const ref = await createTestShard(components)
  const { store, random } = components
  await writeGroup(components, ref, { schema: testSchema, operations: [put('a')] }, TURN)
  await writeGroup(components, ref, { schema: testSchema, operations: [put('b')] }, TURN)
  const object = `shared/${(await readHead(components, ref)).manifest.version}-${random.name()}`
  await store.put(shardPrefix(ref) + object, CODEBOOK)
  const facts = { field: 1, footerSize: 0 }
  const files: SideFile[] = [
    { ...facts, kind: 'vectors', extension: '1.vec', byteSize: VECTORS.length, crc: crc32(VECTORS) },
  ]
  const shared: SharedFile[] = [
    { ...facts, kind: 'codebook', object, byteSize: CODEBOOK.length, footerSize: 8, crc: crc32(CODEBOOK.slice(-8)) },
  ]
  await edit(components, ref, (segments) => segments.map((entry) => ({ ...entry, files, shared })))
  for (const { name } of (await readHead(components, ref)).manifest.segments)
    await store.put(`${shardPrefix(ref)}seg/${name}.1.vec`, VECTORS)
  return { components, ref }
}

async function edit(
  components: TestComponents,
  ref: ShardRef,
  change: (segments: readonly SegmentEntry[]) => SegmentEntry[],
): Promise<void> {
  await commit(components, ref, async ({ manifest: { schemaVersion, segments } }) => ({
    draft: { schemaVersion, segments: change(segments) },
    uploads: Promise.resolve(),
  }))
}

async function scrub(components: TestComponents, ref: ShardRef, quick = false): Promise<Damage[]> {
  const damage: Damage[] = []
  await scrubShard(
    components,
    { collection: 'books', shardCount: 1, ref },
    { quick, onDamage: (one) => damage.push(one), advance: () => undefined, signal: undefined },
  )
  return damage
}
