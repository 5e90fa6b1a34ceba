import type { Field } from '../../core/fields/field.ts'
import type { FieldKind } from '../../core/fields/field-kind.ts'
import { numberUpTo } from '../../core/fields/field-option.ts'
import { numbers } from '../../core/fields/numbers.ts'

const PART_VALUES = 65_536
const VERSION = /^v?(\d{1,5})(?:\.(\d{1,5}))?(?:\.(\d{1,5}))?$/

/** A field whose `parts` say how many parts of a version count: with 2, 1.4.2 is 1.4. */
type SemverField = Field & { readonly parts: number }

/**
 * A kind of field that Prism does not have: versions of software, which are ordered by number.
 * Documents hold `"1.10.3"` or `{ "major": 1, "minor": 10, "patch": 3 }`.
 */
export const semver: FieldKind = {
  ...numbers,
  type: 'semver',
  options: { ...numbers.options, parts: { ...numberUpTo(3, 'parts', 3), isParameter: true } },
  infers: (value) => typeof value === 'string' && value.startsWith('v') && VERSION.test(value),
  objects: 'values',
  expected: 'a version such as 1.10.3',
  convert: (field, value) => read(field, isJsonObject(value) ? textOf(value) : value),
  operand: 'a version',
  readOperand: read,
  describe: (stored) => {
    const isVersion = Number.isSafeInteger(stored) && Number(stored) >= 0 && Number(stored) < PART_VALUES ** 3
    return isVersion ? partsOf(Number(stored)).join('.') : undefined
  },
}

function read(field: Field, value: unknown): number | undefined {
  const match = typeof value === 'string' ? VERSION.exec(value) : null
  const parts = match?.slice(1).map((part) => Number(part ?? 0))
  if (parts === undefined || parts.some((part) => part >= PART_VALUES)) return undefined
  const { parts: counted } = field as SemverField
  return parts.reduce((sum, part, i) => sum * PART_VALUES + (i < counted ? part : 0), 0)
}

function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf({ major, minor = 0, patch = 0 }: Record<string, unknown>): string {
  return `${major}.${minor}.${patch}`
}

function partsOf(stored: number): number[] {
  return [Math.floor(stored / PART_VALUES ** 2), Math.floor(stored / PART_VALUES) % PART_VALUES, stored % PART_VALUES]
}
