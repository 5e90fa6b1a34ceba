import type { SegmentEntry } from '../segment/segment-entry.ts'

const MEGABYTE = 1024 * 1024

/** A segment below this is small. */
export const SMALL_BYTES_MAX = MEGABYTE
/** So many small segments of a shard are merged by whoever wrote the last one. */
export const SMALL_COUNT_MAX = 8
/** Segments of one tier that are merged into one of the next; also the ratio of the tiers' sizes. */
export const TIER_FACTOR = 8
/** Inputs of one merge: of small segments, and of large ones, whose merge should not take long. */
const SMALL_MERGED_MAX = 32
const LARGE_MERGED_MAX = 10
/** Tiers stop here; only a full compaction makes larger segments. */
export const MERGED_BYTES_MAX = 2048 * MEGABYTE
/** A segment is rewritten alone when more than this share of it is deleted. */
export const DELETED_SHARE_MAX = 0.4

/** Names of segments to be merged into one. */
export type Candidate = readonly string[]

/**
 * The small segments worth merging now, or undefined.
 *
 * Of the eight or more there are, the smallest ones up to where the next would be
 * more than twice all before it. Each merge then makes a segment several times as
 * large as most of its inputs, so that a document is rewritten a few times only on
 * its way to a megabyte, however small the commits.
 */
export function planSmall(segments: readonly SegmentEntry[]): Candidate | undefined {
  const small = bySize(segments.filter(isSmall))
  if (small.length < SMALL_COUNT_MAX) return undefined
  let sum = liveBytes(small[0]!)
  let count = 1
  while (count < small.length && count < SMALL_MERGED_MAX && (count < 2 || liveBytes(small[count]!) <= 2 * sum)) {
    sum += liveBytes(small[count]!)
    count++
  }
  return namesOf(small.slice(0, count))
}

/**
 * The larger segments most worth merging now, or undefined: one with many deleted
 * documents, else eight or more of the lowest tier that has as many.
 *
 * @param busy names of segments that are being merged already
 */
export function planLarge(
  segments: readonly SegmentEntry[],
  busy: ReadonlySet<string> = new Set(),
): Candidate | undefined {
  const large = bySize(segments.filter((entry) => entry.byteSize >= SMALL_BYTES_MAX && !busy.has(entry.name)))
  const worn = large.find(({ deletedCount, docCount }) => deletedCount > DELETED_SHARE_MAX * docCount)
  if (worn) return [worn.name]
  const tiers = new Map<number, SegmentEntry[]>()
  for (const entry of large) {
    const tier = tierOf(liveBytes(entry))
    tiers.set(tier, [...(tiers.get(tier) ?? []), entry])
  }
  for (const [, members] of [...tiers].sort(([a], [b]) => a - b)) {
    const merged = withinBytes(members, MERGED_BYTES_MAX)
    if (merged.length >= TIER_FACTOR) return namesOf(merged)
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
  return segments.filter(isSmall).length
}

function isSmall(entry: SegmentEntry): boolean {
  return liveBytes(entry) < SMALL_BYTES_MAX
}

/** What is left of a segment's bytes when its deleted documents are gone, roughly. */
export function liveBytes({ byteSize, docCount, deletedCount }: SegmentEntry): number {
  return byteSize * ((docCount - deletedCount) / docCount)
}

function tierOf(byteSize: number): number {
  return Math.max(0, Math.floor(Math.log(byteSize / SMALL_BYTES_MAX) / Math.log(TIER_FACTOR)))
}

function bySize(segments: readonly SegmentEntry[]): SegmentEntry[] {
  return [...segments].sort((a, b) => liveBytes(a) - liveBytes(b))
}

function withinBytes(ascending: readonly SegmentEntry[], bytesMax: number): SegmentEntry[] {
  let sum = 0
  return ascending.slice(0, LARGE_MERGED_MAX).filter((entry) => {
    sum += liveBytes(entry)
    return sum <= bytesMax
  })
}

function namesOf(segments: readonly SegmentEntry[]): string[] {
  return segments.map(({ name }) => name)
}
