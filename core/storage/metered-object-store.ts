import type { Meter } from './meter.ts'
import type { ByteRange, ListedObject, ObjectStore } from './object-store.ts'

/** S3's page size, by which lists are billed and split into requests. */
const LIST_PAGE_SIZE = 1_000

/** S3 removes this many objects with one request. */
const DELETE_BATCH_SIZE = 1_000

/**
 * Shows `base` to one operation, and counts what it asks for on that
 * operation's meter. Costs one small object: make one per operation.
 */
export function meteredObjectStore(base: ObjectStore, meter: Meter): ObjectStore {
  return new MeteredObjectStore(base, meter)
}

class MeteredObjectStore implements ObjectStore {
  readonly #base: ObjectStore
  readonly #meter: Meter

  constructor(base: ObjectStore, meter: Meter) {
    this.#base = base
    this.#meter = meter
  }

  async get(key: string, range?: ByteRange): Promise<Uint8Array> {
    const { counts, prices } = this.#meter
    counts.gets++
    this.#meter.charge(prices.objectGet)
    const bytes = await this.#meter.follow(() => this.#base.get(key, range))
    counts.getBytes += bytes.byteLength
    return bytes
  }

  put(key: string, body: Uint8Array): Promise<void> {
    const { counts, prices } = this.#meter
    counts.puts++
    counts.putBytes += body.byteLength
    this.#meter.charge(prices.objectPut)
    return this.#meter.follow(() => this.#base.put(key, body))
  }

  /** Counts as one put of one round; the parts of a large upload are not counted. */
  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    const { counts, prices } = this.#meter
    counts.puts++
    this.#meter.charge(prices.objectPut)
    const byteSize = await this.#meter.follow(() => this.#base.putStream(key, chunks))
    counts.putBytes += byteSize
    return byteSize
  }

  /** Counts a request per 1,000 objects taken, and a round for each. */
  async *list(prefix: string, after?: string): AsyncIterable<ListedObject> {
    let taken = 0
    let depth = this.#startPage()
    try {
      for await (const object of this.#base.list(prefix, after)) {
        if (taken > 0 && taken % LIST_PAGE_SIZE === 0) {
          this.#meter.complete(depth)
          depth = this.#startPage()
        }
        taken++
        yield object
      }
    } finally {
      this.#meter.complete(depth)
    }
  }

  delete(keys: readonly string[]): Promise<void> {
    this.#meter.counts.deletes += Math.ceil(keys.length / DELETE_BATCH_SIZE)
    return this.#meter.follow(() => this.#base.delete(keys))
  }

  #startPage(): number {
    this.#meter.counts.lists++
    this.#meter.charge(this.#meter.prices.objectList)
    return this.#meter.issue()
  }
}
