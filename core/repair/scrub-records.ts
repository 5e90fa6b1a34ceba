import {
  metaRecordsPrefix,
  parentRecordKey,
  readMetaRecord,
  readParentRecord,
  readSchemaRecord,
  readSnapshotRecord,
  schemaRecordKey,
  schemaRecordsPrefix,
  snapshotRecordsPrefix,
} from '../collections/collection-records.ts'
import { CorruptDataError, NotFoundError } from '../errors.ts'
import { type Finding, guard } from '../segment/scrub/scrub-finding.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { Collection } from '../version/collection.ts'

type RecordScrub = {
  /** Reads only the newest record of the settings, the record of the current schema and the record of a parent. */
  readonly quick: boolean
  readonly find: (file: string, finding: Finding) => void
}

/**
 * Checks that the bucket has the collection's name, settings and schema, as `rebuildTable` needs them, and that every
 * record is intact.
 */
export async function scrubRecords(
  store: ObjectStore,
  collection: Collection,
  { quick, find }: RecordScrub,
): Promise<void> {
  const { uid, name, revision, schema, parent } = collection
  const check = (key: string, work: () => Promise<void>) => guard('record', (finding) => find(key, finding), work)
  const metaRecords = await keysBelow(store, metaRecordsPrefix(uid))
  const newest = metaRecords.at(-1)
  if (newest === undefined || revisionOf(newest) < revision) {
    const found = newest ?? 'no object'
    find(metaRecordsPrefix(uid), { section: 'record', found, expected: `a record of revision ${revision}` })
  }
  for (const key of quick ? metaRecords.slice(-1) : metaRecords)
    await check(key, async () => {
      const record = await readMetaRecord(store, key)
      // Older records may have another name, because a rebuild renames a collection whose name is taken.
      if (key === newest && record.name !== name)
        throw new CorruptDataError('corrupt_record', `it names ${record.name}, not ${name}`)
    })

  const current = schemaRecordKey(uid, schema.version)
  await check(current, async () => {
    if (JSON.stringify(await readSchemaRecord(store, current)) === JSON.stringify(schema)) return
    throw new CorruptDataError('corrupt_record', 'it is another schema than the one in the table')
  })
  if (parent !== undefined) await check(parentRecordKey(uid), async () => void (await readParentRecord(store, uid)))
  if (quick) return
  for (const key of await keysBelow(store, schemaRecordsPrefix(uid)))
    if (key !== current) await check(key, async () => void (await readSchemaRecord(store, key)))
  for (const key of await keysBelow(store, snapshotRecordsPrefix(uid)))
    await check(key, async () => void (await readSnapshotRecord(store, key).catch(deletedSinceListed)))
}

async function keysBelow(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  return keys
}

/** The revision of the settings in a record's key. */
function revisionOf(key: string): number {
  return Number(key.slice(key.lastIndexOf('/') + 1).split('-')[0])
}

function deletedSinceListed(error: unknown): void {
  if (!(error instanceof NotFoundError)) throw error
}
