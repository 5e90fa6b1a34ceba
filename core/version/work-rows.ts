import type { EpochMs } from '../clock.ts'
import type { Coordination, Row, RowKey } from '../coordination/coordination.ts'
import { CorruptDataError } from '../errors.ts'
import type { ShardRef } from './collection.ts'

/**
 * Work that somebody still has to do, one row each, so that it is done though
 * the process that knew of it is gone. A row is advice: what it calls for is
 * looked up again, and doing it twice, or for nothing, changes nothing.
 *
 *     collect#<uid>             a deletion: written before it frees the name, deleted when the data are gone; or
 *                               a branch being made, which is deleted unless it gets its name
 *     compact#<uid>#<shard>     segments worth merging: written after a commit, deleted when none are left
 */
const WORK_PK = 'work'
/** Rows that one run takes on; the others are there at the next. */
const ROWS_MAX = 10_000

/** When work was announced, by the wall clock of who did, and which announcement it was. */
export type Announced = { readonly announcedMs: EpochMs; readonly token: string }

export type Deletion = Announced & {
  readonly uid: string
  readonly name: string
  /** It is called for only if the collection, which is being made, never gets its name. */
  readonly unlessNamed: boolean
}

export type WantedCompaction = Announced & { readonly ref: ShardRef }

/** Announces a deletion, also if it has been announced before. */
export async function announceDeletion(
  coordination: Coordination,
  deletion: Omit<Deletion, 'unlessNamed'>,
): Promise<void> {
  const { uid, name, announcedMs, token } = deletion
  await coordination.write(deletionKey(uid), { set: { name, announcedMs, token }, remove: ['unlessNamed'] }, [])
}

/** Announces the deletion of a collection that is about to be made, in case that it is never finished. */
export async function announceCreation(
  coordination: Coordination,
  creation: Omit<Deletion, 'unlessNamed'>,
): Promise<void> {
  const { uid, name, announcedMs, token } = creation
  const set = { name, announcedMs, token, unlessNamed: true }
  await coordination.write(deletionKey(uid), { set }, [{ attribute: 'token', is: 'absent' }])
}

/** The rows of the deletions announced, at most {@link ROWS_MAX} of them. */
export function readDeletions(coordination: Coordination): Promise<Row[]> {
  return readRows(coordination, 'collect#')
}

/** @throws {CorruptDataError} */
export function decodeDeletion(row: Row): Deletion {
  const { name, unlessNamed = false } = row.attributes
  if (typeof name !== 'string' || typeof unlessNamed !== 'boolean') throw corrupt(row)
  return { uid: row.sk.split('#')[1]!, name, unlessNamed, ...announcedOf(row) }
}

/** @param token of the one announcement that is meant; without it, whichever stands there */
export async function forgetDeletion(coordination: Coordination, uid: string, token?: string): Promise<void> {
  await coordination.delete(deletionKey(uid), tokenIs(token))
}

export async function announceCompaction(coordination: Coordination, wanted: WantedCompaction): Promise<void> {
  const { ref, announcedMs, token } = wanted
  await coordination.write(compactionKey(ref), { set: { announcedMs, token } }, [])
}

/** The rows of the compactions called for, at most {@link ROWS_MAX} of them. */
export function readWantedCompactions(coordination: Coordination): Promise<Row[]> {
  return readRows(coordination, 'compact#')
}

/** @throws {CorruptDataError} */
export function decodeWantedCompaction(row: Row): WantedCompaction {
  const [, uid, shard] = row.sk.split('#')
  return { ref: { uid: uid!, shard: Number(shard) }, ...announcedOf(row) }
}

/** Deletes this very announcement: the row of one that came after it stays. */
export async function forgetCompaction(coordination: Coordination, { ref, token }: WantedCompaction): Promise<void> {
  await coordination.delete(compactionKey(ref), tokenIs(token))
}

/** Of a collection that is gone. */
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
