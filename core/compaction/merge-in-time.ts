import { type SegmentEntry, storedBytes } from '../segment/format/segment-entry.ts'
import type { TimeLimit } from '../time-limit.ts'

/**
 * Bytes of inputs that a merge is sure to get through in a millisecond. One core of a
 * busy server did 9 to 14 MB a second from memory and 2 through a model of S3 (63 ms
 * a read), with texts of random words: a function is expected to do half of that.
 */
export const BYTES_PER_MS = 1024
/** For the head, opening the inputs, and the commit. */
const OVERHEAD_MS = 3000
/** Of that, what is left for giving up cleanly: an upload in parts has to be called off. */
export const ABANDON_MS = 1000

/** Bytes of inputs that a merge which begins now gets through before the limit, at the worst that is expected; below 0 if there is no time for any. */
export function bytesInTime(timeLimit: TimeLimit): number {
  return (timeLimit.remainingMs() - OVERHEAD_MS) * BYTES_PER_MS
}

/** Whether a merge that begins now ends before the limit. One that would not is not begun: it would be for nothing. */
export function endsInTime(byteSize: number, timeLimit: TimeLimit): boolean {
  return byteSize <= bytesInTime(timeLimit)
}

export function byteSizeOf(segments: readonly SegmentEntry[], names: readonly string[]): number {
  const chosen = new Set(names)
  return segments.reduce((sum, entry) => sum + (chosen.has(entry.name) ? storedBytes(entry) : 0), 0)
}
