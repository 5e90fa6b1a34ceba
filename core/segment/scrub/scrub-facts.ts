import type { FieldRange } from '../../fields/field-ranges.ts'
import { carryOut } from '../format/read-plan.ts'
import { analyzerVersionOf } from '../format/segment-format.ts'
import { readRanges } from '../read/read-ranges.ts'
import type { SegmentReader } from '../read/segment-reader.ts'
import type { SegmentScrub } from './scrub-finding.ts'

/** Compares the ranges and the analyzer version that a manifest states for a segment with the segment's contents. */
export async function scrubFacts({ store, entry, find }: SegmentScrub, reader: SegmentReader): Promise<void> {
  const ranges = await carryOut(store, readRanges(reader))
  for (const field of new Set([...ranges, ...entry.ranges].map((range) => range.field))) {
    const [found, expected] = [entry.ranges, ranges].map((list) => list.find((range) => range.field === field))
    if (textOf(found) === textOf(expected)) continue
    find({ section: `range of field ${field}`, found: textOf(found), expected: textOf(expected) })
  }
  const version = analyzerVersionOf(reader.footer.fields)
  if (entry.analyzerVersion === version) return
  find({ section: 'analyzer version', found: String(entry.analyzerVersion), expected: String(version) })
}

function textOf(range: FieldRange | undefined): string {
  if (range === undefined) return 'none'
  const { min, max, isMaxCut } = range
  return typeof min === 'string'
    ? `${JSON.stringify(min)} to ${JSON.stringify(max)}${isMaxCut ? '…' : ''}`
    : `${min} to ${max}`
}
