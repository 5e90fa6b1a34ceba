import type { Clock, MonotonicMs } from '../clock.ts'
import type { Coordination } from '../coordination/coordination.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { WrittenObjects } from '../storage/written-objects.ts'
import type { ShardRef } from './collection.ts'
import { type Head, readHead } from './head.ts'
import { unnamedObjects } from './manifest.ts'

/** A head, and when the consistent read (or the commit) was sent that showed it to be the newest. */
export type KnownHead = { readonly head: Head; readonly knownAtMs: MonotonicMs }

type Reading = { readonly sentAtMs: MonotonicMs; readonly promise: Promise<KnownHead> }

type Slot = {
  known: KnownHead | undefined
  /** What others reported: a version at least as new as this one existed at that moment. */
  reported: { readonly version: number; readonly atMs: MonotonicMs } | undefined
  reading: Reading | undefined
  next: Promise<KnownHead> | undefined
}

export type HeadCacheComponents = {
  readonly store: ObjectStore
  readonly coordination: Coordination
  readonly clock: Clock
  /** Lets go of objects that the newest head known no longer names. */
  readonly written?: Pick<WrittenObjects, 'forget'> | undefined
}

/** Shards whose heads are kept: some 5 KB each. */
const SLOTS_MAX = 10_000

/**
 * The newest heads this process knows. What it says about a shard never goes
 * back, and readers who ask at the same time share one read.
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

  /** As {@link find}, unless a newer version is known to be there. */
  findNewest(ref: ShardRef): KnownHead | undefined {
    const { known, reported } = this.#slotOf(ref)
    return known && known.head.manifest.version >= (reported?.version ?? 0) ? known : undefined
  }

  /** A head that was the newest at `sinceMs` or later, and as new as others reported to this process. */
  async readSince(ref: ShardRef, sinceMs: MonotonicMs): Promise<KnownHead> {
    const { reported, reading } = this.#slotOf(ref)
    const known = this.findNewest(ref)
    if (known && known.knownAtMs >= sinceMs) return known
    if (reading && reading.sentAtMs >= Math.max(sinceMs, reported?.atMs ?? sinceMs)) return reading.promise
    return this.readNow(ref)
  }

  /**
   * A head whose read is sent after this call. While one is under way, all who
   * ask wait for the same next one: a busy shard is read one read at a time.
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

  /** Takes over what this process committed or read by other ways. */
  learn(ref: ShardRef, learned: KnownHead): void {
    this.#keep(ref, this.#slotOf(ref), learned)
  }

  /** Takes note of a version that another process committed, of which nothing else is known here. */
  expect(ref: ShardRef, version: number): void {
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

  /** What it says never goes back: a reply that was long on its way does not put a newer one back. */
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

  /** Least recently used slots go first; Maps keep the order of insertion. */
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
