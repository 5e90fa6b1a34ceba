import { COLUMN_BLOCK_DOCS, type ColumnBlock, type ColumnValues } from './column.ts'

/** The values of a column: numbers (with dates and booleans), or ordinals of keywords. */
export type ColumnKind = 'number' | 'ordinal'

/**
 * Collects the values of a column and emits one block after another, so only one block is in memory. Documents arrive
 * in docId order; documents without a value are omitted.
 */
export class ColumnBuilder {
  readonly #kind: ColumnKind
  readonly #emit: (block: ColumnBlock | undefined) => void
  #docStart = 0
  #counts = new Uint32Array(COLUMN_BLOCK_DOCS)
  #values: (number | bigint)[] = []

  /** @param emit receives each block in order; undefined if no document of the block has a value */
  constructor(kind: ColumnKind, emit: (block: ColumnBlock | undefined) => void) {
    this.#kind = kind
    this.#emit = emit
  }

  /** Adds a value to document `docId`; docIds do not descend. */
  add(docId: number, value: number | bigint): void {
    while (docId >= this.#docStart + COLUMN_BLOCK_DOCS) this.#finishBlock(COLUMN_BLOCK_DOCS)
    this.#counts[docId - this.#docStart]!++
    this.#values.push(value)
  }

  /** Ends the column of a segment of `docCount` documents. */
  finish(docCount: number): void {
    while (this.#docStart < docCount) this.#finishBlock(Math.min(COLUMN_BLOCK_DOCS, docCount - this.#docStart))
  }

  #finishBlock(docCount: number): void {
    const docStart = this.#docStart
    const counts = this.#counts
    const values = this.#values
    this.#docStart = docStart + COLUMN_BLOCK_DOCS
    if (values.length === 0) {
      this.#emit(undefined)
      return
    }
    this.#counts = new Uint32Array(COLUMN_BLOCK_DOCS)
    this.#values = []
    this.#emit(makeBlock({ docStart, docCount, counts, values: typedValues(values, this.#kind) }))
  }
}

/**
 * Divides one number per document into blocks, where 0 means that the document has no value. A block without values is
 * undefined.
 */
export function blocksOfNumbers(numbers: Uint32Array): (ColumnBlock | undefined)[] {
  const blocks: (ColumnBlock | undefined)[] = []
  for (let docStart = 0; docStart < numbers.length; docStart += COLUMN_BLOCK_DOCS) {
    blocks.push(blockOfNumbers(numbers.subarray(docStart, docStart + COLUMN_BLOCK_DOCS), docStart))
  }
  return blocks
}

function blockOfNumbers(values: Uint32Array, docStart: number): ColumnBlock | undefined {
  const docCount = values.length
  const present = new Uint32Array(Math.ceil(docCount / 32))
  let withValues = 0
  for (let i = 0; i < docCount; i++) {
    if (values[i] === 0) continue
    present[i >>> 5]! |= 1 << (i & 31)
    withValues++
  }
  if (withValues === 0) return undefined
  return { docStart, docCount, present: withValues === docCount ? undefined : present, starts: undefined, values }
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
  // Only integers beyond 2^53 are bigints. One of them turns the whole block into 64-bit integers.
  if (!values.some((value) => typeof value === 'bigint' && !isSafe(value))) return Float64Array.from(values, Number)
  return BigInt64Array.from(values, BigInt)
}

function isSafe(value: bigint): boolean {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
}
