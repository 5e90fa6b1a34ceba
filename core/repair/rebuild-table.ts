import { putMetaRecord, readMetaRecord, readParentRecord } from '../collections/collection-records.ts'
import { encodeMeta, metaKey, NAMES_PK, nameKey, readName } from '../collections/collection-rows.ts'
import { encodeSchema, schemaKey } from '../collections/schema-rows.ts'
import { putSnapshot } from '../collections/snapshot-rows.ts'
import type { Coordination } from '../coordination/coordination.ts'
import { MemoryCoordination } from '../coordination/memory-coordination.ts'
import { ConflictError } from '../errors.ts'
import { openSegment } from '../segment/read/open-segment.ts'
import { OverlayObjectStore } from '../storage/overlay-object-store.ts'
import { readManifestObject } from '../version/head.ts'
import { totalsOf } from '../version/manifest.ts'
import type { Pin } from '../version/pins.ts'
import { announceDeletion, readDeletions, readWantedCompactions } from '../version/work-rows.ts'
import { listStored, type StoredCollection } from './list-stored.ts'
import { type CollectionPlan, planCollection } from './rebuild-collection.ts'
import { type PinPlan, planPins } from './rebuild-pins.ts'
import { type RebuildComponents, type RebuiltShard, writeDeletedHead, writeShard } from './rebuild-shard.ts'

/** Components that the caller of a rebuild provides. */
export type RebuildTableComponents = Omit<RebuildComponents, 'openSegment'>

export type RebuildRequest = {
  /** Plans everything and writes nothing. */
  readonly dryRun?: boolean
  /** Ends the run early; the next run does the rest. */
  readonly signal?: AbortSignal | undefined
  readonly report?: ((collection: string) => void) | undefined
}

export type RebuiltCollection = {
  readonly uid: string
  /** The name of the restored collection. */
  readonly name: string
  /** The former name, if another collection has it now. */
  readonly formerName: string | undefined
  readonly schemaVersion: number
  readonly documents: number
  readonly shards: readonly RebuiltShard[]
  readonly doubts: readonly string[]
}

export type RebuildReport = {
  readonly isDryRun: boolean
  readonly collections: readonly RebuiltCollection[]
  /** Number of collections whose deletion the next garbage collection finishes. */
  readonly deleted: number
  /** Collections that are not restored, with the reasons. Their objects stay. */
  readonly skipped: readonly { readonly uid: string; readonly name: string | undefined; readonly reason: string }[]
}

/** A row that exists during a rebuild. It allows a run to continue although the table is not empty. */
const REBUILD_KEY = { pk: 'deployment', sk: 'rebuild' } as const

/**
 * Restores the rows of all collections from their objects alone, into an empty table.
 *
 * No acknowledged write is lost, because every version that may have been committed is restored. So writes may also appear
 * that were running when the table was lost, or that failed after their upload. Names are written last, so incomplete
 * collections are not accessible. The next run continues an interrupted run.
 *
 * @throws {ConflictError} 'table_not_empty'
 * @throws {UnavailableError} if a request fails: run it again
 */
