import { crc32 } from 'node:zlib'
import type { Bitset } from '../../bytes/bitset.ts'
import { CorruptDataError } from '../../errors.ts'
import { decodeRoaring, encodeRoaring } from '../../postings/roaring-bitmap.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { afterReads, carryOut, type Read } from './read-plan.ts'
import type { TombstonesRef } from './segment-entry.ts'

/** Where the tombstones of one segment are in the object that {@link encodeTombstones} made. */
export type TombstonesPart = Omit<TombstonesRef, 'object'>

/** Encodes the tombstones of several segments, as portable Roaring bitmaps, as one object. */
export function encodeTombstones(sets: readonly Bitset[]): {
  bytes: Uint8Array
  parts: readonly TombstonesPart[]
} {
  const bitmaps = sets.map(encodeRoaring)
  const bytes = new Uint8Array(bitmaps.reduce((sum, bitmap) => sum + bitmap.length, 0))
  let end = 0
  const parts = bitmaps.map((bitmap) => {
    const start = end
    bytes.set(bitmap, start)
    end += bitmap.length
    return { start, end, crc: crc32(bitmap) }
  })
  return { bytes, parts }
}

/** Key of the object that holds a segment's tombstones; `prefix` is that of the shard whose manifest names the segment. */
export function tombstonesObject(prefix: string, { object, origin = prefix }: TombstonesRef): string {
  return origin + object
}

/**
 * The read of the tombstones of a segment of `docCount` documents.
 *
 * @param prefix of the shard whose manifest names the segment, with the final slash
 */
export function tombstonesRead(
  prefix: string,
  { ref, docCount }: { readonly ref: TombstonesRef; readonly docCount: number },
): Read<Bitset> {
  const key = tombstonesObject(prefix, ref)
  return {
    key,
    range: { start: ref.start, end: ref.end },
    decode: (bytes) => decodeTombstones(bytes, ref, key, docCount),
  }
}

/**
 * Reads the tombstones of a segment of `docCount` documents, in one request.
 *
 * @param prefix of the shard whose manifest names the segment, with the final slash
 * @throws {CorruptDataError} if the bytes are damaged
 */
export function readTombstones(
  store: ObjectStore,
  prefix: string,
  tombstones: { readonly ref: TombstonesRef; readonly docCount: number },
): Promise<Bitset> {
  return carryOut(
    store,
    afterReads([tombstonesRead(prefix, tombstones)], ([set]) => set!),
  )
}

function decodeTombstones(bytes: Uint8Array, ref: TombstonesRef, key: string, docCount: number): Bitset {
  const source = `${key} tombstones at byte ${ref.start}`
  if (bytes.length !== ref.end - ref.start) {
    throw corruptTombstones(source, `are ${bytes.length} bytes, expected ${ref.end - ref.start}`)
  }
  const found = crc32(bytes)
  if (found !== ref.crc) throw corruptTombstones(source, `have crc32 ${found}, expected ${ref.crc}`)
  return decodeRoaring(bytes, docCount, source)
}

function corruptTombstones(source: string, problem: string): CorruptDataError {
  return new CorruptDataError('corrupt_tombstones', `${source} ${problem}`, { details: { source } })
}
