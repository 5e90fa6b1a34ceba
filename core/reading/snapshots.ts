import type { PrismError } from '../errors.ts'
import type { Collection } from '../version/collection.ts'
import type { SetDeadline } from './deadlines.ts'
import type { Freshness, ShardSnapshot } from './snapshot.ts'

/** What reads need of collections: which ones there are, and which versions of their shards to read. */
export interface Snapshots {
  /**
   * The collection of that name, at most five seconds old; read now if `fresh`.
   *
   * @throws {NotFoundError} 'collection_not_found'
   */
  getCollection(name: string, age?: 'cached' | 'fresh'): Promise<Collection>

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
   * @throws {NotFoundError} 'collection_not_found' if it has been deleted; `getCollection` then says what is there now
   */
  pin(collection: Collection, freshness: Freshness, deadline?: SetDeadline): Promise<(ShardSnapshot | PrismError)[]>

  /** Like {@link pin}, of some shards only (those that hold given ids); in the order of `shards`. */
  pinShards(
    collection: Collection,
    shards: readonly number[],
    freshness: Freshness,
  ): Promise<(ShardSnapshot | PrismError)[]>

  /** The shard of each id. */
  shardOf(collection: Collection, id: string): number

  /** Names the versions that were read, for the client's next request. */
  sessionOf(collection: Collection, snapshots: readonly (ShardSnapshot | PrismError)[]): string
}
