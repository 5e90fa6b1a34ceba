import type { EpochMs } from '../clock.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { ManifestId } from '../version/object-names.ts'

/** Number of newest versions of a shard whose manifests are listed. Their predecessors lead to older ones. */
const VERSIONS_KEPT = 16

export type StoredManifest = ManifestId & { readonly modifiedMs: EpochMs }

/** What a listing of the bucket shows about one shard. */
export type StoredShard = {
  /** Manifests of the newest {@link VERSIONS_KEPT} versions, ascending, committed or not. */
  readonly manifests: readonly StoredManifest[]
  /** The versions among them that are marked as committed. */
  readonly markers: readonly ManifestId[]
}

/** What a listing of the bucket shows about one collection. */
export type StoredCollection = {
  readonly uid: string
  readonly isDeleted: boolean
  /** Keys of the records of its settings, by ascending revision. */
  readonly metaRecords: readonly { readonly key: string; readonly modifiedMs: EpochMs }[]
  readonly schemaRecords: readonly string[]
  /** Whether there is a record of a parent, as branches have. */
  readonly hasParent: boolean
  readonly snapshotRecords: readonly string[]
  readonly shards: ReadonlyMap<number, StoredShard>
}

const COLLECTION_KEY = /^c\/([^/]+)\/(.+)$/
const VERSION_KEY = /^s\/(\d+)\/(manifests|committed)\/(\d{20})-([^/]+)$/

type Gathered = { manifests: StoredManifest[]; markers: ManifestId[] }

/**
 * Lists the content of the bucket, collection by collection. Keys arrive in order, so memory holds only one collection at
 * a time, and only the newest versions of its shards.
 */
export async function* listStored(store: ObjectStore): AsyncGenerator<StoredCollection> {
  let current: ReturnType<typeof begin> | undefined
  for await (const { key, modifiedMs } of store.list('c/')) {
    const [, uid, path] = COLLECTION_KEY.exec(key) ?? []
    if (uid === undefined || path === undefined) continue
    if (current?.uid !== uid) {
      if (current) yield current
      current = begin(uid)
    }
    if (path === 'deleted') current.isDeleted = true
    else if (path === 'parent') current.hasParent = true
    else if (path.startsWith('snapshots/')) current.snapshotRecords.push(key)
    else if (path.startsWith('meta/')) current.metaRecords.push({ key, modifiedMs })
    else if (path.startsWith('schema/')) current.schemaRecords.push(key)
    else addVersion(current.shards, path, modifiedMs)
  }
  if (current) yield current
}

function begin(uid: string) {
  return {
    uid,
    isDeleted: false,
    metaRecords: [] as { key: string; modifiedMs: EpochMs }[],
    schemaRecords: [] as string[],
    hasParent: false,
    snapshotRecords: [] as string[],
    shards: new Map<number, Gathered>(),
  }
}

function addVersion(shards: Map<number, Gathered>, path: string, modifiedMs: EpochMs): void {
  const [, shard, folder, digits, commitId] = VERSION_KEY.exec(path) ?? []
  if (commitId === undefined) return
  const gathered = shards.get(Number(shard)) ?? { manifests: [], markers: [] }
  shards.set(Number(shard), gathered)
  const version = Number(digits)
  const list = folder === 'manifests' ? gathered.manifests : gathered.markers
  list.push({ version, commitId, modifiedMs } as StoredManifest)
  const tooOld = list.findIndex((one) => one.version > version - VERSIONS_KEPT)
  if (tooOld > 0) list.splice(0, tooOld)
}
