import { corrupt } from '../../bytes/checksum.ts'
import { UnitCache } from '../../cache/unit-cache.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { decodeFooter } from '../format/footer.ts'
import { afterReads, carryOut, type Read } from '../format/read-plan.ts'
import { plainBytes, SegmentBytes } from '../format/segment-bytes.ts'
import type { SegmentFile } from '../format/segment-entry.ts'
import { SegmentReader } from './segment-reader.ts'

/** Files with fewer bytes are read whole when they are opened. */
export const WHOLE_FILE_BYTES = 64 * 1024

/** Bytes of decoded units that are cached if the caller passes no cache. */
const UNIT_BYTES_MAX = 8 * 1024 * 1024

/** Key of a segment's `.seg`; `prefix` is that of the shard whose manifest names the segment, with the final slash. */
export function segmentKey(prefix: string, { name, origin = prefix }: Pick<SegmentFile, 'name' | 'origin'>): string {
  return `${origin}seg/${name}.seg`
}

/**
 * The read that opens a segment: of the footer, or of the whole file if it is smaller than
 * {@link WHOLE_FILE_BYTES}. Decoding verifies the footer's checksum; the sections' indexes
 * are decoded when they are first needed.
 *
 * @param prefix of the shard whose manifest names the segment, with the final slash
 */
export function segmentRead(prefix: string, file: SegmentFile, units: UnitCache): Read<SegmentReader> {
  const key = segmentKey(prefix, file)
  const isWhole = file.byteSize < WHOLE_FILE_BYTES
  const start = isWhole ? 0 : file.byteSize - file.footerSize
  const decode = (read: Uint8Array): SegmentReader => {
    const bytes = plainBytes(read)
    if (bytes.length !== file.byteSize - start) {
      throw corrupt(key, `has ${bytes.length} bytes from byte ${start}, expected ${file.byteSize - start}`)
    }
    const footer = decodeFooter(isWhole ? bytes.subarray(file.byteSize - file.footerSize) : bytes, file, key)
    if (footer.docCount !== file.docCount) {
      throw corrupt(key, `has ${footer.docCount} documents, expected ${file.docCount}`)
    }
    return new SegmentReader(file, footer, new SegmentBytes(key, units.openFile(), isWhole ? bytes : undefined))
  }
  return { key, range: { start, end: file.byteSize }, decode }
}

/**
 * Opens a segment with one request, as {@link segmentRead} does.
 *
 * @param units the cache of decoded units. Default: a small cache for this segment alone
 * @throws {NotFoundError} if the file is gone
 * @throws {CorruptDataError} if the file is damaged, or a newer version made it
 */
export function openSegment(
  store: ObjectStore,
  prefix: string,
  file: SegmentFile,
  units = new UnitCache(UNIT_BYTES_MAX),
): Promise<SegmentReader> {
  return carryOut(
    store,
    afterReads([segmentRead(prefix, file, units)], ([reader]) => reader!),
  )
}
