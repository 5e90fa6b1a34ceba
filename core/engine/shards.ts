import type { AnalyzerPool } from '../analysis/analyzer-pool.ts'
import type { Clock } from '../clock.ts'
import type { CollectionRange } from '../collections/catalog.ts'
import type { CreateCollection } from '../collections/create-collection.ts'
import type { Past } from '../collections/past-versions.ts'
import type { SnapshotRow } from '../collections/snapshot-rows.ts'
import type { CompactionsReport } from '../compaction/compact-announced.ts'
import type { Coordination } from '../coordination/coordination.ts'
import type { GarbageProgress, GarbageReport } from '../garbage/collect-shards.ts'
import type { DeletionsReport } from '../garbage/removals.ts'
import type { Random } from '../random.ts'
import type { Snapshots } from '../reading/snapshots.ts'
import type { Schema } from '../schema/schema.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { WrittenObjects } from '../storage/written-objects.ts'
import type { StoreDescription } from '../threads/open-described-store.ts'
import type { TimeLimit } from '../time-limit.ts'
import type { Collection, Settings } from '../version/collection.ts'
import type { OpenSegment } from '../version/find-documents.ts'
import type { GivenOperation } from '../writing/conditional-operation.ts'
import type { OperationsOptions, OperationsResult } from '../writing/write-operations.ts'
import type { DeleteResult, VersionedWriteOptions, WriteResult } from '../writing/write-result.ts'
import type { WriteRouting } from '../writing/write-routing.ts'

/** The components of shards. */
export type ShardComponents = {
  readonly store: ObjectStore
  readonly coordination: Coordination
  readonly clock: Clock
  readonly random: Random
  /** When the work of this process must have ended, retries included. Default: never. */
  readonly timeLimit?: TimeLimit
  /** Opens a segment, or returns the open one. */
  readonly openSegment: OpenSegment
  readonly analyzers: AnalyzerPool
  /**
   * How a worker thread can open the same store. Without a description (a store in memory), merges run in this thread.
   */
  readonly storeDescription?: StoreDescription
  /** Caches objects that were written bypassing `store`, and drops those that the newest versions no longer name. */
  readonly written?: WrittenObjects
  /** Routes writes to the nodes that own the shards; without it, this process commits all writes. */
  readonly routing?: WriteRouting
}

/** Settings for the upkeep of shards. */
export type ShardSettings = {
  /**
   * Whether to merge all segments in the background after writes. Otherwise writes merge only small segments, and large
   * ones once there are 40 (with workers); `compactWanted` of this or another process merges the rest.
   */
  readonly backgroundCompaction?: boolean
  /**
   * Whether this process removes the data of a deleted collection, or the next `collectDeleted`. Default:
   * `in_background`.
   */
  readonly removesDeleted?: 'in_background' | 'later'
  /**
   * Threads that build and merge segments; with 0, this thread does. Default: 2 with background compaction, otherwise
   * 1.
   */
  readonly workerCount?: number
  /**
   * Called with failures that no answer reports: of merges, of removals, and of damaged shards that a search omitted.
   */
  readonly onFailure?: (error: unknown) => void
}

/** The effect of compacting one shard. */
export type ShardCompaction = {
  readonly shard: number
  readonly segmentsBefore: number
  readonly segmentsAfter: number
  readonly bytesBefore: number
  readonly bytesAfter: number
}

/** The collections whose garbage to collect, and how much of their past to keep. */
export type GarbageRequest = {
  readonly collections?: readonly Collection[]
  /**
   * How long to keep replaced versions. Default: an hour, or less for a shard with more than 2,000 versions in that
   * hour.
   */
  readonly retentionMs?: number | undefined
  readonly isDryRun?: boolean | undefined
}

/**
 * The collections and their shards: which exist, which versions to read, and the only ways to change them.
 *
 * A `Collection` argument may be slightly outdated: a newer schema is read if needed, and a deleted collection is a
 * NotFoundError('collection_not_found').
 */
export interface Shards extends Snapshots {
  /**
   * @throws {ConflictError} 'collection_exists'
   * @throws {InvalidRequestError} for a name or shard count out of bounds
   */
  createCollection(name: string, request: CreateCollection): Promise<Collection>

  /** Creates the collection unless it exists. All concurrent creators get the same collection. */
  getOrCreateCollection(name: string, request: CreateCollection): Promise<Collection>

  /** Lists collections in byte order of names; all unless a range is given. */
  listCollections(range?: CollectionRange): Promise<Collection[]>

