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

/**
 * Adds the documents that every one of several lists holds to a set. Each list is decoded once, the shortest first, and no
 * further where nothing is common to those before.
 */
export function markCommonDocuments(lists: readonly PostingList[], docCount: number, bits: Uint32Array): void {
  const shortestFirst = lists.toSorted((a, b) => a.docFreq - b.docFreq)
  /** How many lists, all before the current one, hold the document. */
  const counts = new Uint32Array(docCount)
  for (const [before, list] of shortestFirst.entries()) {
    let found = 0
    for (let b = 0; b < list.blockCount; b++) {
      list.decodeDocs(b, docs)
      const length = list.blockLength(b)
      for (let i = 0; i < length; i++) {
        if (counts[docs[i]!] !== before) continue
        counts[docs[i]!] = before + 1
        found++
      }
    }
    if (found === 0) return
  }
  for (let doc = 0; doc < docCount; doc++) if (counts[doc] === lists.length) bits[doc >>> 5]! |= 1 << (doc & 31)
}
