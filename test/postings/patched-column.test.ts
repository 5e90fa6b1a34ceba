import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteWriter } from '../../core/bytes/byte-writer.ts'
import { readColumn, writeColumn } from '../../core/bytes/patched-column.ts'
import { VarintReader } from '../../core/bytes/varint-reader.ts'
import { words32 } from './generate.ts'

const columns = fc.oneof(
  fc.array(words32, { maxLength: 300, size: 'max' }),
  fc.array(fc.oneof({ weight: 20, arbitrary: fc.nat(7) }, { weight: 1, arbitrary: words32 }), {
    maxLength: 300,
    size: 'max',
  }),
)

test('a column decodes to its values', () => {
  fc.assert(
    fc.property(columns, (values) => {
      const reader = new VarintReader(written(values))
      const out = new Uint32Array(values.length + 2)
      readColumn(reader, out, 1, values.length)

      expect(Array.from(out)).toEqual([0, ...values, 0])
      expect(reader.at).toBe(reader.bytes.length)
    }),
  )
})

test('an outlier does not widen the other values', () => {
  const values = Array.from({ length: 100 }, (_, i) => (i === 50 ? 1_000_000 : i % 4))

  expect(written(values).length).toBeLessThan(32)
})

test('damaged bytes give other values or an overrun, but never more values', () => {
  fc.assert(
    fc.property(columns, fc.nat(), fc.integer({ min: 1, max: 255 }), (values, where, flip) => {
      const bytes = written(values)
      bytes[where % bytes.length]! ^= flip
      const out = new Uint32Array(values.length + 1)
      readColumn(new VarintReader(bytes), out, 0, values.length)

      expect(out[values.length]).toBe(0)
    }),
  )
})

function written(values: readonly number[]): Uint8Array {
  const out = new ByteWriter()
  writeColumn(out, Uint32Array.from(values), values.length)
  return out.take()
}