export async function rebuildTable(
  components: RebuildTableComponents,
  { dryRun: isDryRun = false, signal, report }: RebuildRequest = {},
): Promise<RebuildReport> {
  const { clock, random, coordination } = components
  await assertEmpty(coordination)
  // A dry run does the same on in-memory copies.
  const target: RebuildComponents = {
    clock,
    random,
    store: isDryRun ? new OverlayObjectStore(components.store) : components.store,
    coordination: isDryRun ? new MemoryCoordination() : coordination,
    openSegment,
  }
  await target.coordination.write(REBUILD_KEY, { set: { startedMs: clock.now() } }, [])
  const plans: CollectionPlan[] = []
  const skipped: { uid: string; name: string | undefined; reason: string }[] = []
  const deleted: StoredCollection[] = []
  for await (const stored of listStored(target.store)) {
    signal?.throwIfAborted()
    if (stored.isDeleted) deleted.push(stored)
    else if (stored.metaRecords.length === 0)
      skipped.push({ uid: stored.uid, name: undefined, reason: 'its creation, or its removal, was never finished' })
    else {
      const plan = await planCollection(target, stored, signal)
      if ('reason' in plan) skipped.push({ uid: stored.uid, ...plan })
      else plans.push(plan)
    }
  }
  const { named, unused } = settleNames(plans)
  for (const { uid, meta } of unused)
    skipped.push({
      uid,
      name: meta.name,
      reason: 'another collection has its name, and nothing was ever written to it',
    })

  const deletedUids = new Set(deleted.map(({ uid }) => uid))
  const pinPlan = await planPins(
    target.store,
    named.map(({ plan }) => plan),
    (uid) => deletedUids.has(uid),
  )
  const written: RebuiltCollection[] = []
  for (const { plan, name } of named) {
    signal?.throwIfAborted()
    report?.(name)
    written.push(await writeCollection(target, plan, { name, pinPlan }))
  }
  const removable: string[] = []
  for (const stored of deleted) {
    if (await writePinnedDeleted(target, stored, pinPlan)) removable.push(stored.uid)
    else
      skipped.push({
        uid: stored.uid,
        name: undefined,
        reason: 'it was deleted, but branches share its objects and no record of it is left: none is removed',
      })
  }
  for (const uid of removable)
    await announceDeletion(target.coordination, { uid, name: uid, announcedMs: clock.now(), token: random.name() })
  const collections: RebuiltCollection[] = []
  for (const collection of written) collections.push(await takeName(target.coordination, collection))
  await target.coordination.delete(REBUILD_KEY, [])
  return { isDryRun, collections, deleted: deleted.length, skipped }
}

/** @throws {ConflictError} 'table_not_empty' */
async function assertEmpty(coordination: Coordination): Promise<void> {
  if (await coordination.read(REBUILD_KEY, { consistent: true })) return
  const names: string[] = []
  for await (const row of coordination.query(NAMES_PK, '', { consistent: true })) names.push(row.sk)
  const work = (await readDeletions(coordination)).length + (await readWantedCompactions(coordination)).length
  if (names.length === 0 && work === 0) return
  const shown = names.slice(0, 5).map((name) => JSON.stringify(name))
  const more = names.length > shown.length ? ' and others' : ''
  const found = names.length > 0 ? `the collections ${shown.join(', ')}${more}` : `${work} rows of work to be done`
  throw new ConflictError(
    'table_not_empty',
    `the table holds ${found}: it is not lost, and is not touched; rebuild into an empty table`,
    { details: { names: names.slice(0, 100), work } },
  )
}

type Named = { readonly plan: CollectionPlan; readonly name: string }

/**
 * Gives each collection its name. If several collections have the same name, those without any write lost the race for it.
 * Of the others, the latest keeps the name; the rest were being deleted, and get a derived name.
 */
function settleNames(plans: readonly CollectionPlan[]): { named: Named[]; unused: CollectionPlan[] } {
  const claims = new Map<string, CollectionPlan[]>()
  for (const plan of plans) claims.set(plan.meta.name, [...(claims.get(plan.meta.name) ?? []), plan])
  const named: Named[] = []
  const unused: CollectionPlan[] = []
  for (const [name, claimants] of claims) {
    const best = claimants.toSorted(
      (a, b) => Number(b.hasCommits) - Number(a.hasCommits) || b.recordedMs - a.recordedMs || (a.uid < b.uid ? -1 : 1),
    )
    for (const [i, plan] of best.entries()) {
      if (i === 0) named.push({ plan, name })
      else if (plan.hasCommits) named.push({ plan, name: recoveredName(name, plan.uid) })
      else unused.push(plan)
    }
  }
  return { named, unused }
}

/** Characters kept of a name, so that it has at most 128 with `-recovered-` and a uid. */
const NAME_KEPT = 91

function recoveredName(name: string, uid: string): string {
  return `${name.slice(0, NAME_KEPT)}-recovered-${uid}`
}

