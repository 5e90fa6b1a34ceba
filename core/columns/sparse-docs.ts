import { bitWidth, packAll, packedWords, unpackSome } from '../bytes/bit-packing.ts'
import { ColumnBlockError, type WordReader } from './block-reader.ts'

/** The documents with values, if their list takes less space than a bit per document. */
export function sparseDocs(present: Uint32Array, docCount: number): Uint32Array | undefined {
  const count = countPresent(present, docCount)
  if (1 + packedWords(count, bitWidth(docCount - 1)) >= present.length) return undefined
  const docs = new Uint32Array(count)
  let next = 0
  for (let i = 0; i < docCount; i++) if (((present[i >>> 5]! >>> (i & 31)) & 1) === 1) docs[next++] = i
  return docs
}

/** Encodes documents for {@link readDocs}: their count, and their packed numbers. */
export function listOfDocs(docs: Uint32Array, docCount: number): Uint32Array {
  const packed = packAll(docs, bitWidth(docCount - 1))
  const list = new Uint32Array(1 + packed.length)
  list[0] = docs.length
  list.set(packed, 1)
  return list
}

/** @throws {ColumnBlockError} for numbers that do not ascend, or are not below `docCount` */
export function readDocs(reader: WordReader, docCount: number): Uint32Array {
  const count = reader.words(1)[0]!
  if (count > docCount) throw new ColumnBlockError(`${count} documents with values, expected at most ${docCount}`)
  const docs = new Uint32Array(count)
  const width = bitWidth(docCount - 1)
  unpackSome(reader.words(packedWords(count, width)), 0, docs, { width, count, add: 0 })
  for (let k = 0; k < count; k++) {
    if (docs[k]! >= docCount || (k > 0 && docs[k]! <= docs[k - 1]!)) {
      throw new ColumnBlockError(`document ${docs[k]} out of order among ${docCount}`)
    }
  }
  return docs
}

/** Documents as presence bits. */
export function bitsOf(docs: Uint32Array, docCount: number): Uint32Array {
  const present = new Uint32Array(Math.ceil(docCount / 32))
  for (const i of docs) present[i >>> 5]! |= 1 << (i & 31)
  return present
}

/** How many of the first `docCount` documents have a value. */
export function countPresent(words: Uint32Array, docCount: number): number {
  let count = 0
  for (let i = 0; i < docCount; i++) count += (words[i >>> 5]! >>> (i & 31)) & 1
  return count
}
