import type { EpochMs } from '../clock.ts'
import { CorruptDataError } from '../errors.ts'
import type { JsonRecord } from '../json-record.ts'
import type { Random } from '../random.ts'
import type { Schema } from '../schema/schema.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { Settings } from '../version/collection.ts'
import type { ManifestId } from '../version/object-names.ts'
import { decodeCheckedJson, encodeCheckedJson } from './checked-json.ts'
import { SNAPSHOT_HOLDER, type SnapshotRow } from './snapshot-rows.ts'

/**
 * Records are copies of a collection's rows in objects, each with a checksum. Only scrubs and rebuilds of a lost table
 * read them. `docs/formats/manifest.md` describes their format.
 *
 *     c/<uid>/meta/<revision>-<random>   written before the row that it copies
 *     c/<uid>/schema/<version>           written after its row, and before anything uses that version
 *     c/<uid>/parent                     for a branch; written before its meta record
 *     c/<uid>/snapshots/<random>         written before the snapshot is ready, removed before its deletion is answered
 *     c/<uid>/deleted                    written once the deletion can no longer be called off, removed last
 */
export const RECORD_FORMAT_VERSION = 2
const DIGITS = 20

/** The content of a collection's rows, without its schema. */
export type MetaRecord = {
  readonly name: string
  readonly shardCount: number
  /** Revision of the settings; each change increments it. */
  readonly revision: number
  readonly settings: Settings
  readonly createdMs: EpochMs
  /** How often the table was rebuilt before. After each rebuild, epochs start above all earlier ones. */
  readonly rebuilds: number
}

/**
 * Records a change of a collection before the change of its row. If several writers attempt the same revision, there are
 * several records of it, and the row matches one of them.
 */
export async function putMetaRecord(
  { store, random }: { readonly store: ObjectStore; readonly random: Random },
  uid: string,
  { name, shardCount, revision, settings, createdMs }: Omit<MetaRecord, 'rebuilds'>,
  rebuilds = 0,
): Promise<void> {
  const record = { name, shardCount, revision, settings, createdMs, rebuilds }
  await write(store, `${metaRecordsPrefix(uid)}${pad(revision)}-${random.name()}`, record)
}

/** Records a schema version with the content of its row, so every process writes the same bytes. */
export async function putSchemaRecord(store: ObjectStore, uid: string, schema: Schema): Promise<void> {
  await write(store, schemaRecordKey(uid, schema.version), { schema })
}

/** Records that a collection is deleted, so that a rebuilt table does not restore it. */
export async function putDeletedRecord(store: ObjectStore, uid: string): Promise<void> {
  await store.put(deletedRecordKey(uid), new Uint8Array(0))
}

/** The objects that a branch shares with its parent. */
export type ParentRecord = {
  /** Uid of the parent. */
  readonly parent: string
  /** For each shard, the versions of the parent that the branch pins. */
  readonly shared: readonly (readonly ManifestId[])[]
  /** The version that every shard of the branch started with. */
  readonly firstVersion: number
}

export async function putParentRecord(store: ObjectStore, uid: string, record: ParentRecord): Promise<void> {
  await write(store, parentRecordKey(uid), record)
}

export type SnapshotRecord = Pick<SnapshotRow, 'name' | 'createdMs' | 'versions'>

export async function putSnapshotRecord(store: ObjectStore, uid: string, row: SnapshotRow): Promise<void> {
  const { name, createdMs, versions } = row
  await write(store, snapshotRecordKey(uid, row), { name, createdMs, versions })
}

export async function deleteSnapshotRecord(store: ObjectStore, uid: string, row: SnapshotRow): Promise<void> {
  await store.delete([snapshotRecordKey(uid, row)])
}

function snapshotRecordKey(uid: string, { holder }: Pick<SnapshotRow, 'holder'>): string {
  return snapshotRecordsPrefix(uid) + holder.slice(SNAPSHOT_HOLDER.length)
}

