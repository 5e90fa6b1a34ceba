import type { ObjectStore } from '../storage/object-store.ts'
import { type ShardRef, shardPrefix } from './collection.ts'
import type { ManifestId } from './object-names.ts'
import { committedKey } from './object-names.ts'

const UPLOADS_MAX = 4
/** Markers of this process that are kept for a shard. The second newest helps if the newest version's manifest is lost. */
export const KEPT_MAX = 2
/** Superseded markers are removed so many at once. */
export const REMOVED_AT_ONCE = 100
/** Shards whose markers are remembered. Garbage collection removes forgotten markers. */
const SHARDS_MAX = 10_000

/**
 * Writes a marker object after a commit, without making the commit wait. If the table is lost, the marker proves that the
 * version was committed and not only attempted. A later version proves this too. So only the newest waiting marker of a shard
 * is written, older markers are removed, and failures are ignored.
 */
export class CommitMarkers {
  readonly #store: ObjectStore
  readonly #waiting = new Map<string, string>()
  readonly #uploads = new Set<Promise<void>>()
  /** Markers that this process wrote, by the shard's prefix, oldest first. */
  readonly #written = new Map<string, readonly string[]>()
  #superseded: string[] = []

  constructor(store: ObjectStore) {
    this.#store = store
  }

  add(ref: ShardRef, id: ManifestId): void {
    const prefix = shardPrefix(ref)
    this.#waiting.set(prefix, prefix + committedKey(id))
    this.#upload()
  }

  /** Resolves when all markers have been written or have failed. */
  async drain(): Promise<void> {
    while (this.#uploads.size > 0) await Promise.all(this.#uploads)
  }

  #upload(): void {
    for (const [prefix, key] of this.#waiting) {
      if (this.#uploads.size >= UPLOADS_MAX) return
      this.#waiting.delete(prefix)
      const upload = this.#store
        .put(key, new Uint8Array(0))
        .then(() => this.#supersede(prefix, key))
        .catch(() => undefined)
        .then(() => {
          this.#uploads.delete(upload)
          this.#upload()
        })
      this.#uploads.add(upload)
    }
  }

  /** Removes the markers that a new one supersedes, once there are enough for a request. */
  async #supersede(prefix: string, key: string): Promise<void> {
    const keys = [...(this.#written.get(prefix) ?? []), key]
    this.#written.delete(prefix)
    this.#written.set(prefix, keys.slice(-KEPT_MAX))
    if (this.#written.size > SHARDS_MAX) this.#written.delete(this.#written.keys().next().value!)
    this.#superseded.push(...keys.slice(0, -KEPT_MAX))
    if (this.#superseded.length < REMOVED_AT_ONCE) return
    const removed = this.#superseded
    this.#superseded = []
    await this.#store.delete(removed)
  }
}
