import type { EpochMs } from '../clock.ts'
import type { Condition, Coordination, Row, RowKey } from '../coordination/coordination.ts'
import { CorruptDataError } from '../errors.ts'
import type { ManifestId } from '../version/object-names.ts'

/**
 * A named snapshot of a collection: one version of every shard, each kept by a pin. The row is `creating`, `ready` or
 * `deleting` from before the first pin until after the last, so other pins are obsolete. Only a `ready` snapshot can be read.
 *
 * The states follow one another in the order of their names here, and each request for the next one requires an earlier one.
 * So a request that arrives late, or twice, undoes nothing. This needs the state `deleted`: without a row, late duplicates
 * of the first requests would create the snapshot once more, without its pins.
 */
export type SnapshotRow = {
  readonly name: string
  /** The holder of its pins. It is unique to this snapshot, unlike the name, which may be reused. */
  readonly holder: string
  readonly state: 'creating' | 'ready' | 'deleting' | 'deleted'
  readonly createdMs: EpochMs
  /** Only if `deleted`: when it became so, by the clock of the process that deleted it. */
  readonly deletedMs?: EpochMs
  /** One per shard, in shard order. Empty until the snapshot is `ready`. */
  readonly versions: readonly ManifestId[]
}

/** Prefix of the holders of snapshots' pins. */
export const SNAPSHOT_HOLDER = 'snapshot#'

export async function readSnapshot(
  coordination: Coordination,
  uid: string,
  name: string,
): Promise<SnapshotRow | undefined> {
  const row = await coordination.read(keyOf(uid, name), { consistent: true })
  return row && decode(row)
}

/** Reads all snapshots of a collection, in byte order of their names, without the deleted ones. */
export async function readSnapshots(coordination: Coordination, uid: string): Promise<SnapshotRow[]> {
  return (await readEvenDeleted(coordination, uid)).filter(({ state }) => state !== 'deleted')
}

/** Reads the rows of all snapshots of a collection, even those that only remember a deleted one. */
export async function readEvenDeleted(coordination: Coordination, uid: string): Promise<SnapshotRow[]> {
  const rows: SnapshotRow[] = []
  for await (const row of coordination.query(pkOf(uid), 'snapshot#', { consistent: true })) rows.push(decode(row))
  return rows
}

/** Announces a snapshot unless one with that name exists. @returns whether the row is ours, even from an earlier attempt */
export async function announceSnapshot(
  coordination: Coordination,
  uid: string,
  { name, holder, createdMs }: Pick<SnapshotRow, 'name' | 'holder' | 'createdMs'>,
): Promise<boolean> {
  const change = { set: { holder, createdMs, state: 'creating', versions: [] }, remove: ['deletedMs'] }
  let former: SnapshotRow | undefined
  for (;;) {
    // Nothing follows a deleted snapshot in its row, except another snapshot.
    const isFree: Condition = former ? holds(former) : { attribute: 'holder', is: 'absent' }
    if ((await coordination.write(keyOf(uid, name), change, [isFree])) === 'written') return true
    former = await readSnapshot(coordination, uid, name)
    if (former?.holder === holder) return true
    if (former && former.state !== 'deleted') return false
  }
}

/** Writes the row of a snapshot whose versions are already pinned, in a collection that has no name yet. */
export async function putSnapshot(coordination: Coordination, uid: string, row: SnapshotRow): Promise<void> {
  const { name, holder, createdMs, versions } = row
  const set = { holder, createdMs, state: 'ready', versions: versions.map((one) => ({ ...one })) }
  await coordination.write(keyOf(uid, name), { set }, [{ attribute: 'holder', is: 'absent' }])
}

