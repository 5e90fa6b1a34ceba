import type { Coordination } from '../coordination/coordination.ts'
import { UnavailableError } from '../errors.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { decodeMeta, metaKey, nameKey } from './collection-rows.ts'
import type { CommitComponents } from './commit.ts'
import { headKey } from './head.ts'

const FENCE_TRIES_MAX = 16
const SHARDS_AT_ONCE = 32
/** Keys in one request to delete: what S3 takes. */
const KEYS_AT_ONCE = 1000

/**
 * Frees a collection's name, then fences every shard by a new epoch: when it
 * returns, no commit to the collection can succeed any more. Every step may be
 * taken again, so a deletion cut short is finished by the next.
 *
 * @throws {UnavailableError} if a shard could not be reached; the name may be free by then
 */
export async function fenceCollection(components: CommitComponents, name: string, uid: string): Promise<void> {
  const { coordination } = components
  await coordination.delete(nameKey(name), [{ attribute: 'uid', is: 'equal', value: uid }])
  const row = await coordination.read(metaKey(uid), { consistent: true })
  if (!row) return
  await fenceShards(components, uid, decodeMeta(uid, row.attributes).shardCount)
  await coordination.write(metaKey(uid), { set: { state: 'deleted' } }, [{ attribute: 'state', is: 'present' }])
}

/**
 * Removes what a fenced collection stored: its objects, then its rows. A shard
 * that something pins keeps both.
 *
 * @param signal stops between two requests
 */
export async function removeCollection(
  { store, coordination }: { readonly store: ObjectStore; readonly coordination: Coordination },
  uid: string,
  signal?: AbortSignal,
): Promise<void> {
  const meta = await coordination.read(metaKey(uid), { consistent: true })
  const shardCount = meta ? decodeMeta(uid, meta.attributes).shardCount : 0
  for (let shard = 0; shard < shardCount; shard++) {
    const head = await coordination.read(headKey({ uid, shard }), { consistent: true })
    const pins = head?.attributes.pins
    if (Array.isArray(pins) && pins.length > 0) return
  }
  if (!(await removeObjects(store, `c/${uid}/`, signal))) return
  for (let shard = 0; shard < shardCount; shard++) {
    await coordination.delete(headKey({ uid, shard }), [{ attribute: 'state', is: 'equal', value: 'deleted' }])
  }
  for await (const row of coordination.query(`collection#${uid}`, 'schema#', { consistent: true })) {
    await coordination.delete(row, [])
  }
  await coordination.delete(metaKey(uid), [])
}

async function removeObjects(store: ObjectStore, prefix: string, signal: AbortSignal | undefined): Promise<boolean> {
  let keys: string[] = []
  for await (const { key } of store.list(prefix)) {
    if (signal?.aborted) return false
    keys.push(key)
    if (keys.length < KEYS_AT_ONCE) continue
    await store.delete(keys)
    keys = []
  }
  if (keys.length > 0) await store.delete(keys)
  return true
}

async function fenceShards(components: CommitComponents, uid: string, shardCount: number): Promise<void> {
  for (let from = 0; from < shardCount; from += SHARDS_AT_ONCE) {
    const count = Math.min(SHARDS_AT_ONCE, shardCount - from)
    await Promise.all(Array.from({ length: count }, (_, i) => fenceShard(components, uid, from + i)))
  }
}

/** Commits do not change the epoch, so a refusal is an owner's change, or our own try whose reply was lost. */
async function fenceShard(
  { coordination, clock, random }: CommitComponents,
  uid: string,
  shard: number,
): Promise<void> {
  const key = headKey({ uid, shard })
  let cause: unknown
  for (let attempt = 0; attempt < FENCE_TRIES_MAX; attempt++) {
    try {
      const row = await coordination.read(key, { consistent: true })
      if (!row || row.attributes.state === 'deleted') return
      const epoch = Number(row.attributes.epoch)
      const change = { set: { state: 'deleted', epoch: epoch + 1 } }
      if ((await coordination.write(key, change, [{ attribute: 'epoch', is: 'equal', value: epoch }])) === 'written')
        return
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      cause = error
      await clock.sleep(random.number() * 5 * 2 ** Math.min(attempt, 7))
    }
  }
  throw new UnavailableError('unavailable', `shard ${shard} of collection ${uid} could not be fenced`, { cause })
}
