import type { ObjectStore } from '../storage/object-store.ts'
import { type ShardRef, shardPrefix } from './collection.ts'
import type { ManifestId } from './object-names.ts'
import { committedKey } from './object-names.ts'

const UPLOADS_MAX = 4

/**
 * Leaves an object for each newest commit, after the commit and beside
 * everything else: what proves, should the table be lost, that the version was
 * not only tried. A successor proves a version as well, so of one shard only the
 * newest waiting marker is written, and one that fails is nobody's loss.
 */
export class CommitMarkers {
  readonly #store: ObjectStore
  readonly #waiting = new Map<string, string>()
  readonly #uploads = new Set<Promise<void>>()

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
        .catch(() => undefined)
        .then(() => {
          this.#uploads.delete(upload)
          this.#upload()
        })
      this.#uploads.add(upload)
    }
  }
}
