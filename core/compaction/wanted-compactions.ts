import type { Clock, MonotonicMs } from '../clock.ts'
import type { Coordination } from '../coordination/coordination.ts'
import type { Random } from '../random.ts'
import type { SegmentEntry } from '../segment/format/segment-entry.ts'
import { BackgroundWork } from '../version/background-work.ts'
import type { ShardRef } from '../version/collection.ts'
import { announceCompaction } from '../version/work-rows.ts'
import { countSmall, MERGES_OF_FUNCTIONS, planLong } from './plan-compaction.ts'

/** So many small segments show that the processes that write them have no time to merge them. */
const SMALL_COUNT_MANY = 24
/** A need that still exists is announced again after this time, in case the row was lost. */
const REPEAT_MS = 60_000
/** Shards whose announcements are remembered. */
const REMEMBERED_MAX = 10_000

type Remembered = { readonly atMs: MonotonicMs; readonly names: readonly string[] }

/**
 * Announces shards whose segments are worth merging by another process: writes a row for each. Nothing waits
 * for the row. If the write fails, the next commit that finds the same need writes the row.
 *
 * Announces a need once, and again after a minute. The process that merges deletes the row. While all segments of an
 * announced merge still exist, no process has merged them, so the need is not new.
 */
export class WantedCompactions {
  readonly #components: { readonly coordination: Coordination; readonly clock: Clock; readonly random: Random }
  readonly #remembered = new Map<string, Remembered>()
  readonly #writes = new BackgroundWork()

  constructor(components: { readonly coordination: Coordination; readonly clock: Clock; readonly random: Random }) {
    this.#components = components
  }

  /** Announces a merge if a new version of a shard needs one. Costs little if it does not. */
  check(ref: ShardRef, segments: readonly SegmentEntry[]): void {
    const long = planLong(segments, MERGES_OF_FUNCTIONS)
    const names = long ?? (countSmall(segments) >= SMALL_COUNT_MANY ? [] : undefined)
    if (names) this.announce(ref, segments, names)
  }

  /** Announces a merge. @param names of the segments to merge; empty for small segments, which are announced once a minute */
  announce(ref: ShardRef, segments: readonly SegmentEntry[], names: readonly string[] = []): void {
    const { clock, coordination, random } = this.#components
    const key = `${ref.uid}#${ref.shard}`
    const atMs = clock.monotonic()
    const last = this.#remembered.get(key)
    const isCovered = last && (last.names.length > 0 ? areAllIn(last.names, segments) : names.length === 0)
    if (isCovered && atMs - last.atMs < REPEAT_MS) return
    this.#remembered.delete(key)
    this.#remembered.set(key, { atMs, names })
    if (this.#remembered.size > REMEMBERED_MAX) this.#remembered.delete(this.#remembered.keys().next().value!)
    const announced = announceCompaction(coordination, { ref, announcedMs: clock.now(), token: random.name() })
    void this.#writes.add(announced.catch(() => this.#remembered.delete(key)))
  }

  /** Resolves when all announcements have been written or have failed. */
  drain(): Promise<void> {
    return this.#writes.drain()
  }
}

function areAllIn(names: readonly string[], segments: readonly SegmentEntry[]): boolean {
  const there = new Set(segments.map(({ name }) => name))
  return names.every((name) => there.has(name))
}
