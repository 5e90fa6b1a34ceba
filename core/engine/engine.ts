import type {
  AnalyzeRequest,
  BranchRequest,
  CollectionInfo,
  CollectionPage,
  CompactAnswer,
  CountAnswer,
  CreateCollectionRequest,
  DocumentPage,
  PageOfCollections,
  PageRequest,
  PastRequest,
  SnapshotInfo,
  TokenReport,
  UpdateCollectionRequest,
} from '../contract/collections.ts'
import type { JsonObject, ReadRequest, SearchAnswer, SearchRequest } from '../contract/search-request.ts'
import type {
  BatchOptions,
  DeleteAnswer,
  DeleteByFilterAnswer,
  DeleteRequest,
  FilterRequest,
  OperationsAnswer,
  PatchAnswer,
  PutAnswer,
  UpdateAnswer,
  UpdateRequest,
  UploadTicket,
  VersionedDocument,
  WriteAnswer,
  WriteConditions,
  WriteOperation,
  WriteOptions,
} from '../contract/writes.ts'
import type { SearchAllowance } from '../query/search/search-allowance.ts'
import type { ScrubRun } from '../repair/scrub.ts'
import type { Uploaded, UploadRequest } from './uploads.ts'

export type * from '../contract/collections.ts'
export type * from '../contract/writes.ts'
export type { FieldDeclaration, SchemaDeclaration } from '../schema/schema-declaration.ts'

/** How a call is made, whatever it asks for. */
export type CallOptions = {
  /** Aborted once nobody waits for the answer: what has not begun is left out, and the call fails with the signal's reason. */
  readonly signal?: AbortSignal
}

/** What a run of `compactWanted` did. */
export type CompactWantedAnswer = {
  /** Shards that called for compaction. */
  readonly shards: number
  /** `segments` of so many `bytes` were merged into others, by so many `merges`. */
  readonly merged: readonly {
    readonly uid: string
    readonly shard: number
    readonly merges: number
    readonly segments: number
    readonly bytes: number
  }[]
  /** Merges left to do: they would not have ended in time, or others were at the same. */
  readonly skipped: readonly {
    readonly uid: string
    readonly shard: number
    readonly bytes: number
    readonly reason: 'no_time' | 'contention'
  }[]
  /** Shards whose errors went to `onFailure`. */
  readonly failed: number
  /** Shards that there was no time for. */
  readonly left: number
}

/** What a run of `collectGarbage` did. */
export type CollectGarbageAnswer = {
  /** Deletions that were found unfinished, whatever became of them. */
  readonly collections: number
  /** Their data are gone. */
  readonly removed: number
  /** Something still pins their data. */
  readonly pinned: number
  /** They may be about to begin, or are under way. */
  readonly waiting: number
  /** They never began: the collections stay. */
  readonly called_off: number
  /** Their errors went to `onFailure`. */
  readonly failed: number
  /** There was not enough time for them. */
  readonly left: number
  /** Of collections that live: objects that no kept version needs. */
  readonly garbage: {
    /** Looked at. */
    readonly shards: number
    /** Removed, or with a dry run what would be. */
    readonly objects: number
    readonly bytes: number
    /** Shards left alone, because segments wait there for the next write. */
    readonly pending: number
    /** Shards whose errors went to `onFailure`. */
    readonly failed: number
    /** Shards that there was not enough time for. */
    readonly left: number
  }
}

export type CollectGarbageRequest = {
  /** Looks at this collection only, and at no deletions. */
  readonly collection?: string
  /** How long a version is kept after another took its place; 0 keeps only the newest. Default an hour, and less for a shard
   * that made more than 2,000 versions in it, though at least 6 minutes. */
  readonly retention_ms?: number
  /** Says what would be removed, and changes nothing. Deletions are not looked at. */
  readonly dry_run?: boolean
}

/** How far a run of `collectGarbage` is; `done` and `of` count shards. */
export type CollectGarbageProgress = {
  readonly collection: string
  readonly shard: number
  readonly done: number
  readonly of: number
  readonly objects: number
  readonly bytes: number
}

export type ScrubRequest = ScrubRun & {
  /** The collection to scrub. Default: all of them. */
  readonly collection?: string | undefined
}

