import type { SegmentEntry } from '../segment/segment-entry.ts'

const MEGABYTE = 1024 * 1024

/** A segment below this is small. */
export const SMALL_BYTES_MAX = MEGABYTE
/**
 * So many segments of one size are merged into one; it is also the ratio of the tiers' sizes. Half as many leave a third
 * fewer segments to search and rewrite each document half as often again, those of 2 KB commits 17 times instead of 5.
 */
export type FanIn = number
/** Where nobody searches meanwhile, or each request is paid for. */
export const FAN_IN_DEFAULT: FanIn = 8
/** Where searches share a process with the merges. */
export const FAN_IN_SEARCHED: FanIn = 4
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
 * Of the `fanIn` or more there are, the smallest ones up to where the next would be
 * more than twice all before it. Each merge then makes a segment several times as
 * large as most of its inputs, so that a document is rewritten a few times only on
 * its way to a megabyte, however small the commits.
 */
export function planSmall(segments: readonly SegmentEntry[], fanIn = FAN_IN_DEFAULT): Candidate | undefined {
  const small = bySize(segments.filter(isSmall))
  if (small.length < fanIn) return undefined
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
 * documents, else `fanIn` or more of the lowest tier that has as many.
 *
 * @param passedOver names of segments that are left alone, because they are being merged already or there is no time
 */
export function planLarge(
  segments: readonly SegmentEntry[],
  {
    fanIn = FAN_IN_DEFAULT,
    passedOver = NONE,
  }: { readonly fanIn?: FanIn; readonly passedOver?: ReadonlySet<string> } = {},
): Candidate | undefined {
  const large = bySize(segments.filter((entry) => entry.byteSize >= SMALL_BYTES_MAX && !passedOver.has(entry.name)))
  const worn = large.find(({ deletedCount, docCount }) => deletedCount > DELETED_SHARE_MAX * docCount)
  if (worn) return [worn.name]
  const tiers = new Map<number, SegmentEntry[]>()
  for (const entry of large) {
    const tier = tierOf(liveBytes(entry), fanIn)
    tiers.set(tier, [...(tiers.get(tier) ?? []), entry])
  }
  for (const [, members] of [...tiers].sort(([a], [b]) => a - b)) {
    const merged = withinBytes(members, MERGED_BYTES_MAX)
    if (merged.length >= fanIn) return namesOf(merged)
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

const NONE: ReadonlySet<string> = new Set()

function tierOf(byteSize: number, fanIn: FanIn): number {
  return Math.max(0, Math.floor(Math.log(byteSize / SMALL_BYTES_MAX) / Math.log(fanIn)))
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
