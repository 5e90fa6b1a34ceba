import type { ByteRange, ListedObject, ObjectStore } from './object-store.ts'

/** Reads the objects of a base store, but keeps writes in memory: for dry runs. */
export class OverlayObjectStore implements ObjectStore {
  readonly #base: ObjectStore
  readonly #written = new Map<string, Uint8Array>()

  constructor(base: ObjectStore) {
    this.#base = base
  }

  async get(key: string, range?: ByteRange): Promise<Uint8Array> {
    const written = this.#written.get(key)
    if (written === undefined) return this.#base.get(key, range)
    return range === undefined ? written : written.subarray(range.start, range.end)
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    this.#written.set(key, body)
  }

  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    const parts: Uint8Array[] = []
    for await (const chunk of chunks) parts.push(chunk)
    const body = Buffer.concat(parts)
    this.#written.set(key, body)
    return body.length
  }

  /** Lists the base store only. */
  list(prefix: string, after?: string): AsyncIterable<ListedObject> {
    return this.#base.list(prefix, after)
  }

  /** Removes written objects; the base store keeps its objects. */
  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#written.delete(key)
  }
}
