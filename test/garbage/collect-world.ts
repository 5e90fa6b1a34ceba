import { expect } from 'vitest'
import { NotFoundError } from '../../core/errors.ts'
import { segmentKey } from '../../core/segment/read/open-segment.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { type ShardRef, shardPrefix } from '../../core/version/collection.ts'
import { type Head, readHead, readManifestObject } from '../../core/version/head.ts'
import type { Manifest } from '../../core/version/manifest.ts'
import { committedKey, manifestKey } from '../../core/version/object-names.ts'
import type { TestComponents } from '../shard/open-test-shard.ts'

/** Keys below a shard's prefix. */
export async function keysOf(store: ObjectStore, ref: ShardRef): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(shardPrefix(ref))) keys.push(key.slice(shardPrefix(ref).length))
  return keys
}

/** All versions that must exist: the retained and the pinned ones. */
export async function keptVersions({ store }: TestComponents, ref: ShardRef, head: Head): Promise<Manifest[]> {
  const chain = await readChain(store, ref, head)
  const pinned = await Promise.all(head.pins.map((pin) => readManifestObject(store, ref, pin)))
  return [...chain, ...pinned]
}

/** The committed manifests from the head back to the oldest retained one, one after another. */
async function readChain(store: ObjectStore, ref: ShardRef, head: Head): Promise<Manifest[]> {
  const chain = [head.manifest]
  for (;;) {
    const previous = chain.at(-1)!.predecessors[0]
    if (!previous || previous.version < head.retainedFrom) return chain
    chain.push(await readManifestObject(store, ref, previous))
  }
}

/** All keys that these versions consist of. */
export async function keptKeys(components: TestComponents, ref: ShardRef, head: Head): Promise<Set<string>> {
  const keys = new Set<string>()
  for (const manifest of await keptVersions(components, ref, head)) {
    keys.add(manifestKey(manifest))
    for (const { name, tombstones } of manifest.segments) {
      keys.add(segmentKey('', { name }))
      if (tombstones) keys.add(tombstones.object)
    }
  }
  return keys
}

/**
 * Expects that no kept object is missing. Other processes may be running, so it checks again if the head has changed in
 * the meantime.
 */
export async function checkKept(components: TestComponents, ref: ShardRef): Promise<void> {
  for (;;) {
    const head = await readHead(components, ref)
    const missing = await missingOf(components, ref, head)
    const now = await readHead(components, ref)
    if (now.retainedFrom !== head.retainedFrom || JSON.stringify(now.pins) !== JSON.stringify(head.pins)) continue
    expect(missing, `of versions from ${head.retainedFrom} to ${head.manifest.version}`).toEqual([])
    return
  }
}

async function missingOf(components: TestComponents, ref: ShardRef, head: Head): Promise<string[]> {
  try {
    const kept = await keptKeys(components, ref, head)
    const there = new Set(await keysOf(components.store, ref))
    return [...kept].filter((key) => !there.has(key))
  } catch (error) {
    if (error instanceof NotFoundError) return [error.message]
    throw error
  }
}

/** Expects exactly the kept objects and the marker of the newest version. */
export async function checkNothingElse(components: TestComponents, ref: ShardRef): Promise<void> {
  const head = await readHead(components, ref)
  const expected = await keptKeys(components, ref, head)
  const markers = (await keptVersions(components, ref, head)).map(committedKey)
  const there = (await keysOf(components.store, ref)).filter((key) => !markers.includes(key))
  expect(new Set(there)).toEqual(expected)
}
