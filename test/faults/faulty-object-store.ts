import type { ByteRange, ListedObject, ObjectStore } from '../../core/storage/object-store.ts'
import type { RequestPlan } from './fault-plan.ts'

/** An object store whose requests have the faults of a plan. Without faults it behaves like the underlying store. */
export class FaultyObjectStore implements ObjectStore {
  readonly #base: ObjectStore
  readonly plan: RequestPlan

  constructor(base: ObjectStore, plan: RequestPlan) {
    this.#base = base
    this.plan = plan
  }

  get(key: string, range?: ByteRange): Promise<Uint8Array> {
    return this.plan.run(`get ${key}`, () => this.#base.get(key, range))
  }

  put(key: string, body: Uint8Array): Promise<void> {
    return this.plan.run(`put ${key}`, () => this.#base.put(key, body))
  }

  putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    // A stream can be read only once: a second try would find it empty.
    let first: Promise<number> | undefined
    return this.plan.run(`put stream ${key}`, () => {
      first ??= this.#base.putStream(key, chunks)
      return first
    })
  }

  /** A fault of a list happens before its first object. */
  async *list(prefix: string, after?: string): AsyncIterable<ListedObject> {
    await this.plan.run(`list ${prefix}`, async () => undefined)
    yield* this.#base.list(prefix, after)
  }

  delete(keys: readonly string[]): Promise<void> {
    return this.plan.run(`delete ${keys.join(' ')}`, () => this.#base.delete(keys))
  }
}
