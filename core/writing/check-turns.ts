import type { Catalog } from '../collections/catalog.ts'
import { ConflictError } from '../errors.ts'
import type { Schema } from '../schema/schema.ts'
import type { Collection } from '../version/collection.ts'
import { collectionGone } from '../version/head.ts'
import { Turns } from '../version/turns.ts'
import { type CheckedBatch, checkBatch, type EncodedBatch } from './check-batch.ts'

/** Most times that a batch is checked because other writers changed the schema. */
export const SCHEMA_TRIES_MAX = 32
/** Maximum bytes of waiting batches whose fields one change of the schema adds, because they are checked for it in one go. */
const JOINED_BYTES_MAX = 1024 * 1024

/** A batch that fits a schema, whose new fields are committed, and the newest state of the collection. */
export type CheckedAgainst = { readonly collection: Collection; readonly batch: CheckedBatch }

/** A batch that wants its turn. */
export type ArrivingBatch = {
  readonly encoded: EncodedBatch
  /** Resolves when the batch may be written; rejects if it must not be, and then it adds no fields. Default: at once. */
  readonly ready?: Promise<void> | undefined
}

/**
 * Checks the batches of each collection against its schema, one after another in the order of their arrival, and commits
 * their new fields. A change of the schema also adds the new fields of the batches that are waiting, so many batches with
 * different fields need few changes.
 */
export class CheckTurns {
  readonly #catalog: Catalog
  readonly #turns = new Turns()
  /** Waiting batches by the uid of their collection, in the order of their arrival. */
  readonly #waiting = new Map<string, Set<EncodedBatch>>()

  constructor(catalog: Catalog) {
    this.#catalog = catalog
  }

  /**
   * Checks a batch when all earlier ones of the collection are checked and submitted.
   *
   * @param submit is called before the next batch is checked
   */
  async take<T>(
    given: Collection,
    { encoded, ready }: ArrivingBatch,
    submit: (checked: CheckedAgainst) => T,
  ): Promise<T> {
    const wait = () => this.#wait(given.uid, encoded)
    if (ready === undefined) wait()
    else ready.then(wait, () => undefined)
    return this.#turns.take(given.uid, async () => {
      // Even if it is ready: batches that arrive at the same moment are then waiting.
      await ready
      this.#stopWaiting(given.uid, encoded)
      return submit(await this.#check(given, encoded))
    })
  }

  /** Checks a batch and commits its new fields. Checks it again if another process changed the schema first. */
  async #check(given: Collection, encoded: EncodedBatch): Promise<CheckedAgainst> {
    let collection = this.#catalog.newestKnown(given)
    for (let attempt = 0; attempt < SCHEMA_TRIES_MAX; attempt++) {
      const batch = checkBatch(collection.schema, encoded)
      if (batch.schema.version === collection.schema.version) return { collection, batch }
      const schema = this.#withFieldsOfWaiting(given.uid, batch.schema)
      const moved = await this.#catalog.commitSchema(collection, schema)
      if (moved.collection.uid !== given.uid) throw collectionGone(given)
      collection = moved.collection
      if (moved.committed) return { collection, batch: { ...batch, schema } }
    }
    throw new ConflictError(
      'schema_contention',
      `the schema was changed ${SCHEMA_TRIES_MAX} times while a batch was checked: try again`,
    )
  }

  /** Adds the fields that the next batches would add, in the same order. Their own checks then find them in the schema. */
  #withFieldsOfWaiting(uid: string, next: Schema): Schema {
    let schema = next
    let byteSize = 0
    for (const batch of this.#waiting.get(uid) ?? []) {
      byteSize += batch.byteSize
      if (byteSize > JOINED_BYTES_MAX) break
      schema = { ...checkBatch(schema, batch).schema, version: next.version }
    }
    return schema
  }

  #wait(uid: string, encoded: EncodedBatch): void {
    const waiting = this.#waiting.get(uid)
    if (waiting) waiting.add(encoded)
    else this.#waiting.set(uid, new Set([encoded]))
  }

  #stopWaiting(uid: string, encoded: EncodedBatch): void {
    const waiting = this.#waiting.get(uid)
    waiting?.delete(encoded)
    if (waiting?.size === 0) this.#waiting.delete(uid)
  }
}
