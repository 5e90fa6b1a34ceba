/** Documents of a column block; only the last block of a column may have fewer. */
export const COLUMN_BLOCK_DOCS = 4_096

/** The minimum and the maximum of a column block, inclusive. Ordinals in keyword columns. */
export type Zone = { readonly min: number | bigint; readonly max: number | bigint }

/** The zone that covers two zones. */
export function joinZones(a: Zone, b: Zone): Zone {
  let { min, max } = a
  if (b.min < min) min = b.min
  if (b.max > max) max = b.max
  return { min, max }
}

/** Numbers, dates and booleans (0, 1); 64-bit integers if one of the block is beyond 2^53; or ordinals of keywords. */
export type ColumnValues = Float64Array | BigInt64Array | Uint32Array

/**
 * The values of up to {@link COLUMN_BLOCK_DOCS} consecutive documents.
 *
 * Without `starts`, each document has at most one value: `values[docId - docStart]`, or 0 if `present` says that it has
 * none. With `starts`, the values of a document are at `[starts[i], starts[i + 1])`, in document order and with
 * duplicates.
 */
export type ColumnBlock = {
  readonly docStart: number
  readonly docCount: number
  /** Bit `i & 31` of word `i >>> 5`: whether document `docStart + i` has a value. If undefined, all have. */
  readonly present: Uint32Array | undefined
  /** Length `docCount + 1`; begins with 0. */
  readonly starts: Uint32Array | undefined
  readonly values: ColumnValues
}

/** All blocks of a field in docId order; undefined if a block was not read, or no document in the block has a value. */
export type Column = {
  readonly blocks: readonly (ColumnBlock | undefined)[]
  /** Per block; undefined if no document in the block has a value. */
  readonly zones: readonly (Zone | undefined)[]
}
