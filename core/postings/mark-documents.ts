import { BLOCK_SIZE } from '../bytes/bit-packing.ts'
import type { PostingList } from './posting-list.ts'

/** Scratch of the block being decoded. */
const docs = new Uint32Array(BLOCK_SIZE)

/** Adds the documents of a list to a set: bit `d & 31` of word `d >>> 5`. */
export function markDocuments(list: PostingList, bits: Uint32Array): void {
  for (let b = 0; b < list.blockCount; b++) {
    list.decodeDocs(b, docs)
    const length = list.blockLength(b)
    for (let i = 0; i < length; i++) bits[docs[i]! >>> 5]! |= 1 << (docs[i]! & 31)
  }
}
