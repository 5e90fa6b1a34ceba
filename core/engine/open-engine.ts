import { AnalyzerPool } from '../analysis/analyzer-pool.ts'
import type { CacheSize } from '../cache/cache-size.ts'
import { checkShardCount } from '../collections/create-collection.ts'
import type { CollectionSettings } from '../contract/collections.ts'
import { COLLECTIONS_MAX, LISTING_LIMIT_DEFAULT } from '../contract/limits.ts'
import { checkSuccessfulShardsMin } from '../contract/successful-shards.ts'
import { LEADER_KEY, Lease } from '../coordination/lease.ts'
import { InvalidRequestError } from '../errors.ts'
import { ResolvedQueries } from '../query/language/resolved-queries.ts'
import { LengthNormsCache } from '../query/score/bm25.ts'
import type { Part } from '../query/score/part.ts'
import type { FanOutSettings } from '../query/search/estimate-work.ts'
import type { LeafPool } from '../query/search/leaf.ts'
import { search } from '../query/search/search.ts'
import { Deadlines } from '../reading/deadlines.ts'
import { listDocuments } from '../reading/list-documents.ts'
import type { Reading } from '../reading/read-context.ts'
import { readDocumentsById } from '../reading/read-documents.ts'
import { extendSchema, parseSchema } from '../schema/declare-schema.ts'
import { versionOf } from '../segment/format/document-version.ts'
import type { DecodeAhead } from '../segment/read/decode-ahead.ts'
import { SegmentCache } from '../segment/read/segment-cache.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { Uploads } from '../storage/uploads.ts'
import type { WrittenObjects } from '../storage/written-objects.ts'
import { NO_LIMIT } from '../time-limit.ts'
import type { Collection, Settings } from '../version/collection.ts'
import { analyzeText } from './analyze-text.ts'
import { branchMethods } from './branches.ts'
import { checkRequests } from './check-requests.ts'
import { collectGarbage } from './collect-garbage.ts'
import { decodeListingCursor, encodeListingCursor } from './cursor.ts'
import { describeCollection, describeCollections } from './describe-collection.ts'
import type { CreateCollectionRequest, Engine } from './engine.ts'
import type { EngineContext } from './engine-context.ts'
import { inspect } from './inspect.ts'
import { openShards } from './open-shards.ts'
import type { Repair } from './repair.ts'
import type { ShardComponents, ShardSettings } from './shards.ts'
import { snapshotMethods } from './snapshots.ts'
import { createUpload, readUpload } from './uploads.ts'
import { writeMethods } from './write-methods.ts'

/** The components of an engine. */
export type EngineComponents = Omit<ShardComponents, 'openSegment' | 'analyzers'> & {
  /** Begins an operation and counts its reads, which go through the caches, if any. */
  beginReading(): Reading
  /** The same objects without a cache, if `store` has one. Scrubbing reads these. */
  readonly plainStore?: ObjectStore
  /** The analyzers of this thread; workers have their own. Default: the analyzers of this release. */
  readonly analyzers?: AnalyzerPool
  readonly repair?: Repair
  /** How clients upload large batches to the store, if they can reach it. */
  readonly uploads?: Uploads
  /** Further sections of answers, in addition to hits and total, that searches may request. */
  readonly parts?: readonly Part[]
  /** Decodes new segments ahead of the searches that will need them. */
  readonly decodeAhead?: DecodeAhead
  /** Called with each cache that the engine opens. */
  readonly registerCache?: ((cache: CacheSize) => void) | undefined
  /** Leaves that search parts for this engine; without them the engine does everything itself. */
  readonly leaves?: LeafPool
}

/** Settings of an engine. Every setting has a default. */
export type EngineSettings = ShardSettings & {
  /** Whether the first write to a missing collection creates the collection. Default: true. */
  readonly autoCreate?: boolean
  /** The number of shards of a new collection that does not specify one. Default: 1. */
  readonly shardsDefault?: number
  /** When to distribute searches over leaves, if any. */
  readonly fanOut?: FanOutSettings
}

