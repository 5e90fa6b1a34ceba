import { readShape } from '../contract/read-shape.ts'
import type { JsonObject, ReadRequest, SearchAnswer, SearchRequest } from '../contract/search-request.ts'
import { z } from '../contract/shape.ts'
import type {
  AnalyzeRequest,
  BatchOptions,
  CollectionInfo,
  CompactAnswer,
  CountAnswer,
  CreateCollectionRequest,
  DeleteAnswer,
  DeleteByFilterAnswer,
  DocumentError,
  DocumentId,
  Engine,
  OperationsAnswer,
  PastRequest,
  PatchAnswer,
  PutAnswer,
  SnapshotInfo,
  TokenReport,
  UpdateAnswer,
  UpdateCollectionRequest,
  WriteAnswer,
  WriteConditions,
  WriteOperation,
  WriteOptions,
} from '../engine/engine.ts'
import { systemClock } from '../system-clock.ts'
import { systemRandom } from '../system-random.ts'
import { deleteAll, updateAll } from './go-on.ts'
import { type BatchReport, type ImportItem, importDocuments } from './import-documents.ts'
import { assertSomeIndexed, LISTED_MAX } from './nothing-indexed.ts'

/** A document to write. A document without an id gets one; an integer is the id of its decimal digits. */
export type Incoming<Document extends object> = Omit<Document, 'id'> & { readonly id?: DocumentId }

/** A page of documents in id order. `cursor` requests the next page; it is null on the last page. */
export type Page<Document extends object> = { readonly documents: readonly Document[]; readonly cursor: string | null }

/**
 * A collection whose documents have the type that the caller gives. Every method is a route of the HTTP contract, with the
 * same requests, answers and errors.
 */
export interface TypedCollection<Document extends object = JsonObject> {
  readonly name: string

  /** Creates the collection. @throws {ConflictError} 'collection_exists' */
  create(request?: CreateCollectionRequest): Promise<CollectionInfo>
  info(): Promise<CollectionInfo>
  /** Adds fields and changes settings. */
  update(request: UpdateCollectionRequest): Promise<CollectionInfo>
  /** Deletes the collection with all its documents. */
  drop(): Promise<void>
  analyze(request: AnalyzeRequest): Promise<TokenReport[]>

  /**
   * Writes one batch of up to 10,000 documents. The answer names the refused documents; all others are written.
   *
   * @throws {InvalidRequestError} 'nothing_indexed' if all documents were refused, with the first failures
   */
  add(documents: readonly Incoming<Document>[], options?: BatchOptions): Promise<WriteAnswer>
  /** @throws {ConflictError} 'version_conflict' if the condition does not hold */
  put(id: DocumentId, document: Incoming<Document>, options?: WriteOptions & WriteConditions): Promise<PutAnswer>
  /**
   * Changes members of the document's newest state when the write takes effect. A null member is removed.
   *
   * @throws {NotFoundError} 'document_not_found'
   * @throws {ConflictError} 'version_conflict' if the condition does not hold
   */
  patch(id: DocumentId, patch: MergePatch<Document>, conditions?: WriteConditions): Promise<PatchAnswer>
  /** Puts, patches and deletes documents in the given order. A failed operation does not affect others, unless the batch is atomic. */
  write(operations: readonly WriteOperation[], options?: BatchOptions): Promise<OperationsAnswer>
  /**
   * Writes any number of documents in batches, and reports each batch once it is durable.
   *
   * @throws {InvalidRequestError} 'nothing_indexed' like {@link add}, at the end
   */
  import(
    documents: Iterable<Incoming<Document>> | AsyncIterable<Incoming<Document>>,
    onBatch?: (report: BatchReport) => void,
  ): Promise<{ readonly indexed: number; readonly failed: number }>

  get(id: DocumentId, read?: ReadRequest): Promise<Document | undefined>
  /** A document with its version, for conditions of writes; undefined if there is no such document. */
  getVersioned(
    id: DocumentId,
    read?: ReadRequest,
  ): Promise<{ readonly document: Document; readonly version: string } | undefined>
  /** Documents in the order of `ids`; undefined for each missing document. */
  getMany(ids: readonly DocumentId[], read?: ReadRequest): Promise<(Document | undefined)[]>
  list(page?: ReadRequest & { readonly cursor?: string; readonly limit?: number }): Promise<Page<Document>>
  /** All documents in id order, read page by page. */
  documents(read?: ReadRequest): AsyncGenerator<Document>

  delete(ids: DocumentId | readonly DocumentId[]): Promise<DeleteAnswer>
  /** @throws {ConflictError} 'version_conflict' if the condition does not hold */
  deleteIf(id: DocumentId, conditions: WriteConditions): Promise<DeleteAnswer>
  /** Deletes all documents that a filter accepts, part by part, and reports its progress after each part. */
  deleteWhere(filter: JsonObject, onProgress?: (progress: DeleteByFilterAnswer) => void): Promise<DeleteByFilterAnswer>
  /** Patches all documents that a filter accepts, in the same way. */
  updateWhere(
    filter: JsonObject,
    patch: MergePatch<Document>,
    onProgress?: (progress: UpdateAnswer) => void,
  ): Promise<UpdateAnswer>

