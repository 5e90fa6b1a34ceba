import { PresenceBuilder } from './field-builder.ts'
import type { FieldKind } from './field-kind.ts'
import { INDEX_OPTIONS } from './field-option.ts'
import { NumbersBuilder } from './numbers-builder.ts'

/** The properties that all kinds with numbers in a column share. */
export const numbers = {
  options: INDEX_OPTIONS,
  isIndexed: true,
  hasColumn: true,
  keywords: 'never',
  words: 'none',
  operand: 'a number',
  build: ({ column }, { docCount }) => (column ? new NumbersBuilder(docCount) : new PresenceBuilder(docCount)),
  merge: (merge) => merge.numbers(),
  scrub: (scrub) => scrub.column('numbers'),
} as const satisfies Partial<FieldKind>

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/

/** Reads a finite number, or the text of one. Adding 0 turns -0 into 0, so equal numbers are one value. */
export function readNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && NUMBER.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number + 0 : undefined
}
