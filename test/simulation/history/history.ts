import { shardOfId } from '../../../core/version/routing.ts'
import { decodeSession } from '../../../core/version/session.ts'
import type { SimProcess } from '../processes/process.ts'
import type { Scheduler } from '../processes/scheduler.ts'
import { fail, type KnownShard, type KnownVersion, nameOf } from './known-shard.ts'
import { LeaseHistory } from './lease-history.ts'
import { OperationHistory } from './operation-history.ts'
import { SnapshotHistory } from './snapshot-history.ts'

/** `gone`: its collection was deleted, and what was in it does not matter any more. */
export type Outcome = 'pending' | 'acknowledged' | 'refused' | 'unknown' | 'gone'

/** One document written or patched, under a number that no other write has, or one id deleted. */
export type Write = {
  readonly kind: 'put' | 'delete'
  readonly process: SimProcess
  /** Undefined where core makes the id. */
  readonly id: string | undefined
  /** Of a put. */
  readonly n: number
  /** Deletes the document only as long as it was written with such a number. */
  readonly accepts?: (n: number) => boolean
  readonly invokedStep: number
  readonly invokedMs: number
  outcome: Outcome
  /** Of the tries so far. */
  heard: 'refused' | 'unknown' | 'gone' | undefined
  respondedStep: number
}

export type AtomicWrite = Write & { readonly id: string }

/**
 * What clients were told, held against what was committed.
 *
 * All commits to a shard are ordered by its versions, and a version is current
 * from its commit to the next. So no search for an order is needed to see that
 * reads and writes of documents are linearizable (as Wing and Gong's check would search for one): every
 * operation that names a version V is put at a moment when V was current, and
 * it suffices that there is such a moment between its call and its answer, and that V holds what it says. Operations
 * that were put at such moments are in one order that agrees with the shard's and with real time.
 */
