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

/** What shards are made of. */
export type ShardComponents = {
  readonly store: ObjectStore
  readonly coordination: Coordination
  readonly clock: Clock
  readonly random: Random
  /** When the work of this process must have ended, retries included. Default: never. */
  readonly timeLimit?: TimeLimit
  /** Opens a segment, or returns the one that is open already. */
  readonly openSegment: OpenSegment
  readonly analyzers: AnalyzerPool
  /**
   * How a worker thread opens the same store for itself. Without it (a store in
   * memory) merging happens in this thread.
   */
  readonly storeDescription?: StoreDescription
  /** Keeps objects that were written bypassing `store`, and lets go of those that the newest versions no longer name. */
  readonly written?: WrittenObjects
  /** Who commits what is written here, where several nodes share that out; without it this process does. */
  readonly routing?: WriteRouting
}

/** How shards are kept up. */
export type ShardSettings = {
  /**
   * Merges segments in the background as writes make them; else only small ones, large ones once there are 40 (with
   * workers), and `compactWanted`, of this process or another, does the rest.
   */
  readonly backgroundCompaction?: boolean
  /** Who removes a deleted collection's data: this process, or the next one that calls `collectDeleted`. Default: `in_background`. */
  readonly removesDeleted?: 'in_background' | 'later'
  /** Threads that build and merge segments; 0 does everything in this thread. Default 2 with background compaction, else 1. */
  readonly workerCount?: number
  /** Called with failures that no answer reports: of merging, of removing deleted data, of damaged shards that a search did without. */
  readonly onFailure?: (error: unknown) => void
}

/** What compacting one shard changed. */
export type ShardCompaction = {
  readonly shard: number
  readonly segmentsBefore: number
  readonly segmentsAfter: number
  readonly bytesBefore: number
  readonly bytesAfter: number
}

/** Which collections to collect, and how much of their past to keep. */
export type GarbageRequest = {
  readonly collections?: readonly Collection[]
  /** How long versions are kept after others took their place. Default an hour, and less for a shard that made more than 2,000 versions in it. */
  readonly retentionMs?: number | undefined
  readonly isDryRun?: boolean | undefined
}

/**
 * Collections and their shards, as the engine sees them: what exists, which
 * versions to read, and the only ways to change them.
 *
 * A `Collection` that a call takes may be somewhat old: the schema is read
 * again where a newer one is needed, and a collection that has been deleted is a
 * NotFoundError('collection_not_found').
 */
export interface Shards extends Snapshots {
  /**
   * @throws {ConflictError} 'collection_exists'
   * @throws {InvalidRequestError} for a name or shard count out of bounds
   */
  createCollection(name: string, request: CreateCollection): Promise<Collection>

  /** Creates the collection unless it exists; of racing creators all get the same one. */
  getOrCreateCollection(name: string, request: CreateCollection): Promise<Collection>

  /** In byte order of names; all of them unless a range is given. */
  listCollections(range?: CollectionRange): Promise<Collection[]>

  /** How many there are, at most `countMax`. */
  countCollections(countMax: number): Promise<number>

  /**
   * Replaces settings and schema by what `change` makes of the newest ones.
   * It may run several times; its schema must be the given one, or extend it by whole versions.
   */
  updateCollection(
    name: string,
    change: (collection: Collection) => { readonly schema?: Schema; readonly settings?: Settings },
  ): Promise<Collection>

  /**
   * Frees the name and fences every shard; when it returns, no write can succeed any more. The
   * data is removed in the background, or later. One that is cut short is finished by `collectDeleted`.
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
  /** In byte order of names. */
  listSnapshots(collection: Collection): Promise<SnapshotRow[]>
  /** @throws {NotFoundError} 'snapshot_not_found' */
  deleteSnapshot(collection: Collection, name: string): Promise<void>

  /**
   * Makes a collection that begins with what another one holds, or held, and shares its objects.
   *
   * @throws {ConflictError} 'collection_exists'
   * @throws {NotFoundError} 'snapshot_not_found', 'version_not_retained', 'collection_not_found'
   */
  branchCollection(name: string, branch: string, past?: Past): Promise<Collection>

  /**
   * Puts a collection back to what it held; its snapshots stay. What it held until now is deleted like a collection.
   *
   * @throws {NotFoundError} 'snapshot_not_found', 'version_not_retained', 'collection_not_found'
   */
  restoreCollection(name: string, past: Past): Promise<Collection>

  /**
   * Writes parsed JSON documents: new ones, and replacements of those with the same id. Atomic per shard.
   * Fields that the schema does not know are added to it first, where it is dynamic.
   *
   * What a document or one of several shards fails with is in `failures`.
   *
   * @throws {PrismError} what the shards failed with, if no document of the batch could be written for that
   * @throws {LimitExceededError} 'batch_too_large' for a batch over a limit: nothing was written
   */
  writeDocuments(
    collection: Collection,
    documents: readonly unknown[],
    options?: VersionedWriteOptions,
  ): Promise<WriteResult>

  /**
   * Does operations in their order: documents put, patched and deleted, each only if its condition holds of the very
   * version that the commit follows. Atomic per shard; one that fails fails alone, unless all are to be done or none.
   *
   * @throws {PrismError} what the shards failed with, if no operation could be done for that
   * @throws {LimitExceededError} 'batch_too_large'
   * @throws {InvalidRequestError} 'not_atomic' if all or none are to be done and they are of several shards
   * @throws {PrismError} if all or none are to be done, what the first one failed with
   */
  writeOperations(
    collection: Collection,
    operations: readonly GivenOperation[],
    options?: OperationsOptions,
  ): Promise<OperationsResult>

  /**
   * Deletes by id; unknown ids are no error.
   *
   * @throws {PrismError} the first shard's failure, if any failed; others may have deleted theirs
   */
  deleteDocuments(collection: Collection, ids: readonly string[]): Promise<DeleteResult>

  /** Rewrites every shard as one segment without deleted documents, one shard after the other. */
  compact(
    collection: Collection,
    report?: (progress: { readonly shard: number; readonly doneBytes: number; readonly ofBytes: number }) => void,
  ): Promise<ShardCompaction[]>

  /**
   * Merges what commits left to be merged, of all collections, for as long as there is time. A
   * merge that would not end before the time limit is not begun.
   */
  compactWanted(): Promise<CompactionsReport>

  /** Finishes deletions that were cut short, or whose data was left for later, for as long as there is time. */
  collectDeleted(): Promise<DeletionsReport>

  /**
   * Removes what no kept version of the collections needs any more, for as long as there is
   * time; of all collections unless some are given. What a shard fails with goes to `onFailure`.
   */
  collectGarbage(request: GarbageRequest, report?: (progress: GarbageProgress) => void): Promise<GarbageReport>

  /**
   * Resolves when nothing is under way in the background: writes, merges, markers, removals,
   * announcements. At the time limit it resolves all the same; what is left then is nobody's
   * loss, or made up for later. Never rejects.
   *
   * Requests whose outcome nobody needs any more, such as the others of a group in which one failed, are not
   * waited for: the end of an invocation cuts them off.
   */
  settle(): Promise<void>

  /** Finishes commits under way and markers; stops compaction, threads and removal of deleted data. */
  close(): Promise<void>
}
