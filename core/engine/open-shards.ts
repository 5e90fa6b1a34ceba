import { ByteBudget } from '../byte-budget.ts'
import { Catalog } from '../collections/catalog.ts'
import { rememberKey } from '../collections/idempotency-rows.ts'
import { createSnapshot, deleteSnapshot, listSnapshots } from '../collections/named-snapshots.ts'
import { readSchema } from '../collections/schema-rows.ts'
import { compactAnnounced } from '../compaction/compact-announced.ts'
import { compactFully } from '../compaction/compact-fully.ts'
import { segmentCompactor } from '../compaction/compact-in-worker.ts'
import { compactWanted } from '../compaction/compact-wanted.ts'
import { Compactor } from '../compaction/compactor.ts'
import { endsInTime } from '../compaction/merge-in-time.ts'
import { MERGES_OF_FUNCTIONS, MERGES_OF_IMPORTS, MERGES_OF_SERVERS } from '../compaction/plan-compaction.ts'
import { WantedCompactions } from '../compaction/wanted-compactions.ts'
import { NotFoundError } from '../errors.ts'
import { RETENTION_MS_DEFAULT, VERSIONS_MAX } from '../garbage/collect-shard.ts'
import { collectShards } from '../garbage/collect-shards.ts'
import { Removals } from '../garbage/removals.ts'
import type { NamedDeadline } from '../reading/deadlines.ts'
import type { Freshness } from '../reading/snapshot.ts'
import { pinShards, sessionOf } from '../reading/snapshot.ts'
import { WorkerPool } from '../threads/worker-pool.ts'
import { NO_LIMIT, withinLimit } from '../time-limit.ts'
import { BackgroundWork } from '../version/background-work.ts'
import type { Collection, ShardRef } from '../version/collection.ts'
import type { Committed } from '../version/commit.ts'
import { CommitMarkers } from '../version/commit-markers.ts'
import { HeadCache, type KnownHead } from '../version/head-cache.ts'
import { totalsOf } from '../version/manifest.ts'
import { shardOfId } from '../version/routing.ts'
import { Turns } from '../version/turns.ts'
import type { WantedCompaction } from '../version/work-rows.ts'
import { segmentBuilder } from '../writing/build-puts.ts'
import { CheckTurns } from '../writing/check-turns.ts'
import { ShardWriter } from '../writing/shard-writer.ts'
import { ShardWriters } from '../writing/shard-writers.ts'
import { deleteDocuments, writeDocuments } from '../writing/write-documents.ts'
import { writeOperations } from '../writing/write-operations.ts'
import type { ShardCompaction, ShardComponents, ShardSettings, Shards } from './shards.ts'

const WORKERS_DEFAULT = 2