/** The holder of the pins of a record's snapshot. */
export function snapshotHolder(recordKey: string): string {
  return SNAPSHOT_HOLDER + recordKey.slice(recordKey.lastIndexOf('/') + 1)
}

export function parentRecordKey(uid: string): string {
  return `c/${uid}/parent`
}

export function deletedRecordKey(uid: string): string {
  return `c/${uid}/deleted`
}

export function schemaRecordKey(uid: string, version: number): string {
  return schemaRecordsPrefix(uid) + pad(version)
}

/** Prefix of the meta records, which sort by revision. */
export function metaRecordsPrefix(uid: string): string {
  return `c/${uid}/meta/`
}

/** Prefix of the schema records, which sort by version. */
export function schemaRecordsPrefix(uid: string): string {
  return `c/${uid}/schema/`
}

export function snapshotRecordsPrefix(uid: string): string {
  return `c/${uid}/snapshots/`
}

/** @throws {CorruptDataError} `corrupt_record` */
export async function readMetaRecord(store: ObjectStore, key: string): Promise<MetaRecord> {
  const record = (await read(store, key)) as Partial<MetaRecord>
  const { name, shardCount, revision, settings, createdMs, rebuilds } = record
  if (
    typeof name === 'string' &&
    typeof shardCount === 'number' &&
    typeof revision === 'number' &&
    typeof settings === 'object' &&
    typeof createdMs === 'number' &&
    typeof rebuilds === 'number'
  )
    return { name, shardCount, revision, settings, createdMs, rebuilds }
  throw new CorruptDataError('corrupt_record', `${key} is not a record of a collection`)
}

/** @throws {CorruptDataError} `corrupt_record` */
export async function readSchemaRecord(store: ObjectStore, key: string): Promise<Schema> {
  const { schema } = (await read(store, key)) as { schema?: Schema }
  if (Array.isArray(schema?.fields) && typeof schema.version === 'number') return schema
  throw new CorruptDataError('corrupt_record', `${key} is not a record of a schema`)
}

/** @throws {CorruptDataError} `corrupt_record` */
export async function readParentRecord(store: ObjectStore, uid: string): Promise<ParentRecord> {
  const key = parentRecordKey(uid)
  const { parent, shared, firstVersion } = (await read(store, key)) as Partial<ParentRecord>
  if (
    typeof parent === 'string' &&
    typeof firstVersion === 'number' &&
    Array.isArray(shared) &&
    shared.every(areVersions)
  )
    return { parent, shared, firstVersion }
  throw new CorruptDataError('corrupt_record', `${key} is not a record of a branch`)
}

/** @throws {CorruptDataError} `corrupt_record` */
export async function readSnapshotRecord(store: ObjectStore, key: string): Promise<SnapshotRecord> {
  const { name, createdMs, versions } = (await read(store, key)) as Partial<SnapshotRecord>
  if (typeof name === 'string' && typeof createdMs === 'number' && areVersions(versions))
    return { name, createdMs, versions }
  throw new CorruptDataError('corrupt_record', `${key} is not a record of a snapshot`)
}

function areVersions(list: unknown): list is ManifestId[] {
  return (
    Array.isArray(list) && list.every((one) => Number.isSafeInteger(one?.version) && typeof one?.commitId === 'string')
  )
}

async function write(store: ObjectStore, key: string, record: JsonRecord): Promise<void> {
  await store.put(key, encodeCheckedJson(key, { format: RECORD_FORMAT_VERSION, ...record }))
}

/** @throws {CorruptDataError} `corrupt_record` */
async function read(store: ObjectStore, key: string): Promise<JsonRecord> {
  const { format, ...record } = decodeCheckedJson(await store.get(key), key)
  if (format === RECORD_FORMAT_VERSION) return record
  throw new CorruptDataError('corrupt_record', `${key} has format ${format}, expected ${RECORD_FORMAT_VERSION}`)
}

function pad(number: number): string {
  return String(number).padStart(DIGITS, '0')
}
