import { NotFoundError } from '../errors.ts'
import { segmentBuilder } from './build-puts.ts'
import { Catalog } from './catalog.ts'
import type { Collection, ShardRef } from './collection.ts'
import type { Committed } from './commit.ts'
import { CommitMarkers } from './commit-markers.ts'
import { Compactor } from './compactor.ts'
import { removeCollection } from './delete-collection.ts'
import { HeadCache } from './head-cache.ts'
import { totalsOf } from './manifest.ts'
import { segmentMerger } from './merge-in-worker.ts'
import { shardOfId } from './routing.ts'
import { readSchema } from './schema-rows.ts'
import { ShardWriter } from './shard-writer.ts'
import { ShardWriters } from './shard-writers.ts'
import type { Freshness, ShardCompaction, ShardComponents, ShardSettings, Shards } from './shards.ts'
import { pinShards, sessionOf } from './snapshot.ts'
import { Turns } from './turns.ts'
import { WorkerPool } from './worker-pool.ts'
import { WriteBudget } from './write-budget.ts'
import { deleteDocuments, writeDocuments } from './write-documents.ts'

const WORKERS_DEFAULT = 2

/** Opens the collections of one store and one table. Reads nothing yet. */
export function openShards(components: ShardComponents, settings: ShardSettings = {}): Shards {
  const { store, clock, random } = components
  const workerCount = settings.workerCount ?? (settings.backgroundCompaction ? WORKERS_DEFAULT : 1)
  const pool =
    workerCount > 0 ? new WorkerPool(new URL('./segment-worker.ts', import.meta.url), workerCount) : undefined
  const description = components.storeDescription
  const heads = new HeadCache(components)
  const parts = {
    ...components,
    findHead: (ref: ShardRef) => heads.find(ref)?.head,
    turns: new Turns(),
    buildSegment: segmentBuilder(components.analyzers, pool),
    mergeSegments: segmentMerger(store, pool && description && { pool, description }),
  }
  const onFailure = settings.onFailure ?? (() => undefined)
  const markers = new CommitMarkers(store)
  const catalog = new Catalog(components)
  const onMerged = (ref: ShardRef, committed: Committed) => {
    heads.learn(ref, committed)
    markers.add(ref, committed.manifest)
  }
  const compactor = new Compactor(parts, {
    mergesLarge: settings.backgroundCompaction ? 'always' : pool ? 'when_many' : 'never',
    onCommitted: onMerged,
    onFailure,
  })
  const hooks = {
    ready: (ref: ShardRef) => compactor.relieve(ref, heads.find(ref)?.head.manifest.segments.length ?? 0),
    onCommitted: (ref: ShardRef, committed: Committed, isBusy: boolean) => {
      onMerged(ref, committed)
      compactor.consider(ref, committed.head, { isBusy, hasRivals: committed.lostCount > 0 })
    },
  }
  const budget = new WriteBudget()
  const writers = new ShardWriters((ref) => new ShardWriter(parts, ref, { budget, hooks }))
  const writing = { catalog, random, turns: new Turns(), submit: writers.submit }
  const removal = new AbortController()
  const removals = new Set<Promise<void>>()

  /** Does it again, once, if the collection was deleted and there is another of its name by now. */
  async function onNewest<T>(collection: Collection, action: (collection: Collection) => Promise<T>): Promise<T> {
    try {
      return await action(collection)
    } catch (error) {
      if (!(error instanceof NotFoundError) || error.code !== 'collection_not_found') throw error
      const newest = await catalog.get(collection.name, 'fresh')
      if (newest.uid === collection.uid) throw error
      return action(newest)
    }
  }

  const pin = async (collection: Collection, shards: Iterable<number>, freshness: Freshness) => {
    try {
      return await pinShards({ heads, clock }, collection, [...shards], freshness)
    } catch (error) {
      if (error instanceof NotFoundError) catalog.forget(collection.name)
      throw error
    }
  }
  const remove = (uid: string) => {
    const removing = removeCollection(components, uid, removal.signal)
      .catch((error: unknown) => onFailure(error))
      .finally(() => {
        heads.forget(uid)
        removals.delete(removing)
      })
    removals.add(removing)
  }

  return {
    createCollection: (name, request) => catalog.create(name, request),
    getCollection: (name, age) => catalog.get(name, age),
    getOrCreateCollection: (name, request) => catalog.getOrCreate(name, request),
    listCollections: () => catalog.list(),
    updateCollection: (name, change) => catalog.update(name, change),
    async deleteCollection(name) {
      remove(await catalog.delete(name))
    },
    async withSchema(collection, schemaVersion) {
      if (collection.schema.version >= schemaVersion) return collection
      const newest = await catalog.get(collection.name, 'fresh')
      if (newest.uid === collection.uid && newest.schema.version >= schemaVersion) return newest
      return { ...collection, schema: await readSchema(components.coordination, collection.uid, schemaVersion) }
    },
    pin: (collection, freshness) => pin(collection, Array.from({ length: collection.shardCount }).keys(), freshness),
    pinShards: pin,
    shardOf: ({ shardCount }, id) => shardOfId(id, shardCount),
    sessionOf,
    writeDocuments: (collection, documents, options = {}) =>
      onNewest(collection, (newest) => writeDocuments(writing, newest, documents, options)),
    deleteDocuments: (collection, ids) => onNewest(collection, (newest) => deleteDocuments(writing, newest, ids)),
    async compact({ uid, shardCount }, report) {
      const done: ShardCompaction[] = []
      for (let shard = 0; shard < shardCount; shard++) {
        const ref = { uid, shard }
        const before = totalsOf((await heads.readNow(ref)).head.manifest)
        await compactor.compactFully(ref, (doneBytes) => report?.({ shard, doneBytes, ofBytes: before.byteSize }))
        const after = totalsOf((await heads.readNow(ref)).head.manifest)
        done.push({
          shard,
          segmentsBefore: before.segmentCount,
          segmentsAfter: after.segmentCount,
          bytesBefore: before.byteSize,
          bytesAfter: after.byteSize,
        })
      }
      return done
    },
    async close() {
      compactor.close()
      removal.abort()
      await writers.drain()
      await pool?.close()
      await Promise.all([compactor.drain(), markers.drain(), ...removals])
    },
  }
}
