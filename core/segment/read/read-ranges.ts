import { ColumnRanges, type FieldRange, rangedValues } from '../../fields/field-ranges.ts'
import { encodeUtf8 } from '../../utf8.ts'
import { allRead, type Plan, whenRead } from '../format/read-plan.ts'
import { SectionKind } from '../format/segment-format.ts'
import type { SegmentReader } from './segment-reader.ts'

/** Computes the ranges that a manifest must list for a segment. Those of numbers are in the footer; those of keywords take one round. */
export function readRanges({ footer, columns, terms }: SegmentReader): Plan<FieldRange[]> {
  const ranges = new ColumnRanges()
  const read = footer.fields.map((field): Plan<void> => {
    const { number } = field
    if (rangedValues(field) === 'numbers') {
      for (const zone of columns.section(SectionKind.column, number)?.zones ?? [])
        if (zone !== undefined) ranges.addZone(number, zone)
      return undefined
    }
    const size = terms.laneSize(number, 'keyword')
    if (size === 0) return undefined
    return whenRead(terms.valuesAt(number, [0, size - 1]), ([first, last]) =>
      ranges.addKeywords(number, { first: encodeUtf8(first!), last: encodeUtf8(last!) }),
    )
  })
  return whenRead(allRead(read), () => ranges.rangesOf(footer.fields))
}
