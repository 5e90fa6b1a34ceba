import type { Field } from './field.ts'

/** One option of a field's declaration. */
export type FieldOption = {
  /** Where a {@link Field} keeps it. Two options of one property are two names for it, and the first is shown. */
  readonly property: keyof Field | (string & {})
  /** The value of a field whose declaration leaves it out. */
  readonly usual: unknown
  /** Converts what a declaration gives; undefined if it cannot be that. */
  readonly read: (value: unknown) => unknown
  /** What it may be, for error messages: `true or false`. */
  readonly expected: string | ((value: unknown) => string)
  /** Whether it may change while segments hold the field. Default: never. */
  readonly canChange?: (from: unknown, to: unknown) => boolean
  /** Whether it says how values are kept: segments hold it, and are refused where the schema says something else. Default: no. */
  readonly isParameter?: true
}

/** An option that is true or false. */
export function flag(property: FieldOption['property'], usual: boolean): FieldOption {
  return {
    property,
    usual,
    read: (value) => (typeof value === 'boolean' ? value : undefined),
    expected: 'true or false',
  }
}

/** An option that is one of some words; the first is usual. */
export function oneOf(property: FieldOption['property'], words: readonly string[]): FieldOption {
  const expected = `one of ${words.join(', ')}`
  return { property, usual: words[0], read: (value) => words.find((word) => word === value), expected }
}

/** An option that is a number from 0 to `max`. */
export function numberUpTo(max: number, property: FieldOption['property'], usual: number): FieldOption {
  const read = (value: unknown) => (typeof value === 'number' && value >= 0 && value <= max ? value : undefined)
  return { property, usual, read, expected: `a number from 0 to ${max}` }
}

/** The options of every field that is indexed. */
export const INDEX_OPTIONS = {
  index: flag('index', true),
  column: flag('column', true),
  dynamic: { ...flag('dynamic', false), canChange: () => true },
} as const
