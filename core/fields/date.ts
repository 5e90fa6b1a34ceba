import type { FieldKind } from './field-kind.ts'
import { EPOCH_MS_MAX, isFullTimestamp, parseIsoDate } from './iso-date.ts'
import { numbers } from './numbers.ts'

const EXPECTED = 'an ISO 8601 date or epoch milliseconds'
const EPOCH_MS = /^-?\d{5,}$/

/** Points in time, as epoch milliseconds. */
export const date: FieldKind = {
  ...numbers,
  type: 'date',
  infers: (value) => typeof value === 'string' && isFullTimestamp(value),
  expected: EXPECTED,
  convert: (_field, value) => readDate(value),
  operand: EXPECTED,
  describe: (stored) => (readDate(stored) === stored ? new Date(stored).toISOString() : undefined),
  readCell: epochOfCell,
  readOperand: (_field, value) => readDate(typeof value === 'string' ? epochOfCell(value) : value),
}

function readDate(value: unknown): number | undefined {
  if (typeof value === 'string') return parseIsoDate(value)
  return Number.isSafeInteger(value) && Math.abs(value as number) <= EPOCH_MS_MAX ? (value as number) + 0 : undefined
}

/** Converts a text of epoch milliseconds to a number. Other texts are ISO 8601 and stay unchanged. */
function epochOfCell(text: string): number | string {
  return EPOCH_MS.test(text) ? Number(text) : text
}
