import type { AnalyzerPool } from '../analysis/analyzer-pool.ts'
import type { Clock, MonotonicMs } from '../clock.ts'
import type { Coordination } from '../coordination/coordination.ts'
import type { PrismError } from '../errors.ts'
import type { Random } from '../random.ts'
import type { Schema } from '../schema/schema.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { S3Options } from '../storage/s3-object-store.ts'
import type { WrittenObjects } from '../storage/written-objects.ts'
import type { TimeLimit } from '../time-limit.ts'
import type { GarbageProgress, GarbageReport } from './collect-garbage.ts'
import type { Collection, Settings } from './collection.ts'
import type { CompactionsReport } from './compact-announced.ts'
import type { OperationResult, WriteCondition } from './conditional-operation.ts'
import type { OpenSegment } from './find-documents.ts'
import type { Manifest } from './manifest.ts'
import type { Past } from './past-versions.ts'
import type { DeletionsReport } from './removals.ts'
import type { SnapshotRow } from './snapshot-rows.ts'
import type { WriteRouting } from './write-routing.ts'

/** What shards are made of. */
export type ShardComponents = {
  readonly store: ObjectStore
  readonly coordination: Coordination
  readonly clock: Clock
  readonly random: Random
  /** By when the work of this process must have ended, retries included. Without it there is no hurry. */
  readonly timeLimit?: TimeLimit
  /** Opens a segment, or answers with the one that is open already. */
  readonly openSegment: OpenSegment
  readonly analyzers: AnalyzerPool
  /**
   * How a worker thread opens the same store for itself. Without it (a store in
   * memory) merging happens in this thread.
   */
  readonly storeDescription?: StoreDescription
  /** Told of objects that were written past `store`, and of segments that were merged into another. */
  readonly written?: WrittenObjects
  /** Who commits what is written here, where several nodes share that out; without it this process does. */
  readonly routing?: WriteRouting
}

/** A store that another thread can open: plain data. */
export type StoreDescription =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 's3'; readonly options: S3Options }

export type ShardSettings = {
  /**
   * Merges segments in the background as writes make them; else only small ones, large ones once there are 40 (with
   * workers), and `compactWanted`, of this process or another, does the rest.
   */
  readonly backgroundCompaction?: boolean
  /** Who removes a deleted collection's data: this process, or whoever calls `collectDeleted` next. Default `in_background`. */
  readonly removesDeleted?: 'in_background' | 'later'
  /** Threads that build and merge segments; 0 does everything in this thread. Default 2 with background compaction, else 1. */
  readonly workerCount?: number
  /** Hears of failures in the background: merging, and removing deleted data. */
  readonly onFailure?: (error: unknown) => void
}

/** How fresh a read must be. `eventual` reads a head older than a second again; `session` versions hold for each kind. */
export type Freshness = {
  readonly consistency: 'eventual' | 'bounded' | 'read_your_writes' | 'strong'
  /** For `bounded`. */
  readonly maxStalenessMs?: number
  /** Session tokens, several separated by commas; versions of other collections are ignored. */
  readonly session?: string
  /** Reads this instead of the newest version; the head is still read as `consistency` says. */
  readonly past?: Past
}

/** The version of one shard that a query reads from beginning to end. */
export type ShardSnapshot = {
  readonly uid: string
  readonly shard: number
  /** Of the shard's object keys, with the final slash. */
  readonly prefix: string
  readonly version: number
  readonly manifest: Manifest
  /** Which node owned the shard when its head was read, and under which epoch; absent on leaves, which read none. */
  readonly ownership?: { readonly owner: string | undefined; readonly epoch: number }
  /** When the read that found this version to be the newest was sent. */
  readonly knownAtMs: MonotonicMs
}

/** One document or deletion of a batch that was refused, by its position in the batch. */
export type DocumentFailure = { readonly position: number; readonly id: string | null; readonly error: PrismError }

export type WriteWarning = { readonly code: string; readonly message: string }

export type WriteOptions = {
  readonly idempotencyKey?: string
  /** Whether the result shall say the versions of the documents. */
  readonly versions?: boolean
}

export type WriteResult = {
  /** Documents that are durable and visible. Of equal ids the last one stands, and each counts. */
  readonly indexed: number
  /** In order of position. */
  readonly failures: readonly DocumentFailure[]
  readonly warnings: readonly WriteWarning[]
  /** By position; undefined where the document failed. `created`: no document had that id before. */
  readonly written: readonly (
    | { readonly id: string; readonly created: boolean; readonly version: string | undefined }
    | undefined
  )[]
  /** Names the versions that this write made. */
  readonly session: string
}

