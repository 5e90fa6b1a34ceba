import type { MonotonicMs } from '../clock.ts'
import { ConflictError, NotFoundError, UnavailableError } from '../errors.ts'
import { quote } from '../quote.ts'
import type { Schema } from '../schema/schema.ts'
import type { Collection, Settings } from '../version/collection.ts'
import { branchCollection } from './branch-collection.ts'
import { collectionNotFound } from './collection-not-found.ts'
import { putMetaRecord, putSchemaRecord } from './collection-records.ts'
import { decodeMeta, type Meta, metaKey, NAMES_PK, readName } from './collection-rows.ts'
import type { CreateCollection } from './create-collection.ts'
import { type CreateComponents, checkName, createCollection } from './create-collection.ts'
import { deleteCollection } from './delete-collection.ts'
import type { Past } from './past-versions.ts'
import { restoreCollection } from './restore-collection.ts'
import { readSchema, writeSchema } from './schema-rows.ts'

/** Milliseconds for which a collection is cached, so that warm operations read no rows. */
export const CATALOG_MS_MAX = 5000
/** Maximum number of cached collections. */
const CACHED_MAX = 1000
/** Maximum attempts at a change of settings or schema while others change the collection. */
const UPDATE_TRIES_MAX = 32
/** Maximum retries of `getOrCreate` while others create and delete the collection. */
const CREATE_TRIES_MAX = 3
const LISTED_AT_ONCE = 32

/** Collections with names above `after`, at most `limit` of them. */
export type CollectionRange = { readonly after?: string | undefined; readonly limit?: number }

type Cached = { readonly collection: Collection; readonly readAtMs: MonotonicMs }

export type CollectionChange = { readonly schema?: Schema; readonly settings?: Settings }

/** Creates, reads, changes and deletes collections. Caches them for {@link CATALOG_MS_MAX}. */
export class Catalog {
  readonly #components: CreateComponents
  readonly #cached = new Map<string, Cached>()
  readonly #reading = new Map<string, Promise<Collection | undefined>>()
  readonly #creating = new Map<string, Promise<Collection>>()

  constructor(components: CreateComponents) {
    this.#components = components
  }

