import { joinZones, type Zone } from '../columns/column.ts'
import type { Field, FieldNumber } from './field.ts'
import { kindOf } from './kinds.ts'

/** The minimum and the maximum of a field over a segment's documents, including deleted ones. */
export type FieldRange = {
  readonly field: FieldNumber
  /**
   * Numbers; dates as epoch milliseconds; booleans as 0 and 1; keywords in UTF-8 order, cut to {@link
   * RANGE_TEXT_BYTES_MAX}.
   */
  readonly min: number | bigint | string
  readonly max: number | bigint | string
  /** Whether `max` is only the beginning of the greatest keyword. */
  readonly isMaxCut: boolean
}

/** Maximum ranges that a manifest lists for a segment: those of the fields with the lowest numbers. */
export const RANGES_MAX = 32

/**
 * Maximum bytes of a keyword in a range: every commit reads the manifest, and a beginning distinguishes most segments.
 */
export const RANGE_TEXT_BYTES_MAX = 16

/** Collects the minimum and the maximum of each field while a segment is written. */
export class ColumnRanges {
  readonly #numbers = new Map<FieldNumber, Zone>()
  readonly #keywords = new Map<FieldNumber, Ends>()

  /** @param zone the zone of a block in the field's column */
  addZone(field: FieldNumber, zone: Zone): void {
    this.#numbers.set(field, joinZones(this.#numbers.get(field) ?? zone, zone))
  }

  /** @param ends the first and the last value of the field's dictionary */
  addKeywords(field: FieldNumber, ends: Ends): void {
    this.#keywords.set(field, ends)
  }

  /** The ranges that a manifest lists for a segment with the given fields, which are in field order. */
  rangesOf(fields: readonly { readonly number: FieldNumber; readonly type: string }[]): FieldRange[] {
    const ranges = fields.flatMap((field) => this.#rangeOf(field) ?? [])
    return ranges.slice(0, RANGES_MAX)
  }

  #rangeOf(field: { readonly number: FieldNumber; readonly type: string }): FieldRange | undefined {
    const { number } = field
    const values = rangedValues(field)
    const zone = values === 'numbers' ? this.#numbers.get(number) : undefined
    if (zone !== undefined) return { field: number, ...zone, isMaxCut: false }
    const ends = values === 'keywords' ? this.#keywords.get(number) : undefined
    if (ends === undefined) return undefined
    const max = prefixOf(ends.last)
    return { field: number, min: prefixOf(ends.first), max, isMaxCut: Buffer.byteLength(max) < ends.last.length }
  }
}

/** The first and the last value of a dictionary, in UTF-8. */
export type Ends = { readonly first: Uint8Array; readonly last: Uint8Array }

/**
 * Whether manifests list the range of a field, and of which values. Text fields have no range: they keep only short
 * values as keywords, which says nothing about longer ones.
 */
export function rangedValues(field: { readonly type: string }): 'numbers' | 'keywords' | 'none' {
  const { keywords } = kindOf(field)
  return keywords === 'always' ? 'keywords' : keywords === 'never' ? 'numbers' : 'none'
}

/**
 * Finds the range of a field in a segment: `no_values` if no document of the segment has a value, or `unknown`. A range
 * includes deleted documents, so it may be wider than the range of the live ones.
 */
export function findRange(ranges: readonly FieldRange[], field: Field): FieldRange | 'no_values' | 'unknown' {
  const values = rangedValues(field)
  if (values === 'none' || (values === 'numbers' && !field.column)) return 'unknown'
  const range = ranges.find((one) => one.field === field.number)
  if (range !== undefined) return range
  const isListed = ranges.length < RANGES_MAX || field.number < ranges.at(-1)!.field
  return isListed ? 'no_values' : 'unknown'
}

/** The longest beginning of whole characters within {@link RANGE_TEXT_BYTES_MAX}. */
function prefixOf(text: Uint8Array): string {
  let end = Math.min(text.length, RANGE_TEXT_BYTES_MAX)
  // Bytes of the form 10xxxxxx continue a character.
  while (end < text.length && end > 0 && (text[end]! & 0xc0) === 0x80) end--
  return Buffer.from(text.buffer, text.byteOffset, end).toString()
}