/** Maximum collections that `health` counts. */
const COUNTED_MAX = 10_000

/**
 * Creates an engine from its components. Reads nothing before the first call.
 *
 * @throws {InvalidRequestError} 'invalid_shards', or LimitExceededError, for an invalid `shardsDefault`
 */
export function openEngine(components: EngineComponents, settings: EngineSettings = {}): Engine {
  if (settings.shardsDefault !== undefined) checkShardCount(settings.shardsDefault)
  const { analyzers = new AnalyzerPool() } = components
  const segments = new SegmentCache()
  components.registerCache?.({
    name: 'units',
    help: 'Memory for decoded units of segments, at most 128 MB',
    byteSize: () => segments.units.byteSize,
  })
  components.registerCache?.({
    name: 'segments',
    help: 'Memory for footers and small files of open segments, at most 64 MB',
    byteSize: () => segments.byteSize,
  })
  const written = closing(components.written, segments)
  const shards = openShards({ ...components, written, analyzers, openSegment: segments.open }, settings)
  const { clock, beginReading } = components
  const leadership = new Lease(components, LEADER_KEY)
  const context: EngineContext = {
    shards,
    clock,
    deadlines: new Deadlines(clock),
    timeLimit: components.timeLimit ?? NO_LIMIT,
    analyzers,
    queries: new ResolvedQueries(analyzers),
    norms: new LengthNormsCache(),
    segments,
    decodeAhead: components.decodeAhead,
    parts: components.parts,
    beginReading,
    onFailure: settings.onFailure,
    leaves: components.leaves,
    fanOut: settings.fanOut,
  }
  const getOrCreate = (name: string): Promise<Collection> =>
    settings.autoCreate === false
      ? shards.getCollection(name)
      : shards.getOrCreateCollection(name, readCreateRequest({}, settings.shardsDefault))
  return checkRequests({
    health: async () => {
      await readAnything(components)
      return { collections: await shards.countCollections(COUNTED_MAX) }
    },
    ...collectionMethods(context, settings),
    ...writeMethods(context, { getOrCreate }),
    createUpload: (name, request) => createUpload(components, name, request, getOrCreate),
    readUpload: (name, upload, bytesMax) => readUpload(components, { name, upload, bytesMax }),
    ...readMethods(context),
    ...snapshotMethods(shards),
    ...branchMethods(shards),
    lead: async () => (await leadership.tend()) !== undefined,
    scrub: async (request) => repairOf(components).scrub(components, shards, request),
    rebuildTable: async (request) => repairOf(components).rebuildTable(components, request),
    compactWanted: () => shards.compactWanted(),
    collectGarbage: (request, report) => collectGarbage(shards, request, report),
    settle: () => shards.settle(),
    async close() {
      // Otherwise another server would take over later.
      await leadership.release().catch(() => undefined)
      await shards.close()
    },
  })
}

/** Extends `forget`: also closes the segments and removes the tombstones that the newest versions no longer name. */
function closing(written: WrittenObjects | undefined, segments: SegmentCache): WrittenObjects {
  return {
    learn: (key, bytes) => written?.learn(key, bytes),
    forget: (keys) => {
      written?.forget(keys)
      segments.forget(keys)
    },
  }
}

/** @throws {InvalidRequestError} 'not_supported' */
function repairOf({ repair }: EngineComponents): Repair {
  if (repair) return repair
  throw new InvalidRequestError('not_supported', 'functions neither scrub nor rebuild: use the command line')
}

/** @throws {UnavailableError} if the store cannot be reached */
async function readAnything({ store }: EngineComponents): Promise<void> {
  for await (const _ of store.list('c/')) return
}

type CollectionMethods = Pick<
  Engine,
  | 'createCollection'
  | 'listCollections'
  | 'getCollection'
  | 'updateCollection'
  | 'deleteCollection'
  | 'compact'
  | 'inspect'
>