  async create(name: string, request: CreateCollection): Promise<Collection> {
    await createCollection(this.#components, name, request)
    return this.get(name, 'fresh')
  }

  /** Creates the collection unless it exists. Concurrent calls wait for one creation and all get the same collection. */
  async getOrCreate(name: string, request: CreateCollection): Promise<Collection> {
    const found = await this.#find(name)
    if (found !== undefined) return found
    const creating =
      this.#creating.get(name) ?? this.#createOrGet(name, request).finally(() => this.#creating.delete(name))
    this.#creating.set(name, creating)
    return creating
  }

  /** Creates a collection, or gets the one that another process created first. */
  async #createOrGet(name: string, request: CreateCollection): Promise<Collection> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.create(name, request)
      } catch (error) {
        if (!(error instanceof ConflictError) || attempt === CREATE_TRIES_MAX) throw error
      }
      const found = await this.#find(name, 'fresh')
      if (found !== undefined) return found
    }
  }

  /** @throws {NotFoundError} 'collection_not_found', which names the nearest collection */
  async get(name: string, age: 'cached' | 'fresh' = 'cached'): Promise<Collection> {
    const found = await this.#find(name, age)
    if (found === undefined) throw await collectionNotFound(this.#components.coordination, name)
    return found
  }

  async #find(name: string, age: 'cached' | 'fresh' = 'cached'): Promise<Collection | undefined> {
    const now = this.#components.clock.monotonic()
    const cached = this.#cached.get(name)
    if (age === 'fresh') return this.#readAndKeep(name, now)
    if (cached && now - cached.readAtMs <= CATALOG_MS_MAX) return cached.collection
    const reading = this.#reading.get(name) ?? this.#readAndKeep(name, now).finally(() => this.#reading.delete(name))
    this.#reading.set(name, reading)
    return reading
  }

  /** The same collection with the newest schema that this process knows, without reading any row. */
  newestKnown(collection: Collection): Collection {
    const known = this.#cached.get(collection.name)?.collection
    return known?.uid === collection.uid && known.schema.version > collection.schema.version ? known : collection
  }

  /** Lists collections in byte order of their names. Reads one or two rows per collection. */
  async list({ after, limit = Number.POSITIVE_INFINITY }: CollectionRange = {}): Promise<Collection[]> {
    const collections: Collection[] = []
    for (let last = after; collections.length < limit; ) {
      const names = await this.#namesAfter(last, LISTED_AT_ONCE)
      const read = await Promise.all(names.map((name) => this.#read(name, this.#cached.get(name)?.collection)))
      collections.push(...read.filter((collection) => collection !== undefined))
      if (names.length < LISTED_AT_ONCE) break
      last = names.at(-1)
    }
    return collections.slice(0, limit)
  }

  /** Counts the names in use, up to `countMax`. */
  async count(countMax: number): Promise<number> {
    return (await this.#namesAfter(undefined, countMax)).length
  }

  async #namesAfter(after: string | undefined, countMax: number): Promise<string[]> {
    const names: string[] = []
    const options = { consistent: true, ...(after !== undefined && { after }) }
    for await (const { sk } of this.#components.coordination.query(NAMES_PK, '', options)) {
      names.push(sk)
      if (names.length >= countMax) break
    }
    return names
  }

  /**
   * Changes settings and schema to the result of `change` for the newest collection. Writes the schema first, so settings
   * never refer to fields that do not exist yet.
   */
  async update(name: string, change: (collection: Collection) => CollectionChange): Promise<Collection> {
    for (let attempt = 0; attempt < UPDATE_TRIES_MAX; attempt++) {
      const collection = await this.get(name, 'fresh')
      const { schema = collection.schema, settings } = change(collection)
      if (!(await this.#moveSchema(collection, schema))) continue
      if (settings === undefined || (await this.#writeSettings(collection, settings))) return this.get(name, 'fresh')
    }
    throw new ConflictError(
      'collection_changed',
      `collection ${quote(name)} was changed by others during each of ${UPDATE_TRIES_MAX} attempts: try again`,
    )
  }

  /**
   * Commits the next schema version unless another process has committed a different one. In that case the caller must
   * decide again with the newest schema.
   *
   * @param schema the next version; nothing is done if it is the collection's present schema
   */
  async commitSchema(collection: Collection, schema: Schema): Promise<{ committed: boolean; collection: Collection }> {
    const committed = await this.#moveSchema(collection, schema)
    return { committed, collection: await this.get(collection.name, 'fresh') }
  }

  /** Creates a branch of a collection. */
  async branch(name: string, branch: string, past: Past | undefined): Promise<Collection> {
    await branchCollection(this.#components, await this.get(name, 'fresh'), branch, past)
    return this.get(branch, 'fresh')
  }

  /** Restores past content under a name. @returns the new collection, and the uid of the former one, whose data can now be removed */
  async restore(name: string, past: Past): Promise<{ readonly collection: Collection; readonly former: string }> {
    const former = await restoreCollection(this.#components, await this.get(name, 'fresh'), past)
    return { collection: await this.get(name, 'fresh'), former }
  }

  /** Frees the name and fences the shards. @returns the uid, whose data can now be removed */
  async delete(name: string): Promise<string> {
    checkName(name)
    this.#cached.delete(name)
    return deleteCollection(this.#components, name)
  }

  forget(name: string): void {
    this.#cached.delete(name)
  }

  async #readAndKeep(name: string, now: MonotonicMs): Promise<Collection | undefined> {
    const collection = await this.#read(name, this.#cached.get(name)?.collection)
    if (collection) return this.#keep(collection, now)
    this.#cached.delete(name)
    return undefined
  }

  async #read(name: string, known: Collection | undefined): Promise<Collection | undefined> {
    const { coordination } = this.#components
    // A name rarely changes its target, so the known target is read at the same time.
    const [pointer, guessed] = await Promise.all([
      readName(coordination, name),
      known && coordination.read(metaKey(known.uid), { consistent: true }),
    ])
    if (!pointer) return undefined
    const { uid } = pointer
    const row = known?.uid === uid ? guessed : await coordination.read(metaKey(uid), { consistent: true })
    if (!row) return undefined
    const meta = decodeMeta(uid, row.attributes)
    if (meta.state !== 'active') return undefined
    const schema = await this.#schemaOf(uid, meta.schemaVersion, known).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error
      return undefined
    })
    return schema && toCollection(name, uid, meta, schema)
  }

  async #schemaOf(uid: string, version: number, known: Collection | undefined): Promise<Schema> {
    if (known?.uid === uid && known.schema.version >= version) return known.schema
    return readSchema(this.#components.coordination, uid, version)
  }

  /** @returns whether `schema` is now the collection's schema */
  async #moveSchema({ uid, schema: base }: Collection, schema: Schema): Promise<boolean> {
    if (schema.version === base.version) return true
    const next = { ...schema, version: base.version + 1 }
    const stored = await writeSchema(this.#components, uid, next)
    // Before the meta row names the version, so no document is committed under a version without a record.
    await putSchemaRecord(this.#components.store, uid, stored)
    await this.#followSchema(uid, next.version)
    // Two processes that add the same fields write the same version, so both succeed.
    return JSON.stringify(stored) === JSON.stringify(next)
  }

  /** Advances the meta row to a version whose row exists. */
  async #followSchema(uid: string, version: number): Promise<void> {
    const { coordination } = this.#components
    for (let attempt = 0; attempt < UPDATE_TRIES_MAX; attempt++) {
      const change = { set: { schemaVersion: version } }
      const reply = await coordination.write(metaKey(uid), change, [
        { attribute: 'schemaVersion', is: 'at_most', value: version },
      ])
      const row = reply === 'written' ? undefined : await coordination.read(metaKey(uid), { consistent: true })
      if (reply === 'written' || !row || Number(row.attributes.schemaVersion) >= version) return
    }
    throw new UnavailableError('unavailable', `schema version ${version} of collection ${uid} could not be announced`)
  }

  /** @returns false if another process has changed the settings since `collection` was read */
  async #writeSettings(collection: Collection, settings: Settings): Promise<boolean> {
    const { uid, revision } = collection
    await putMetaRecord(this.#components, uid, { ...collection, settings, revision: revision + 1 })
    const set = { settings: JSON.stringify(settings), revision: revision + 1 }
    const condition = { attribute: 'revision', is: 'equal', value: revision } as const
    return (await this.#components.coordination.write(metaKey(uid), { set }, [condition])) === 'written'
  }

  /** Caches a collection, but never replaces a newer schema of the same collection. */
  #keep(collection: Collection, readAtMs: MonotonicMs): Collection {
    const { name, uid, schema } = collection
    const known = this.#cached.get(name)?.collection
    const newest =
      known?.uid === uid && known.schema.version > schema.version ? { ...collection, schema: known.schema } : collection
    this.#cached.delete(name)
    this.#cached.set(name, { collection: newest, readAtMs })
    if (this.#cached.size > CACHED_MAX) this.#cached.delete(this.#cached.keys().next().value!)
    return newest
  }
}

function toCollection(name: string, uid: string, meta: Meta, schema: Schema): Collection {
  const { shardCount, settings, revision, createdMs, parent } = meta
  const collection = { name, uid, shardCount, schema, settings, revision, createdMs }
  return parent === undefined ? collection : { ...collection, parent }
}
