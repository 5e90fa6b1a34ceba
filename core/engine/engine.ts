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
  DocumentId,
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
import type {
  CollectGarbageAnswer,
  CollectGarbageProgress,
  CollectGarbageRequest,
  CompactWantedAnswer,
  RebuildTableAnswer,
  RebuildTableRequest,
  ScrubAnswer,
  ScrubRequest,
} from './upkeep.ts'
import type { Uploaded, UploadRequest } from './uploads.ts'

export type * from '../contract/collections.ts'
export type * from '../contract/writes.ts'
export type { FieldDeclaration, SchemaDeclaration } from '../schema/schema-declaration.ts'
export type * from './upkeep.ts'

/** Options of any call. */
export type CallOptions = {
  /**
   * Abort it when nobody waits for the answer any more. Work that has not begun is then skipped, and the call fails
   * with the reason of the signal.
   */
  readonly signal?: AbortSignal
}

/** The number of collections, exact up to 10,000. */
export type HealthReport = { readonly collections: number }

/**
 * Everything that Prism does. The HTTP routes, the library and the command line use this interface. One implementation
 * does the work, and another sends requests to a server.
 *
 * Any call may fail with an UnavailableError while storage or coordination cannot be reached, and with a
 * CorruptDataError if stored data are damaged. A call for a collection that does not exist throws a
 * NotFoundError('collection_not_found'). A request that violates the contract throws an InvalidRequestError that names
 * the field, or a LimitExceededError that names the limit.
 */
export interface Engine {
  /** Checks that storage and coordination can be reached, and counts the collections, up to 10,000. For probes. */
  health(): Promise<HealthReport>

  /**
   * Creates an empty collection.
   *
   * @param name 1 to 128 characters of a-z, 0-9, _ and -
   * @throws {ConflictError} 'collection_exists'
   */
  createCollection(name: string, request: CreateCollectionRequest): Promise<CollectionInfo>
  /** Returns a page of the collections, in byte order of their names, with a cursor for the next page. */
  listCollections(page?: PageOfCollections, call?: CallOptions): Promise<CollectionPage>
  /** Describes a collection: its schema, and the numbers of its documents and bytes. */
  getCollection(name: string): Promise<CollectionInfo>
  /**
   * Adds fields to a collection and changes its settings. Documents are not indexed again.
   *
   * @throws {InvalidRequestError} 'schema_conflict' for a change of a field that segments were built with
   */
  updateCollection(name: string, request: UpdateCollectionRequest): Promise<CollectionInfo>
  /** Deletes a collection. Its name is free at once; its data are removed in the background. */
  deleteCollection(name: string): Promise<void>
  /** Returns the words of a text with their terms, as a field or a language analyzes them, in order. */
  analyze(name: string, request: AnalyzeRequest): Promise<TokenReport[]>

  /**
   * Writes up to 10,000 documents, which replace documents with the same ids. They are durable and visible to `strong`
   * reads when the promise resolves. A document that cannot be written fails alone, and `errors` names it. Creates the
   * collection if it does not exist and the settings of the engine allow that.
   *
   * @throws {LimitExceededError} 'batch_too_large'
   * @throws {ConflictError} 'idempotency_key_reused' for a different batch with the same key
   */
  writeDocuments(name: string, documents: readonly unknown[], options?: BatchOptions): Promise<WriteAnswer>
  /**
   * Carries out up to 10,000 puts, patches and deletions in the given order, each only if its condition holds for the
   * stored document. An operation fails alone, unless the batch is `atomic`.
   *
   * @throws {LimitExceededError} 'batch_too_large'
   * @throws {InvalidRequestError} 'not_atomic' for an atomic batch of documents of several shards
   */
  writeOperations(
    name: string,
    operations: readonly WriteOperation[],
    options?: BatchOptions,
  ): Promise<OperationsAnswer>
  /**
   * Returns an address to which a client can upload a batch of up to 32 MB within 15 minutes.
   *
   * @throws {InvalidRequestError} 'not_supported' if the data are in a folder
   */
  createUpload(name: string, request: UploadRequest): Promise<UploadTicket>
  /**
   * Reads the bytes of an upload: at most one more than `bytesMax`, so the caller can detect a larger upload.
   *
   * @throws {NotFoundError} 'upload_not_found' if nothing was uploaded, or it has expired
   */
  readUpload(name: string, upload: string, bytesMax: number): Promise<Uploaded>
  /**
   * Writes one document with the given id.
   *
   * @throws {InvalidRequestError} if `document` is not an object, or has another id
   * @throws {ConflictError} 'version_conflict' if the condition does not hold
   */
  putDocument(
    name: string,
    id: DocumentId,
    document: unknown,
    options?: WriteOptions & WriteConditions,
  ): Promise<PutAnswer>
  /**
   * Applies a JSON merge patch (RFC 7396) to a document. The patch changes the version of the document at the time of
   * the commit, so patches of different members do not undo each other.
   *
   * @throws {NotFoundError} 'document_not_found'
   * @throws {ConflictError} 'version_conflict' if the condition does not hold
   */
  patchDocument(name: string, id: DocumentId, patch: unknown, conditions?: WriteConditions): Promise<PatchAnswer>
  /**
   * Deletes one document; an unknown id is not an error.
   *
   * @throws {ConflictError} 'version_conflict' if the condition does not hold
   */
  deleteDocument(name: string, id: DocumentId, conditions?: WriteConditions): Promise<DeleteAnswer>
  /** Deletes up to 10,000 documents by id; unknown ids are not errors. */
  deleteDocuments(name: string, request: DeleteRequest): Promise<DeleteAnswer>
  /**
   * Deletes the documents that a filter accepts, in id order. Deletes a document only if the filter accepts its newest
   * version. Stops with a cursor at the limit of the request, or when the time is nearly over.
   */
  deleteByFilter(name: string, request: FilterRequest, call?: CallOptions): Promise<DeleteByFilterAnswer>
  /** Patches the documents that a filter accepts, like {@link deleteByFilter}. */
  updateByFilter(name: string, request: UpdateRequest, call?: CallOptions): Promise<UpdateAnswer>