  search(request?: SearchRequest): Promise<SearchAnswer<Document>>
  count(request?: SearchRequest): Promise<CountAnswer>
  /** Keeps the present content under a name, which reads take as `{ snapshot }`. */
  snapshot(name: string): Promise<SnapshotInfo>
  snapshots(): Promise<SnapshotInfo[]>
  dropSnapshot(name: string): Promise<void>
  /** Creates another collection that starts with the present or past content of this one. */
  branch(name: string, past?: PastRequest): Promise<CollectionInfo>
  /** Restores past content of the collection. Deletes the present content, unless a snapshot keeps it. */
  restore(past: PastRequest): Promise<CollectionInfo>
  /** Rewrites every shard as one segment. Not supported through a server, which compacts by itself. */
  compact(): Promise<CompactAnswer>
}

/** Members to change. Null removes a member, objects are merged, any other value replaces the old one. */
export type MergePatch<T> = {
  readonly [Member in keyof T]?: T[Member] extends readonly unknown[]
    ? T[Member] | null
    : T[Member] extends object
      ? MergePatch<T[Member]> | null
      : T[Member] | null
}

/** Maximum documents of an import that are read ahead. */
const GATHERED_MAX = 256

/** What an import can read documents from. */
const iterable = z.custom<Iterable<object> | AsyncIterable<object>>(
  (value) => typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value),
  { params: { expected: 'a list, an iterable or an async iterable' } },
)

/** A collection of an engine. No request is made until a method is called. */
export function bindCollection<Document extends object>(engine: Engine, name: string): TypedCollection<Document> {
  return {
    name,
    create: (request = {}) => engine.createCollection(name, request),
    info: () => engine.getCollection(name),
    update: (request) => engine.updateCollection(name, request),
    drop: () => engine.deleteCollection(name),
    analyze: (request) => engine.analyze(name, request),
    add: async (documents, options) => {
      const answer = await engine.writeDocuments(name, documents, options)
      assertSomeIndexed(answer)
      return answer
    },
    patch: (id, patch, conditions) => engine.patchDocument(name, id, patch, conditions),
    write: (operations, options) => engine.writeOperations(name, operations, options),
    put: (id, document, options) => engine.putDocument(name, id, document, options),
    import: (documents, onBatch) => importAll(engine, name, documents, onBatch),
    get: async (id, read) => (await engine.getDocuments(name, [id], read))[0] as Document | undefined,
    getVersioned: async (id, read) =>
      (await engine.getVersioned(name, [id], read))[0] as { document: Document; version: string } | undefined,
    getMany: async (ids, read) => (await engine.getDocuments(name, ids, read)) as (Document | undefined)[],
    list: async (page = {}) => (await engine.listDocuments(name, page)) as Page<Document>,
    documents: (read = {}) => listAll<Document>(engine, name, read),
    delete: (ids) => engine.deleteDocuments(name, { ids: typeof ids === 'object' ? ids : [ids] }),
    deleteIf: (id, conditions) => engine.deleteDocument(name, id, conditions),
    deleteWhere: (filter, onProgress) => deleteAll(engine, name, { filter }, onProgress && { onProgress }),
    updateWhere: (filter, patch, onProgress) =>
      updateAll(engine, name, { filter, patch }, onProgress && { onProgress }),
    search: async (request = {}) => (await engine.search(name, request)) as SearchAnswer<Document>,
    count: async (request = {}) => engine.count(name, request),
    snapshot: (snapshot) => engine.createSnapshot(name, snapshot),
    snapshots: () => engine.listSnapshots(name),
    dropSnapshot: (snapshot) => engine.deleteSnapshot(name, snapshot),
    branch: (branch, past) => engine.branchCollection(name, { name: branch, ...past }),
    restore: (past) => engine.restoreCollection(name, past),
    compact: () => engine.compact(name),
  }
}

async function importAll(
  engine: Engine,
  name: string,
  documents: Iterable<object> | AsyncIterable<object>,
  onBatch?: (report: BatchReport) => void,
): Promise<{ indexed: number; failed: number }> {
  const checked = readShape(iterable, documents, 'documents')
  let indexed = 0
  let failed = 0
  const errors: DocumentError[] = []
  await importDocuments(engine, name, gather(checked), {
    clock: systemClock,
    random: systemRandom,
    onBatch: (report) => {
      indexed += report.indexed
      failed += report.failures.length
      for (const { place, id, error } of report.failures.slice(0, LISTED_MAX - errors.length)) {
        errors.push({ position: place, id, error })
      }
      onBatch?.(report)
    },
  })
  assertSomeIndexed({ indexed, failed, errors })
  return { indexed, failed }
}

async function* gather(documents: Iterable<object> | AsyncIterable<object>): AsyncGenerator<ImportItem[]> {
  let items: ImportItem[] = []
  let place = 0
  for await (const document of documents) {
    items.push({ place: place++, document, byteSize: roughSize(document) })
    if (items.length < GATHERED_MAX) continue
    yield items
    items = []
  }
  yield items
}

/** About how many bytes a document has; 0 for one that is not JSON, which its batch refuses. */
function roughSize(document: unknown): number {
  try {
    return JSON.stringify(document)?.length ?? 0
  } catch {
    return 0
  }
}

async function* listAll<Document extends object>(
  engine: Engine,
  name: string,
  read: ReadRequest,
): AsyncGenerator<Document> {
  let cursor: string | null = null
  do {
    const page = await engine.listDocuments(name, { ...read, ...(cursor !== null && { cursor }) })
    for (const document of page.documents) yield document as Document
    cursor = page.cursor
  } while (cursor !== null)
}
