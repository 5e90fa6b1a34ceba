import type { EpochMs } from '../clock.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { type ShardRef, shardPrefix } from './collection.ts'

/** The kind of a shard's object, which is the name of its folder. */
export type ObjectKind = 'manifests' | 'committed' | 'seg' | 'shared' | 'tombs'

/** An object of a shard as the store lists it. */
export type ShardObject = {
  /** Key below the shard's prefix. */
  readonly key: string
  readonly kind: ObjectKind
  /** The key without extensions, which is the same for all files of a segment. */
  readonly name: string
  /** Base version of its writer. A commit may not name a new object with a base below the GC floor. */
  readonly base: number
  readonly byteSize: number
  readonly modifiedMs: EpochMs
}

/** Lists every object of a shard, except those that Prism did not write. Takes one request per thousand objects. */
export function listShard(store: ObjectStore, ref: ShardRef): Promise<ShardObject[]> {
  return listObjects(store, ref, '')
}

/** Lists every manifest of a shard, including those of attempts that lost their race. */
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

/** The base of a manifest of version v is v - 1; that of a marker of v is v, because its writer had committed v. */
function parseKey(key: string): Pick<ShardObject, 'key' | 'kind' | 'name' | 'base'> | undefined {
  const match = /^((manifests|committed|seg|shared|tombs)\/(\d+)-[^/.]+)(?:\.[^/]*)?$/.exec(key)
  if (!match) return undefined
  const kind = match[2] as ObjectKind
  const number = Number(match[3])
  return { key, kind, name: match[1]!, base: kind === 'manifests' ? number - 1 : number }
}

/**
 * The newest version that is known to have been committed at `untilMs`, by the times of the
 * store; at least 1. A marker of v was written after v was committed, and the writer of a
 * manifest of v + 1 had read v.
 */
export function newestCommittedBy(objects: readonly ShardObject[], untilMs: EpochMs): number {
  let newest = 1
  for (const { kind, base, modifiedMs } of objects) {
    if ((kind === 'manifests' || kind === 'committed') && modifiedMs <= untilMs) newest = Math.max(newest, base)
  }
  return newest
}
