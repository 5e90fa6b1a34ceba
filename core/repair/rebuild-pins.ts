import { branchHolder } from '../collections/branch-pins.ts'
import { type ParentRecord, readParentRecord } from '../collections/collection-records.ts'
import { CorruptDataError, NotFoundError } from '../errors.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { ShardRef } from '../version/collection.ts'
import { readManifestObject } from '../version/head.ts'
import { type Manifest, originsOf } from '../version/manifest.ts'
import type { Pin } from '../version/pins.ts'
import type { CollectionPlan } from './rebuild-collection.ts'

/** The versions that new heads must keep in addition to the newest. */
export type PinPlan = {
  /** By uid and shard, for restored collections and for deleted collections whose objects branches share. */
  readonly pins: ReadonlyMap<string, ReadonlyMap<number, readonly Pin[]>>
  /** By uid, doubts to report to the user. */
  readonly doubts: ReadonlyMap<string, readonly string[]>
}

/**
 * Finds the versions to pin again: those of named snapshots, and those whose objects a branch shares. A branch may share
 * objects of a deleted collection, which may have been a branch itself.
 *
 * @param isDeleted whether a collection was deleted but its objects still exist
 */
export async function planPins(
  store: ObjectStore,
  plans: readonly CollectionPlan[],
  isDeleted: (uid: string) => boolean,
): Promise<PinPlan> {
  const plan = new Planning(store)
  for (const { uid, snapshots, shards, parent } of plans) {
    for (const { report, manifest } of shards) {
      const ref = { uid, shard: report.shard }
      const kept = [manifest]
      for (const { holder, versions } of snapshots) {
        const pinned = await plan.pin(ref, { holder, ...versions[ref.shard]! }, uid)
        if (pinned) kept.push(pinned)
      }
      await plan.share(ref, parent, kept)
    }
  }
  // A pin on a deleted branch may require further pins on its parent.
  for (let [uid] = plan.shared; uid !== undefined; [uid] = plan.shared) {
    plan.shared.delete(uid)
    if (!isDeleted(uid)) continue
    const parent = await readParentRecord(store, uid).catch(missing)
    for (const shard of plan.pins.get(uid)?.keys() ?? [])
      await plan.share({ uid, shard }, parent, plan.read({ uid, shard }))
  }
  return plan
}

class Planning implements PinPlan {
  readonly pins = new Map<string, Map<number, Pin[]>>()
  readonly doubts = new Map<string, string[]>()
  /** Collections that got pins of branches and have not been processed since. */
  readonly shared = new Set<string>()
  readonly #manifests = new Map<string, Manifest>()
  readonly #store: ObjectStore

  constructor(store: ObjectStore) {
    this.#store = store
  }

  /** Pins a version if its manifest can be read. @param forUid the collection that needs the pin, for the doubt if it cannot */
  async pin(ref: ShardRef, pin: Pin, forUid: string): Promise<Manifest | undefined> {
    const manifest = await readManifestObject(this.#store, ref, pin).catch(missing)
    if (manifest === undefined) {
      const what = `version ${pin.version} of shard ${ref.shard} of ${ref.uid}, which ${pin.holder} needs, cannot be read`
      this.doubts.set(forUid, [...(this.doubts.get(forUid) ?? []), what])
      return undefined
    }
    const shards = this.pins.get(ref.uid) ?? new Map<number, Pin[]>()
    const own = shards.get(ref.shard) ?? []
    if (!own.some(({ holder }) => holder === pin.holder)) own.push(pin)
    this.pins.set(ref.uid, shards.set(ref.shard, own))
    this.#manifests.set(pin.commitId, manifest)
    return manifest
  }

  /** Pins the versions whose objects a shard still shares with its parent. */
  async share(ref: ShardRef, parent: ParentRecord | undefined, kept: readonly Manifest[]): Promise<void> {
    if (!kept.some((manifest) => originsOf(manifest).size > 0)) return
    if (parent === undefined) {
      const what = `what shard ${ref.shard} shares is not kept for it, because its record of that is lost: compact it before anything is collected`
      this.doubts.set(ref.uid, [...(this.doubts.get(ref.uid) ?? []), what])
      return
    }
    this.shared.add(parent.parent)
    for (const { version, commitId } of parent.shared[ref.shard] ?? []) {
      const pin = { holder: branchHolder(ref.uid, version), version, commitId }
      await this.pin({ uid: parent.parent, shard: ref.shard }, pin, ref.uid)
    }
  }

  /** The versions that were pinned. */
  read({ uid, shard }: ShardRef): Manifest[] {
    return (this.pins.get(uid)?.get(shard) ?? []).map(({ commitId }) => this.#manifests.get(commitId)!)
  }
}

function missing(error: unknown): undefined {
  if (!(error instanceof CorruptDataError || error instanceof NotFoundError)) throw error
  return undefined
}
