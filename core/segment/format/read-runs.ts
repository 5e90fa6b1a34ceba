import type { ObjectStore } from '../../storage/object-store.ts'
import type { SegmentBytes } from './segment-bytes.ts'

export type FileRange = { readonly start: number; readonly end: number }

/** Ranges closer than this are fetched with one request. */
const GAP_BYTES_MAX = 4 * 1024
/** Bytes of one request, unless a single range is larger. */
const RUN_BYTES_MAX = 4 * 1024 * 1024

/**
 * Reads ranges for those who go through a whole file once: neighbours share a
 * request, and what is read is not worth caching.
 *
 * @param ranges ascending
 */
export async function readRuns(
  store: ObjectStore,
  file: SegmentBytes,
  ranges: readonly FileRange[],
): Promise<Uint8Array[]> {
  const runs: { start: number; end: number; from: number; to: number }[] = []
  for (const [i, { start, end }] of ranges.entries()) {
    const last = runs.at(-1)
    if (last !== undefined && start - last.end <= GAP_BYTES_MAX && end - last.start <= RUN_BYTES_MAX) {
      last.end = end
      last.to = i + 1
    } else runs.push({ start, end, from: i, to: i + 1 })
  }
  const read = await Promise.all(
    runs.map(async ({ start, end, from, to }) => {
      const bytes = await file.readOnce(store, start, end)
      return ranges.slice(from, to).map((range) => bytes.subarray(range.start - start, range.end - start))
    }),
  )
  return read.flat()
}
