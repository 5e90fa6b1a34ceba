import { COLUMN_BLOCK_DOCS, type ColumnBlock, type ColumnValues } from './column.ts'

/** What a column holds: doubles (dates and booleans too), 64-bit integers, or ordinals of keywords. */
export type ColumnKind = 'number' | 'ordinal'

/**
 * Gathers a column's values document by document and hands out full blocks, so
 * that only one block is in memory. Documents are added in docId order; those
 * that have no value need not be added.
 */
export class ColumnBuilder {
  readonly #kind: ColumnKind
  #docStart = 0
  #counts = new Uint32Array(COLUMN_BLOCK_DOCS)
  #values: (number | bigint)[] = []

  constructor(kind: ColumnKind) {
    this.#kind = kind
  }

  /** First document after the open block: adding it or a later one needs the block to be finished first. */
  get blockEnd(): number {
    return this.#docStart + COLUMN_BLOCK_DOCS
  }

  /** Adds a value of the newest document so far, or of a later one. */
  add(docId: number, value: number | bigint): void {
    this.#counts[docId - this.#docStart]!++
    this.#values.push(value)
  }

  /** Ends the block at `docEnd` (at most `blockEnd`) and begins the next; undefined if it has no values at all. */
  finishBlock(docEnd: number): ColumnBlock | undefined {
    const docStart = this.#docStart
    const counts = this.#counts
    const values = this.#values
    this.#docStart = docStart + COLUMN_BLOCK_DOCS
    if (values.length === 0) return undefined
    this.#counts = new Uint32Array(COLUMN_BLOCK_DOCS)
    this.#values = []
    return makeBlock({ docStart, docCount: docEnd - docStart, counts, values: typedValues(values, this.#kind) })
  }
}

function makeBlock(from: {
  docStart: number
  docCount: number
  counts: Uint32Array
  values: ColumnValues
}): ColumnBlock {
  const { docStart, docCount, counts } = from
  const present = new Uint32Array(Math.ceil(docCount / 32))
  const starts = new Uint32Array(docCount + 1)
  let withValues = 0
  let most = 0
  for (let i = 0; i < docCount; i++) {
    const count = counts[i]!
    starts[i + 1] = starts[i]! + count
    if (count === 0) continue
    present[i >>> 5]! |= 1 << (i & 31)
    withValues++
    if (count > most) most = count
  }
  const all = withValues === docCount
  if (most > 1) return { docStart, docCount, present: all ? undefined : present, starts, values: from.values }
  if (all) return { docStart, docCount, present: undefined, starts: undefined, values: from.values }
  return { docStart, docCount, present, starts: undefined, values: spreadOut(from.values, starts, docCount) }
}

function spreadOut(values: ColumnValues, starts: Uint32Array, docCount: number): ColumnValues {
  const spread =
    values instanceof BigInt64Array
      ? new BigInt64Array(docCount)
      : values instanceof Uint32Array
        ? new Uint32Array(docCount)
        : new Float64Array(docCount)
  for (let i = 0; i < docCount; i++) if (starts[i + 1]! > starts[i]!) spread[i] = values[starts[i]!]!
  return spread
}

function typedValues(values: (number | bigint)[], kind: ColumnKind): ColumnValues {
  if (kind === 'ordinal') return Uint32Array.from(values as number[])
  if (!values.some((value) => typeof value === 'bigint')) return Float64Array.from(values as number[])
  return BigInt64Array.from(values, (value) => BigInt(value))
}
