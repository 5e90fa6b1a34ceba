import type { RowKey } from '../../../core/coordination/coordination.ts'
import { LEADER_KEY } from '../../../core/coordination/lease.ts'
import { type ShardRef, shardPrefix } from '../../../core/version/collection.ts'
import { type Head, readHead } from '../../../core/version/head.ts'
import type { ObservedObjects, ObservedRows } from '../processes/observed-places.ts'
import type { Scheduler } from '../processes/scheduler.ts'
import type { History } from './history.ts'
import { fail, type KnownShard, type KnownVersion, nameOf, newShard } from './known-shard.ts'
import { objectsOf, VersionReader } from './read-version.ts'

/** Looks at what each step has changed in the two places, and holds it against the invariants. */
export class Observer {
  readonly #rows: ObservedRows
  readonly #objects: ObservedObjects
  readonly #history: History
  readonly #scheduler: Scheduler
  readonly #versions: VersionReader

  constructor(places: { rows: ObservedRows; objects: ObservedObjects }, history: History, scheduler: Scheduler) {
    this.#rows = places.rows
    this.#objects = places.objects
    this.#history = history
    this.#scheduler = scheduler
    this.#versions = new VersionReader(places.objects)
  }

  async afterStep(): Promise<void> {
    const touched = this.#rows.touched
    const deleted = this.#objects.deleted
    if (touched.length > 0) {
      this.#rows.touched = []
      for (const { pk, sk } of touched) {
        const [kind, uid, shard] = pk.split('#')
        if (sk === 'head') await this.#lookAtHead({ uid: uid!, shard: Number(shard) })
        else if (kind === 'collection' && sk.startsWith('snapshot#')) await this.#lookAtSnapshot(uid!, { pk, sk })
        else if (sk === LEADER_KEY.sk) await this.#lookAtLease()
      }
    }
    if (deleted.length > 0) {
      this.#objects.deleted = []
      this.#lookAtDeleted(new Set(deleted))
    }
  }

  async #lookAtHead(ref: ShardRef): Promise<void> {
    const row = await this.#rows.read({ pk: `shard#${ref.uid}#${ref.shard}`, sk: 'head' }, { consistent: true })
    const key = nameOf(ref)
    const known = this.#history.shards.get(key)
    if (!row) {
      if (known && !known.deleted) fail(`the head of ${key} is gone, and its collection was not deleted`)
      if (known) known.isThere = false
      return
    }
    const shard = known ?? newShard(ref)
    this.#history.shards.set(key, shard)
    // The request that made the row may arrive once more after the row was removed: rubbish, as long as nobody builds on it.
    const isRubbish = shard.deleted !== undefined && row.attributes.version === 1
    if (isRubbish) return
    const head = await readHead({ coordination: this.#rows, store: this.#objects }, ref)
    if (head.epoch < shard.epoch) fail(`the epoch of ${key} went back from ${shard.epoch} to ${head.epoch}`)
    shard.epoch = head.epoch
    this.#lookAtRetention(shard, head)
    const { manifest } = head
    const newest = shard.versions.at(-1)
    if (newest?.manifest.commitId !== manifest.commitId) {
      const documents = await this.#versions.read(shardPrefix(ref), manifest)
      const { step: atStep, nowMs: atMs } = this.#scheduler
      this.#scheduler.log(() => `COMMITTED ${key} version ${manifest.version}: ${show(documents)}`)
      this.#history.committed(shard, { version: manifest.version, manifest, atStep, atMs, documents })
    }
    if (head.state === 'deleted' && !shard.deleted) {
      shard.deleted = { atStep: this.#scheduler.step, atMs: this.#scheduler.nowMs }
      this.#history.snapshots.fenced(ref.uid)
      this.#scheduler.log(() => `FENCED ${key}`)
    }
  }

  async #lookAtSnapshot(uid: string, key: RowKey): Promise<void> {
    const { shards, snapshots } = this.#history
    const row = await this.#rows.read(key, { consistent: true })
    const isFenced = [...shards.values()].some((shard) => shard.uid === uid && shard.deleted)
    const made = snapshots.saw(uid, key.sk.slice('snapshot#'.length), { row: row?.attributes, isFenced })
    for (const [shard, { version, commitId }] of made?.versions.entries() ?? []) {
      const known = shards.get(nameOf({ uid, shard }))?.versions[version - 1]
      if (known?.manifest.commitId !== commitId)
        fail(`a snapshot names ${commitId}, which never was version ${version}`)
      for (const object of objectsOf(shardPrefix({ uid, shard }), known.manifest)) {
        await this.#objects.get(object).catch(() => fail(`a snapshot of version ${version} is made without ${object}`))
      }
    }
  }

  async #lookAtLease(): Promise<void> {
    this.#history.lease.saw((await this.#rows.read(LEADER_KEY, { consistent: true }))?.attributes)
  }

  #lookAtRetention(shard: KnownShard, { gcFloor, retainedFrom, manifest }: Head): void {
    for (const [name, before, now] of [
      ['floor', shard.gcFloor, gcFloor],
      ['oldest kept version', shard.retainedFrom, retainedFrom],
    ] as const) {
      if (now < before) fail(`the ${name} of ${nameOf(shard)} went back from ${before} to ${now}`)
      if (now > manifest.version) fail(`the ${name} of ${nameOf(shard)} is ${now}, above version ${manifest.version}`)
    }
    shard.gcFloor = gcFloor
    shard.retainedFrom = retainedFrom
  }

  /** What a kept version consists of must not go. */
  #lookAtDeleted(keys: ReadonlySet<string>): void {
    for (const shard of this.#history.shards.values()) {
      if (shard.deleted) continue
      for (const { version, manifest } of keptVersions(this.#history, shard)) {
        const missing = objectsOf(shardPrefix(shard), manifest).find((key) => keys.has(key))
        if (missing) fail(`${missing} was deleted, which version ${version} of ${nameOf(shard)} names`)
      }
    }
  }
}

/** What a shard has to keep: from the oldest retained version on, and what snapshots name. */
export function keptVersions({ snapshots }: History, shard: KnownShard): KnownVersion[] {
  const named = snapshots.current.flatMap(({ uid, versions }) =>
    uid === shard.uid ? shard.versions[versions[shard.shard]!.version - 1]! : [],
  )
  return [...shard.versions.slice(shard.retainedFrom - 1), ...named]
}

function show(documents: ReadonlyMap<string, number>): string {
  return [...documents].map(([id, n]) => `${id}=${n}`).join(' ')
}
