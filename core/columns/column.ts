/** Documents in a column block; only a column's last block may hold fewer. */
export const COLUMN_BLOCK_DOCS = 4_096

/** Least and greatest value of a column block, both included. Keyword columns: ordinals. */
export type Zone = { readonly min: number | bigint; readonly max: number | bigint }

/** The zone of two blocks together. */
export function joinZones(a: Zone, b: Zone): Zone {
  let { min, max } = a
  if (b.min < min) min = b.min
  if (b.max > max) max = b.max
  return { min, max }
}

/** Numbers, dates and booleans (0, 1); integers where one of the block is beyond 2^53; ordinals of keywords. */
export type ColumnValues = Float64Array | BigInt64Array | Uint32Array

/**
 * The values of up to {@link COLUMN_BLOCK_DOCS} consecutive documents.
 *
 * Without `starts` each document has at most one value, `values[docId - docStart]`,
 * which is 0 where `present` says that there is none. With `starts`, those of a
 * document are at `[starts[i], starts[i + 1])` in the order of the document,
 * and equal ones are kept.
 */
export type ColumnBlock = {
  readonly docStart: number
  readonly docCount: number
  /** Bit `i & 31` of word `i >>> 5`: document `docStart + i` has a value. Undefined: all have. */
  readonly present: Uint32Array | undefined
  /** Length `docCount + 1`, from 0. */
  readonly starts: Uint32Array | undefined
  readonly values: ColumnValues
}

/** All blocks of one field in docId order; undefined where a block was not asked for, or no document in it has a value. */
export type Column = {
  readonly blocks: readonly (ColumnBlock | undefined)[]
  /** By block; undefined where no document in it has a value. */
  readonly zones: readonly (Zone | undefined)[]
}
