import { COLUMN_BLOCK_DOCS, type ColumnBlock } from '../../columns/column.ts'
import type { DocId } from '../../postings/posting-list.ts'
import { compareValues } from '../language/bounds.ts'

/** The value of one sort key of a hit; undefined if the document has none. A keyword is an ordinal within a segment, a string between segments. */
export type SortValue = number | bigint | string | undefined

/** Returns less than 0 if `a` is first. Missing values are last in either direction. */
export function compareSortValues(a: SortValue, b: SortValue, descending: boolean): number {
  if (a === b) return 0
  if (a === undefined) return 1
  if (b === undefined) return -1
  return descending ? compareValues(b, a) : compareValues(a, b)
}

/** The value that a document sorts by: the smallest of its values if ascending, the largest if descending. */
export function columnValue(
  blocks: readonly (ColumnBlock | undefined)[],
  doc: DocId,
  descending: boolean,
): number | bigint | undefined {
  const block = blocks[Math.floor(doc / COLUMN_BLOCK_DOCS)]
  if (block === undefined) return undefined
  const i = doc - block.docStart
  if (block.present !== undefined && ((block.present[i >>> 5]! >>> (i & 31)) & 1) === 0) return undefined
  if (block.starts === undefined) return block.values[i]
  let best: number | bigint | undefined
  for (let v = block.starts[i]!; v < block.starts[i + 1]!; v++) {
    const value = block.values[v]!
    if (best === undefined || (descending ? value > best : value < best)) best = value
  }
  return best
}
