import type { Clock, MonotonicMs } from '../clock.ts'
import type { Coordination } from '../coordination/coordination.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { WrittenObjects } from '../storage/written-objects.ts'
import type { ShardRef } from './collection.ts'
import { type Head, readHead } from './head.ts'
import { unnamedObjects } from './manifest.ts'

/** A head, and when the consistent read or the commit that showed it to be the newest was sent. */
export type KnownHead = { readonly head: Head; readonly knownAtMs: MonotonicMs }

type Reading = { readonly sentAtMs: MonotonicMs; readonly promise: Promise<KnownHead> }

type Slot = {
  known: KnownHead | undefined
  /** Others reported at that moment that this version existed. */
  reported: { readonly version: number; readonly atMs: MonotonicMs } | undefined
  reading: Reading | undefined
  next: Promise<KnownHead> | undefined
}

export type HeadCacheComponents = {
  readonly store: ObjectStore
  readonly coordination: Coordination
  readonly clock: Clock
  /** Forgets objects that the newest head known no longer names. */
  readonly written?: Pick<WrittenObjects, 'forget'> | undefined
}

/** Shards whose heads are kept, about 5 KB each. */
const SLOTS_MAX = 10_000

/**
 * The newest heads that this process knows. The head of a shard never goes back to
 * an older one. Simultaneous readers share one read.
 */
export class HeadCache {
  readonly #components: HeadCacheComponents
  readonly #slots = new Map<string, Slot>()

  constructor(components: HeadCacheComponents) {
    this.#components = components
  }

  /** The newest head known, however old. */
  find(ref: ShardRef): KnownHead | undefined {
    return this.#slots.get(slotKey(ref))?.known
  }

  /** As {@link find}, but undefined if a newer version was reported. */
  findNewest(ref: ShardRef): KnownHead | undefined {
    const { known, reported } = this.#slotOf(ref)
    return known && known.head.manifest.version >= (reported?.version ?? 0) ? known : undefined
  }

  /** A head that was the newest at `sinceMs` or later, and is at least as new as the reported version. */
  async readSince(ref: ShardRef, sinceMs: MonotonicMs): Promise<KnownHead> {
    const { reported, reading } = this.#slotOf(ref)
    const known = this.findNewest(ref)
    if (known && known.knownAtMs >= sinceMs) return known
    if (reading && reading.sentAtMs >= Math.max(sinceMs, reported?.atMs ?? sinceMs)) return reading.promise
    return this.readNow(ref)
  }

  /**
   * A head whose read is sent after this call. While a read is under way, all callers wait
   * for the same next read: a shard has one read at a time.
   */
  readNow(ref: ShardRef): Promise<KnownHead> {
    const slot = this.#slotOf(ref)
    if (!slot.reading) return this.#send(ref, slot)
    slot.next ??= slot.reading.promise
      .catch(() => undefined)
      .then(() => {
        slot.next = undefined
        return this.#send(ref, slot)
      })
    return slot.next
  }

  /** Adds a head that this process committed or read elsewhere. */
  learn(ref: ShardRef, learned: KnownHead): void {
    this.#keep(ref, this.#slotOf(ref), learned)
  }

  /** Notes that another process reported a version. Heads of older versions are then not the newest. */
  noteVersion(ref: ShardRef, version: number): void {
    const slot = this.#slotOf(ref)
    if (version > (slot.reported?.version ?? 0)) slot.reported = { version, atMs: this.#components.clock.monotonic() }
  }

  /** Forgets a deleted collection. */
  forget(uid: string): void {
    for (const [key, { known }] of this.#slots) {
      if (!key.startsWith(`${uid}#`)) continue
      this.#slots.delete(key)
      if (known) this.#forgetObjects(shardOfKey(key), known, undefined)
    }
  }

  #send(ref: ShardRef, slot: Slot): Promise<KnownHead> {
    const sentAtMs = this.#components.clock.monotonic()
    const promise = readHead(this.#components, ref, slot.known?.head)
      .then((head) => this.#keep(ref, slot, { head, knownAtMs: sentAtMs }))
      .finally(() => {
        slot.reading = undefined
      })
    slot.reading = { sentAtMs, promise }
    return promise
  }

  /** Keeps the newer of the known and the learned head: a late reply must not replace a newer head. */
  #keep(ref: ShardRef, slot: Slot, learned: KnownHead): KnownHead {
    const before = slot.known
    slot.known = before ? newerOf(before, learned) : learned
    if (before && slot.known !== before) this.#forgetObjects(ref, before, slot.known)
    return slot.known
  }

  #forgetObjects(ref: ShardRef, before: KnownHead, after: KnownHead | undefined): void {
    if (before.head.manifest.version === after?.head.manifest.version) return
    const unnamed = unnamedObjects(ref, before.head.manifest, after?.head.manifest)
    if (unnamed.length > 0) this.#components.written?.forget(unnamed)
  }

  /** Evicts the least recently used slot if there are too many. Maps keep the order of insertion. */
  #slotOf(ref: ShardRef): Slot {
    const key = slotKey(ref)
    const slot = this.#slots.get(key) ?? { known: undefined, reported: undefined, reading: undefined, next: undefined }
    this.#slots.delete(key)
    this.#slots.set(key, slot)
    if (this.#slots.size > SLOTS_MAX) this.#slots.delete(this.#slots.keys().next().value!)
    return slot
  }
}

function slotKey({ uid, shard }: ShardRef): string {
  return `${uid}#${shard}`
}

function shardOfKey(key: string): ShardRef {
  const [uid, shard] = key.split('#')
  return { uid: uid!, shard: Number(shard) }
}

function newerOf(a: KnownHead, b: KnownHead): KnownHead {
  const difference =
    a.head.manifest.version - b.head.manifest.version || a.head.epoch - b.head.epoch || a.knownAtMs - b.knownAtMs
  return difference > 0 ? a : b
}
