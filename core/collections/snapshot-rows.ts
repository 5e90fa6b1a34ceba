import type { EpochMs } from '../clock.ts'
import type { Condition, Coordination, Row, RowKey } from '../coordination/coordination.ts'
import { CorruptDataError } from '../errors.ts'
import type { ManifestId } from '../version/object-names.ts'

/**
 * A named snapshot of a collection: one version of every shard, each kept by a pin.
 * The row is there before the first pin and until after the last, so that a pin
 * whose row is gone is nobody's. Only one that is `ready` can be read.
 */
export type SnapshotRow = {
  readonly name: string
  /** Of its pins, and of this snapshot alone: a name may be taken again. */
  readonly holder: string
  readonly state: 'creating' | 'ready' | 'deleting'
  readonly createdMs: EpochMs
  /** One a shard, in shard order; none before it is `ready`. */
  readonly versions: readonly ManifestId[]
}

/** What the holders of snapshots' pins begin with. */
export const SNAPSHOT_HOLDER = 'snapshot#'

export async function readSnapshot(
  coordination: Coordination,
  uid: string,
  name: string,
): Promise<SnapshotRow | undefined> {
  const row = await coordination.read(keyOf(uid, name), { consistent: true })
  return row && decode(row)
}

/** In byte order of names. */
export async function readSnapshots(coordination: Coordination, uid: string): Promise<SnapshotRow[]> {
  const rows: SnapshotRow[] = []
  for await (const row of coordination.query(pkOf(uid), 'snapshot#', { consistent: true })) rows.push(decode(row))
  return rows
}

/** Announces a snapshot, if there is none of that name. @returns whether the row is ours, by this try or an earlier one */
export async function announceSnapshot(
  coordination: Coordination,
  uid: string,
  { name, holder, createdMs }: Pick<SnapshotRow, 'name' | 'holder' | 'createdMs'>,
): Promise<boolean> {
  const set = { holder, createdMs, state: 'creating', versions: [] }
  const reply = await coordination.write(keyOf(uid, name), { set }, [{ attribute: 'holder', is: 'absent' }])
  return reply === 'written' || (await readSnapshot(coordination, uid, name))?.holder === holder
}

/** Writes the row of a snapshot whose versions are pinned already, in a collection that nobody knows yet. */
export async function putSnapshot(coordination: Coordination, uid: string, row: SnapshotRow): Promise<void> {
  const { name, holder, createdMs, versions } = row
  const set = { holder, createdMs, state: 'ready', versions: versions.map((one) => ({ ...one })) }
  await coordination.write(keyOf(uid, name), { set }, [{ attribute: 'holder', is: 'absent' }])
}

/** @returns false if it has been taken back */
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

/** From here on the snapshot cannot be read, and any process that finds it continues its removal. */
export async function beginDeleting(coordination: Coordination, uid: string, row: SnapshotRow): Promise<void> {
  const change = { set: { state: 'deleting' } }
  await coordination.write(keyOf(uid, row.name), change, [{ attribute: 'holder', is: 'equal', value: row.holder }])
}

/** Begins to delete one that is still in the making. @returns false if its maker was faster, or this is answered for a second time */
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

/** Of a collection that is gone. */
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
  throw new CorruptDataError('corrupt_snapshot', `row ${sk} of ${pk} is not what was written`)
}

function decodeVersion(entry: unknown): ManifestId {
  const { version, commitId } = Object(entry) as Record<string, unknown>
  if (Number.isSafeInteger(version) && typeof commitId === 'string') return { version: version as number, commitId }
  throw new CorruptDataError('corrupt_snapshot', `a snapshot names ${JSON.stringify(entry)} as a version`)
}