/** Marks a snapshot as ready. @returns false if its deletion has begun */
export async function finishSnapshot(
  coordination: Coordination,
  uid: string,
  { name, holder, versions }: Pick<SnapshotRow, 'name' | 'holder' | 'versions'>,
): Promise<boolean> {
  const change = { set: { state: 'ready', versions: versions.map((one) => ({ ...one })) } }
  const conditions: Condition[] = [holds({ holder }), { attribute: 'state', is: 'equal', value: 'creating' }]
  if ((await coordination.write(keyOf(uid, name), change, conditions)) === 'written') return true
  const row = await readSnapshot(coordination, uid, name)
  return row?.holder === holder && row.state === 'ready'
}

/** Marks a snapshot for deletion: it can no longer be read, and any process that finds it continues its removal. */
export async function beginDeleting(coordination: Coordination, uid: string, row: SnapshotRow): Promise<void> {
  const isThere: Condition = { attribute: 'deletedMs', is: 'absent' }
  await coordination.write(keyOf(uid, row.name), { set: { state: 'deleting' } }, [holds(row), isThere])
}

/** Marks an unfinished snapshot for deletion. @returns false if its creator was faster, or this is the reply to a retry */
export async function callOff(coordination: Coordination, uid: string, row: SnapshotRow): Promise<boolean> {
  const reply = await coordination.write(keyOf(uid, row.name), { set: { state: 'deleting' } }, [
    holds(row),
    { attribute: 'state', is: 'equal', value: 'creating' },
  ])
  return reply === 'written'
}

/** Ends a snapshot whose pins are removed. Its name can be used again. */
export async function endDeleting(
  coordination: Coordination,
  uid: string,
  { row, deletedMs }: { readonly row: SnapshotRow; readonly deletedMs: EpochMs },
): Promise<void> {
  const change = { set: { state: 'deleted', deletedMs, versions: [] } }
  const isDeleting: Condition = { attribute: 'state', is: 'equal', value: 'deleting' }
  await coordination.write(keyOf(uid, row.name), change, [holds(row), isDeleting])
}

/** Removes the row of a deleted snapshot, once none of its requests can still arrive. */
export async function forgetSnapshot(coordination: Coordination, uid: string, row: SnapshotRow): Promise<void> {
  const isDeleted: Condition = { attribute: 'state', is: 'equal', value: 'deleted' }
  await coordination.delete(keyOf(uid, row.name), [holds(row), isDeleted])
}

/** Removes all snapshot rows of a deleted collection. */
export async function forgetSnapshotsOf(coordination: Coordination, uid: string): Promise<void> {
  for await (const row of coordination.query(pkOf(uid), 'snapshot#', { consistent: true })) {
    await coordination.delete(row, [])
  }
}

function holds({ holder }: Pick<SnapshotRow, 'holder'>): Condition {
  return { attribute: 'holder', is: 'equal', value: holder }
}

function pkOf(uid: string): string {
  return `collection#${uid}`
}

function keyOf(uid: string, name: string): RowKey {
  return { pk: pkOf(uid), sk: `snapshot#${name}` }
}

/** @throws {CorruptDataError} */
function decode({ pk, sk, attributes }: Row): SnapshotRow {
  const { holder, state, createdMs, deletedMs, versions } = attributes
  const isState = state === 'creating' || state === 'ready' || state === 'deleting' || state === 'deleted'
  const isDated = state === 'deleted' ? typeof deletedMs === 'number' : deletedMs === undefined
  if (typeof holder === 'string' && isState && isDated && typeof createdMs === 'number' && Array.isArray(versions)) {
    const name = sk.slice('snapshot#'.length)
    const row: SnapshotRow = { name, holder, state, createdMs, versions: versions.map(decodeVersion) }
    return deletedMs === undefined ? row : { ...row, deletedMs: Number(deletedMs) }
  }
  throw new CorruptDataError('corrupt_snapshot', `row ${sk} of ${pk} is damaged`)
}

function decodeVersion(entry: unknown): ManifestId {
  const { version, commitId } = Object(entry) as Record<string, unknown>
  if (Number.isSafeInteger(version) && typeof commitId === 'string') return { version: version as number, commitId }
  throw new CorruptDataError('corrupt_snapshot', `a snapshot has the invalid version ${JSON.stringify(entry)}`)
}
