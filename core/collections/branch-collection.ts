import { ConflictError } from '../errors.ts'
import type { Collection } from '../version/collection.ts'
import { collectionGone } from '../version/head.ts'
import { mapShards } from '../version/map-shards.ts'
import { branchShard } from './branch-shard.ts'
import { putMetaRecord, putParentRecord, putSchemaRecord, putSnapshotRecord } from './collection-records.ts'
import { decodeMeta, encodeMeta, metaKey } from './collection-rows.ts'
import { asCreation, assertNameFree, type CreateComponents, checkName, takeName } from './create-collection.ts'
import { openPast, type Past } from './past-versions.ts'
import { encodeSchema, readSchema, schemaKey } from './schema-rows.ts'
import { putSnapshot, SNAPSHOT_HOLDER, type SnapshotRow } from './snapshot-rows.ts'

/**
 * Creates a collection that starts with the present or past content of another collection, its parent. The branch shares
 * the parent's objects and writes new objects below its own uid. It takes the parent's present shards, settings and schema.
 * Its versions start at 1. The cost grows with the number of shards, not of documents.
 *
 * Shared objects are pinned before anything names them. An unfinished branch is removed with its pins an hour later.
 *
 * @returns the uid
 * @throws {ConflictError} 'collection_exists'
 * @throws {NotFoundError} 'snapshot_not_found', 'version_not_retained', 'collection_not_found'
 * @throws {LimitExceededError} 'too_many_pins'
 * @throws {OutcomeUnknownError} if it is unknown whether the name was taken, because no reply arrived
 */
export async function branchCollection(
  components: CreateComponents,
  parent: Collection,
  name: string,
  past: Past | undefined,
): Promise<string> {
  checkName(name)
  await assertNameFree(components.coordination, name)
  return asCreation(components, name, async (uid) => {
    await makeBranch(components, uid, { parent, name, past, snapshots: [] })
    await takeName(components, name, uid)
  })
}

export type NewBranch = {
  readonly parent: Collection
  readonly name: string
  /** The content that the branch starts with. Undefined means the newest versions. */
  readonly past: Past | undefined
  /** Snapshots of the parent that the branch also gets. */
  readonly snapshots: readonly SnapshotRow[]
}

/** Creates everything of a branch except its name. */
export async function makeBranch(
  components: CreateComponents,
  uid: string,
  { parent, name, past, snapshots }: NewBranch,
): Promise<void> {
  const { store, coordination, clock, random } = components
  const { shardCount, settings } = parent
  const meta = {
    state: 'creating' as const,
    ...{ name, shardCount, settings, parent: parent.uid },
    schemaVersion: parent.schema.version,
    revision: 1,
    createdMs: clock.now(),
  }
  await coordination.write(metaKey(uid), { set: encodeMeta(meta) }, [{ attribute: 'state', is: 'absent' }])
  const findPast = past && (await openPast(components, parent, past))
  const oldestFirst = snapshots.toSorted((a, b) => a.createdMs - b.createdMs)
  const carried = oldestFirst.map((row) => ({ ...row, holder: `${SNAPSHOT_HOLDER}${random.name()}` }))
  const shards = await mapShards(shardCount, (shard) =>
    branchShard(
      components,
      { uid, shard },
      {
        parent: parent.uid,
        findPast,
        snapshots: carried.map(({ holder, versions }) => ({ holder, ...versions[shard]! })),
      },
    ),
  )
  for (const [i, row] of carried.entries()) {
    const own = { ...row, versions: shards.map(({ versions }) => versions[i]!) }
    await putSnapshotRecord(store, uid, own)
    await putSnapshot(coordination, uid, own)
  }

  // Read after the pins: a manifest never refers to a schema version that does not exist yet, so this version covers all
  // pinned manifests.
  const schemaVersion = await schemaVersionOf(components, parent.uid)
  const schema = await readSchema(coordination, parent.uid, schemaVersion)
  await coordination.write(schemaKey(uid, schemaVersion), { set: encodeSchema(schema) }, [])
  await putSchemaRecord(store, uid, schema)
  const shared = shards.map((shard) => shard.shared)
  await putParentRecord(store, uid, { parent: parent.uid, shared, firstVersion: carried.length + 1 })
  // Last, because a rebuild of the table restores the branch once this record exists.
  await putMetaRecord(components, uid, meta)
  await activate(components, uid, schemaVersion)
}

async function schemaVersionOf({ coordination }: CreateComponents, uid: string): Promise<number> {
  const row = await coordination.read(metaKey(uid), { consistent: true })
  const meta = row && decodeMeta(uid, row.attributes)
  if (meta?.state !== 'active') throw collectionGone({ uid })
  return meta.schemaVersion
}

/** @throws {ConflictError} 'collection_changed' if the branch took so long that another process has begun to remove it */
async function activate({ coordination }: CreateComponents, uid: string, schemaVersion: number): Promise<void> {
  const change = { set: { state: 'active', schemaVersion } }
  const reply = await coordination.write(metaKey(uid), change, [{ attribute: 'state', is: 'equal', value: 'creating' }])
  if (reply === 'written') return
  // The refusal may be the reply to a retry of our own successful write.
  const row = await coordination.read(metaKey(uid), { consistent: true })
  if (row && decodeMeta(uid, row.attributes).state === 'active') return
  throw new ConflictError('collection_changed', 'creating the branch took too long, so it was abandoned: try again')
}
