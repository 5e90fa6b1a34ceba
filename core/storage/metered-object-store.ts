import type { Meter } from './meter.ts'
import type { ByteRange, ListedObject, ObjectStore } from './object-store.ts'

/** S3's page size. Each page of a list is a request and is billed as one. */
const LIST_PAGE_SIZE = 1_000

/** Maximum objects that one S3 request removes. */
const DELETE_BATCH_SIZE = 1_000

/**
 * Returns a view of `base` that counts the requests of one operation with its meter. Costs one small object: make one per
 * operation.
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

  /** Counts as one put and one round; the parts of a large upload are not counted. */
  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    const { counts, prices } = this.#meter
    counts.puts++
    this.#meter.charge(prices.objectPut)
    const byteSize = await this.#meter.follow(() => this.#base.putStream(key, chunks))
    counts.putBytes += byteSize
    return byteSize
  }

  /** Counts a request and a round per 1,000 objects that the caller takes. */
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
