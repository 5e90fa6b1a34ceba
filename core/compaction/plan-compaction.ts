import { type SegmentEntry, storedBytes } from '../segment/format/segment-entry.ts'

const MEGABYTE = 1024 * 1024

/**
 * How eagerly segments are merged. With fewer segments searches are faster, but documents are rewritten more often.
 *
 * A run of segments, in the order of sizes, is worth merging if it has `countMin` or more segments
 * and each is at most `sizeRatio` times as large as all before it together. Segments without
 * such a run have exponentially growing sizes, so their number grows with the logarithm of the
 * stored bytes. There are no tiers: a run may cover any range of sizes, so that a document skips
 * the steps in between. This is RocksDB's universal compaction, by size instead of age.
 */
export type MergePolicy = {
  readonly countMin: number
  readonly sizeRatio: number
  /** A merge is quick if its inputs have at most so many bytes. Quick merges do not wait for long ones. */
  readonly quickBytesMax: number
  /** Whether a process that writes also does long merges; `when_many`: only to keep the number of segments bounded. */
  readonly longMerges: 'always' | 'when_many' | 'never'
}

/** For servers, which search in the same process and merge in separate threads. After 4,096 commits of 600 KB there are 5 segments on average, rewritten 7 times. */
export const MERGES_OF_SERVERS: MergePolicy = {
  countMin: 3,
  sizeRatio: 2,
  quickBytesMax: 8 * MEGABYTE,
  longMerges: 'always',
}
/** For imports without searches. They leave 9 segments, rewritten 4 to 6 times. */
export const MERGES_OF_IMPORTS: MergePolicy = {
  countMin: 8,
  sizeRatio: 1,
  quickBytesMax: 8 * MEGABYTE,
  longMerges: 'when_many',
}
/** For functions, where a merge costs money and delays answers. */
export const MERGES_OF_FUNCTIONS: MergePolicy = {
  countMin: 8,
  sizeRatio: 1,
  quickBytesMax: MEGABYTE,
  longMerges: 'never',
}

/** Smaller segments are not rewritten just because of deleted documents. */
export const SMALL_BYTES_MAX = MEGABYTE
/** Most live bytes of a run; only a full compaction makes larger segments. */
export const MERGED_BYTES_MAX = 2048 * MEGABYTE
/** A segment is rewritten if more than this share of its documents is deleted. */
export const DELETED_SHARE_MAX = 0.4
/** Most inputs of one merge, because each has its own reader and buffers. */
export const MERGED_COUNT_MAX = 32
/** The `sizeRatio` of the second segment of a run: two segments of similar size belong together under any policy. */
const PAIR_RATIO = 2

/** Names of the segments to merge into one. */
export type CompactionRun = readonly string[]

/** Bounds of the total bytes of a run's inputs: more than `over`, and at most `max`. Longer runs are cut. */
type RunBytes = { readonly over?: number; readonly max?: number }

/**
 * The most worthwhile merge, or undefined. Prefers the largest segment with many deleted documents,
 * together with smaller segments, which would be merged into it sooner or later. Otherwise takes the run of
 * the smallest segments (see {@link MergePolicy}). Never merges words of different versions of the analyzers.
 */
export function planCompaction(
  segments: readonly SegmentEntry[],
  policy: MergePolicy,
  bytes: RunBytes = {},
): CompactionRun | undefined {
  for (const group of byAnalyzers(segments)) {
    const run = planGroup(group, policy, bytes)
    if (run !== undefined) return run
  }
  return undefined
}

/** Groups segments by the version of the analyzers that made their words, the newest version first. Segments without words join the newest. */
function byAnalyzers(segments: readonly SegmentEntry[]): SegmentEntry[][] {
  const newest = segments.reduce((most, { analyzerVersion }) => Math.max(most, analyzerVersion), 0)
  const versionOf = ({ analyzerVersion }: SegmentEntry) => (analyzerVersion === 0 ? newest : analyzerVersion)
  const versions = new Set(segments.map(versionOf))
  return [...versions].sort((a, b) => b - a).map((version) => segments.filter((entry) => versionOf(entry) === version))
}

