import type { EpochMs } from '../clock.ts'
import type { Coordination, Row, RowKey } from '../coordination/coordination.ts'
import { CorruptDataError } from '../errors.ts'
import type { ShardRef } from './collection.ts'

/**
 * Each row is work that remains to be done, so that it is done even if the process that
 * announced it is gone. A row is advice: the work is checked before it is done, and doing
 * it twice or without need changes nothing.
 *
 *     collect#<uid>             a deletion: the row is written before the name is freed, and deleted when the data are gone; or
 *                               a branch that is being made, which is deleted unless it gets its name
 *     compact#<uid>#<shard>     segments worth compacting: the row is written after a commit, and deleted when no such segments are left
 */
const WORK_PK = 'work'
/** Rows that one run reads; the next run reads the others. */
const ROWS_MAX = 10_000

/** When work was announced, by the wall clock of the announcing process, and a random name of the announcement. */
export type Announced = { readonly announcedMs: EpochMs; readonly token: string }

export type Deletion = Announced & {
  readonly uid: string
  readonly name: string
  /** Whether the collection is being made, and is deleted only if it never gets its name. */
  readonly unlessNamed: boolean
}

export type WantedCompaction = Announced & { readonly ref: ShardRef }

/** Announces a deletion. Replaces an earlier announcement. */
export async function announceDeletion(
  coordination: Coordination,
  deletion: Omit<Deletion, 'unlessNamed'>,
): Promise<void> {
  const { uid, name, announcedMs, token } = deletion
  await coordination.write(deletionKey(uid), { set: { name, announcedMs, token }, remove: ['unlessNamed'] }, [])
}

/** Announces the deletion of a collection that is about to be made, in case its creation never finishes. */
export async function announceCreation(
  coordination: Coordination,
  creation: Omit<Deletion, 'unlessNamed'>,
): Promise<void> {
  const { uid, name, announcedMs, token } = creation
  const set = { name, announcedMs, token, unlessNamed: true }
  await coordination.write(deletionKey(uid), { set }, [{ attribute: 'token', is: 'absent' }])
}

/** Reads the rows of announced deletions, at most {@link ROWS_MAX}. */
export function readDeletions(coordination: Coordination): Promise<Row[]> {
  return readRows(coordination, 'collect#')
}

/** @throws {CorruptDataError} for a row with invalid attributes */
export function decodeDeletion(row: Row): Deletion {
  const { name, unlessNamed = false } = row.attributes
  if (typeof name !== 'string' || typeof unlessNamed !== 'boolean') throw corrupt(row)
  return { uid: row.sk.split('#')[1]!, name, unlessNamed, ...announcedOf(row) }
}

/** Deletes the row of a deletion. @param token deletes the row only if it is this announcement. Default: any announcement */
export async function forgetDeletion(coordination: Coordination, uid: string, token?: string): Promise<void> {
  await coordination.delete(deletionKey(uid), tokenIs(token))
}

export async function announceCompaction(coordination: Coordination, wanted: WantedCompaction): Promise<void> {
  const { ref, announcedMs, token } = wanted
  await coordination.write(compactionKey(ref), { set: { announcedMs, token } }, [])
}

/** Reads the rows of announced compactions, at most {@link ROWS_MAX}. */
export function readWantedCompactions(coordination: Coordination): Promise<Row[]> {
  return readRows(coordination, 'compact#')
}

/** @throws {CorruptDataError} for a row with invalid attributes */
export function decodeWantedCompaction(row: Row): WantedCompaction {
  const [, uid, shard] = row.sk.split('#')
  return { ref: { uid: uid!, shard: Number(shard) }, ...announcedOf(row) }
}

/** Deletes the row of a compaction, unless a later announcement replaced it. */
export async function forgetCompaction(coordination: Coordination, { ref, token }: WantedCompaction): Promise<void> {
  await coordination.delete(compactionKey(ref), tokenIs(token))
}

/** Deletes the rows of all compactions of a collection that is gone. */
export async function forgetCompactionsOf(coordination: Coordination, uid: string): Promise<void> {
  for (const row of await readRows(coordination, `compact#${uid}#`)) await coordination.delete(row, [])
}

function deletionKey(uid: string): RowKey {
  return { pk: WORK_PK, sk: `collect#${uid}` }
}

function compactionKey({ uid, shard }: ShardRef): RowKey {
  return { pk: WORK_PK, sk: `compact#${uid}#${shard}` }
}

function tokenIs(token: string | undefined) {
  return token === undefined ? [] : [{ attribute: 'token', is: 'equal', value: token } as const]
}

async function readRows(coordination: Coordination, skPrefix: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const row of coordination.query(WORK_PK, skPrefix, { consistent: true })) {
    rows.push(row)
    if (rows.length === ROWS_MAX) break
  }
  return rows
}

function announcedOf(row: Row): Announced {
  const { announcedMs, token } = row.attributes
  if (typeof announcedMs === 'number' && typeof token === 'string') return { announcedMs, token }
  throw corrupt(row)
}

function corrupt({ sk, attributes }: Row): CorruptDataError {
  return new CorruptDataError('corrupt_work', `work row ${sk} holds ${JSON.stringify(attributes)}`)
}
