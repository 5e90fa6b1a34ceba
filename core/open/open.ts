import { allCollections } from '../client/all-collections.ts'
import type { JsonObject } from '../contract/search-request.ts'
import type { CollectionInfo, Engine, HealthReport } from '../engine/engine.ts'
import type { ProcessComponents } from './assemble-engine.ts'
import { bindCollection, type TypedCollection } from './collection.ts'
import { type OpenOptions, readOpenOptions } from './open-options.ts'

export type { Hit, JsonObject, MatchQuery, SearchAnswer, SearchRequest } from '../contract/search-request.ts'
// The package's entry: it exports what users name in their own code.
export type {
  CollectionInfo,
  CreateCollectionRequest,
  DocumentId,
  FieldDeclaration,
  SchemaDeclaration,
  WriteAnswer,
} from '../engine/engine.ts'
export {
  ConflictError,
  CorruptDataError,
  FencedError,
  InvalidRequestError,
  LimitExceededError,
  NotFoundError,
  OutcomeUnknownError,
  PrismError,
  UnavailableError,
} from '../errors.ts'
export type { TypedCollection } from './collection.ts'
export type { OpenOptions } from './open-options.ts'

/** A deployment of Prism, in this process or behind a server. */
export interface Prism {
  /** Returns a collection by its name. Sends no request until one of its methods is called. */
  collection<Document extends object = JsonObject>(name: string): TypedCollection<Document>
  collections(): Promise<CollectionInfo[]>
  health(): Promise<HealthReport>
  /** The engine, for code that is built on it, such as `createApp`. */
  readonly engine: Engine
  /** Finishes running work and closes files and connections. */
  close(): Promise<void>
}

/**
 * Opens Prism over a folder, a bucket and table, or a server.
 *
 * @throws {InvalidRequestError} if an option is unknown or wrong, or the options name none of them or several
 */
export async function open(options: OpenOptions): Promise<Prism> {
  const engine = await openPlace(options)
  return {
    collection: (name) => bindCollection(engine, name),
    collections: () => allCollections(engine),
    health: () => engine.health(),
    engine,
    close: () => engine.close(),
  }
}

/** Loads only the code for the given kind, because loading the AWS SDK takes longer than a search. */
export async function openPlace(given: OpenOptions, process: ProcessComponents = {}): Promise<Engine> {
  const options = readOpenOptions(given)
  if ('url' in options) return (await import('../client/remote-engine.ts')).openRemoteEngine(options)
  if ('data' in options) {
    const { data, ...settings } = options
    return (await import('./open-folder.ts')).openFolder(data, settings, process)
  }
  const [{ openBucket }, { openDiskCache }, { repair }] = await Promise.all([
    import('./open-bucket.ts'),
    import('./open-disk-cache.ts'),
    import('../engine/repair.ts'),
  ])
  const { cacheFolder, cacheFolderBytes, ...settings } = options
  const openCache = () => openDiskCache({ cacheFolder, cacheFolderBytes }, process.registerCache)
  return openBucket(settings, { repair, ...process, openCache })
}
