import { readMetaRecord, readSchemaRecord, schemaRecordKey } from '../collections/collection-records.ts'
import { CorruptDataError } from '../errors.ts'
import { type Finding, guard } from '../segment/scrub/scrub-finding.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { Collection } from '../version/collection.ts'

/** Checks that the bucket alone has the collection's name, settings and schema, as `rebuildTable` needs them. */
export async function scrubRecords(
  store: ObjectStore,
  { uid, name, revision, schema }: Collection,
  find: (file: string, finding: Finding) => void,
): Promise<void> {
  const folder = `c/${uid}/meta/`
  let newest = ''
  for await (const { key } of store.list(folder)) newest = key
  const isRecorded = Number(newest.slice(folder.length).split('-')[0]) >= revision
  if (newest === '' || !isRecorded) {
    find(folder, { section: 'record', found: newest || 'no object', expected: `a record of revision ${revision}` })
  } else {
    await guard(
      'record',
      (finding) => find(newest, finding),
      async () => {
        const record = await readMetaRecord(store, newest)
        if (record.name !== name) throw new CorruptDataError('corrupt_record', `it names ${record.name}, not ${name}`)
      },
    )
  }
  const key = schemaRecordKey(uid, schema.version)
  await guard(
    'record',
    (finding) => find(key, finding),
    async () => {
      const recorded = await readSchemaRecord(store, key)
      if (JSON.stringify(recorded) === JSON.stringify(schema)) return
      throw new CorruptDataError('corrupt_record', 'it is another schema than the one in the table')
    },
  )
}