export class History {
  readonly shards = new Map<string, KnownShard>()
  readonly writes: Write[] = []
  readonly snapshots: SnapshotHistory
  readonly lease: LeaseHistory
  readonly operations = new OperationHistory()
  readonly #atomic: (readonly AtomicWrite[])[] = []
  readonly #byNumber = new Map<number, Write>()
  readonly #scheduler: Scheduler

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
    this.snapshots = new SnapshotHistory(scheduler)
    this.lease = new LeaseHistory(scheduler)
  }

  /** Of the collections there have been. */
  get uids(): ReadonlySet<string> {
    return new Set(Array.from(this.shards.values(), ({ uid }) => uid))
  }

  /** Whether the collection was deleted, or made anew: of two requests by its name, each may have met another one. */
  get isReplaced(): boolean {
    return this.uids.size > 1 || [...this.shards.values()].some(({ deleted }) => deleted)
  }

  begin(write: Pick<Write, 'kind' | 'process' | 'id' | 'n' | 'accepts'>): Write {
    const begun: Write = {
      ...write,
      invokedStep: this.#scheduler.step,
      invokedMs: this.#scheduler.nowMs,
      outcome: 'pending',
      heard: undefined,
      respondedStep: -1,
    }
    this.writes.push(begun)
    if (write.kind === 'put') this.#byNumber.set(write.n, begun)
    return begun
  }

  putOf(n: number): Write {
    return this.#byNumber.get(n) ?? fail(`nobody wrote number ${n}`)
  }

  /** Takes note of a commit, and whether all that it changed was asked for. */
  committed(shard: KnownShard, next: KnownVersion): void {
    const what = `version ${next.version} of ${nameOf(shard)}`
    const before = shard.versions.at(-1)
    if (shard.deleted) fail(`${what} was committed after its collection was deleted`)
    if (next.version !== (before?.version ?? 0) + 1) fail(`${what} follows version ${before?.version ?? 0}`)
    for (const [id, n] of next.documents) {
      if (before?.documents.get(id) !== n) this.#introduced(shard, id, n, what)
    }
    for (const [id, n] of before?.documents ?? []) {
      if (!next.documents.has(id) && !this.#mayBeDeleted(id, n)) {
        fail(`${what} has lost document ${id}, which nobody was deleting`)
      }
    }
    if (before) this.#lookAtBatches(before, next, what)
    shard.versions.push(next)
  }

  #mayBeDeleted(id: string, n: number): boolean {
    return this.writes.some(
      ({ accepts = () => true, ...write }) =>
        write.kind === 'delete' && write.id === id && mayTakeEffect(write) && accepts(n),
    )
  }

  /** Of a batch that is all or nothing, nothing may be new unless all of it is. */
  #lookAtBatches(before: KnownVersion, { documents }: KnownVersion, what: string): void {
    const isUnchanged = (id: string) => documents.get(id) === before.documents.get(id)
    for (const batch of this.#atomic) {
      if (!batch.some(({ id, n }) => documents.get(id) === n && !isUnchanged(id))) continue
      const left = batch.find(({ id, n }) => isUnchanged(id) && (documents.has(id) || !this.#mayBeDeleted(id, n)))
      if (left) fail(`${what} has part of a batch that is all or nothing, and not ${describe(left)}`)
    }
  }

  /** These are done all together or none of them. */
  beginAtomic(batch: readonly AtomicWrite[]): void {
    this.#atomic.push(batch)
  }

  #introduced(shard: KnownShard, id: string, n: number, what: string): void {
    const write = this.putOf(n)
    if (write.id !== undefined && write.id !== id) fail(`${what} has number ${n} as ${id}, written as ${write.id}`)
    if (shard.introduced.has(n)) fail(`${what} brings ${id} back as it was before: number ${n}, or has it twice`)
    // A request that is sent again writes all of its batch again, be it to a collection made anew.
    const isSentAgain = write.id === undefined && write.outcome === 'acknowledged'
    if (!mayTakeEffect(write) && !isSentAgain)
      fail(`${what} has number ${n} of ${id}, which was ${write.outcome} before`)
    shard.introduced.set(n, id)
  }

  /** A client was told that its write is done. @param session says at which versions */
  acknowledge(write: Write, session: string): void {
    // An earlier try of the same request was answered.
    if (write.outcome === 'acknowledged') return
    const [entry] = decodeSession(session)
    if (!entry) fail('an acknowledgement without versions')
    const [uid, versions] = entry
    write.respondedStep = this.#scheduler.step
    write.outcome = 'acknowledged'
    const shards = write.id === undefined ? versions.keys() : [shardOfId(write.id, versions.length)]
    const found = [...shards].some((shard) => this.#isDoneAt(write, uid, shard, versions[shard]!))
    if (!found) fail(`${describe(write)} was acknowledged at versions ${versions} of ${uid}, which do not show it`)
  }

  #isDoneAt(write: Write, uid: string, shard: number, version: number): boolean {
    const known = this.shards.get(`${uid}#${shard}`)
    const at = known?.versions[version - 1]
    if (!known || !at) return false
    if (!this.wasCurrent(known, version, write.invokedStep, write.respondedStep)) return false
    if (write.id === undefined) return [...at.documents.values()].includes(write.n)
    const now = at.documents.get(write.id)
    if (now === (write.kind === 'put' ? write.n : undefined))
      return write.kind === 'delete' || at.atStep >= write.invokedStep
    // Another write was taken together with it, and came after it: one under way, or one of which nobody knew whether it still was.
    return this.writes.some(
      (other) =>
        other !== write &&
        other.id === write.id &&
        now === (other.kind === 'put' ? other.n : undefined) &&
        other.invokedStep <= write.respondedStep &&
        (other.respondedStep < 0 || other.outcome === 'unknown' || other.respondedStep >= write.invokedStep),
    )
  }

  /** A client was told something else of its write. @param isLast whether it gives up: until then another try may do it */
  settle(write: Write, code: string, isLast: boolean): void {
    if (write.outcome === 'acknowledged') return
    const heard = code === 'outcome_unknown' ? 'unknown' : code === 'collection_not_found' ? 'gone' : 'refused'
    // Any try that may take effect makes the whole unknown.
    const all = [write.heard ?? heard, heard]
    write.heard = all.includes('unknown') ? 'unknown' : all.includes('gone') ? 'gone' : 'refused'
    if (!isLast) return
    write.respondedStep = this.#scheduler.step
    write.outcome = write.heard
    if (write.outcome !== 'refused' || write.kind === 'delete') return
    for (const shard of this.shards.values()) {
      // Who hears that nothing was done, after all of the collection is gone, has not been told wrong.
      if (shard.introduced.has(write.n) && !shard.deleted)
        fail(`${describe(write)} was refused, but ${nameOf(shard)} had it`)
    }
  }

  /** Whether a version was a shard's newest at some moment from one step to another. */
  wasCurrent(shard: KnownShard, version: number, fromStep: number, toStep: number): boolean {
    const at = shard.versions[version - 1]
    const untilStep = shard.versions[version]?.atStep ?? shard.deleted?.atStep ?? Number.POSITIVE_INFINITY
    return at !== undefined && at.atStep <= toStep && untilStep >= fromStep
  }

  /** Promises that can only be judged when nothing is under way any more. */
  checkEnd(): void {
    for (const write of this.writes) {
      if (write.outcome !== 'gone' || write.kind === 'delete') continue
      for (const shard of this.shards.values()) {
        if (!shard.deleted && shard.introduced.has(write.n)) {
          fail(`${describe(write)} was answered with "no such collection", and is in ${nameOf(shard)}`)
        }
      }
    }
  }
}

function mayTakeEffect({ outcome }: Pick<Write, 'outcome'>): boolean {
  return outcome === 'pending' || outcome === 'unknown' || outcome === 'gone'
}

function describe({ kind, id, n, process }: Write): string {
  return kind === 'put'
    ? `the put of number ${n} as ${id} by ${process.name}`
    : `the deletion of ${id} by ${process.name}`
}
