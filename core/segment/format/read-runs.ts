import type { ObjectStore } from '../../storage/object-store.ts'
import type { SegmentBytes } from './segment-bytes.ts'

export type FileRange = { readonly start: number; readonly end: number }

/** One request fetches ranges with gaps of at most so many bytes. */
const GAP_BYTES_MAX = 4 * 1024
/** Most bytes of a request, unless a single range is larger. */
const RUN_BYTES_MAX = 4 * 1024 * 1024

/**
 * Reads and decodes ranges for a caller that goes through a whole file once. Neighbouring ranges share a
 * request; nothing is cached.
 *
 * @param ranges ascending
 * @param decode verifies and decodes the bytes of `ranges[i]`
 */
export async function readRuns<T>(
  store: ObjectStore,
  file: SegmentBytes,
  ranges: readonly FileRange[],
  decode: (part: Uint8Array, i: number) => T,
): Promise<T[]> {
  const runs: { start: number; end: number; from: number; to: number }[] = []
  for (const [i, { start, end }] of ranges.entries()) {
    const last = runs.at(-1)
    if (last !== undefined && start - last.end <= GAP_BYTES_MAX && end - last.start <= RUN_BYTES_MAX) {
      last.end = end
      last.to = i + 1
    } else runs.push({ start, end, from: i, to: i + 1 })
  }
  const read = await Promise.all(
    runs.map(({ start, end, from, to }) =>
      file.readOnce(store, { start, end }, (bytes) =>
        ranges
          .slice(from, to)
          .map((range, i) => decode(bytes.subarray(range.start - start, range.end - start), from + i)),
      ),
    ),
  )
  return read.flat()
}
