import type { Field } from '../../fields/field.ts'
import { type FieldRange, findRange } from '../../fields/field-ranges.ts'
import type { Schema } from '../../schema/schema.ts'
import type { SegmentFile } from '../../segment/format/segment-entry.ts'
import type { TermRange } from '../../segment/read/term-entry.ts'
import { compareUtf8 } from '../../utf8.ts'
import { type ColumnNumber, IntervalIndex, toColumnNumber } from './intervals.ts'
import type { SimpleFilter } from './simplify-filter.ts'

/** Decides from a segment's ranges alone whether the segment may hold a wanted document. */
export type SegmentTest = (file: Pick<SegmentFile, 'ranges'>) => boolean

/** Accepts every segment. */
export const EVERY_SEGMENT: SegmentTest = () => true

/**
 * A test of whether a segment may hold a document that a filter accepts, from the manifest alone. False is certain. True may be
 * wrong: ranges include deleted documents, and the test ignores negations, ids
 * and prefixes that end with half a character.
 */
export function segmentTest(filter: SimpleFilter, schema: Schema): SegmentTest {
  switch (filter.kind) {
    case 'and': {
      const tests = filter.parts.map((part) => segmentTest(part, schema))
      return (file) => tests.every((test) => test(file))
    }
    case 'or': {
      const tests = filter.parts.map((part) => segmentTest(part, schema))
      return (file) => tests.some((test) => test(file))
    }
    case 'numbers': {
      const index = new IntervalIndex(filter.intervals)
      return fieldTest(
        schema.fields[filter.field]!,
        (zone) => index.meets(zone),
        () => true,
      )
    }
    case 'keywords':
      return fieldTest(
        schema.fields[filter.field]!,
        undefined,
        (range) =>
          filter.values.some((value) => isWithin(value, range)) || filter.ranges.some((one) => meetsRange(one, range)),
      )
    case 'contains_all':
      return fieldTest(
        schema.fields[filter.field]!,
        (zone) => filter.values.every((value) => isBetween(toColumnNumber(value), zone)),
        (range) => filter.values.every((value) => isWithin(String(value), range)),
      )
    case 'exists':
      return fieldTest(schema.fields[filter.field]!, undefined, () => true)
    case 'prefix':
    case 'not':
    case 'ids':
      return () => true
  }
}

/** The smallest and the largest keyword. */
type TextRange = { readonly min: string; readonly max: string; readonly isMaxCut: boolean }

/** @param numbers if undefined, any number may match */
function fieldTest(
  field: Field,
  numbers: ((range: NumberRange) => boolean) | undefined,
  texts: (range: TextRange) => boolean,
): SegmentTest {
  return ({ ranges }) => {
    const range = findRange(ranges, field)
    if (range === 'unknown') return true
    if (range === 'no_values') return false
    return isText(range) ? texts(range) : (numbers?.(range as NumberRange) ?? true)
  }
}

type NumberRange = { readonly min: ColumnNumber; readonly max: ColumnNumber }

function isBetween(value: ColumnNumber, { min, max }: NumberRange): boolean {
  return value >= min && value <= max
}

function isText(range: FieldRange): range is FieldRange & TextRange {
  return typeof range.min === 'string'
}

function isWithin(value: string, range: TextRange): boolean {
  return compareUtf8(value, range.min) >= 0 && !isAbove(value, range)
}

/** Whether every keyword of the segment is below `value`. */
function isAbove(value: string, { max, isMaxCut }: TextRange): boolean {
  return compareUtf8(value, max) > 0 && !(isMaxCut && value.startsWith(max))
}

/** Whether a keyword of the segment may be in a range of terms. */
function meetsRange({ from, to }: TermRange, range: TextRange): boolean {
  return !isAbove(from, range) && (to === undefined || compareUtf8(to, range.min) > 0)
}
