import type { EpochMs } from '../clock.ts'
import { NotFoundError } from '../errors.ts'
import { compareUtf8 } from '../utf8.ts'
import { checkObjectKey } from './object-key.ts'
import type { ByteRange, ListedObject, ObjectStore } from './object-store.ts'

type StoredObject = { readonly body: Uint8Array; readonly modifiedMs: EpochMs }

/** Objects in the memory of this process, for tests and short-lived collections. */
export class MemoryObjectStore implements ObjectStore {
  readonly #objects = new Map<string, StoredObject>()
  readonly #now: () => EpochMs
  /** Keys in byte order; undefined after a put or delete has made them stale. */
  #sortedKeys: readonly string[] | undefined

  constructor(clock: { now(): EpochMs }) {
    this.#now = () => clock.now()
  }

  async get(key: string, range?: ByteRange): Promise<Uint8Array> {
    const object = this.#objects.get(key)
    if (object === undefined) throw new NotFoundError('object_not_found', `no object ${key}`)
    // A copy, like in every other store: it starts at an aligned offset, and callers cannot change stored bytes.
    return object.body.slice(range?.start, range?.end)
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    checkObjectKey(key)
    if (!this.#objects.has(key)) this.#sortedKeys = undefined
    this.#objects.set(key, { body: new Uint8Array(body), modifiedMs: this.#now() })
  }

  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    checkObjectKey(key)
    const parts: Uint8Array[] = []
    for await (const chunk of chunks) parts.push(new Uint8Array(chunk))
    const body = Buffer.concat(parts)
    await this.put(key, body)
    return body.byteLength
  }

  async *list(prefix: string, after = ''): AsyncIterable<ListedObject> {
    this.#sortedKeys ??= [...this.#objects.keys()].sort(compareUtf8)
    for (const key of this.#sortedKeys) {
      if (!key.startsWith(prefix) || compareUtf8(key, after) <= 0) continue
      const object = this.#objects.get(key)
      if (object !== undefined) yield { key, byteSize: object.body.byteLength, modifiedMs: object.modifiedMs }
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      if (this.#objects.delete(key)) this.#sortedKeys = undefined
    }
  }
}
