import { compareUtf8 } from '../../utf8.ts'
import type { TermRange } from './term-entry.ts'

/** The union of several ranges, as ranges that ascend and neither overlap nor touch. */
export function unionOfRanges(ranges: readonly TermRange[]): readonly TermRange[] {
  if (ranges.length === 1) return ranges
  const union: TermRange[] = []
  for (const range of ranges.toSorted((a, b) => compareUtf8(a.from, b.from))) {
    const last = union.at(-1)
    if (last === undefined || (last.to !== undefined && compareUtf8(last.to, range.from) < 0)) union.push(range)
    else if (isBelow(last.to, range.to)) union[union.length - 1] = { from: last.from, to: range.to }
  }
  return union
}

/** Whether end `a` of a range is below end `b`; undefined is the end of the lane. */
function isBelow(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && (b === undefined || compareUtf8(a, b) < 0)
}
