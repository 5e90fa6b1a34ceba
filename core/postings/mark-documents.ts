import { BLOCK_SIZE } from '../bytes/bit-packing.ts'
import { openPostings } from './open-postings.ts'
import type { PostingList, StoredList } from './posting-list.ts'
import { decodeShortPostings } from './short-postings.ts'

/** Blocks of postings that are decoded in one step. */
const STEP_BLOCKS = 256

/** Scratch space for the block that is being decoded. */
const docs = new Uint32Array(BLOCK_SIZE)
/** Scratch space for a list of less than one block: docIds, frequencies, lengths. */
const values = new Uint32Array(3 * BLOCK_SIZE)

/** Adds the documents of a list to a bitset, in steps. */
export function* markDocuments(list: PostingList, bits: Uint32Array): Generator<void, void> {
  for (let b = 0; b < list.blockCount; b++) {
    if ((b + 1) % STEP_BLOCKS === 0) yield
    markBlock(list, b, bits)
  }
}

/**
 * Adds the documents of the list in `bytes` to a bitset, at once: for short lists, such as those in dictionary blocks. A
 * prefix may find thousands of lists, so one of less than a block is not made an object.
 *
 * @throws {CorruptDataError} as {@link openPostings} does
 */
export function markShortList(bytes: Uint8Array, stored: StoredList, bits: Uint32Array): void {
  if (stored.docFreq < BLOCK_SIZE) {
    decodeShortPostings(bytes, stored, values)
    addAll(values, stored.docFreq, bits)
    return
  }
  const list = openPostings(bytes, stored)
  for (let b = 0; b < list.blockCount; b++) markBlock(list, b, bits)
}

function markBlock(list: PostingList, b: number, bits: Uint32Array): void {
  list.decodeDocs(b, docs)
  addAll(docs, list.blockLength(b), bits)
}

function addAll(docIds: Uint32Array, count: number, bits: Uint32Array): void {
  for (let i = 0; i < count; i++) bits[docIds[i]! >>> 5]! |= 1 << (docIds[i]! & 31)
}

/**
 * Adds the documents that are in all of several lists to a bitset, in steps. Decodes each list once, the shortest
 * first, and stops when the lists so far have no common document.
 */
export function* markCommonDocuments(
  lists: readonly PostingList[],
  docCount: number,
  bits: Uint32Array,
): Generator<void, void> {
  const shortestFirst = lists.toSorted((a, b) => a.docFreq - b.docFreq)
  /** Per document: how many lists have contained it, if all lists so far have. */
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
