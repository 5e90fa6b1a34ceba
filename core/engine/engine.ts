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

/** How a call is made, whatever it asks for. */
export type CallOptions = {
  /**
   * Aborted when nobody waits for the answer any more. Work that has not begun is then left out, and the call fails with
   * the signal's reason.
   */
  readonly signal?: AbortSignal
}

/** How many collections there are, exact up to 10,000. */
export type HealthReport = { readonly collections: number }

/**
 * Everything Prism does. The HTTP routes, the library and the command line speak this interface; one implementation does
 * the work, another asks a server.
 *
 * Any call may fail with an UnavailableError while storage or coordination cannot be reached, and with a
 * CorruptDataError where stored data are damaged. A call that names a collection throws a
 * NotFoundError('collection_not_found') if there is none of that name, and one whose request breaks the contract an
 * InvalidRequestError that names the field, or a LimitExceededError that names the limit.
 */
export interface Engine {
  /** Counts the collections, up to 10,000. It reads coordination alone, so that it suits a probe. */
  health(): Promise<HealthReport>

  /**
   * Creates an empty collection.
   *
   * @param name 1 to 128 characters of a-z, 0-9, _ and -
   * @throws {ConflictError} 'collection_exists'
   */
  createCollection(name: string, request: CreateCollectionRequest): Promise<CollectionInfo>
  /** One page of the collections in byte order of their names, with a cursor to the next. */
  listCollections(page?: PageOfCollections, call?: CallOptions): Promise<CollectionPage>
  /** Describes a collection: its schema, and how many documents and bytes it holds. */
  getCollection(name: string): Promise<CollectionInfo>
  /**
   * Adds fields to a collection and changes its settings. Documents are not indexed again.
   *
   * @throws {InvalidRequestError} 'schema_conflict' for a change of a field that segments were built with
   */
  updateCollection(name: string, request: UpdateCollectionRequest): Promise<CollectionInfo>
  /** Deletes a collection. Its name is free at once; its data are removed in the background. */
  deleteCollection(name: string): Promise<void>
  /** The terms that a field or a language makes of a text, in order. */
  analyze(name: string, request: AnalyzeRequest): Promise<TokenReport[]>

  /**
   * Writes up to 10,000 documents: new ones, and replacements of those with the same id. They are durable and visible to
   * `strong` reads when it resolves. A document that cannot be written fails alone and is named in `errors`.
   * The collection is created if the engine's settings allow it.
   *
   * @throws {LimitExceededError} 'batch_too_large'
   * @throws {ConflictError} 'idempotency_key_reused' for another batch under the same key
   */
  writeDocuments(name: string, documents: readonly unknown[], options?: BatchOptions): Promise<WriteAnswer>
  /**
   * Puts, patches and deletes up to 10,000 documents in this order, each only if its condition holds of the stored
   * document. An operation that fails fails alone, unless the batch is `atomic`.
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
   * An address to which a client can upload a batch of up to 32 MB within 15 minutes.
   *
   * @throws {InvalidRequestError} 'not_supported' where the data are in a folder
   */
  createUpload(name: string, request: UploadRequest): Promise<UploadTicket>
  /**
   * The bytes of an upload, at most one more than `bytesMax`, so that the caller sees that there were too many.
   *
   * @throws {NotFoundError} 'upload_not_found' if nothing was uploaded, or it has expired
   */
  readUpload(name: string, upload: string, bytesMax: number): Promise<Uploaded>
  /**
   * Writes one document under this id.
   *
   * @throws {InvalidRequestError} if it is no document, or names another id
   * @throws {ConflictError} 'version_conflict' if the condition does not hold
   */
  putDocument(name: string, id: string, document: unknown, options?: WriteOptions & WriteConditions): Promise<PutAnswer>
  /**
   * Changes members of a document by a JSON merge patch (RFC 7396). The patch is applied to the document as it is when
   * the write takes effect, so patches of different members do not undo each other.
   *
   * @throws {NotFoundError} 'document_not_found'
   * @throws {ConflictError} 'version_conflict' if the condition does not hold
   */
  patchDocument(name: string, id: string, patch: unknown, conditions?: WriteConditions): Promise<PatchAnswer>
  /**
   * Deletes one document; an unknown id is no error.
   *
   * @throws {ConflictError} 'version_conflict' if the condition does not hold
   */
  deleteDocument(name: string, id: string, conditions?: WriteConditions): Promise<DeleteAnswer>
  /** Deletes up to 10,000 documents by id; unknown ids are no error. */
  deleteDocuments(name: string, request: DeleteRequest): Promise<DeleteAnswer>
  /**
   * Deletes the documents that a filter accepts, in id order. A document is deleted only if the filter accepts its newest
   * version. Stops with a cursor at the request's limit, or when the time is nearly over.
   */
  deleteByFilter(name: string, request: FilterRequest, call?: CallOptions): Promise<DeleteByFilterAnswer>
  /** Patches the documents that a filter accepts, as {@link deleteByFilter} deletes them. */
  updateByFilter(name: string, request: UpdateRequest, call?: CallOptions): Promise<UpdateAnswer>

