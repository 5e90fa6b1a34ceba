import { joinZones, type Zone } from '../columns/column.ts'
import type { Field, FieldNumber } from './field.ts'
import { kindOf } from './kinds.ts'

/** The least and the greatest value of a field among a segment's documents, deleted ones included. */
export type FieldRange = {
  readonly field: FieldNumber
  /** Numbers, dates in milliseconds since 1970, booleans as 0 and 1; or keywords by their UTF-8 bytes, cut to {@link RANGE_TEXT_BYTES_MAX}. */
  readonly min: number | bigint | string
  readonly max: number | bigint | string
  /** The greatest keyword begins with `max` and goes on. */
  readonly isMaxCut: boolean
}

/** Fields of one segment whose range a manifest lists; those with the lowest numbers. */
export const RANGES_MAX = 32

/** Bytes of a keyword that a range keeps: manifests are read at every commit, and a beginning tells most segments apart. */
export const RANGE_TEXT_BYTES_MAX = 16

/** Gathers the least and the greatest value of each column while a segment is written. */
export class ColumnRanges {
  readonly #numbers = new Map<FieldNumber, Zone>()
  readonly #keywords = new Map<FieldNumber, Ends>()

  /** @param zone of a block of the field's column */
  addZone(field: FieldNumber, zone: Zone): void {
    this.#numbers.set(field, joinZones(this.#numbers.get(field) ?? zone, zone))
  }

  /** @param ends the first and the last value of the field's dictionary, in UTF-8 */
  addKeywords(field: FieldNumber, ends: Ends): void {
    this.#keywords.set(field, ends)
  }

  /** What manifests list for a segment with these fields, which come in field order. */
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
    const max = beginningOf(ends.last)
    return { field: number, min: beginningOf(ends.first), max, isMaxCut: Buffer.byteLength(max) < ends.last.length }
  }
}

/** The first and the last value of a dictionary. */
export type Ends = { readonly first: Uint8Array; readonly last: Uint8Array }

/**
 * Which values of a field manifests list the range of: all of its values, or none. A text
 * field keeps short values alone as keywords, which tells nothing about the others.
 */
export function rangedValues(field: { readonly type: string }): 'numbers' | 'keywords' | 'none' {
  const { keywords } = kindOf(field)
  return keywords === 'always' ? 'keywords' : keywords === 'never' ? 'numbers' : 'none'
}

/**
 * What a segment's ranges say of a field: its least and greatest value, `no_values` if no document of the segment
 * has one, or `unknown`. Deleted documents count, so that a range may be wider than what is left.
 */
export function findRange(ranges: readonly FieldRange[], field: Field): FieldRange | 'no_values' | 'unknown' {
  const values = rangedValues(field)
  if (values === 'none' || (values === 'numbers' && !field.column)) return 'unknown'
  const range = ranges.find((one) => one.field === field.number)
  if (range !== undefined) return range
  const isListed = ranges.length < RANGES_MAX || field.number < ranges.at(-1)!.field
  return isListed ? 'no_values' : 'unknown'
}

/** As many whole characters as {@link RANGE_TEXT_BYTES_MAX} allows. */
function beginningOf(text: Uint8Array): string {
  let end = Math.min(text.length, RANGE_TEXT_BYTES_MAX)
  // Bytes 10xxxxxx continue a character.
  while (end < text.length && end > 0 && (text[end]! & 0xc0) === 0x80) end--
  return Buffer.from(text.buffer, text.byteOffset, end).toString()
}
