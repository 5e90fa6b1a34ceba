import type { PrismError } from '../errors.ts'
import type { Collection } from '../version/collection.ts'
import type { NamedDeadline } from './deadlines.ts'
import type { Freshness, ShardSnapshot } from './snapshot.ts'

/** Finds collections, and the versions of their shards to read. */
export interface Snapshots {
  /**
   * The collection with a name, as of at most five seconds ago; `fresh` reads it now.
   *
   * @throws {NotFoundError} 'collection_not_found'
   */
  getCollection(name: string, age?: 'cached' | 'fresh'): Promise<Collection>

  /** The same collection with a schema of at least the version that a manifest names. */
  withSchema(collection: Collection, schemaVersion: number): Promise<Collection>

  /**
   * Pins one version of every shard, in shard order. The version is never older than any that this process has read or
   * written. If a head cannot be read now, `eventual` uses the last known one; `knownAtMs` then says how old it is.
   *
   * @returns an error for each shard that could not be reached
   * @throws {InvalidRequestError} 'invalid_session'
   * @throws {NotFoundError} 'collection_not_found' if it was deleted; `getCollection` may then find a new one of this name
   */
  pin(collection: Collection, freshness: Freshness, deadline?: NamedDeadline): Promise<(ShardSnapshot | PrismError)[]>

  /** Like {@link pin}, for some shards only; in the order of `shards`. */
  pinShards(
    collection: Collection,
    shards: readonly number[],
    freshness: Freshness,
  ): Promise<(ShardSnapshot | PrismError)[]>

  /** The shard of each id. */
  shardOf(collection: Collection, id: string): number

  /** A session token for the versions that were read, for the client's next request. */
  sessionOf(collection: Collection, snapshots: readonly (ShardSnapshot | PrismError)[]): string
}
