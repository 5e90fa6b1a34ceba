import type { FieldKind } from './field-kind.ts'
import { numbers, readNumber } from './numbers.ts'

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
const INTEGER_TEXT = /^-?\d{1,19}$/

export const integer: FieldKind = {
  ...numbers,
  type: 'integer',
  expected: 'an integer from -(2^53 - 1) to 2^53 - 1, or a string of a 64-bit integer',
  convert: (_field, value) => readInteger(value),
  // No integer equals a fraction, but a fraction can bound integers.
  readOperand: (_field, value) => readInteger(value) ?? readNumber(value),
  describe: (stored) => {
    const isInteger = typeof stored === 'bigint' || Number.isSafeInteger(stored)
    return !isInteger ? undefined : Number.isSafeInteger(Number(stored)) ? Number(stored) : String(stored)
  },
}

/**
 * Strings may hold integers beyond 2^53, which become bigints. Adding 0 turns -0 into 0, so equal numbers are one
 * value.
 */
function readInteger(value: unknown): number | bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value + 0 : undefined
  if (typeof value !== 'string' || !INTEGER_TEXT.test(value)) return undefined
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number + 0
  const big = BigInt(value)
  return big >= INT64_MIN && big <= INT64_MAX ? big : undefined
}
