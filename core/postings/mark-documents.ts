import { BLOCK_SIZE } from '../bytes/bit-packing.ts'
import type { PostingList } from './posting-list.ts'

/** Blocks of postings that are decoded in one step. */
const STEP_BLOCKS = 256

/** Scratch of the block being decoded. */
const docs = new Uint32Array(BLOCK_SIZE)

/** Adds the documents of a list to a set: bit `d & 31` of word `d >>> 5`. In steps. */
export function* markDocuments(list: PostingList, bits: Uint32Array): Generator<void, void> {
  for (let b = 0; b < list.blockCount; b++) {
    if ((b + 1) % STEP_BLOCKS === 0) yield
    markBlock(list, b, bits)
  }
}

/** Adds the documents of a list that is as short as those in dictionary blocks are, at once. */
export function markShortList(list: PostingList, bits: Uint32Array): void {
  for (let b = 0; b < list.blockCount; b++) markBlock(list, b, bits)
}

function markBlock(list: PostingList, b: number, bits: Uint32Array): void {
  list.decodeDocs(b, docs)
  const length = list.blockLength(b)
  for (let i = 0; i < length; i++) bits[docs[i]! >>> 5]! |= 1 << (docs[i]! & 31)
}

/**
 * Adds the documents that every one of several lists holds to a set, in steps. Each list is decoded once, the shortest
 * first, and no further where nothing is common to those before.
 */
export function* markCommonDocuments(
  lists: readonly PostingList[],
  docCount: number,
  bits: Uint32Array,
): Generator<void, void> {
  const shortestFirst = lists.toSorted((a, b) => a.docFreq - b.docFreq)
  /** How many lists, all before the current one, hold the document. */
  const counts = new Uint32Array(docCount)
  for (const [before, list] of shortestFirst.entries()) {
    let found = 0
    for (let b = 0; b < list.blockCount; b++) {
      if ((b + 1) % STEP_BLOCKS === 0) yield
      list.decodeDocs(b, docs)
      const length = list.blockLength(b)
      for (let i = 0; i < length; i++) {
        const doc = docs[i]!
        if (counts[doc] !== before) continue
        counts[doc] = before + 1
        found++
        if (before + 1 === lists.length) bits[doc >>> 5]! |= 1 << (doc & 31)
      }
    }
    if (found === 0) return
    yield
  }
}