export type ScrubAnswer = {
  readonly collections: number
  readonly shards: number
  readonly segments: number
  readonly documents: number
  readonly bytes: number
  /** Older versions that were looked at too, because snapshots or branches pin them. */
  readonly pinned_versions: number
  /** Objects that nothing names, older versions among them: counted, not judged. */
  readonly unnamed: { readonly objects: number; readonly bytes: number }
  readonly damage_count: number
  /** The first thousand. */
  readonly damage: readonly {
    readonly collection: string
    /** Null: of the collection as a whole. */
    readonly shard: number | null
    readonly file: string
    readonly section: string
    readonly found: string
    readonly expected: string
  }[]
  /** It was stopped before its end. */
  readonly stopped: boolean
}

export type RebuildTableRequest = {
  /** Works everything out, and writes nothing. */
  readonly dry_run?: boolean
  /** Once it is aborted the rest is left for the next run. */
  readonly signal?: AbortSignal
  readonly report?: (collection: string) => void
}

export type RebuildTableAnswer = {
  readonly dry_run: boolean
  readonly collections: readonly {
    readonly name: string
    /** The name it had, if another collection has that by now. */
    readonly former_name: string | null
    readonly uid: string
    readonly schema_version: number
    readonly documents: number
    readonly shards: readonly {
      readonly shard: number
      /** The newest version that was committed for certain, and the one that is restored. */
      readonly proven_version: number
      readonly version: number
      readonly documents: number
      readonly segments: number
      /** Attempts that may have been committed, and were taken over. */
      readonly replayed: readonly { readonly version: number; readonly commit: string }[]
      readonly doubts: readonly string[]
    }[]
    readonly doubts: readonly string[]
  }[]
  /** Deletions that are brought to their end later, as they would have been. */
  readonly deleted: number
  /** What is not restored, and why. */
  readonly skipped: readonly { readonly uid: string; readonly name: string | null; readonly reason: string }[]
}

/** `collections` is exact up to 10,000. */
export type HealthReport = { readonly collections: number }

/**
 * Everything Prism does, as the HTTP routes, the library and the command line
 * see it. Documents are parsed JSON values; what was wrong with them is said in
 * answers or by a `PrismError`.
 */
export interface Engine {
  /** @throws {UnavailableError} when storage or coordination cannot be reached */
  health(): Promise<HealthReport>

  createCollection(name: string, request: CreateCollectionRequest): Promise<CollectionInfo>
  /** By name, from after `cursor`; a page has 1,000 unless `limit` asks for fewer. */
  listCollections(page?: PageOfCollections, call?: CallOptions): Promise<CollectionPage>
  getCollection(name: string): Promise<CollectionInfo>
  updateCollection(name: string, request: UpdateCollectionRequest): Promise<CollectionInfo>
  deleteCollection(name: string): Promise<void>
  analyze(name: string, request: AnalyzeRequest): Promise<TokenReport[]>

  /** Writes a batch: new documents, and replacements of those with the same id. */
  writeDocuments(name: string, documents: readonly unknown[], options?: BatchOptions): Promise<WriteAnswer>
  /** Puts, patches and deletes in this order, each only if what it says of the stored document holds. */
  writeOperations(
    name: string,
    operations: readonly WriteOperation[],
    options?: BatchOptions,
  ): Promise<OperationsAnswer>
  /** Where a client can put a batch for this collection that is too large for a request. */
  createUpload(name: string, request: UploadRequest): Promise<UploadTicket>
  /** What a client has put there: at most one byte more than `bytesMax`. */
  readUpload(name: string, upload: string, bytesMax: number): Promise<Uploaded>
  /** @throws {ConflictError} 'version_conflict' if the condition does not hold */
  putDocument(name: string, id: string, document: unknown, options?: WriteOptions & WriteConditions): Promise<PutAnswer>
  /**
   * Changes members of a document by a JSON merge patch. It is applied to the document as it is when the write takes
   * effect, so patches of different members do not undo each other.
   *
   * @throws {NotFoundError} 'document_not_found'
   * @throws {ConflictError} 'version_conflict' if the condition does not hold
   */
  patchDocument(name: string, id: string, patch: unknown, conditions?: WriteConditions): Promise<PatchAnswer>
  /** @throws {ConflictError} 'version_conflict' if the condition does not hold */
  deleteDocument(name: string, id: string, conditions?: WriteConditions): Promise<DeleteAnswer>
  deleteDocuments(name: string, request: DeleteRequest): Promise<DeleteAnswer>
  /**
   * Deletes what a filter accepts: each document only as long as its newest version is accepted. Stops with a
   * cursor at the request's limit, and before the time is over.
   */
  deleteByFilter(name: string, request: FilterRequest, call?: CallOptions): Promise<DeleteByFilterAnswer>
  /** Patches what a filter accepts, in the same way. */
  updateByFilter(name: string, request: UpdateRequest, call?: CallOptions): Promise<UpdateAnswer>