function planGroup(
  segments: readonly SegmentEntry[],
  policy: MergePolicy,
  { over = 0, max = Number.POSITIVE_INFINITY }: RunBytes,
): CompactionRun | undefined {
  const ascending = [...segments].sort((a, b) => liveBytes(a) - liveBytes(b))
  const isWithin = (run: readonly SegmentEntry[]) => inputBytes(run) > over && inputBytes(run) <= max
  // The largest worn segment first, because its merge includes smaller ones.
  for (let i = ascending.length - 1; i >= 0; i--) {
    if (!isWorn(ascending[i]!)) continue
    const run = runUpTo(ascending, i, max)
    if (isWithin(run)) return namesOf(run)
  }
  for (let i = 0; i + policy.countMin <= ascending.length; i++) {
    const run = runFrom(ascending, i, policy.sizeRatio, max)
    if (run.length >= policy.countMin && isWithin(run)) return namesOf(run)
  }
  return undefined
}

/** The most worthwhile quick merge, or undefined. If any merge is worth doing, a quick or a long one is. */
export function planQuick(segments: readonly SegmentEntry[], policy: MergePolicy): CompactionRun | undefined {
  return planCompaction(segments, policy, { max: policy.quickBytesMax })
}

/** The most worthwhile merge that is not quick, or undefined. */
export function planLong(segments: readonly SegmentEntry[], policy: MergePolicy): CompactionRun | undefined {
  return planCompaction(segments, policy, { over: policy.quickBytesMax })
}

/**
 * The next merge of a full compaction, which ends with one segment for each version of the analyzers: of all segments of one
 * version, or of the {@link MERGED_COUNT_MAX} smallest ones. Undefined if the compaction is complete.
 *
 * @returns `isLast`: the compaction is complete after this merge
 */
export function planFull(
  segments: readonly SegmentEntry[],
): { readonly run: CompactionRun; readonly isLast: boolean } | undefined {
  const [group, ...others] = byAnalyzers(segments).filter((one) => !isOneWhole(one))
  if (group === undefined) return undefined
  if (group.length <= MERGED_COUNT_MAX) return { run: namesOf(group), isLast: others.length === 0 }
  const smallest = [...group].sort((a, b) => liveBytes(a) - liveBytes(b)).slice(0, MERGED_COUNT_MAX)
  return { run: namesOf(smallest), isLast: false }
}

/** Whether the segments are one that a full compaction would only rename. */
function isOneWhole([first, ...others]: readonly SegmentEntry[]): boolean {
  return others.length === 0 && first!.deletedCount === 0 && first!.origin === undefined
}

export function countSmall(segments: readonly SegmentEntry[]): number {
  return segments.filter((entry) => liveBytes(entry) < SMALL_BYTES_MAX).length
}

/** Estimates a segment's bytes without its deleted documents. */
export function liveBytes(entry: SegmentEntry): number {
  const { docCount, deletedCount } = entry
  return storedBytes(entry) * ((docCount - deletedCount) / docCount)
}

function isWorn(entry: SegmentEntry): boolean {
  const { docCount, deletedCount } = entry
  return storedBytes(entry) > SMALL_BYTES_MAX && deletedCount > DELETED_SHARE_MAX * docCount
}

/** The segment at `last`, whatever its size, and as many of those before it as one merge may have. */
function runUpTo(ascending: readonly SegmentEntry[], last: number, inputBytesMax: number): SegmentEntry[] {
  const run = [ascending[last]!]
  for (let i = last - 1; i >= 0; i--) {
    if (!mayBeMerged([ascending[i]!, ...run], inputBytesMax)) break
    run.unshift(ascending[i]!)
  }
  return run
}

/** The segment at `first` and those after it, up to the first that is too large compared with all before it. */
function runFrom(
  ascending: readonly SegmentEntry[],
  first: number,
  sizeRatio: number,
  inputBytesMax: number,
): SegmentEntry[] {
  const run = [ascending[first]!]
  for (const next of ascending.slice(first + 1)) {
    const ratio = run.length === 1 ? PAIR_RATIO : sizeRatio
    if (liveBytes(next) > ratio * sumLiveBytes(run) || !mayBeMerged([...run, next], inputBytesMax)) break
    run.push(next)
  }
  return run
}

function mayBeMerged(run: readonly SegmentEntry[], inputBytesMax: number): boolean {
  return run.length <= MERGED_COUNT_MAX && inputBytes(run) <= inputBytesMax && sumLiveBytes(run) <= MERGED_BYTES_MAX
}

function sumLiveBytes(run: readonly SegmentEntry[]): number {
  return run.reduce((sum, entry) => sum + liveBytes(entry), 0)
}

function inputBytes(run: readonly SegmentEntry[]): number {
  return run.reduce((sum, entry) => sum + storedBytes(entry), 0)
}

function namesOf(segments: readonly SegmentEntry[]): string[] {
  return segments.map(({ name }) => name)
}