  /**
   * Reads documents by id, in the order of `ids`; undefined if no document has an id.
   *
   * @throws {LimitExceededError} 'answer_too_large' over 32 MB of documents
   */
  getDocuments(
    name: string,
    ids: readonly DocumentId[],
    read?: ReadRequest,
    call?: CallOptions,
  ): Promise<(JsonObject | undefined)[]>
  /** Like {@link getDocuments}, with the versions of the documents for conditional writes. */
  getVersioned(
    name: string,
    ids: readonly DocumentId[],
    read?: ReadRequest,
    call?: CallOptions,
  ): Promise<(VersionedDocument | undefined)[]>
  /**
   * Returns a page of documents in id order, with a cursor for the next page. A page ends at `limit` documents or 32
   * MB.
   */
  listDocuments(name: string, page: PageRequest, call?: CallOptions): Promise<DocumentPage>

  /**
   * Searches a collection. The answer omits shards that fail or are late, and names them, unless the request refuses
   * partial results.
   *
   * @param call.allowance the memory that all searches of an HTTP request share. Default: a separate allowance
   * @throws {LimitExceededError} `too_many_clauses`, `filter_too_large` or `answer_too_large` above the allowance
   * @throws {UnavailableError} 'shards_unavailable' if too few shards answered
   */
  search(
    name: string,
    request: SearchRequest,
    call?: CallOptions & { readonly allowance?: SearchAllowance },
  ): Promise<SearchAnswer>
  /** Counts the matches of a search. Reads no documents and computes no scores. */
  count(name: string, request: SearchRequest, call?: CallOptions): Promise<CountAnswer>

  /**
   * Keeps the newest version of a collection under a name until the snapshot is deleted. Reads select it by `snapshot`.
   *
   * @throws {ConflictError} 'snapshot_exists'
   */
  createSnapshot(name: string, snapshot: string): Promise<SnapshotInfo>
  /** Lists the snapshots of a collection, in byte order of their names. */
  listSnapshots(name: string): Promise<SnapshotInfo[]>
  /**
   * Deletes a snapshot. Data that only this snapshot kept become garbage.
   *
   * @throws {NotFoundError} 'snapshot_not_found'
   */
  deleteSnapshot(name: string, snapshot: string): Promise<void>

  /**
   * Creates a collection that starts with the newest or a past version of another. Copies nothing: both collections
   * share objects until they change them.
   *
   * @throws {ConflictError} 'collection_exists'
   * @throws {NotFoundError} 'snapshot_not_found', 'version_not_retained'
   */
  branchCollection(name: string, request: BranchRequest): Promise<CollectionInfo>

  /**
   * Restores a whole collection to a past version. Keeps its snapshots, and deletes its current content.
   *
   * @throws {NotFoundError} 'snapshot_not_found', 'version_not_retained'
   */
  restoreCollection(name: string, request: PastRequest): Promise<CollectionInfo>

  /**
   * Rewrites every shard as one segment without deleted documents, one shard after another.
   *
   * @param report called with the progress of a shard: bytes done, and bytes in total
   */
  compact(name: string, report?: (shard: number, done: number, of: number) => void): Promise<CompactAnswer>
  /** Describes stored data for people: all collections, or one collection, shard or segment. */
  inspect(path: InspectPath): Promise<JsonObject>

  /** Reads all data that heads refer to and verifies their checksums. Changes nothing. */
  scrub(request?: ScrubRequest): Promise<ScrubAnswer>

  /**
   * Restores all rows of the table from the objects alone, into an empty table. Stop every writer first.
   *
   * @throws {ConflictError} 'table_not_empty'
   */
  rebuildTable(request?: RebuildTableRequest): Promise<RebuildTableAnswer>

  /**
   * Whether this process does the upkeep, as exactly one of the servers of a deployment does. Call this every few
   * seconds to keep the role; another server takes over some 30 s after the calls stop.
   */
  lead(): Promise<boolean>
  /**
   * Upkeep, for a schedule: compacts the shards of all collections that writes announced. Does not begin a merge that
   * would not end before the time limit.
   */
  compactWanted(): Promise<CompactWantedAnswer>
  /**
   * Upkeep, for a schedule: removes the data of deleted collections, finishes interrupted deletions, and removes
   * objects that no kept version of a collection needs.
   */
  collectGarbage(
    request?: CollectGarbageRequest,
    report?: (progress: CollectGarbageProgress) => void,
  ): Promise<CollectGarbageAnswer>
  /**
   * Resolves when no background work is running, or at the time limit. A function calls this before it answers. Never
   * rejects.
   */
  settle(): Promise<void>

  /** Finishes current commits, stops background work and closes files. */
  close(): Promise<void>
}

/** What `inspect` describes: all collections, or the named collection, shard or segment. */
export type InspectPath = { readonly collection?: string; readonly shard?: number; readonly segment?: string }
