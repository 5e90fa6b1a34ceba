import { ConflictError, InvalidRequestError, NotFoundError } from '../errors.ts'
import { quote } from '../quote.ts'
import { addPin, removePin } from '../version/change-pins.ts'
import type { Collection, ShardRef } from '../version/collection.ts'
import type { CommitComponents } from '../version/commit.ts'
import { readHead } from '../version/head.ts'
import type { Manifest } from '../version/manifest.ts'
import { mapShards } from '../version/map-shards.ts'
import { deleteSnapshotRecord, putSnapshotRecord } from './collection-records.ts'
import {
  announceSnapshot,
  beginDeleting,
  callOff,
  endDeleting,
  finishSnapshot,
  forgetSnapshot,
  readEvenDeleted,
  readSnapshot,
  readSnapshots,
  SNAPSHOT_HOLDER,
  type SnapshotRow,
} from './snapshot-rows.ts'

const NAME = /^[a-z0-9_-]{1,128}$/
/** Maximum attempts to pin a version of a shard, because garbage collection may release the version before the pin. */
const PIN_TRIES_MAX = 8
/** Milliseconds after which an unfinished snapshot counts as abandoned. */
const CREATING_MS_MAX = 60 * 60 * 1000
/**
 * Milliseconds after which no request of a deleted snapshot can arrive any more. Its row refuses them until then. Far longer
 * than requests take, because clocks differ.
 */
const LATE_MS_MAX = 24 * 60 * 60 * 1000

/**
 * Keeps the newest version of every shard under a name. The versions are not from the same instant: the snapshot contains
 * every write acknowledged before the call, and no write that begins after the call returns.
 *
 * @throws {ConflictError} 'snapshot_exists'
 * @throws {InvalidRequestError} 'invalid_snapshot_name'
 * @throws {LimitExceededError} 'too_many_pins'
 */
export async function createSnapshot(
  components: CommitComponents,
  { uid, shardCount }: Collection,
  name: string,
): Promise<SnapshotRow> {
  checkSnapshotName(name)
  const { coordination, clock, random } = components
  const row = { name, holder: `${SNAPSHOT_HOLDER}${random.name()}`, createdMs: clock.now(), versions: [] }
  if (!(await announceSnapshot(coordination, uid, row))) {
    throw new ConflictError('snapshot_exists', `a snapshot named ${quote(name)} already exists`, {
      details: { name },
    })
  }
  const creating = { ...row, state: 'creating' as const }
  try {
    const pinned = await mapShards(shardCount, (shard) => pinNewest(components, { uid, shard }, () => row.holder))
    const versions = pinned.map(({ version, commitId }) => ({ version, commitId }))
    await putSnapshotRecord(components.store, uid, { ...creating, versions })
    if (await finishSnapshot(coordination, uid, { ...row, versions })) return { ...row, state: 'ready', versions }
  } catch (error) {
    // If the removal fails too, garbage collection repeats it.
    await takeAway(components, { uid, shardCount }, creating).catch(() => undefined)
    throw error
  }
  await takeAway(components, { uid, shardCount }, creating)
  throw new ConflictError('snapshot_exists', `the snapshot ${quote(name)} was deleted while it was being created`, {
    details: { name },
  })
}

/** Pins the newest version of a shard. @param holderOf returns the holder of the pin for the version that was found */
export async function pinNewest(
  components: CommitComponents,
  ref: ShardRef,
  holderOf: (version: number) => string,
): Promise<Manifest> {
  for (let attempt = 1; ; attempt++) {
    const { manifest } = await readHead(components, ref)
    const { version, commitId } = manifest
    try {
      await addPin(components, ref, { holder: holderOf(version), version, commitId })
      return manifest
    } catch (error) {
      const isCollected = error instanceof NotFoundError && error.code === 'version_not_retained'
      if (!isCollected || attempt === PIN_TRIES_MAX) throw error
    }
  }
}

