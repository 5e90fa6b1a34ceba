import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareUtf8, decodeUtf8Strict, encodeUtf8, utf8ByteLength } from '../../core/utf8.ts'

/** Strings of any UTF-16 units, including lone surrogates, with many shared prefixes. */
const anyString = fc
  .array(fc.constantFrom('a', 'b', 'é', '\uff5e', '\ud83d', '\ude00', '\ud83d\ude00', '\ufffd', '\ue000', '中'))
  .map((parts) => parts.join(''))

test('strings compare like their UTF-8 bytes', () => {
  fc.assert(
    fc.property(anyString, anyString, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(encodeUtf8(a), encodeUtf8(b)))
    }),
    { numRuns: 3000 },
  )
})

test('an emoji sorts after a full-width tilde, unlike with <', () => {
  expect(compareUtf8('\u{1f600}', '\uff5e')).toBeGreaterThan(0)
  expect('\u{1f600}' < '\uff5e').toBe(true)
})

test('the byte length is the length of the encoding, and well-formed text survives a round trip', () => {
  fc.assert(
    fc.property(anyString, (text) => {
      const bytes = encodeUtf8(text)
      expect(utf8ByteLength(text)).toBe(bytes.length)
      expect(encodeUtf8(decodeUtf8Strict(bytes))).toEqual(bytes)
    }),
  )
})

test('a byte order mark is kept', () => {
  expect(decodeUtf8Strict(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa')
})

test.each([
  [[0x61, 0xff], 1],
  [[0x61, 0x62, 0xc3], 2],
  [[0xc0, 0x80], 0],
  [[0xe4, 0xb8, 0xad, 0xed, 0xa0, 0x80], 3],
  [[0xf0, 0x9f, 0x98, 0x80, 0xf5, 0x80, 0x80, 0x80], 4],
])('bytes %j are refused at byte %i', (bytes, offset) => {
  expect(() => decodeUtf8Strict(Uint8Array.from(bytes), 'request body')).toThrow(
    `request body is not valid UTF-8 at byte ${offset}`,
  )
})
