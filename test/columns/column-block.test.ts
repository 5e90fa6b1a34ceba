import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ColumnBlockError } from '../../core/columns/block-reader.ts'
import { COLUMN_BLOCK_DOCS, type ColumnBlock, type ColumnValues } from '../../core/columns/column.ts'
import { decodeColumnBlock, encodeColumnBlock, zoneOf } from '../../core/columns/column-block.ts'
import { blocksOfNumbers, ColumnBuilder, type ColumnKind } from '../../core/columns/column-builder.ts'

const number = fc.oneof(
  fc.integer({ min: 1900, max: 2030 }),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.constantFrom(-0, 0, 2 ** 53, -(2 ** 53), 1e300, Number.MIN_VALUE),
)
const bigint = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const documents = <T>(value: fc.Arbitrary<T>) => fc.array(fc.array(value, { maxLength: 3 }), { maxLength: 60 })
const single = <T>(value: fc.Arbitrary<T>) =>
  fc.array(fc.array(value, { minLength: 1, maxLength: 1 }), { maxLength: 60 })

test('numbers are decoded bit for bit, in document order', () => {
  fc.assert(fc.property(fc.oneof(documents(number), single(number)), (values) => expectRoundTrip(values, 'number')))
})

test('integers beyond 2^53 are decoded exactly', () => {
  const integer = fc.oneof(fc.integer(), bigint)
  fc.assert(
    fc.property(fc.oneof(documents(integer), single(integer)), (values) => {
      const read = valuesOf(values, 'number')
      expect(read.map((list) => list.map(BigInt))).toEqual(values.map((list) => list.map(BigInt)))
    }),
  )
})

test('ordinals are decoded', () => {
  const ordinal = fc.integer({ min: 0, max: 0xffff_ffff })
  fc.assert(fc.property(fc.oneof(documents(ordinal), single(ordinal)), (values) => expectRoundTrip(values, 'ordinal')))
})

test('documents are divided into blocks, and blocks without values are omitted', () => {
  const blocks: (ColumnBlock | undefined)[] = []
  const builder = new ColumnBuilder('number', (block) => blocks.push(block))
  builder.add(5, 1)
  builder.add(2 * COLUMN_BLOCK_DOCS + 1, 7)
  builder.finish(2 * COLUMN_BLOCK_DOCS + 10)
  expect(blocks.map((block) => block && [block.docStart, block.docCount])).toEqual([
    [0, COLUMN_BLOCK_DOCS],
    undefined,
    [2 * COLUMN_BLOCK_DOCS, 10],
  ])
  expect(blocks[2]!.values[1]).toBe(7)
})

test('years take 7 bits each', () => {
  const values = Float64Array.from({ length: 4096 }, (_, i) => 1900 + (i % 128))
  const block = { docStart: 0, docCount: 4096, present: undefined, starts: undefined, values }
  expect(encodeColumnBlock(block).length).toBe(16 + (4096 * 7) / 8)
})

test('a few documents among many take a few bytes', () => {
  const values: number[][] = Array.from({ length: 4096 }, () => [])
  values[7] = [1]
  values[4095] = [2, 3]
  const [block] = blocksOf(values, 'number')
  expect(encodeColumnBlock(block!).length).toBeLessThan(36)
  expectRoundTrip(values, 'number')
})

test('numbers are decoded, and 0 means no value', () => {
  const numbers = fc.array(fc.oneof(fc.constant(0), fc.nat(300)), { maxLength: 300 })
  fc.assert(
    fc.property(numbers, fc.nat(40), (list, every) => {
      const sparse = Uint32Array.from(list, (value, i) => (every > 0 && i % every !== 0 ? 0 : value))
      const [block] = blocksOfNumbers(sparse)
      const read = block === undefined ? undefined : decodeColumnBlock(encodeColumnBlock(block), 0, sparse.length)
      expect([...(read?.values ?? new Uint32Array(sparse.length))]).toEqual([...sparse])
    }),
  )
})

test('a zone covers the values, not the zeros of missing values', () => {
  const [block] = blocksOf([[7], [], [9]], 'number')
  expect(zoneOf(block!)).toEqual({ min: 7, max: 9 })
})

test('bytes that are not a block are refused', () => {
  const [block] = blocksOf([[1], [2], [3]], 'number')
  const bytes = encodeColumnBlock(block!)
  expect(() => decodeColumnBlock(bytes.subarray(0, 10), 0, 3)).toThrow(ColumnBlockError)
  expect(() => decodeColumnBlock(bytes, 0, 4)).toThrow(ColumnBlockError)
  expect(() => decodeColumnBlock(Uint8Array.from([9, ...bytes.subarray(1)]), 0, 3)).toThrow(ColumnBlockError)
})

function expectRoundTrip(values: readonly (readonly number[])[], kind: ColumnKind): void {
  expect(valuesOf(values, kind)).toEqual(values)
}

/** Encodes and decodes a column of few documents, and returns the values of each. */
function valuesOf(values: readonly (readonly (number | bigint)[])[], kind: ColumnKind): (number | bigint)[][] {
  return blocksOf(values, kind).flatMap((block) => {
    if (block === undefined) return values.map(() => [])
    const read = decodeColumnBlock(encodeColumnBlock(block), block.docStart, block.docCount)
    return Array.from({ length: read.docCount }, (_, i) => valuesAt(read, i))
  })
}

function valuesAt({ values, starts, present }: ColumnBlock, i: number): (number | bigint)[] {
  const slice = (from: number, to: number) =>
    Array.from<number | bigint>(values.slice(from, to) as Exclude<ColumnValues, BigInt64Array>)
  if (starts !== undefined) return slice(starts[i]!, starts[i + 1]!)
  return present === undefined || (present[i >>> 5]! >>> (i & 31)) & 1 ? slice(i, i + 1) : []
}

function blocksOf(values: readonly (readonly (number | bigint)[])[], kind: ColumnKind): (ColumnBlock | undefined)[] {
  const blocks: (ColumnBlock | undefined)[] = []
  const builder = new ColumnBuilder(kind, (block) => blocks.push(block))
  for (const [docId, list] of values.entries()) for (const value of list) builder.add(docId, value)
  builder.finish(values.length)
  return blocks
}
