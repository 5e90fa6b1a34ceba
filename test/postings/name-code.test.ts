import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteWriter } from '../../core/bytes/byte-writer.ts'
import { VarintReader } from '../../core/bytes/varint-reader.ts'
import { readNameBytes, writeNameBytes } from '../../core/dictionary/name-code.ts'

const names = fc.oneof(
  fc.stringMatching(/^[a-z0-9]{0,200}$/),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.stringMatching(/^[a-z]{0,200}$/).map((text) => `\0ß${text}\uffff`),
)

test('names are decoded', () => {
  fc.assert(
    fc.property(names, (text) => {
      const bytes = Buffer.from(text)
      const reader = new VarintReader(written(bytes))

      expect(Buffer.from(readNameBytes(reader, bytes.length)).toString()).toBe(text)
      expect(reader.at).toBe(reader.bytes.length)
      expect(reader.overran).toBe(false)
    }),
  )
})

test('every byte has a code', () => {
  for (let byte = 0; byte < 256; byte++) {
    const bytes = Uint8Array.of(...Buffer.from('seen in the same name'), byte, ...Buffer.from('and this'))
    const coded = written(bytes)

    expect(coded.length).toBeLessThan(bytes.length)
    expect(readNameBytes(new VarintReader(coded), bytes.length)).toEqual(bytes)
  }
})

test('words take five bits per letter, and other scripts one byte more than the plain bytes', () => {
  const english = Buffer.from('notwithstandingdictionariescontaincommonwords')
  const russian = Buffer.from('словарисодержатслова')

  expect(written(english).length).toBeLessThan((english.length * 5) / 8)
  expect(written(russian)).toHaveLength(russian.length + 1)
})

test('damaged codes give other bytes or an overrun, but never more bytes', () => {
  fc.assert(
    fc.property(names, fc.nat(), fc.integer({ min: 1, max: 255 }), (text, where, flip) => {
      const count = Buffer.byteLength(text)
      const bytes = written(Buffer.from(text))
      bytes[where % bytes.length]! ^= flip
      const reader = new VarintReader(bytes)
      const found = readNameBytes(reader, count)

      expect(reader.overran || found.length === count).toBe(true)
    }),
  )
})

function written(bytes: Uint8Array): Uint8Array {
  const out = new ByteWriter()
  writeNameBytes(out, bytes, bytes.length)
  return out.take()
}
