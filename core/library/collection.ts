import type {
  AnalyzeRequest,
  CollectionInfo,
  CompactAnswer,
  CountAnswer,
  CreateCollectionRequest,
  DeleteAnswer,
  Engine,
  PutAnswer,
  SnapshotInfo,
  TokenReport,
  UpdateCollectionRequest,
  WriteAnswer,
  WriteOptions,
} from '../engine/engine.ts'
import type { JsonObject, ReadRequest, SearchAnswer, SearchRequest } from '../query/search-request.ts'
import { systemClock } from '../system-clock.ts'
import { systemRandom } from '../system-random.ts'
import { checkSearchFields } from './check-request.ts'
import { type BatchReport, type ImportItem, importDocuments } from './import-documents.ts'

/** A document that may leave its id to Prism. */
export type Incoming<Document extends object> = Omit<Document, 'id'> & { readonly id?: string }

export type Page<Document extends object> = { readonly documents: readonly Document[]; readonly cursor: string | null }

/**
 * One collection, its documents typed as the caller says they are. Every method is
 * a route of the HTTP contract and takes and answers the same.
 */
export interface Collection<Document extends object = JsonObject> {
  readonly name: string

  /** @throws {ConflictError} if there is one of that name */
  create(request?: CreateCollectionRequest): Promise<CollectionInfo>
  info(): Promise<CollectionInfo>
  /** Adds fields, changes settings. */
  update(request: UpdateCollectionRequest): Promise<CollectionInfo>
  /** Deletes the collection with all its documents. */
  drop(): Promise<void>
  analyze(request: AnalyzeRequest): Promise<TokenReport[]>

  /** Writes one batch; documents that were refused are in the answer, and the others are in. */
  add(documents: readonly Incoming<Document>[], options?: WriteOptions): Promise<WriteAnswer>
  put(id: string, document: Incoming<Document>, options?: WriteOptions): Promise<PutAnswer>
  /** Writes any number of documents in batches and tells of each batch once it is durable. */
  import(
    documents: Iterable<Incoming<Document>> | AsyncIterable<Incoming<Document>>,
    onBatch?: (report: BatchReport) => void,
  ): Promise<{ readonly indexed: number; readonly failed: number }>

  get(id: string, read?: ReadRequest): Promise<Document | undefined>
  /** In the order of `ids`; undefined where there is none. */
  getMany(ids: readonly string[], read?: ReadRequest): Promise<(Document | undefined)[]>
  list(page?: ReadRequest & { readonly cursor?: string; readonly limit?: number }): Promise<Page<Document>>
  /** Every document in id order, fetched a page at a time. */
  documents(read?: ReadRequest): AsyncGenerator<Document>

  delete(ids: string | readonly string[]): Promise<DeleteAnswer>
  deleteWhere(filter: JsonObject): Promise<DeleteAnswer>

  search(request?: SearchRequest): Promise<SearchAnswer<Document>>
  count(request?: SearchRequest): Promise<CountAnswer>
  /** Keeps what is in it now under a name; reads take it as `{ snapshot }`. */
  snapshot(name: string): Promise<SnapshotInfo>
  snapshots(): Promise<SnapshotInfo[]>
  dropSnapshot(name: string): Promise<void>
  /** Rewrites every shard as one segment. Not through a server, which does so by itself. */
  compact(): Promise<CompactAnswer>
}

/** Documents of an import that are gathered before they are handed on. */
const GATHERED_MAX = 256

/** A collection of an engine, near or far. Nothing is asked until a method is called. */
export function bindCollection<Document extends object>(engine: Engine, name: string): Collection<Document> {
  return {
    name,
    create: (request = {}) => engine.createCollection(name, request),
    info: () => engine.getCollection(name),
    update: (request) => engine.updateCollection(name, request),
    drop: () => engine.deleteCollection(name),
    analyze: (request) => engine.analyze(name, request),
    add: (documents, options) => engine.writeDocuments(name, documents, options),
    put: (id, document, options) => engine.putDocument(name, id, document, options),
    import: (documents, onBatch) => importAll(engine, name, documents, onBatch),
    get: async (id, read) => (await engine.getDocuments(name, [id], read))[0] as Document | undefined,
    getMany: async (ids, read) => (await engine.getDocuments(name, ids, read)) as (Document | undefined)[],
    list: async (page = {}) => (await engine.listDocuments(name, page)) as Page<Document>,
    documents: (read = {}) => listAll<Document>(engine, name, read),
    delete: (ids) => engine.deleteDocuments(name, { ids: typeof ids === 'string' ? [ids] : ids }),
    deleteWhere: (filter) => engine.deleteDocuments(name, { filter }),
    search: async (request = {}) => (await engine.search(name, checkSearchFields(request))) as SearchAnswer<Document>,
    count: async (request = {}) => engine.count(name, checkSearchFields(request)),
    snapshot: (snapshot) => engine.createSnapshot(name, snapshot),
    snapshots: () => engine.listSnapshots(name),
    dropSnapshot: (snapshot) => engine.deleteSnapshot(name, snapshot),
    compact: () => engine.compact(name),
  }
}

async function importAll(
  engine: Engine,
  name: string,
  documents: Iterable<object> | AsyncIterable<object>,
  onBatch?: (report: BatchReport) => void,
): Promise<{ indexed: number; failed: number }> {
  let indexed = 0
  let failed = 0
  await importDocuments(engine, name, gather(documents), {
    clock: systemClock,
    random: systemRandom,
    onBatch: (report) => {
      indexed += report.indexed
      failed += report.failures.length
      onBatch?.(report)
    },
  })
  return { indexed, failed }
}

async function* gather(documents: Iterable<object> | AsyncIterable<object>): AsyncGenerator<ImportItem[]> {
  let items: ImportItem[] = []
  let place = 0
  for await (const document of documents) {
    items.push({ place: place++, document, byteSize: JSON.stringify(document).length })
    if (items.length < GATHERED_MAX) continue
    yield items
    items = []
  }
  yield items
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
