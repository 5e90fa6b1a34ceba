import { UnavailableError } from '../errors.ts'
import type { SegmentEntry } from '../segment/format/segment-entry.ts'
import { NO_LIMIT, sleepWithin } from '../time-limit.ts'
import type { ShardRef } from '../version/collection.ts'
import type { Committed } from '../version/commit.ts'
import type { Head } from '../version/head.ts'
import { type CompactComponents, compactShard } from './compact.ts'
import { byteSizeOf, endsInTime } from './merge-in-time.ts'
import { type CompactionRun, countSmall, type MergePolicy, planLong, planQuick } from './plan-compaction.ts'

/** Writes to a shard with more segments wait for the merge under way. */
export const SEGMENTS_MAX = 96
/** While a shard is being written to, long merges begin only at this number of segments, because an import needs the threads. */
const BUSY_SEGMENTS_MAX = 40
/** Milliseconds without merges after a merge failed. */
const FAILURE_PAUSE_MS = 1000

type Lane = {
  readonly plan: typeof planQuick
  /** Shards that may need a merge, each with its newest known head. */
  readonly waiting: Map<string, { readonly ref: ShardRef; readonly head: Head }>
  /** The merge under way. */
  running: { readonly key: string; readonly done: Promise<void> } | undefined
}

export type CompactorOptions = {
  readonly policy: MergePolicy
  readonly onCommitted: (ref: ShardRef, committed: Committed) => void
  /** Is called with the error of a merge, because no caller waits for it. */
  readonly onFailure: (error: unknown) => void
  /** Is called if a merge was not begun because it would not end before the time limit, or was given up because it did not. */
  readonly onNoTime?: (ref: ShardRef, segments: readonly SegmentEntry[]) => void
}

/**
 * Merges segments in the background, in parallel with writes and without delaying them: one quick merge at a time in this
 * process and, if the policy allows it, one long merge in parallel.
 */
export class Compactor {
  readonly #components: CompactComponents
  readonly #onCommitted: (ref: ShardRef, committed: Committed) => void
  readonly #onFailure: (error: unknown) => void
  readonly #onNoTime: NonNullable<CompactorOptions['onNoTime']>
  readonly #policy: MergePolicy
  readonly #quick: Lane = { plan: planQuick, waiting: new Map(), running: undefined }
  readonly #long: Lane = { plan: planLong, waiting: new Map(), running: undefined }
  /** Names of the segments that one lane is merging, which the other lane leaves alone. */
  readonly #busy = new Set<string>()
  /** Work of {@link runExclusively} by shard. */
  readonly #exclusive = new Map<string, Promise<unknown>>()
  readonly #closing = new AbortController()

  constructor(components: CompactComponents, options: CompactorOptions) {
    this.#components = components
    this.#policy = options.policy
    this.#onCommitted = options.onCommitted
    this.#onFailure = options.onFailure
    this.#onNoTime = options.onNoTime ?? (() => undefined)
  }

