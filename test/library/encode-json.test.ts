import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeJson } from '../../core/client/encode-json.ts'
import { findJsonProblem } from '../../core/schema/json-scanner.ts'

test('every object of JSON values arrives as it is, and has no number that a server refuses', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.maxSafeInteger(),
    fc.bigInt().map(large),
  )
  const text = fc.oneof(fc.string(), fc.constantFrom('[12345678901234567890]', '":12345678901234567890,"', '\\'))
  const value = fc.letrec((tie) => ({
    any: fc.oneof(number, text, fc.array(tie('any')), fc.dictionary(text, tie('any'))),
  })).any

  fc.assert(
    fc.property(value, (inner) => {
      const encoded = encodeJson({ inner })

      expect(JSON.parse(encoded)).toEqual(JSON.parse(JSON.stringify({ inner })))
      expect(findJsonProblem(encoded)).toBeUndefined()
    }),
  )
})

test('only large integers are written in another form', () => {
  const plain = { a: 2 ** 53, b: 1e21, c: 0.12345678901234568, d: '[12345678901234567890]' }

  expect(encodeJson(plain)).toBe(JSON.stringify(plain))
  expect(encodeJson({ e: [2 ** 60, -(2 ** 60)], d: plain.d })).toBe(
    '{"e":[1.152921504606847e+18,-1.152921504606847e+18],"d":"[12345678901234567890]"}',
  )
})

// A pattern that reads a text sign by sign overflowed the stack here.
test('a text of ten million escapes stands next to a large integer', () => {
  const signs = '\n'.repeat(10_000_000)

  expect(encodeJson([2 ** 60, signs])).toBe(`[1.152921504606847e+18,${JSON.stringify(signs)}]`)
})

function large(value: bigint): number {
  return Number(BigInt.asIntN(70, value * 2n ** 50n))
}
