import type { PostingsBuffer } from './postings-buffer.ts'

/** Decodes the documents in `bytes[start, end)`: the gap before each, as a varint. */
export function readDocIds(bytes: Uint8Array, start: number, end: number, into: PostingsBuffer): void {
  const { docIds } = into
  let doc = -1
  let count = 0
  for (let at = start; at < end; ) {
    let value = bytes[at++]!
    if (value > 0x7f) {
      value &= 0x7f
      for (let shift = 7; ; shift += 7) {
        const byte = bytes[at++]!
        value |= (byte & 0x7f) << shift
        if (byte < 0x80) break
      }
    }
    doc += value
    docIds[count++] = doc
  }
  into.count = count
  into.positionCount = 0
}

/**
 * Decodes the documents and positions in `bytes[start, end)`, all varints: twice the gap before a document, and then
 * for each of its positions twice the gap plus one.
 */
export function readPositions(bytes: Uint8Array, start: number, end: number, into: PostingsBuffer): void {
  // A position takes at least one byte.
  into.reservePositions(end - start)
  const { docIds, freqs, positions } = into
  let doc = -1
  let position = 0
  let count = 0
  let positionCount = 0
  let before = 0
  for (let at = start; at < end; ) {
    let value = bytes[at++]!
    if (value > 0x7f) {
      value &= 0x7f
      for (let shift = 7; ; shift += 7) {
        const byte = bytes[at++]!
        value |= (byte & 0x7f) << shift
        if (byte < 0x80) break
      }
    }
    if ((value & 1) === 1) {
      position += value >>> 1
      positions[positionCount++] = position
      continue
    }
    if (count > 0) freqs[count - 1] = positionCount - before
    before = positionCount
    doc += value >>> 1
    docIds[count++] = doc
    position = 0
  }
  freqs[count - 1] = positionCount - before
  into.count = count
  into.positionCount = positionCount
}