  /** Counts the collections, up to `countMax`. */
  countCollections(countMax: number): Promise<number>

  /**
   * Replaces settings and schema with the result of `change` for the newest ones. `change` may run several times. Its
   * schema must be the given one, or extend it by whole versions.
   */
  updateCollection(
    name: string,
    change: (collection: Collection) => { readonly schema?: Schema; readonly settings?: Settings },
  ): Promise<Collection>

  /**
   * Frees the name and fences every shard. Afterwards no write can succeed. The data are removed in the background, or
   * later. `collectDeleted` finishes an interrupted deletion.
   *
   * @throws {NotFoundError} 'collection_not_found'
   */
  deleteCollection(name: string): Promise<void>

  /**
   * Keeps the newest version of every shard under a name, until the snapshot is deleted.
   *
   * @throws {ConflictError} 'snapshot_exists'
   */
  createSnapshot(collection: Collection, name: string): Promise<SnapshotRow>
  /** Lists snapshots in byte order of names. */
  listSnapshots(collection: Collection): Promise<SnapshotRow[]>
  /** @throws {NotFoundError} 'snapshot_not_found' */
  deleteSnapshot(collection: Collection, name: string): Promise<void>

  /**
   * Creates a collection that starts with the newest or a past version of another, and shares its objects.
   *
   * @throws {ConflictError} 'collection_exists'
   * @throws {NotFoundError} 'snapshot_not_found', 'version_not_retained', 'collection_not_found'
   */
  branchCollection(name: string, branch: string, past?: Past): Promise<Collection>

  /**
   * Restores a collection to a past version. Keeps its snapshots; its current content is deleted like a collection.
   *
   * @throws {NotFoundError} 'snapshot_not_found', 'version_not_retained', 'collection_not_found'
   */
  restoreCollection(name: string, past: Past): Promise<Collection>

  /**
   * Writes parsed JSON documents, which replace documents with the same ids. Atomic per shard. First adds unknown
   * fields to a dynamic schema.
   *
   * `failures` has the errors of single documents, and of single shards if other shards succeed.
   *
   * @throws {PrismError} the error of the shards, if it prevented all documents of the batch
   * @throws {LimitExceededError} 'batch_too_large' for a batch over a limit; nothing is written
   */
  writeDocuments(
    collection: Collection,
    documents: readonly unknown[],
    options?: VersionedWriteOptions,
  ): Promise<WriteResult>

  /**
   * Carries out puts, patches and deletions in order, each only if its condition holds for the version before the
   * commit. Atomic per shard. An operation fails alone, unless the batch is atomic.
   *
   * @throws {PrismError} the error of the shards, if it prevented all operations
   * @throws {LimitExceededError} 'batch_too_large'
   * @throws {InvalidRequestError} 'not_atomic' for an atomic batch with documents of several shards
   * @throws {PrismError} the first error of an atomic batch
   */
  writeOperations(
    collection: Collection,
    operations: readonly GivenOperation[],
    options?: OperationsOptions,
  ): Promise<OperationsResult>

  /**
   * Deletes documents by id; unknown ids are not errors.
   *
   * @throws {PrismError} the error of the first failed shard, if any; other shards may have deleted their documents
   */
  deleteDocuments(collection: Collection, ids: readonly string[]): Promise<DeleteResult>

  /** Rewrites every shard as one segment without deleted documents, one shard after another. */
  compact(
    collection: Collection,
    report?: (progress: { readonly shard: number; readonly doneBytes: number; readonly ofBytes: number }) => void,
  ): Promise<ShardCompaction[]>

  /**
   * Compacts the shards of all collections that commits announced, while time is left. Does not begin a merge that
   * would not end before the time limit.
   */
  compactWanted(): Promise<CompactionsReport>

  /** Finishes deletions that were interrupted, or whose data were left for later, while time is left. */
  collectDeleted(): Promise<DeletionsReport>

  /**
   * Removes the objects that no kept version of the collections needs, while time is left; of all collections unless
   * some are given. Errors of shards go to `onFailure`.
   */
  collectGarbage(request: GarbageRequest, report?: (progress: GarbageProgress) => void): Promise<GarbageReport>

  /**
   * Resolves when no background work is running: writes, merges, markers, removals and announcements. Also resolves at
   * the time limit; the rest is then not needed, or done later. Never rejects.
   *
   * Does not wait for requests whose result is not needed any more, such as the others of a group after one failed: the
   * end of an invocation cancels them.
   */
  settle(): Promise<void>

  /** Finishes current commits and markers; stops compaction, threads and removals. */
  close(): Promise<void>
}
