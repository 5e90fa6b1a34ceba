import type { ObjectStore } from '../storage/object-store.ts'
import { type ShardRef, shardPrefix } from './collection.ts'
import type { ManifestId } from './object-names.ts'
import { committedKey } from './object-names.ts'

const UPLOADS_MAX = 4
/** Markers of this process that a shard keeps. The one before the newest serves if the newest version's manifest is lost. */
export const KEPT_MAX = 2
/** Superseded markers are removed so many at a time. */
export const REMOVED_AT_ONCE = 100
/** Shards whose markers are remembered. What is forgotten is left to garbage collection. */
const SHARDS_MAX = 10_000

/**
 * Leaves an object for each newest commit, after the commit and without anybody waiting for it: what proves, should
 * the table be lost, that the version was not only tried. A successor proves a version as well. So of one shard only
 * the newest waiting marker is written, older ones are removed, and one that fails is nobody's loss.
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

  /** Resolves when all markers are written, or failed. */
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

  /** Removes what a new marker makes superfluous, once it is enough for a request. */
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
