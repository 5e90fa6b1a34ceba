import {
  metaRecordsPrefix,
  parentRecordKey,
  putMetaRecord,
  putParentRecord,
  putSchemaRecord,
  putSnapshotRecord,
  schemaRecordsPrefix,
  snapshotRecordsPrefix,
} from '../../core/collections/collection-records.ts'
import { SNAPSHOT_HOLDER } from '../../core/collections/snapshot-rows.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { seededRandom } from '../faults/seeded-random.ts'

const UID = 'u1'

export const SOME_META = {
  name: 'bücher',
  shardCount: 4,
  revision: 7,
  settings: { search: { fields: ['title', 'body'] }, number: 0.5, no: null },
  createdMs: 1_700_000_000_123,
}
export const SOME_SCHEMA = parseSchema({
  fields: { title: { type: 'text', language: 'dutch' }, 'crew.name': 'keyword', year: { type: 'integer' } },
  dynamic: true,
})
const VERSIONS = [
  { version: 3, commitId: 'a' },
  { version: 9, commitId: 'b' },
]
export const SOME_PARENT = { parent: 'u0', shared: [VERSIONS, []], firstVersion: 10 }
export const SOME_SNAPSHOT = { name: 'monday', createdMs: 1_700_000_000_456, versions: VERSIONS }

/** One record of each kind, with the key that it was written under. */
export async function storeSomeRecords(store = new MemoryObjectStore(systemClock)) {
  await putMetaRecord({ store, random: seededRandom(1) }, UID, SOME_META, 2)
  await putSchemaRecord(store, UID, SOME_SCHEMA)
  await putParentRecord(store, UID, SOME_PARENT)
  const holder = `${SNAPSHOT_HOLDER}s1`
  await putSnapshotRecord(store, UID, { ...SOME_SNAPSHOT, holder, state: 'ready' })
  const prefixes = {
    meta: metaRecordsPrefix(UID),
    schema: schemaRecordsPrefix(UID),
    parent: parentRecordKey(UID),
    snapshot: snapshotRecordsPrefix(UID),
  }
  const records: { kind: keyof typeof prefixes; key: string; bytes: Uint8Array }[] = []
  for (const kind of Object.keys(prefixes) as (keyof typeof prefixes)[])
    for await (const { key } of store.list(prefixes[kind])) records.push({ kind, key, bytes: await store.get(key) })
  return { store, uid: UID, records }
}
