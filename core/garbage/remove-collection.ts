import { livePins, releaseShard } from '../collections/branch-pins.ts'
import { deletedRecordKey } from '../collections/collection-records.ts'
import { decodeMeta, metaKey } from '../collections/collection-rows.ts'
import { forgetKeysOf } from '../collections/idempotency-rows.ts'
import { forgetSnapshotsOf, SNAPSHOT_HOLDER } from '../collections/snapshot-rows.ts'
import { DELETE_KEYS_MAX, type ObjectStore } from '../storage/object-store.ts'
import { type ShardRef, shardPrefix } from '../version/collection.ts'
import type { CommitComponents } from '../version/commit.ts'
import { headKey } from '../version/head.ts'
import { decodePins, type Pin } from '../version/pins.ts'
import { listShard } from '../version/shard-objects.ts'
import { forgetCompactionsOf } from '../version/work-rows.ts'
import { neededBy, readPinned } from './needed-names.ts'

/**
 * Removes the data of a fenced collection: its objects, then its rows, the meta row last. Keeps the objects that branches
 * still need, and the heads that hold their pins. It may be repeated, even by several processes at once.
 *
 * @param mayContinue called between two requests; after a `false`, the rest is left to the next call
 */
export async function removeCollection(
  components: CommitComponents,
  uid: string,
  mayContinue: () => boolean = () => true,
): Promise<'removed' | 'pinned' | 'stopped'> {
  const { store, coordination } = components
  const row = await coordination.read(metaKey(uid), { consistent: true })
  const { shardCount, parent } = row ? decodeMeta(uid, row.attributes) : { shardCount: 0, parent: undefined }
  const pins: Pin[][] = []
  for (let shard = 0; shard < shardCount; shard++) {
    if (!mayContinue()) return 'stopped'
    pins.push(await foreignPins(components, { uid, shard }))
  }
  if (pins.some((own) => own.length > 0)) {
    for (const [shard, own] of pins.entries()) {
      const freed = await freeUnpinned(components, { uid, shard }, { pins: own, parent, mayContinue })
      if (!freed) return 'stopped'
    }
    return 'pinned'
  }
  if (!(await removeObjects(store, uid, mayContinue))) return 'stopped'
  for (let shard = 0; shard < shardCount; shard++) {
    if (!mayContinue()) return 'stopped'
    if (parent !== undefined) await releaseShard(components, parent, { uid, shard })
    await coordination.delete(headKey({ uid, shard }), [{ attribute: 'state', is: 'equal', value: 'deleted' }])
  }
  for await (const row of coordination.query(`collection#${uid}`, 'schema#', { consistent: true })) {
    if (!mayContinue()) return 'stopped'
    await coordination.delete(row, [])
  }
  await forgetKeysOf(coordination, uid)
  await forgetSnapshotsOf(coordination, uid)
  // The last object to go: while others remain, it keeps a rebuild of the table from restoring the collection.
  await store.delete([deletedRecordKey(uid)])
  await forgetCompactionsOf(coordination, uid)
  // The last row to go: it holds the number of shards, which a repeated call needs.
  await coordination.delete(metaKey(uid), [])
  return 'removed'
}

/** The pins that live branches hold on a fenced shard, which takes no new pins. Its snapshots go with the collection. */
async function foreignPins({ coordination }: CommitComponents, ref: ShardRef): Promise<Pin[]> {
  const head = await coordination.read(headKey(ref), { consistent: true })
  const pins = head ? decodePins(head.attributes, `head of shard ${ref.shard} of ${ref.uid}`) : []
  const foreign = pins.filter(({ holder }) => !holder.startsWith(SNAPSHOT_HOLDER))
  return foreign.length === 0 ? [] : livePins(coordination, foreign)
}

type Freeing = {
  readonly pins: readonly Pin[]
  readonly parent: string | undefined
  readonly mayContinue: () => boolean
}

/** Removes the objects of a shard that belong to no pinned version. @returns false if it was stopped */
async function freeUnpinned(
  components: CommitComponents,
  ref: ShardRef,
  { pins, parent, mayContinue }: Freeing,
): Promise<boolean> {
  const { store } = components
  if (!mayContinue()) return false
  const needed = neededBy(await readPinned(store, ref, pins))
  const garbage = (await listShard(store, ref)).filter(({ name }) => !needed.names.has(name))
  const keys = garbage.map(({ key }) => shardPrefix(ref) + key)
  for (let from = 0; from < keys.length; from += DELETE_KEYS_MAX) {
    if (!mayContinue()) return false
    await store.delete(keys.slice(from, from + DELETE_KEYS_MAX))
  }
  if (parent !== undefined && !needed.sharesOthers) await releaseShard(components, parent, ref)
  return true
}

/** Removes all objects of a collection except the record of its deletion. @returns false if it was stopped */
async function removeObjects(store: ObjectStore, uid: string, mayContinue: () => boolean): Promise<boolean> {
  let keys: string[] = []
  for await (const { key } of store.list(`c/${uid}/`)) {
    if (key === deletedRecordKey(uid)) continue
    keys.push(key)
    if (keys.length < DELETE_KEYS_MAX) continue
    if (!mayContinue()) return false
    await store.delete(keys)
    keys = []
  }
  if (!mayContinue()) return false
  if (keys.length > 0) await store.delete(keys)
  return true
}