  /** Whether no more merges may begin. */
  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /**
   * Begins merges if a new version of a shard needs them. Costs little if it does not.
   *
   * If other processes write too, all of them would merge the same small segments. So only the
   * process whose commit made the number of small segments a multiple of `countMin` merges.
   *
   * @param context.isBusy whether writes to the shard are under way: then long merges may wait
   */
  consider(ref: ShardRef, head: Head, context = { isBusy: false, hasRivals: false }): void {
    const key = keyOf(ref)
    if (this.#closing.signal.aborted || this.#exclusive.has(key)) return
    const { segments } = head.manifest
    const { longMerges } = this.#policy
    const isOurs = !context.hasRivals || countSmall(segments) % this.#policy.countMin === 0
    if (isOurs && planQuick(segments, this.#policy)) this.#quick.waiting.set(key, { ref, head })
    const mayWait = (context.isBusy || longMerges === 'when_many') && segments.length < BUSY_SEGMENTS_MAX
    const isLongWanted = longMerges !== 'never' && !mayWait && planLong(segments, this.#policy)
    if (isLongWanted) this.#long.waiting.set(key, { ref, head })
    this.#run(this.#quick)
    this.#run(this.#long)
  }

  /** Holds a write to a shard with too many segments back until a merge of the shard ends, if one is under way. */
  async relieve(ref: ShardRef, segmentCount: number): Promise<void> {
    if (segmentCount <= SEGMENTS_MAX) return
    const running = [this.#quick, this.#long].flatMap((lane) =>
      lane.running?.key === keyOf(ref) ? [lane.running.done] : [],
    )
    await Promise.race(running.length > 0 ? running : [Promise.resolve()])
  }

  /** Runs `work`, which merges segments of a shard, while nothing else in this process merges them: after all earlier work and merges. */
  async runExclusively<T>(ref: ShardRef, work: () => Promise<T>): Promise<T> {
    const key = keyOf(ref)
    while (this.#exclusive.has(key)) await this.#exclusive.get(key)
    const done = this.#afterLanes(key).then(work)
    this.#exclusive.set(
      key,
      done.catch(() => undefined),
    )
    try {
      return await done
    } finally {
      this.#exclusive.delete(key)
    }
  }

  /** Prevents new merges. Merges under way end with their threads. */
  close(): void {
    this.#closing.abort()
    this.#quick.waiting.clear()
    this.#long.waiting.clear()
  }

  /** Resolves when no merge is under way. */
  async drain(): Promise<void> {
    for (;;) {
      const running = [this.#quick, this.#long].flatMap((lane) => (lane.running ? [lane.running.done] : []))
      if (running.length === 0) return
      await Promise.all(running)
    }
  }

  async #afterLanes(key: string): Promise<void> {
    for (const lane of [this.#quick, this.#long]) {
      lane.waiting.delete(key)
      if (lane.running?.key === key) await lane.running.done
    }
  }

  #run(lane: Lane): void {
    if (lane.running || this.#closing.signal.aborted) return
    for (const [key, { ref, head }] of lane.waiting) {
      lane.waiting.delete(key)
      if (this.#exclusive.has(key) || !this.#hasTimeFor(ref, head.manifest.segments, [])) continue
      const done = this.#merge(lane, ref).finally(() => {
        lane.running = undefined
        this.#run(lane)
      })
      lane.running = { key, done }
      return
    }
  }

  /** Never rejects. A failed merge is tried again after the next commit to the shard. */
  async #merge(lane: Lane, ref: ShardRef): Promise<void> {
    const chosen: string[] = []
    let segments: readonly SegmentEntry[] = []
    try {
      const committed = await compactShard(this.#components, ref, (newest) => {
        segments = newest
        const names = this.#choose(lane, segments)
        if (!names || !this.#hasTimeFor(ref, segments, names)) return undefined
        for (const name of names) {
          chosen.push(name)
          this.#busy.add(name)
        }
        return names
      })
      for (const name of chosen) this.#busy.delete(name)
      if (!committed) return
      this.#onCommitted(ref, committed)
      this.consider(ref, committed.head)
    } catch (error) {
      if (this.#closing.signal.aborted) return
      if (error instanceof UnavailableError && error.code === 'deadline_exceeded') {
        this.#onNoTime(ref, segments)
        return
      }
      this.#onFailure(error)
      await sleepWithin(this.#components, FAILURE_PAUSE_MS, this.#closing.signal).catch(() => undefined)
    } finally {
      for (const name of chosen) this.#busy.delete(name)
    }
  }

  #hasTimeFor(ref: ShardRef, segments: readonly SegmentEntry[], names: CompactionRun): boolean {
    const hasTime = endsInTime(byteSizeOf(segments, names), this.#components.timeLimit ?? NO_LIMIT)
    if (!hasTime) this.#onNoTime(ref, segments)
    return hasTime
  }

  #choose(lane: Lane, segments: readonly SegmentEntry[]): CompactionRun | undefined {
    const free = segments.filter(({ name }) => !this.#busy.has(name))
    return lane.plan(free, this.#policy)
  }
}

function keyOf({ uid, shard }: ShardRef): string {
  return `${uid}#${shard}`
}