function collectionMethods(context: EngineContext, { shardsDefault }: EngineSettings): CollectionMethods {
  const { shards } = context
  return {
    createCollection: async (name, request) => {
      return describeCollection(shards, await shards.createCollection(name, readCreateRequest(request, shardsDefault)))
    },
    listCollections: async ({ cursor, limit = COLLECTIONS_MAX } = {}, { signal } = {}) => {
      const after = cursor === undefined ? undefined : decodeListingCursor(cursor)
      // One more than the limit shows whether a next page exists.
      const found = await shards.listCollections({ after, limit: limit + 1 })
      const page = found.slice(0, limit)
      const collections = await describeCollections(shards, page, signal)
      return { collections, cursor: found.length > limit ? encodeListingCursor(page.at(-1)!.name) : null }
    },
    getCollection: async (name) => describeCollection(shards, await shards.getCollection(name, 'fresh')),
    updateCollection: async (name, { schema, settings }) => {
      const collection = await shards.updateCollection(name, (current) => ({
        ...(schema && { schema: extendSchema(current.schema, schema) }),
        ...(settings && { settings: changedSettings(current, settings) }),
      }))
      return describeCollection(shards, collection)
    },
    deleteCollection: (name) => shards.deleteCollection(name),
    compact: async (name, report) => {
      const compacted = await shards.compact(await shards.getCollection(name, 'fresh'), (progress) => {
        report?.(progress.shard, progress.doneBytes, progress.ofBytes)
      })
      return {
        shards: compacted.map(({ shard, segmentsBefore, segmentsAfter, bytesBefore, bytesAfter }) => ({
          shard,
          segments_before: segmentsBefore,
          segments_after: segmentsAfter,
          bytes_before: bytesBefore,
          bytes_after: bytesAfter,
        })),
      }
    },
    inspect: (path) => inspect(context, path),
  }
}

function readCreateRequest({ schema, shards, settings = {} }: CreateCollectionRequest, shardsDefault = 1) {
  const shardCount = shards ?? shardsDefault
  checkSettings(settings, shardCount)
  return { schema: parseSchema(schema), shardCount, settings }
}

function changedSettings(current: Collection, changes: CollectionSettings): Settings {
  checkSettings(changes, current.shardCount)
  return { ...current.settings, ...changes }
}

function checkSettings({ min_successful_shards: needed }: CollectionSettings, shardCount: number): void {
  checkSuccessfulShardsMin(needed, shardCount, 'settings.min_successful_shards')
}

function readMethods(
  context: EngineContext,
): Pick<Engine, 'analyze' | 'getDocuments' | 'getVersioned' | 'listDocuments' | 'search' | 'count'> {
  return {
    analyze: async (name, request) => {
      const { schema } = await context.shards.getCollection(name)
      return analyzeText(schema, request, context.analyzers)
    },
    getDocuments: async (name, ids, read = {}, { signal } = {}) =>
      (await readDocumentsById(context, name, { ids: ids.map(String), read, signal })).map((found) => found?.document),
    getVersioned: async (name, ids, read = {}, { signal } = {}) =>
      (await readDocumentsById(context, name, { ids: ids.map(String), read, signal })).map(
        (found) => found && { document: found.document, version: versionOf(found.id, found.json) },
      ),
    listDocuments: async (name, { cursor, limit = LISTING_LIMIT_DEFAULT, ...read }, { signal } = {}) => {
      const after = cursor === undefined ? undefined : decodeListingCursor(cursor)
      // One more than the limit shows whether a next page exists.
      const { documents, isCut } = await listDocuments(context, name, { ...read, after, limit: limit + 1, signal })
      const page = documents.slice(0, limit)
      const isLast = !isCut && documents.length <= limit
      return { documents: page, cursor: isLast ? null : encodeListingCursor(String(page.at(-1)!.id)) }
    },
    search: (name, request, call) => search(context, { name, request, ...call }),
    count: async (name, request, call) => {
      const counting = { ...request, limit: 0, offset: 0, total: true }
      const { total = 0, shards, snapshot, session } = await search(context, { name, request: counting, ...call })
      return { count: total, shards, snapshot, session }
    },
  }
}
