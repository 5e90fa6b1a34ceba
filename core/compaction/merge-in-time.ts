import { type SegmentEntry, storedBytes } from '../segment/format/segment-entry.ts'
import type { TimeLimit } from '../time-limit.ts'

/**
 * Bytes of inputs that a merge certainly processes in a millisecond. On a busy server one core
 * processed 9 to 14 MB/s from memory, and 2 MB/s through a model of S3 with 63 ms per read, for
 * texts of random words. A function is expected to reach half of that.
 */
export const BYTES_PER_MS = 1024
/** Milliseconds for reading the head, opening the inputs, and the commit. */
const OVERHEAD_MS = 3000
/** The part of {@link OVERHEAD_MS} that giving up takes: a multipart upload has to be aborted. */
export const ABANDON_MS = 1000

/** Bytes of inputs that a merge can process from now until the limit, in the worst expected case; negative if there is no time. */
export function bytesInTime(timeLimit: TimeLimit): number {
  return (timeLimit.remainingMs() - OVERHEAD_MS) * BYTES_PER_MS
}

/** Whether a merge that begins now will end before the limit. */
export function endsInTime(byteSize: number, timeLimit: TimeLimit): boolean {
  return byteSize <= bytesInTime(timeLimit)
}

export function byteSizeOf(segments: readonly SegmentEntry[], names: readonly string[]): number {
  const chosen = new Set(names)
  return segments.reduce((sum, entry) => sum + (chosen.has(entry.name) ? storedBytes(entry) : 0), 0)
}