/** Lists the readable snapshots in byte order of their names. */
export async function listSnapshots({ coordination }: CommitComponents, { uid }: Collection): Promise<SnapshotRow[]> {
  return (await readSnapshots(coordination, uid)).filter(({ state }) => state === 'ready')
}

/**
 * Returns the snapshot with a name.
 *
 * @throws {NotFoundError} 'snapshot_not_found'
 */
export async function getSnapshot(
  { coordination }: Pick<CommitComponents, 'coordination'>,
  { uid }: Pick<Collection, 'uid'>,
  name: string,
): Promise<SnapshotRow> {
  const row = await readSnapshot(coordination, uid, name)
  if (row?.state === 'ready') return row
  throw new NotFoundError('snapshot_not_found', `no snapshot named ${quote(name)}`, { details: { name } })
}

/**
 * Deletes a snapshot. Its versions then stay no longer than other versions of the same age.
 *
 * @throws {NotFoundError} 'snapshot_not_found'
 */
export async function deleteSnapshot(
  components: CommitComponents,
  collection: Collection,
  name: string,
): Promise<void> {
  await takeAway(components, collection, await getSnapshot(components, collection, name))
}

/**
 * Finishes interrupted deletions of snapshots, and removes abandoned snapshots, obsolete pins and the rows of snapshots that
 * were deleted a day ago.
 *
 * @param pinned the holders of the pins that were found before this call, by shard. A snapshot's row exists from before its
 *   first pin until after its last, so a pin that has no row now, or only a `deleted` one, is obsolete
 */
export async function tidySnapshots(
  components: CommitComponents,
  collection: Collection,
  pinned: ReadonlyMap<number, readonly string[]>,
): Promise<void> {
  const rows = await readEvenDeleted(components.coordination, collection.uid)
  for (const row of rows) await tidySnapshot(components, collection, row)
  const known = new Set(rows.flatMap(({ state, holder }) => (state === 'deleted' ? [] : holder)))
  for (const [shard, holders] of pinned) {
    for (const holder of holders) {
      if (holder.startsWith(SNAPSHOT_HOLDER) && !known.has(holder)) {
        await removePin(components, { uid: collection.uid, shard }, holder)
      }
    }
  }
}

async function tidySnapshot(components: CommitComponents, collection: Collection, row: SnapshotRow): Promise<void> {
  const { coordination, clock } = components
  const { state, createdMs, deletedMs = Number.POSITIVE_INFINITY } = row
  if (state === 'deleted' && clock.now() - deletedMs > LATE_MS_MAX) {
    await forgetSnapshot(coordination, collection.uid, row)
  }
  const isHalfMade = state === 'creating' && clock.now() - createdMs > CREATING_MS_MAX
  // The creator, on another clock, may still be about to finish the snapshot; it then finds that the snapshot is gone.
  const isOver = isHalfMade ? await callOff(coordination, collection.uid, row) : state === 'deleting'
  if (isOver) await finishDeleting(components, collection, row)
}

type Snapshotted = Pick<Collection, 'uid' | 'shardCount'>

async function takeAway(components: CommitComponents, collection: Snapshotted, row: SnapshotRow): Promise<void> {
  await beginDeleting(components.coordination, collection.uid, row)
  await finishDeleting(components, collection, row)
}

/** Removes the record and the pins of a snapshot whose deletion has begun. Any process may repeat it. */
async function finishDeleting(
  components: CommitComponents,
  { uid, shardCount }: Snapshotted,
  row: SnapshotRow,
): Promise<void> {
  await deleteSnapshotRecord(components.store, uid, row)
  await mapShards(shardCount, (shard) => removePin(components, { uid, shard }, row.holder))
  await endDeleting(components.coordination, uid, { row, deletedMs: components.clock.now() })
}

/** @throws {InvalidRequestError} 'invalid_snapshot_name' */
function checkSnapshotName(name: string): void {
  if (NAME.test(name)) return
  throw new InvalidRequestError(
    'invalid_snapshot_name',
    `a snapshot's name is 1 to 128 characters of a-z, 0-9, _ and -, got ${quote(name)}`,
  )
}
