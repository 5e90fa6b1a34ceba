import type { Clock, MonotonicMs } from '../clock.ts'
import type { Coordination } from '../coordination/coordination.ts'
import type { Random } from '../random.ts'
import type { SegmentEntry } from '../segment/format/segment-entry.ts'
import { BackgroundWork } from '../version/background-work.ts'
import type { ShardRef } from '../version/collection.ts'
import { announceCompaction } from '../version/work-rows.ts'
import { countSmall, MERGES_OF_FUNCTIONS, planLong } from './plan-compaction.ts'

/** So many small segments show that those who write them do not get to merging them. */
const SMALL_COUNT_MANY = 24
/** A need that still exists is announced again after this, in case the row was lost. */
const AGAIN_MS = 60_000
/** Shards whose announcements are remembered. */
const REMEMBERED_MAX = 10_000

type Remembered = { readonly atMs: MonotonicMs; readonly names: readonly string[] }

/**
 * Leaves a row for each shard whose segments are worth merging, where this process
 * does not merge them itself. Nothing waits for the row; if it cannot be written, the next commit that finds the same
 * writes it.
 *
 * A need is announced once, and again after a minute. The process that merges deletes the row, so it may be gone by then.
 * The segments show whether that happened: while all of those that called for a merge are there, nobody has merged them.
 */
export class WantedCompactions {
  readonly #components: { readonly coordination: Coordination; readonly clock: Clock; readonly random: Random }
  readonly #remembered = new Map<string, Remembered>()
  readonly #writes = new BackgroundWork()

  constructor(components: { readonly coordination: Coordination; readonly clock: Clock; readonly random: Random }) {
    this.#components = components
  }

  /** Looks whether a new version of a shard calls for a merge. Costs nothing if not. */
  look(ref: ShardRef, segments: readonly SegmentEntry[]): void {
    const long = planLong(segments, MERGES_OF_FUNCTIONS)
    const names = long ?? (countSmall(segments) >= SMALL_COUNT_MANY ? [] : undefined)
    if (names) this.announce(ref, segments, names)
  }

  /** @param names of the segments that call for it; none: small ones, for which a row a minute will do */
  announce(ref: ShardRef, segments: readonly SegmentEntry[], names: readonly string[] = []): void {
    const { clock, coordination, random } = this.#components
    const key = `${ref.uid}#${ref.shard}`
    const atMs = clock.monotonic()
    const last = this.#remembered.get(key)
    const isCovered = last && (last.names.length > 0 ? areAllIn(last.names, segments) : names.length === 0)
    if (isCovered && atMs - last.atMs < AGAIN_MS) return
    this.#remembered.delete(key)
    this.#remembered.set(key, { atMs, names })
    if (this.#remembered.size > REMEMBERED_MAX) this.#remembered.delete(this.#remembered.keys().next().value!)
    const announced = announceCompaction(coordination, { ref, announcedMs: clock.now(), token: random.name() })
    void this.#writes.add(announced.catch(() => this.#remembered.delete(key)))
  }

  /** Resolves when all announcements are written, or failed. */
  drain(): Promise<void> {
    return this.#writes.drain()
  }
}

function areAllIn(names: readonly string[], segments: readonly SegmentEntry[]): boolean {
  const there = new Set(segments.map(({ name }) => name))
  return names.every((name) => there.has(name))
}