  /**
   * In the order of `ids`; undefined where there is none.
   *
   * @throws {LimitExceededError} 'answer_too_large' over 32 MB of documents
   */
  getDocuments(
    name: string,
    ids: readonly string[],
    read?: ReadRequest,
    call?: CallOptions,
  ): Promise<(JsonObject | undefined)[]>
  /** As {@link getDocuments}, with versions for conditions. */
  getVersioned(
    name: string,
    ids: readonly string[],
    read?: ReadRequest,
    call?: CallOptions,
  ): Promise<(VersionedDocument | undefined)[]>
  /** Documents in id order, from after `cursor`; a page has `limit` documents (100) or 32 MB of them, and says where it ended. */
  listDocuments(name: string, page: PageRequest, call?: CallOptions): Promise<DocumentPage>

  /**
   * @param call.allowance what the searches of one request may hold together; without it this search is alone
   * @throws {LimitExceededError} `too_many_clauses`, `filter_too_large`, `answer_too_large` above what is left of it
   */
  search(
    name: string,
    request: SearchRequest,
    call?: CallOptions & { readonly allowance?: SearchAllowance },
  ): Promise<SearchAnswer>
  count(name: string, request: SearchRequest, call?: CallOptions): Promise<CountAnswer>

  /** Keeps what the collection holds now under a name, until that is deleted; reads take it as `snapshot`. */
  createSnapshot(name: string, snapshot: string): Promise<SnapshotInfo>
  /** By name. */
  listSnapshots(name: string): Promise<SnapshotInfo[]>
  deleteSnapshot(name: string, snapshot: string): Promise<void>

  /**
   * Makes a collection that begins with what this one holds, or held. Nothing is copied: both share objects until they change them.
   *
   * @throws {ConflictError} 'collection_exists'
   * @throws {NotFoundError} 'snapshot_not_found', 'version_not_retained'
   */
  branchCollection(name: string, request: BranchRequest): Promise<CollectionInfo>

  /**
   * Puts a collection back to what it held, as a whole. Its snapshots stay; what else it held until now is deleted.
   *
   * @throws {NotFoundError} 'snapshot_not_found', 'version_not_retained'
   */
  restoreCollection(name: string, request: PastRequest): Promise<CollectionInfo>

  /** Rewrites every shard as one segment, without deleted documents. */
  compact(name: string, report?: (shard: number, done: number, of: number) => void): Promise<CompactAnswer>
  /** What is stored, for people who want to see: heads, manifests, segments, sections. */
  inspect(path: InspectPath): Promise<JsonObject>

  /** Reads again everything that heads name, and compares it with what names it. Changes nothing. */
  scrub(request?: ScrubRequest): Promise<ScrubAnswer>

  /**
   * Restores all rows from the objects alone, into an empty table. Stop what writes first.
   *
   * @throws {ConflictError} 'table_not_empty'
   */
  rebuildTable(request?: RebuildTableRequest): Promise<RebuildTableAnswer>

  /**
   * Whether this process is the one of its deployment that does the upkeep: of several servers one. To be asked
   * every few seconds, which is what makes it stay so; another takes over some 30 s after one stops asking.
   */
  lead(): Promise<boolean>
  /**
   * Upkeep, for a schedule: merges what writes left to be merged, in all collections. Begins
   * nothing that would not end before the time limit.
   */
  compactWanted(): Promise<CompactWantedAnswer>
  /**
   * Upkeep, for a schedule: removes the data of deleted collections, finishes deletions that were cut
   * short, and removes what no kept version of a collection needs any more.
   */
  collectGarbage(
    request?: CollectGarbageRequest,
    report?: (progress: CollectGarbageProgress) => void,
  ): Promise<CollectGarbageAnswer>
  /**
   * Resolves when nothing is under way in the background, so that a function can answer with
   * nothing left running; at the time limit in any case. Never rejects.
   */
  settle(): Promise<void>

  /** Finishes commits under way, stops background work, closes files. */
  close(): Promise<void>
}

export type InspectPath = { readonly collection?: string; readonly shard?: number; readonly segment?: string }
