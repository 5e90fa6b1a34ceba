import type { FieldKind } from './field-kind.ts'
import { EPOCH_MS_MAX, isFullTimestamp, parseIsoDate } from './iso-date.ts'
import { numbers } from './numbers.ts'

const EXPECTED = 'an ISO 8601 date or epoch milliseconds'
const EPOCH_MS = /^-?\d{5,}$/

/** Moments, as epoch milliseconds. */
export const date: FieldKind = {
  ...numbers,
  type: 'date',
  infers: (value) => typeof value === 'string' && isFullTimestamp(value),
  expected: EXPECTED,
  convert: (_field, value) => readDate(value),
  operand: EXPECTED,
  describe: (stored) => (readDate(stored) === stored ? new Date(stored).toISOString() : undefined),
  readOperand: (_field, value) => readDate(typeof value === 'string' && EPOCH_MS.test(value) ? Number(value) : value),
}

function readDate(value: unknown): number | undefined {
  if (typeof value === 'string') return parseIsoDate(value)
  return Number.isSafeInteger(value) && Math.abs(value as number) <= EPOCH_MS_MAX ? (value as number) + 0 : undefined
}
