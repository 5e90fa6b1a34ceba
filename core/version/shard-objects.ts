import type { EpochMs } from '../clock.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { type ShardRef, shardPrefix } from './collection.ts'

/** What an object of a shard is, by its folder. */
export type ObjectKind = 'manifests' | 'committed' | 'seg' | 'shared' | 'tombs'

/** An object of a shard as the store lists it. */
export type ShardObject = {
  /** Below the shard's prefix. */
  readonly key: string
  readonly kind: ObjectKind
  /** The key without extensions: files of one segment share it. */
  readonly name: string
  /** Version of the head on which its writer stood: what is named in a commit must not be older than the GC floor. */
  readonly base: number
  readonly byteSize: number
  readonly modifiedMs: EpochMs
}

/** Every object of a shard; what Prism did not write is left out. One request for a thousand of them. */
export function listShard(store: ObjectStore, ref: ShardRef): Promise<ShardObject[]> {
  return listObjects(store, ref, '')
}

/** Every manifest of a shard, attempts that lost their race included. */
export function listManifests(store: ObjectStore, ref: ShardRef): Promise<ShardObject[]> {
  return listObjects(store, ref, 'manifests/')
}

async function listObjects(store: ObjectStore, ref: ShardRef, folder: string): Promise<ShardObject[]> {
  const prefix = shardPrefix(ref)
  const objects: ShardObject[] = []
  for await (const { key, byteSize, modifiedMs } of store.list(prefix + folder)) {
    const parsed = parseKey(key.slice(prefix.length))
    if (parsed) objects.push({ ...parsed, byteSize, modifiedMs })
  }
  return objects
}

/** A manifest of version v was made by a writer that stood on v - 1; a marker of v by one that had committed v. */
function parseKey(key: string): Pick<ShardObject, 'key' | 'kind' | 'name' | 'base'> | undefined {
  const match = /^((manifests|committed|seg|shared|tombs)\/(\d+)-[^/.]+)(?:\.[^/]*)?$/.exec(key)
  if (!match) return undefined
  const kind = match[2] as ObjectKind
  const number = Number(match[3])
  return { key, kind, name: match[1]!, base: kind === 'manifests' ? number - 1 : number }
}

/**
 * The newest version that is known to have been committed by a moment, by the
 * store's own times: a marker of v was written after v was committed, and the writer
 * of a manifest of v + 1 had read v. At least 1.
 */
export function newestCommittedBy(objects: readonly ShardObject[], untilMs: EpochMs): number {
  let newest = 1
  for (const { kind, base, modifiedMs } of objects) {
    if ((kind === 'manifests' || kind === 'committed') && modifiedMs <= untilMs) newest = Math.max(newest, base)
  }
  return newest
}