/** One of a list of operations, as its user gave it. */
export type GivenOperation = { readonly condition?: WriteCondition | undefined } & (
  | { readonly put: unknown }
  /** A JSON merge patch. */
  | { readonly patch: unknown; readonly id: string }
  | { readonly delete: string }
)

export type OperationsOptions = WriteOptions & {
  /** All of them or none; they have to be of one shard then. */
  readonly atomic?: boolean | undefined
}

export type OperationsResult = {
  /** By position. */
  readonly results: readonly (OperationResult & { readonly id: string | null })[]
  readonly warnings: readonly WriteWarning[]
  readonly session: string
}

export type DeleteResult = { readonly deleted: number; readonly session: string }

export type CreateCollection = {
  /** Version 1, as parsed from the user's declaration. */
  readonly schema: Schema
  readonly shardCount: number
  readonly settings: Settings
}

export type ShardCompaction = {
  readonly shard: number
  readonly segmentsBefore: number
  readonly segmentsAfter: number
  readonly bytesBefore: number
  readonly bytesAfter: number
}

export type GarbageRequest = {
  readonly collections?: readonly Collection[]
  /** How long versions are kept after others took their place. Default an hour. */
  readonly retentionMs?: number | undefined
  readonly isDryRun?: boolean | undefined
}

/**
 * Collections and their shards, as the engine sees them: what exists, which
 * versions to read, and the only ways to change them.
 *
 * A `Collection` that a call takes may be somewhat old: the schema is read
 * again where a newer one is needed, and a collection deleted meanwhile is a
 * NotFoundError('collection_not_found').
 */
export interface Shards {
  /**
   * @throws {ConflictError} 'collection_exists'
   * @throws {InvalidRequestError} for a name or shard count out of bounds
   */
  createCollection(name: string, request: CreateCollection): Promise<Collection>

  /**
   * The collection of that name, at most five seconds old; read now if `fresh`.
   *
   * @throws {NotFoundError} 'collection_not_found'
   */
  getCollection(name: string, age?: 'cached' | 'fresh'): Promise<Collection>

  /** Creates the collection unless it exists; of racing creators all get the same one. */
  getOrCreateCollection(name: string, request: CreateCollection): Promise<Collection>

  /** In byte order of names. */
  listCollections(): Promise<Collection[]>

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
   * The same collection with a schema of at least that version, as manifests name it.
   */
  withSchema(collection: Collection, schemaVersion: number): Promise<Collection>

  /**
   * Pins one version of every shard, in shard order; an error where a shard could not be reached.
   *
   * Never older than this process has seen or written. Under `eventual`, a shard whose head cannot
   * be read now is served from the last one known, whose `knownAtMs` says how old it is.
   *
   * @throws {InvalidRequestError} 'invalid_session'
   * @throws {NotFoundError} 'collection_not_found' if it was deleted meanwhile; `getCollection` then says what is there now
   */
  pin(collection: Collection, freshness: Freshness): Promise<(ShardSnapshot | PrismError)[]>

  /** Like {@link pin}, of some shards only (those that hold given ids); in the order of `shards`. */
  pinShards(
    collection: Collection,
    shards: readonly number[],
    freshness: Freshness,
  ): Promise<(ShardSnapshot | PrismError)[]>

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

  /** The shard of each id. */
  shardOf(collection: Collection, id: string): number

  /** Names the versions that were read, for the client's next request. */
  sessionOf(collection: Collection, snapshots: readonly (ShardSnapshot | PrismError)[]): string

  /**
   * Writes parsed JSON documents: new ones, and replacements of those with the same id. Atomic per shard.
   * Fields that the schema does not know are added to it first, where it is dynamic.
   *
   * What a document or one of several shards fails with is in `failures`.
   *
   * @throws {PrismError} what the shards failed with, if no document of the batch could be written for that
   * @throws {LimitExceededError} 'batch_too_large' for a batch over a limit: nothing was written
   */
  writeDocuments(collection: Collection, documents: readonly unknown[], options?: WriteOptions): Promise<WriteResult>

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
   * Requests whose outcome nobody needs any more, such as those beside one that failed, are not
   * waited for: the end of an invocation cuts them off.
   */
  settle(): Promise<void>

  /** Finishes commits under way and markers; stops compaction, threads and removal of deleted data. */
  close(): Promise<void>
}
