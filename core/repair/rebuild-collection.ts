import {
  type MetaRecord,
  type ParentRecord,
  readMetaRecord,
  readParentRecord,
  readSchemaRecord,
  readSnapshotRecord,
  type SnapshotRecord,
  snapshotHolder,
} from '../collections/collection-records.ts'
import { CorruptDataError, NotFoundError } from '../errors.ts'
import type { Schema } from '../schema/schema.ts'
import type { StoredCollection } from './list-stored.ts'
import { planShard, type RebuildComponents, type ShardPlan } from './rebuild-shard.ts'

/** One collection, restored from the bucket alone. */
export type CollectionPlan = {
  readonly uid: string
  readonly meta: MetaRecord
  /** When the record was uploaded. If two collections claim a name, the later one wins. */
  readonly recordedMs: number
  readonly schemas: readonly Schema[]
  readonly shards: readonly ShardPlan[]
  /** Set for a branch. */
  readonly parent: ParentRecord | undefined
  /** With the holders of their pins. */
  readonly snapshots: readonly (SnapshotRecord & { readonly holder: string })[]
  readonly hasCommits: boolean
  /** How often the table was rebuilt before. */
  readonly rebuilds: number
  readonly doubts: readonly string[]
}

/** A collection that cannot be restored. */
export type Unrestorable = { readonly name: string | undefined; readonly reason: string }

const SHARDS_AT_ONCE = 16

/**
 * Plans the restoration of one collection. Writes no rows.
 *
 * @returns the reason if the collection cannot be restored
 */
export async function planCollection(
  components: RebuildComponents,
  stored: StoredCollection,
  signal: AbortSignal | undefined,
): Promise<CollectionPlan | Unrestorable> {
  const { uid } = stored
  const doubts: string[] = []
  const records = await readRecords(components, stored, doubts)
  const newest = records.at(-1)
  if (newest === undefined) return { name: undefined, reason: because('no record of it can be read', doubts) }
  const { name } = newest.meta
  const rivals = records.filter(({ meta }) => meta.revision === newest.meta.revision)
  if (rivals.length > 1)
    doubts.push(
      `${rivals.length} changes of its settings raced for revision ${newest.meta.revision}: the later one stands`,
    )

  const parent = stored.hasParent ? await orDoubt(() => readParentRecord(components.store, uid), doubts) : undefined
  const shards: ShardPlan[] = []
  for (let from = 0; from < newest.meta.shardCount; from += SHARDS_AT_ONCE) {
    signal?.throwIfAborted()
    const count = Math.min(SHARDS_AT_ONCE, newest.meta.shardCount - from)
    const planned = await Promise.all(
      Array.from({ length: count }, (_, i) => {
        const shard = from + i
        return planShard(
          components,
          { uid, shard },
          stored.shards.get(shard) ?? { manifests: [], markers: [] },
          parent?.firstVersion,
        )
      }),
    )
    const missing = planned.indexOf(undefined)
    if (missing !== -1) return { name, reason: `no manifest of its shard ${from + missing} can be read` }
    shards.push(...planned.filter((plan) => plan !== undefined))
  }
  const schemas = await readSchemas(components, stored, doubts)
  const needed = Math.max(1, ...shards.map(({ manifest }) => manifest.schemaVersion))
  if ((schemas.at(-1)?.version ?? 0) < needed)
    return { name, reason: because(`its schema version ${needed} is lost`, doubts) }
  return {
    uid,
    ...newest,
    schemas,
    shards,
    parent,
    snapshots: await readSnapshots(components, stored, doubts),
    hasCommits: shards.some((shard) => shard.hasCommits),
    rebuilds: Math.max(...records.map(({ meta }) => meta.rebuilds)),
    doubts,
  }
}

type Recorded = { readonly meta: MetaRecord; readonly recordedMs: number }

/** Reads the records in order of revision, then of upload. */
async function readRecords(
  { store }: RebuildComponents,
  { metaRecords }: StoredCollection,
  doubts: string[],
): Promise<Recorded[]> {
  const records: Recorded[] = []
  for (const { key, modifiedMs } of metaRecords) {
    const meta = await orDoubt(() => readMetaRecord(store, key), doubts)
    if (meta) records.push({ meta, recordedMs: modifiedMs })
  }
  return records.sort((a, b) => a.meta.revision - b.meta.revision || a.recordedMs - b.recordedMs)
}

/** Reads the consecutive schema versions from 1. */
async function readSchemas(
  { store }: RebuildComponents,
  { schemaRecords }: StoredCollection,
  doubts: string[],
): Promise<Schema[]> {
  const schemas: Schema[] = []
  for (const key of schemaRecords) {
    const schema = await orDoubt(() => readSchemaRecord(store, key), doubts)
    if (schema) schemas.push(schema)
  }
  return schemas.sort((a, b) => a.version - b.version)
}

async function readSnapshots(
  { store }: RebuildComponents,
  { snapshotRecords }: StoredCollection,
  doubts: string[],
): Promise<CollectionPlan['snapshots']> {
  const snapshots: (SnapshotRecord & { readonly holder: string })[] = []
  for (const key of snapshotRecords) {
    const record = await orDoubt(() => readSnapshotRecord(store, key), doubts)
    if (record) snapshots.push({ ...record, holder: snapshotHolder(key) })
  }
  return snapshots
}

/** A reason and the damage that led to it. */
function because(reason: string, doubts: readonly string[]): string {
  return [reason, ...doubts].join('; ')
}

async function orDoubt<T>(read: () => Promise<T>, doubts: string[]): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof CorruptDataError || error instanceof NotFoundError)) throw error
    doubts.push(error.message)
    return undefined
  }
}
