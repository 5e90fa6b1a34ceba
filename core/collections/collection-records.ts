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
 * The rows of a collection, copied to objects with a checksum each, which are read only if the table is lost, and by
 * scrub. `docs/formats/manifest.md` describes them.
 *
 *     c/<uid>/meta/<revision>-<random>   written before the row that it repeats
 *     c/<uid>/schema/<version>           written after its row decided, before anything uses that version
 *     c/<uid>/parent                     of a branch: written before its meta record
 *     c/<uid>/snapshots/<random>         written before the snapshot is ready, removed before its deletion is answered
 *     c/<uid>/deleted                    written once the deletion cannot be called off any more, removed last
 */
export const RECORD_FORMAT_VERSION = 2
const DIGITS = 20

/** What a collection's rows say apart from its schema. */
export type MetaRecord = {
  readonly name: string
  readonly shardCount: number
  /** Of the settings; each change has one more than the one before. */
  readonly revision: number
  readonly settings: Settings
  readonly createdMs: EpochMs
  /** How often the table had been rebuilt: each time epochs start above all earlier ones. */
  readonly rebuilds: number
}

/**
 * Records a change of a collection before its row is changed. If several writers try the same revision, there are several
 * records, and the row names one of them.
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

/** Records a schema version as its row has it: every process writes the same. */
export async function putSchemaRecord(store: ObjectStore, uid: string, schema: Schema): Promise<void> {
  await write(store, schemaRecordKey(uid, schema.version), { schema })
}

/** Records that a collection is deleted, so that a rebuilt table does not restore it. */
export async function putDeletedRecord(store: ObjectStore, uid: string): Promise<void> {
  await store.put(deletedRecordKey(uid), new Uint8Array(0))
}

/** What a branch shares with the collection that it began as. */
export type ParentRecord = {
  /** Uid. */
  readonly parent: string
  /** By shard, the parent's versions that are pinned for the branch. */
  readonly shared: readonly (readonly ManifestId[])[]
  /** The version that its shards began with. */
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

/** Who holds the pins of the snapshot that a record is of. */
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

/** Records sort by revision below it. */
export function metaRecordsPrefix(uid: string): string {
  return `c/${uid}/meta/`
}

/** Records sort by version below it. */
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
  throw new CorruptDataError('corrupt_record', `${key} is no record of a collection`)
}

/** @throws {CorruptDataError} `corrupt_record` */
export async function readSchemaRecord(store: ObjectStore, key: string): Promise<Schema> {
  const { schema } = (await read(store, key)) as { schema?: Schema }
  if (Array.isArray(schema?.fields) && typeof schema.version === 'number') return schema
  throw new CorruptDataError('corrupt_record', `${key} is no record of a schema`)
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
  throw new CorruptDataError('corrupt_record', `${key} is no record of a branch`)
}

/** @throws {CorruptDataError} `corrupt_record` */
export async function readSnapshotRecord(store: ObjectStore, key: string): Promise<SnapshotRecord> {
  const { name, createdMs, versions } = (await read(store, key)) as Partial<SnapshotRecord>
  if (typeof name === 'string' && typeof createdMs === 'number' && areVersions(versions))
    return { name, createdMs, versions }
  throw new CorruptDataError('corrupt_record', `${key} is no record of a snapshot`)
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
