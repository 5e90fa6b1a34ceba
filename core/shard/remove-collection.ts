import type { Coordination } from '../coordination/coordination.ts'
import { DELETE_KEYS_MAX, type ObjectStore } from '../storage/object-store.ts'
import { deletedRecordKey } from './collection-records.ts'
import { decodeMeta, metaKey } from './collection-rows.ts'
import { headKey } from './head.ts'
import { decodePins } from './pins.ts'
import { forgetSnapshotsOf, SNAPSHOT_HOLDER } from './snapshot-rows.ts'
import { forgetCompactionsOf } from './work-rows.ts'

/**
 * Removes what a fenced collection stored: its objects, then its rows, the meta
 * row last. A collection that something pins keeps all of it. May be done again, and by several at once.
 *
 * @param goesOn asked between two requests; what is left when it says no is there for the next call
 */
export async function removeCollection(
  { store, coordination }: { readonly store: ObjectStore; readonly coordination: Coordination },
  uid: string,
  goesOn: () => boolean = () => true,
): Promise<'removed' | 'pinned' | 'stopped'> {
  const meta = await coordination.read(metaKey(uid), { consistent: true })
  const shardCount = meta ? decodeMeta(uid, meta.attributes).shardCount : 0
  for (let shard = 0; shard < shardCount; shard++) {
    if (!goesOn()) return 'stopped'
    const head = await coordination.read(headKey({ uid, shard }), { consistent: true })
    const pins = head ? decodePins(head.attributes, `head of shard ${shard} of ${uid}`) : []
    // Its own snapshots go with it.
    if (pins.some(({ holder }) => !holder.startsWith(SNAPSHOT_HOLDER))) return 'pinned'
  }
  if (!(await removeObjects(store, uid, goesOn))) return 'stopped'
  for (let shard = 0; shard < shardCount; shard++) {
    if (!goesOn()) return 'stopped'
    await coordination.delete(headKey({ uid, shard }), [{ attribute: 'state', is: 'equal', value: 'deleted' }])
  }
  for await (const row of coordination.query(`collection#${uid}`, 'schema#', { consistent: true })) {
    if (!goesOn()) return 'stopped'
    await coordination.delete(row, [])
  }
  await forgetSnapshotsOf(coordination, uid)
  // Last of its objects: as long as there are others, a rebuilt table must not take them for a collection.
  await store.delete([deletedRecordKey(uid)])
  await forgetCompactionsOf(coordination, uid)
  // As long as it is there, the next one knows how many heads there may be.
  await coordination.delete(metaKey(uid), [])
  return 'removed'
}

/** All but the record of the deletion. */
async function removeObjects(store: ObjectStore, uid: string, goesOn: () => boolean): Promise<boolean> {
  let keys: string[] = []
  for await (const { key } of store.list(`c/${uid}/`)) {
    if (key === deletedRecordKey(uid)) continue
    keys.push(key)
    if (keys.length < DELETE_KEYS_MAX) continue
    if (!goesOn()) return false
    await store.delete(keys)
    keys = []
  }
  if (!goesOn()) return false
  if (keys.length > 0) await store.delete(keys)
  return true
}
