import type { Field } from './field.ts'

/** One option of a field's declaration. */
export type FieldOption = {
  /**
   * The property of {@link Field} that holds the value. Two options of one property are aliases; the first is shown.
   */
  readonly property: keyof Field | (string & {})
  /** The default. */
  readonly defaultValue: unknown
  /** Converts the value of a declaration; returns undefined if the value is invalid. */
  readonly read: (value: unknown) => unknown
  /** The valid values, for error messages: `true or false`. */
  readonly expected: string | ((value: unknown) => string)
  /** Whether the value may change while segments hold the field. Default: never. */
  readonly canChange?: (from: unknown, to: unknown) => boolean
  /**
   * Set if the option decides how segments encode values. Segments record it, and are refused if the schema differs.
   */
  readonly isParameter?: true
}

/** A boolean option. */
export function flag(property: FieldOption['property'], defaultValue: boolean): FieldOption {
  return {
    property,
    defaultValue,
    read: (value) => (typeof value === 'boolean' ? value : undefined),
    expected: 'true or false',
  }
}

/** An option that is one of several words; the first is the default. */
export function oneOf(property: FieldOption['property'], words: readonly string[]): FieldOption {
  const expected = `one of ${words.join(', ')}`
  return { property, defaultValue: words[0], read: (value) => words.find((word) => word === value), expected }
}

/** An option that is a number from 0 to `max`. */
export function numberUpTo(max: number, property: FieldOption['property'], defaultValue: number): FieldOption {
  const read = (value: unknown) => (typeof value === 'number' && value >= 0 && value <= max ? value : undefined)
  return { property, defaultValue, read, expected: `a number from 0 to ${max}` }
}

/** The options of every indexed field. */
export const INDEX_OPTIONS = {
  index: flag('index', true),
  column: flag('column', true),
  dynamic: { ...flag('dynamic', false), canChange: () => true },
} as const
