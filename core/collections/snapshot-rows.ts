import type { EpochMs } from '../clock.ts'
import type { Condition, Coordination, Row, RowKey } from '../coordination/coordination.ts'
import { CorruptDataError } from '../errors.ts'
import type { ManifestId } from '../version/object-names.ts'

/**
 * A named snapshot of a collection: one version of every shard, each kept by a pin. The row exists from before the first pin
 * until after the last, so a pin without a row is obsolete. Only a `ready` snapshot can be read.
 */
export type SnapshotRow = {
  readonly name: string
  /** The holder of its pins. It is unique to this snapshot, unlike the name, which may be reused. */
  readonly holder: string
  readonly state: 'creating' | 'ready' | 'deleting'
  readonly createdMs: EpochMs
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

/** Reads all snapshots of a collection, in byte order of their names. */
export async function readSnapshots(coordination: Coordination, uid: string): Promise<SnapshotRow[]> {
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
  const set = { holder, createdMs, state: 'creating', versions: [] }
  const reply = await coordination.write(keyOf(uid, name), { set }, [{ attribute: 'holder', is: 'absent' }])
  return reply === 'written' || (await readSnapshot(coordination, uid, name))?.holder === holder
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
  const conditions: Condition[] = [
    { attribute: 'holder', is: 'equal', value: holder },
    { attribute: 'state', is: 'equal', value: 'creating' },
  ]
  if ((await coordination.write(keyOf(uid, name), change, conditions)) === 'written') return true
  const row = await readSnapshot(coordination, uid, name)
  return row?.holder === holder && row.state === 'ready'
}

/** Marks a snapshot for deletion: it can no longer be read, and any process that finds it continues its removal. */
export async function beginDeleting(coordination: Coordination, uid: string, row: SnapshotRow): Promise<void> {
  const change = { set: { state: 'deleting' } }
  await coordination.write(keyOf(uid, row.name), change, [{ attribute: 'holder', is: 'equal', value: row.holder }])
}

/** Marks an unfinished snapshot for deletion. @returns false if its creator was faster, or this is the reply to a retry */
export async function callOff(coordination: Coordination, uid: string, row: SnapshotRow): Promise<boolean> {
  const reply = await coordination.write(keyOf(uid, row.name), { set: { state: 'deleting' } }, [
    { attribute: 'holder', is: 'equal', value: row.holder },
    { attribute: 'state', is: 'equal', value: 'creating' },
  ])
  return reply === 'written'
}

export async function forgetSnapshot(coordination: Coordination, uid: string, row: SnapshotRow): Promise<void> {
  await coordination.delete(keyOf(uid, row.name), [{ attribute: 'holder', is: 'equal', value: row.holder }])
}

/** Removes all snapshot rows of a deleted collection. */
export async function forgetSnapshotsOf(coordination: Coordination, uid: string): Promise<void> {
  for await (const row of coordination.query(pkOf(uid), 'snapshot#', { consistent: true })) {
    await coordination.delete(row, [])
  }
}

function pkOf(uid: string): string {
  return `collection#${uid}`
}

function keyOf(uid: string, name: string): RowKey {
  return { pk: pkOf(uid), sk: `snapshot#${name}` }
}

/** @throws {CorruptDataError} */
function decode({ pk, sk, attributes }: Row): SnapshotRow {
  const { holder, state, createdMs, versions } = attributes
  const isState = state === 'creating' || state === 'ready' || state === 'deleting'
  if (typeof holder === 'string' && isState && typeof createdMs === 'number' && Array.isArray(versions)) {
    return { name: sk.slice('snapshot#'.length), holder, state, createdMs, versions: versions.map(decodeVersion) }
  }
  throw new CorruptDataError('corrupt_snapshot', `row ${sk} of ${pk} is damaged`)
}

function decodeVersion(entry: unknown): ManifestId {
  const { version, commitId } = Object(entry) as Record<string, unknown>
  if (Number.isSafeInteger(version) && typeof commitId === 'string') return { version: version as number, commitId }
  throw new CorruptDataError('corrupt_snapshot', `a snapshot has the invalid version ${JSON.stringify(entry)}`)
}
