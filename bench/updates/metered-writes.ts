import type { ByteRange, ListedObject, ObjectStore } from '../../core/storage/object-store.ts'

export const WRITE_KINDS = ['segments', 'merges', 'tombstones', 'manifests', 'other'] as const

export type WriteKind = (typeof WRITE_KINDS)[number]

export type Written = Readonly<Record<WriteKind, { readonly objects: number; readonly bytes: number }>>

/**
 * Passes all requests on, and counts what is written: segments of new documents, merged segments, tombstones, manifests.
 *
 * Worker threads bypass this store and write merged segments into the same folder. Their objects are counted in the first list
 * that has them, because every key is written once. Garbage collection lists objects before it deletes them, so abandoned merges
 * are counted too.
 */
export class MeteredWrites implements ObjectStore {
  readonly #base: ObjectStore
  readonly #known = new Set<string>()
  #written = emptyCounts()

  constructor(base: ObjectStore) {
    this.#base = base
  }

  /** Takes what was written since the last call. List the store first, or merges that were never listed are missing. */
  take(): Written {
    const written = this.#written
    this.#written = emptyCounts()
    return written
  }

  get(key: string, range?: ByteRange): Promise<Uint8Array> {
    return this.#base.get(key, range)
  }

  put(key: string, body: Uint8Array): Promise<void> {
    this.#known.add(key)
    this.#count(kindOf(key), body.byteLength)
    return this.#base.put(key, body)
  }

  /** Only merges use this method. */
  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    this.#known.add(key)
    const byteSize = await this.#base.putStream(key, chunks)
    this.#count('merges', byteSize)
    return byteSize
  }

  async *list(prefix: string, after?: string): AsyncIterable<ListedObject> {
    for await (const object of this.#base.list(prefix, after)) {
      if (!this.#known.has(object.key)) {
        this.#known.add(object.key)
        this.#count(object.key.includes('/seg/') ? 'merges' : 'other', object.byteSize)
      }
      yield object
    }
  }

  delete(keys: readonly string[]): Promise<void> {
    return this.#base.delete(keys)
  }

  #count(kind: WriteKind, bytes: number): void {
    this.#written[kind].objects++
    this.#written[kind].bytes += bytes
  }
}

function emptyCounts(): Record<WriteKind, { objects: number; bytes: number }> {
  const none = () => ({ objects: 0, bytes: 0 })
  return { segments: none(), merges: none(), tombstones: none(), manifests: none(), other: none() }
}

function kindOf(key: string): WriteKind {
  if (key.includes('/seg/')) return 'segments'
  if (key.includes('/tombs/')) return 'tombstones'
  return /\/(manifests|committed)\//.test(key) ? 'manifests' : 'other'
}