  /**
   * Documents by id, in the order of `ids`; undefined where there is none.
   *
   * @throws {LimitExceededError} 'answer_too_large' over 32 MB of documents
   */
  getDocuments(
    name: string,
    ids: readonly string[],
    read?: ReadRequest,
    call?: CallOptions,
  ): Promise<(JsonObject | undefined)[]>
  /** As {@link getDocuments}, with the versions that conditions of writes name. */
  getVersioned(
    name: string,
    ids: readonly string[],
    read?: ReadRequest,
    call?: CallOptions,
  ): Promise<(VersionedDocument | undefined)[]>
  /** One page of all documents in id order, with a cursor to the next. A page ends at `limit` documents or 32 MB. */
  listDocuments(name: string, page: PageRequest, call?: CallOptions): Promise<DocumentPage>

  /**
   * Searches a collection. A shard that fails or is late is missing from the answer, which says so, unless the request
   * refuses partial results.
   *
   * @param call.allowance what all searches of one HTTP request may hold together. Default: an allowance of its own
   * @throws {LimitExceededError} `too_many_clauses`, `filter_too_large` or `answer_too_large` above the allowance
   * @throws {UnavailableError} 'shards_unavailable' if too few shards answered
   */
  search(
    name: string,
    request: SearchRequest,
    call?: CallOptions & { readonly allowance?: SearchAllowance },
  ): Promise<SearchAnswer>
  /** Counts what a search matches. It reads no documents and scores nothing. */
  count(name: string, request: SearchRequest, call?: CallOptions): Promise<CountAnswer>

  /**
   * Keeps what the collection holds now under a name, which reads take as `snapshot`, until the snapshot is deleted.
   *
   * @throws {ConflictError} 'snapshot_exists'
   */
  createSnapshot(name: string, snapshot: string): Promise<SnapshotInfo>
  /** All snapshots of a collection, in byte order of their names. */
  listSnapshots(name: string): Promise<SnapshotInfo[]>
  /**
   * Deletes a snapshot; what only it kept becomes garbage.
   *
   * @throws {NotFoundError} 'snapshot_not_found'
   */
  deleteSnapshot(name: string, snapshot: string): Promise<void>

  /**
   * Creates a collection that begins with what this one holds, or held. Nothing is copied: both share objects until they
   * change them.
   *
   * @throws {ConflictError} 'collection_exists'
   * @throws {NotFoundError} 'snapshot_not_found', 'version_not_retained'
   */
  branchCollection(name: string, request: BranchRequest): Promise<CollectionInfo>

  /**
   * Puts a whole collection back to what it held. Its snapshots stay; its present content is deleted.
   *
   * @throws {NotFoundError} 'snapshot_not_found', 'version_not_retained'
   */
  restoreCollection(name: string, request: PastRequest): Promise<CollectionInfo>

  /**
   * Rewrites every shard as one segment without deleted documents, one shard after another.
   *
   * @param report called as a shard advances, with bytes done and bytes in all
   */
  compact(name: string, report?: (shard: number, done: number, of: number) => void): Promise<CompactAnswer>
  /** Describes stored data for people: all collections, or one collection, shard or segment. */
  inspect(path: InspectPath): Promise<JsonObject>

  /** Reads everything that heads name and compares it with their checksums. Changes nothing. */
  scrub(request?: ScrubRequest): Promise<ScrubAnswer>

  /**
   * Restores all rows of the table from the objects alone, into an empty table. Stop every writer first.
   *
   * @throws {ConflictError} 'table_not_empty'
   */
  rebuildTable(request?: RebuildTableRequest): Promise<RebuildTableAnswer>

  /**
   * Whether this process does the upkeep: of several servers of a deployment exactly one does. Call it every few
   * seconds, because calling keeps the role; another server takes over some 30 s after the calls stop.
   */
  lead(): Promise<boolean>
  /**
   * Upkeep, for a schedule: merges the segments that writes left, in all collections. A merge that would not end before
   * the time limit is not begun.
   */
  compactWanted(): Promise<CompactWantedAnswer>
  /**
   * Upkeep, for a schedule: removes the data of deleted collections, finishes deletions that were cut short, and removes
   * objects that no kept version of a collection needs.
   */
  collectGarbage(
    request?: CollectGarbageRequest,
    report?: (progress: CollectGarbageProgress) => void,
  ): Promise<CollectGarbageAnswer>
  /**
   * Resolves when nothing is under way in the background, or at the time limit. A function calls it before it answers.
   * Never rejects.
   */
  settle(): Promise<void>

  /** Finishes commits under way, stops background work and closes files. */
  close(): Promise<void>
}

/** What `inspect` describes: everything, or what the members name, from a collection down to a segment. */
export type InspectPath = { readonly collection?: string; readonly shard?: number; readonly segment?: string }
