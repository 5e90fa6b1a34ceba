import { COLUMN_BLOCK_DOCS, type Column, type ColumnBlock } from '../../columns/column.ts'
import { type Bitset, bitsetAdd, newBitset } from '../format/tombstones.ts'

/** What was put together from a column's blocks, by its first block; valid while the others are the same too. */
const assembled = new WeakMap<ColumnBlock, { readonly blocks: Column['blocks']; readonly lengths: Uint32Array }>()

/**
 * The values of a single-valued column of whole numbers, 0 where there is none,
 * as one array. Kept for as long as the column's blocks are.
 */
export function lengthsOfColumn({ blocks }: Column, docCount: number): Uint32Array {
  const first = blocks.find((block) => block !== undefined)
  if (first === undefined) return new Uint32Array(docCount)
  const known = assembled.get(first)
  if (known?.blocks.every((block, b) => block === blocks[b])) return known.lengths
  const lengths = new Uint32Array(docCount)
  for (const [b, block] of blocks.entries()) {
    if (block !== undefined) lengths.set(block.values as Uint32Array, b * COLUMN_BLOCK_DOCS)
  }
  assembled.set(first, { blocks, lengths })
  return lengths
}

const nonZeros = new WeakMap<Uint32Array, Bitset>()

/** The documents whose number is not 0. Kept for as long as the numbers are. */
export function nonZero(numbers: Uint32Array): Bitset {
  const known = nonZeros.get(numbers)
  if (known !== undefined) return known
  const set = newBitset(numbers.length)
  nonZeros.set(numbers, set)
  for (let docId = 0; docId < numbers.length; docId++) if (numbers[docId] !== 0) bitsetAdd(set, docId)
  return set
}

/** The documents that have a value in a column. */
export function presentIn({ blocks }: Column, docCount: number): Bitset {
  const set = newBitset(docCount)
  for (const block of blocks) {
    if (block === undefined) continue
    const word = block.docStart >>> 5
    if (block.present !== undefined) set.set(block.present, word)
    else {
      set.fill(0xffff_ffff, word, word + (block.docCount >>> 5))
      const rest = block.docCount & 31
      if (rest !== 0) set[word + (block.docCount >>> 5)] = 2 ** rest - 1
    }
  }
  return set
}