/** Opens the collections of a store and a table. Reads nothing yet. */
export function openShards(components: ShardComponents, settings: ShardSettings = {}): Shards {
  const { random, timeLimit = NO_LIMIT } = components
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
    compactSegments: segmentCompactor(components, pool && description && { pool, description }),
  }
  const onFailure = settings.onFailure ?? (() => undefined)
  const markers = new CommitMarkers(components.store)
  const removals = new Removals(components, onFailure)
  const remove = settings.removesDeleted === 'later' ? undefined : (uid: string) => removals.begin(uid)
  const catalog = new Catalog({ ...components, onAbandoned: remove })
  // A process with background compaction does its own merges, so it does not announce them.
  const wanted = settings.backgroundCompaction ? undefined : new WantedCompactions(components)
  const keep = (ref: ShardRef, committed: Committed) => {
    heads.learn(ref, committed)
    markers.add(ref, committed.manifest)
  }
  const onCommitted = (ref: ShardRef, committed: Committed) => {
    keep(ref, committed)
    wanted?.check(ref, committed.head.manifest.segments)
  }
  const compactor = new Compactor(parts, {
    policy: settings.backgroundCompaction ? MERGES_OF_SERVERS : pool ? MERGES_OF_IMPORTS : MERGES_OF_FUNCTIONS,
    onCommitted,
    onFailure,
    onNoTime: (ref, segments) => wanted?.announce(ref, segments),
  })
  const { routing } = components
  const ownHead = (ref: ShardRef) => {
    const known = heads.find(ref)
    return known?.head.owner === routing?.node ? known : undefined
  }
  const hooks = {
    remember: routing && ownHead,
    onUnchanged: (ref: ShardRef, known: KnownHead) => heads.learn(ref, known),
    ready: (ref: ShardRef) => compactor.relieve(ref, heads.find(ref)?.head.manifest.segments.length ?? 0),
    onCommitted: (ref: ShardRef, committed: Committed, isBusy: boolean) => {
      // The process that made the commit writes its marker and compacts the segments.
      if (!committed.isOwn) return heads.learn(ref, committed)
      onCommitted(ref, committed)
      // A commit that folds the writes of others skips versions, and may skip one that would start a merge.
      const hasRivals = committed.lostCount > 0 && committed.manifest.folded.length === 0
      compactor.consider(ref, committed.head, { isBusy, hasRivals })
    },
  }
  const budget = new ByteBudget()
  const writers = new ShardWriters((ref) => new ShardWriter(parts, ref, { budget, hooks }))
  const writing = {
    catalog,
    random,
    checks: new CheckTurns(catalog),
    rememberKey: (uid: string, use: Parameters<typeof rememberKey>[2]) => rememberKey(components, uid, use),
    submit: routing ? routing.start({ ...components, heads, submit: writers.submit }) : writers.submit,
  }
  const runs = new BackgroundWork()

  /** Repeats an operation once if the collection was deleted and a new one has its name. */
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

  const pin = async (
    collection: Collection,
    shards: Iterable<number>,
    freshness: Freshness,
    deadline?: NamedDeadline,
  ) => {
    try {
      return await pinShards({ ...components, heads }, collection, [...shards], freshness, deadline)
    } catch (error) {
      if (error instanceof NotFoundError && error.code === 'collection_not_found') catalog.forget(collection.name)
      throw error
    }
  }
  const drain = async () => {
    await writers.drain()
    await Promise.all([compactor.drain(), removals.drain(), runs.drain()])
    // Merges commit, and commits create markers and announcements.
    await Promise.all([markers.drain(), wanted?.drain()])
  }
  // Background work reports its failures to `onFailure`, so only the time limit ends the wait early.
  const settle = () => withinLimit(timeLimit, () => 'settling', drain).catch(() => undefined)

  return {
    createCollection: (name, request) => catalog.create(name, request),
    getCollection: (name, age) => catalog.get(name, age),
    getOrCreateCollection: (name, request) => catalog.getOrCreate(name, request),
    listCollections: (range) => catalog.list(range),
    countCollections: (countMax) => catalog.count(countMax),
    updateCollection: (name, change) => catalog.update(name, change),
    async deleteCollection(name) {
      const uid = await catalog.delete(name)
      heads.forget(uid)
      remove?.(uid)
    },
    async withSchema(collection, schemaVersion) {
      if (collection.schema.version >= schemaVersion) return collection
      const newest = await catalog.get(collection.name, 'fresh')
      if (newest.uid === collection.uid && newest.schema.version >= schemaVersion) return newest
      return { ...collection, schema: await readSchema(components.coordination, collection.uid, schemaVersion) }
    },
    pin: (collection, freshness, deadline) =>
      pin(collection, Array.from({ length: collection.shardCount }).keys(), freshness, deadline),
    pinShards: pin,
    createSnapshot: (collection, name) => createSnapshot(parts, collection, name),
    listSnapshots: (collection) => listSnapshots(parts, collection),
    deleteSnapshot: (collection, name) => deleteSnapshot(parts, collection, name),
    branchCollection: (name, branch, past) => catalog.branch(name, branch, past),
    async restoreCollection(name, past) {
      const { collection, former } = await catalog.restore(name, past)
      heads.forget(former)
      remove?.(former)
      return collection
    },
    shardOf: ({ shardCount }, id) => shardOfId(id, shardCount),
    sessionOf,
    writeDocuments: (collection, documents, options = {}) =>
      onNewest(collection, (newest) => writeDocuments(writing, newest, documents, options)),
    writeOperations: (collection, operations, options = {}) =>
      onNewest(collection, (newest) => writeOperations(writing, newest, operations, options)),
    deleteDocuments: (collection, ids) => onNewest(collection, (newest) => deleteDocuments(writing, newest, ids)),
    async compact({ uid, shardCount }, report) {
      const done: ShardCompaction[] = []
      for (let shard = 0; shard < shardCount; shard++) {
        const ref = { uid, shard }
        const before = totalsOf((await heads.readNow(ref)).head.manifest)
        const onProgress = (doneBytes: number) => report?.({ shard, doneBytes, ofBytes: before.byteSize })
        await compactor.runExclusively(ref, () => compactFully(parts, ref, { onCommitted: keep, onProgress }))
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
    compactWanted() {
      const mayContinue = () => !compactor.isClosed && endsInTime(0, timeLimit)
      const compact = (announced: WantedCompaction) =>
        compactor.runExclusively(announced.ref, () =>
          compactWanted(parts, announced, { onCommitted: keep, mayContinue }),
        )
      return runs.add(compactAnnounced(components, { compact, mayContinue, onFailure }))
    },
    collectDeleted: () => removals.collect(),
    collectGarbage({ collections, retentionMs, isDryRun = false }, onProgress) {
      const run = async () => {
        const fitted = { retentionMs: RETENTION_MS_DEFAULT, versionsMax: VERSIONS_MAX }
        const options = { ...(retentionMs === undefined ? fitted : { retentionMs }), isDryRun, onCommitted: keep }
        const hooks = { mayContinue: () => !compactor.isClosed, onFailure, onProgress }
        return collectShards(parts, collections ?? (await catalog.list()), options, hooks)
      }
      return runs.add(run())
    },
    settle,
    async close() {
      compactor.close()
      removals.close()
      await writers.drain()
      await routing?.close()
      await pool?.close()
      await settle()
    },
  }
}