/** Gives the collection its name, or a derived name if a new collection has the name now. */
async function takeName(coordination: Coordination, collection: RebuiltCollection): Promise<RebuiltCollection> {
  const { uid, name } = collection
  const reply = await coordination.write(nameKey(name), { set: { uid } }, [{ attribute: 'uid', is: 'absent' }])
  if (reply === 'written' || (await readName(coordination, name))?.uid === uid) return collection
  const other = recoveredName(name, uid)
  await coordination.write(metaKey(uid), { set: { name: other } }, [])
  await coordination.write(nameKey(other), { set: { uid } }, [])
  return { ...collection, name: other, formerName: collection.formerName ?? name }
}

async function writeCollection(
  target: RebuildComponents,
  plan: CollectionPlan,
  { name, pinPlan }: { readonly name: string; readonly pinPlan: PinPlan },
): Promise<RebuiltCollection> {
  const { uid, schemas, shards, parent } = plan
  const { coordination } = target
  const rebuilds = plan.rebuilds + 1
  const schemaVersion = schemas.at(-1)!.version
  const meta = { ...plan.meta, name, revision: plan.meta.revision + 1 }
  // First, so that a run after an interrupted one takes higher epochs.
  await putMetaRecord(target, uid, meta, rebuilds)
  for (const schema of schemas)
    await coordination.write(schemaKey(uid, schema.version), { set: encodeSchema(schema) }, [
      { attribute: 'schema', is: 'absent' },
    ])
  const reports: RebuiltShard[] = []
  for (const { report, manifest } of shards) {
    const pins = pinsOf(pinPlan, uid, report.shard)
    const head = await writeShard(target, { uid, shard: report.shard }, manifest, { rebuilds, pins })
    const { docCount, segmentCount } = totalsOf(head.manifest)
    reports.push({ ...report, version: head.manifest.version, documents: docCount, segments: segmentCount })
  }
  for (const snapshot of plan.snapshots) {
    const isKept = snapshot.versions.every((_, shard) =>
      pinsOf(pinPlan, uid, shard).some(({ holder }) => holder === snapshot.holder),
    )
    if (isKept) await putSnapshot(coordination, uid, { ...snapshot, state: 'ready' })
  }
  const row = { ...meta, state: 'active' as const, schemaVersion, ...(parent && { parent: parent.parent }) }
  await coordination.write(metaKey(uid), { set: encodeMeta(row) }, [{ attribute: 'state', is: 'absent' }])
  return {
    uid,
    name,
    formerName: name === plan.meta.name ? undefined : plan.meta.name,
    schemaVersion,
    documents: reports.reduce((sum, { documents }) => sum + documents, 0),
    shards: reports,
    doubts: [...plan.doubts, ...(pinPlan.doubts.get(uid) ?? [])],
  }
}

function pinsOf({ pins }: PinPlan, uid: string, shard: number): readonly Pin[] {
  return pins.get(uid)?.get(shard) ?? []
}

/**
 * Restores the rows of a deleted collection that keep the objects that branches share. The end of its deletion depends on them.
 *
 * @returns false if these rows cannot be restored: then the objects must stay
 */
async function writePinnedDeleted(
  target: RebuildComponents,
  { uid, metaRecords, hasParent }: StoredCollection,
  pinPlan: PinPlan,
): Promise<boolean> {
  const shards = pinPlan.pins.get(uid)
  const newest = metaRecords.at(-1)
  if (shards === undefined) return true
  if (newest === undefined) return false
  const record = await readMetaRecord(target.store, newest.key)
  const parent = hasParent ? (await readParentRecord(target.store, uid)).parent : undefined
  const meta = { ...record, state: 'deleted' as const, schemaVersion: 1, ...(parent !== undefined && { parent }) }
  for (const [shard, pins] of shards) {
    const manifest = await readManifestObject(target.store, { uid, shard }, pins[0]!)
    await writeDeletedHead(target, { uid, shard }, manifest, { rebuilds: record.rebuilds + 1, pins })
  }
  await target.coordination.write(metaKey(uid), { set: encodeMeta(meta) }, [{ attribute: 'state', is: 'absent' }])
  return true
}
