import { corrupt } from '../../bytes/checksum.ts'
import { UnitCache } from '../../cache/unit-cache.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { decodeFooter } from '../format/footer.ts'
import { afterReads, carryOut, type Read } from '../format/read-plan.ts'
import { plainBytes, SegmentBytes } from '../format/segment-bytes.ts'
import type { SegmentFile } from '../format/segment-entry.ts'
import { SegmentReader } from './segment-reader.ts'

/** Files below this many bytes are read whole when they are opened. */
export const WHOLE_FILE_BYTES = 64 * 1024

/** Memory for what is decoded of a segment that is opened without a cache of its caller. */
const UNIT_BYTES_MAX = 8 * 1024 * 1024

/** Key of a segment's file; `prefix` is that of the shard whose manifest names it, with the final slash. */
export function segmentKey(prefix: string, { name, origin = prefix }: Pick<SegmentFile, 'name' | 'origin'>): string {
  return `${origin}seg/${name}.seg`
}

/**
 * The read that opens a segment: of its footer, or of all of it if it is below
 * {@link WHOLE_FILE_BYTES}. Decoding costs a checksum of the footer; its indexes are
 * decoded when they are first needed.
 *
 * @param prefix of the shard whose manifest names it, with the final slash
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
 * Opens a segment with one request, as {@link segmentRead} says.
 *
 * @param units where what is decoded of it is kept; without it in a small cache of the segment's own
 * @throws {NotFoundError} if the file is gone
 * @throws {CorruptDataError} if it is damaged, or a newer version made it
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
