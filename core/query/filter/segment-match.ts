import type { Field } from '../../fields/field.ts'
import { type FieldRange, findRange } from '../../fields/field-ranges.ts'
import type { Schema } from '../../schema/schema.ts'
import type { SegmentFile } from '../../segment/format/segment-entry.ts'
import { compareUtf8 } from '../../utf8.ts'
import type { Bounds, Filter } from '../language/clause.ts'
import { type ColumnNumber, IntervalIndex, intervalOf, toColumnNumber } from './intervals.ts'

/** Decides from a segment's ranges alone whether the segment may hold a wanted document. */
export type SegmentTest = (file: Pick<SegmentFile, 'ranges'>) => boolean

/** Accepts every segment. */
export const EVERY_SEGMENT: SegmentTest = () => true

/**
 * A test of whether a segment may hold a document that a filter accepts, from the manifest alone. False is certain. True may be
 * wrong: ranges include deleted documents, and the test ignores negations and ids.
 */
export function segmentTest(filter: Filter, schema: Schema): SegmentTest {
  switch (filter.kind) {
    case 'and': {
      const tests = filter.filters.map((part) => segmentTest(part, schema))
      return (file) => tests.every((test) => test(file))
    }
    case 'or': {
      const tests = filter.filters.map((part) => segmentTest(part, schema))
      return (file) => tests.some((test) => test(file))
    }
    case 'in':
      return fieldTest(
        schema.fields[filter.field]!,
        (zone) => filter.values.some((value) => isBetween(toColumnNumber(value), zone)),
        (range) => filter.values.some((value) => isWithin(String(value), range)),
      )
    case 'contains_all':
      return fieldTest(
        schema.fields[filter.field]!,
        (zone) => filter.values.every((value) => isBetween(toColumnNumber(value), zone)),
        (range) => filter.values.every((value) => isWithin(String(value), range)),
      )
    case 'range':
      return fieldTest(
        schema.fields[filter.field]!,
        (zone) => new IntervalIndex([intervalOf(filter.bounds)]).meets(zone),
        (range) => meetsBounds(filter.bounds, range),
      )
    case 'prefix':
      return fieldTest(schema.fields[filter.field]!, undefined, (range) => mayBegin(filter.prefix, range))
    case 'exists':
      return fieldTest(schema.fields[filter.field]!, undefined, () => true)
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

function meetsBounds({ gt, gte, lt, lte }: Bounds, range: TextRange): boolean {
  if (gt !== undefined && (isAbove(String(gt), range) || (!range.isMaxCut && gt === range.max))) return false
  if (gte !== undefined && isAbove(String(gte), range)) return false
  if (lt !== undefined && compareUtf8(String(lt), range.min) <= 0) return false
  return lte === undefined || compareUtf8(String(lte), range.min) >= 0
}

/** Whether a keyword of the segment may begin with `prefix`. Strings that begin with a prefix are never below it. */
function mayBegin(prefix: string, range: TextRange): boolean {
  return !isAbove(prefix, range) && (compareUtf8(prefix, range.min) >= 0 || range.min.startsWith(prefix))
}
