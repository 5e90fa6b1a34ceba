import { type SegmentEntry, storedBytes } from '../segment/format/segment-entry.ts'

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
  /** Whether a process that writes makes long merges too; `when_many`: only so that the number of segments stays bounded. */
  readonly longMerges: 'always' | 'when_many' | 'never'
}

/** Where searches share a process with merges on threads of their own. 4,096 commits of 600 KB leave 5 segments on the mean, rewritten 7 times. */
export const MERGES_OF_SERVERS: MergePolicy = {
  countMin: 3,
  sizeRatio: 2,
  quickBytesMax: 8 * MEGABYTE,
  longMerges: 'always',
}
/** For imports that nobody searches: they leave 9 segments, rewritten 4 to 6 times. */
export const MERGES_OF_IMPORTS: MergePolicy = {
  countMin: 8,
  sizeRatio: 1,
  quickBytesMax: 8 * MEGABYTE,
  longMerges: 'when_many',
}
/** Where a merge is paid for, and the thread is the one that answers. */
export const MERGES_OF_FUNCTIONS: MergePolicy = {
  countMin: 8,
  sizeRatio: 1,
  quickBytesMax: MEGABYTE,
  longMerges: 'never',
}

/** A segment below this is small: it is not rewritten for its deleted documents alone. */
export const SMALL_BYTES_MAX = MEGABYTE
/** Runs are no larger; only a full compaction makes larger segments. */
export const MERGED_BYTES_MAX = 2048 * MEGABYTE
/** A segment is rewritten when more than this share of it is deleted. */
export const DELETED_SHARE_MAX = 0.4
/** Inputs of one merge: each of them has a reader and buffers of its own. */
export const MERGED_COUNT_MAX = 32
/** The second of a run has only one before it: two of about a size belong together whatever the policy. */
const PAIR_RATIO = 2

/** Names of segments to be merged into one. */
export type CompactionRun = readonly string[]

/** Bounds of the bytes of all inputs of a run together: above `over`, and at most `max`, to which runs are cut. */
type RunBytes = { readonly over?: number; readonly max?: number }

/**
 * The merge most worth doing, or undefined: the largest segment with many deleted documents,
 * and the smaller ones with it, which would be merged into it sooner or later; else the run of
 * the smallest segments (see {@link MergePolicy}). Words of different versions of the analyzers are never merged.
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

/** Segments whose words are of one version of the analyzers, the newest version first. Those without words go with it. */
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
  // The largest first: it takes the others along.
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

/** The merge most worth doing that is quick, or undefined. Where there is any there is a quick or a long one. */
export function planQuick(segments: readonly SegmentEntry[], policy: MergePolicy): CompactionRun | undefined {
  return planCompaction(segments, policy, { max: policy.quickBytesMax })
}

/** The merge most worth doing that is not quick, or undefined. */
export function planLong(segments: readonly SegmentEntry[], policy: MergePolicy): CompactionRun | undefined {
  return planCompaction(segments, policy, { over: policy.quickBytesMax })
}

/**
 * The next merge on the way to one segment for each version of the analyzers: of all that have one version, or of the
 * smallest {@link MERGED_COUNT_MAX} if there are more. Undefined if there is nothing to gain.
 *
 * @returns `isLast`: nothing is left to gain after it
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

/** Whether a merge of these segments would change nothing but their name. */
function isOneWhole([first, ...others]: readonly SegmentEntry[]): boolean {
  return others.length === 0 && first!.deletedCount === 0 && first!.origin === undefined
}

export function countSmall(segments: readonly SegmentEntry[]): number {
  return segments.filter((entry) => liveBytes(entry) < SMALL_BYTES_MAX).length
}

/** What is left of a segment's bytes when its deleted documents are gone, roughly. */
export function liveBytes(entry: SegmentEntry): number {
  const { docCount, deletedCount } = entry
  return storedBytes(entry) * ((docCount - deletedCount) / docCount)
}

function isWorn(entry: SegmentEntry): boolean {
  const { docCount, deletedCount } = entry
  return storedBytes(entry) > SMALL_BYTES_MAX && deletedCount > DELETED_SHARE_MAX * docCount
}

/** The segment at `last`, whatever its size, and those before it, as many as may be merged at once. */
function runUpTo(ascending: readonly SegmentEntry[], last: number, inputBytesMax: number): SegmentEntry[] {
  const run = [ascending[last]!]
  for (let i = last - 1; i >= 0; i--) {
    if (!mayBeMerged([ascending[i]!, ...run], inputBytesMax)) break
    run.unshift(ascending[i]!)
  }
  return run
}

/** The segment at `first`, and those after it, as long as none is too large compared to all before it. */
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
