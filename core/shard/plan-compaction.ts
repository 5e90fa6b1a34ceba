import type { SegmentEntry } from '../segment/segment-entry.ts'

const MEGABYTE = 1024 * 1024

/**
 * How eagerly segments are merged: the fewer there are, the faster searches, and the more often documents are rewritten.
 *
 * A run of segments, ordered by size, is worth merging where each is at most `sizeRatio`
 * times as large as all before it together, and there are `countMin` or more. What is left
 * has no such run: sizes grow with a power, so that their number grows with the logarithm of
 * what is stored. There are no tiers. A run carries on over whatever sizes it reaches, and a
 * document skips the steps in between. (Universal compaction of RocksDB, by size instead of age.)
 */
export type MergePolicy = {
  readonly countMin: number
  readonly sizeRatio: number
  /** A merge whose inputs have no more bytes is quick: it does not wait for a long one, nor may others wait for it. */
  readonly quickBytesMax: number
}

/** Where searches share a process with merges on threads of their own. 4,096 commits of 600 KB leave 5 segments on the mean, rewritten 7 times. */
export const MERGES_OF_SERVERS: MergePolicy = { countMin: 3, sizeRatio: 2, quickBytesMax: 8 * MEGABYTE }
/** Where nobody searches meanwhile: they leave 9, rewritten 4 to 6 times. */
export const MERGES_OF_IMPORTS: MergePolicy = { countMin: 8, sizeRatio: 1, quickBytesMax: 8 * MEGABYTE }
/** Where a merge is paid for, and the thread is the one that answers. */
export const MERGES_OF_FUNCTIONS: MergePolicy = { countMin: 8, sizeRatio: 1, quickBytesMax: MEGABYTE }

/** A segment below this is small: it is not rewritten for its deleted documents alone. */
export const SMALL_BYTES_MAX = MEGABYTE
/** Runs are no larger; only a full compaction makes larger segments. */
export const MERGED_BYTES_MAX = 2048 * MEGABYTE
/** A segment is rewritten when more than this share of it is deleted. */
export const DELETED_SHARE_MAX = 0.4
/** Inputs of one merge. */
const MERGED_COUNT_MAX = 32
/** The second of a run has only one before it: two of about a size belong together whatever the policy. */
const PAIR_RATIO = 2

/** Names of segments to be merged into one. */
export type Candidate = readonly string[]

/**
 * The merge most worth doing, or undefined: the largest segment with many deleted documents,
 * and the smaller ones with it, which would be merged into it sooner or later; else the run of
 * the smallest segments (see {@link MergePolicy}). Where there is any there is a quick or a long one.
 */
export function planMerge(
  segments: readonly SegmentEntry[],
  policy: MergePolicy,
  length: 'any' | 'quick' | 'long' = 'any',
): Candidate | undefined {
  const ascending = [...segments].sort((a, b) => liveBytes(a) - liveBytes(b))
  const bytesMax = length === 'quick' ? policy.quickBytesMax : MERGED_BYTES_MAX
  const isWanted = (run: readonly SegmentEntry[]) =>
    length === 'any' || inputBytes(run) <= policy.quickBytesMax === (length === 'quick')
  // The largest first: it takes the others along.
  for (let i = ascending.length - 1; i >= 0; i--) {
    if (!isWorn(ascending[i]!)) continue
    const run = runUpTo(ascending, i, bytesMax)
    if (isWanted(run)) return namesOf(run)
  }
  for (let i = 0; i + policy.countMin <= ascending.length; i++) {
    const run = runFrom(ascending, i, policy.sizeRatio, bytesMax)
    if (run.length >= policy.countMin && isWanted(run)) return namesOf(run)
  }
  return undefined
}

/** All segments, unless there is nothing to gain. */
export function planFull(segments: readonly SegmentEntry[]): Candidate | undefined {
  const [only] = segments
  if (segments.length === 0 || (segments.length === 1 && only!.deletedCount === 0 && only!.origin === undefined))
    return undefined
  return namesOf(segments)
}

export function countSmall(segments: readonly SegmentEntry[]): number {
  return segments.filter((entry) => liveBytes(entry) < SMALL_BYTES_MAX).length
}

/** What is left of a segment's bytes when its deleted documents are gone, roughly. */
export function liveBytes({ byteSize, docCount, deletedCount }: SegmentEntry): number {
  return byteSize * ((docCount - deletedCount) / docCount)
}

function isWorn({ byteSize, docCount, deletedCount }: SegmentEntry): boolean {
  return byteSize > SMALL_BYTES_MAX && deletedCount > DELETED_SHARE_MAX * docCount
}

/** The segment at `last`, whatever its size, and those before it, as many as may be merged at once. */
function runUpTo(ascending: readonly SegmentEntry[], last: number, bytesMax: number): SegmentEntry[] {
  let sum = liveBytes(ascending[last]!)
  let first = last
  while (first > 0 && last - first + 1 < MERGED_COUNT_MAX) {
    sum += liveBytes(ascending[first - 1]!)
    if (sum > bytesMax) break
    first--
  }
  return ascending.slice(first, last + 1)
}

/** The segment at `first`, and those after it, as long as none is too large beside all before it. */
function runFrom(
  ascending: readonly SegmentEntry[],
  first: number,
  sizeRatio: number,
  bytesMax: number,
): SegmentEntry[] {
  let sum = liveBytes(ascending[first]!)
  let end = first + 1
  while (end < ascending.length && end - first < MERGED_COUNT_MAX) {
    const next = liveBytes(ascending[end]!)
    const ratio = end === first + 1 ? PAIR_RATIO : sizeRatio
    if (next > ratio * sum || sum + next > bytesMax) break
    sum += next
    end++
  }
  return ascending.slice(first, end)
}

function inputBytes(run: readonly SegmentEntry[]): number {
  return run.reduce((sum, { byteSize }) => sum + byteSize, 0)
}

function namesOf(segments: readonly SegmentEntry[]): string[] {
  return segments.map(({ name }) => name)
}
