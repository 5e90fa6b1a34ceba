import { hasKeywords } from '../../fields/kinds.ts'
import type { Schema } from '../../schema/schema.ts'
import type { TermRange } from '../../segment/read/term-entry.ts'
import { hasLoneSurrogate } from '../../utf8.ts'
import type { Filter } from '../language/clause.ts'
import { type Intervals, innermost, intervalOf, intervalsOf, unionOfIntervals } from './intervals.ts'
import { keywordRange, prefixRange } from './term-range.ts'

/**
 * A filter in the form in which it is evaluated. Conditions on the same field are joined as far as possible, so that
 * alternatives take one pass over the field's column or dictionary.
 */
export type SimpleFilter =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly SimpleFilter[] }
  | { readonly kind: 'not'; readonly part: SimpleFilter }
  /** Any value of the column is in any of the intervals. */
  | { readonly kind: 'numbers'; readonly field: number; readonly intervals: Intervals }
  /** Any keyword is one of the values or in one of the ranges. */
  | {
      readonly kind: 'keywords'
      readonly field: number
      readonly values: readonly string[]
      readonly ranges: readonly TermRange[]
    }
  | Extract<Filter, { readonly kind: 'contains_all' | 'prefix' | 'exists' | 'ids' }>

type Numbers = Extract<SimpleFilter, { readonly kind: 'numbers' }>
type Keywords = Extract<SimpleFilter, { readonly kind: 'keywords' }>

/** Returns an equivalent filter with fewer conditions. Sorts the listed values. */
export function simplifyFilter(filter: Filter, schema: Schema): SimpleFilter {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return combine(
        filter.kind,
        filter.filters.map((part) => simplifyFilter(part, schema)),
      )
    case 'not':
      return not(simplifyFilter(filter.filter, schema))
    case 'in':
      return hasKeywords(schema.fields[filter.field]!)
        ? { kind: 'keywords', field: filter.field, values: filter.values.map(String), ranges: [] }
        : { kind: 'numbers', field: filter.field, intervals: intervalsOf(filter.values) }
    case 'range':
      return hasKeywords(schema.fields[filter.field]!)
        ? { kind: 'keywords', field: filter.field, values: [], ranges: [keywordRange(filter.bounds)] }
        : { kind: 'numbers', field: filter.field, intervals: unionOfIntervals([intervalOf(filter.bounds)]) }
    case 'prefix':
      // A range cannot begin with half a character.
      if (hasLoneSurrogate(filter.prefix)) return filter
      return { kind: 'keywords', field: filter.field, values: [], ranges: [prefixRange(filter.prefix)] }
    case 'contains_all':
      return filter.values.length === 0 ? { kind: 'and', parts: [] } : filter
    default:
      return filter
  }
}

function not(part: SimpleFilter): SimpleFilter {
  return part.kind === 'not' ? part.part : { kind: 'not', part }
}

/** Combines simplified conditions of which all, or any, must hold. */
function combine(kind: 'and' | 'or', conditions: readonly SimpleFilter[]): SimpleFilter {
  const flat = conditions.flatMap((part) => (part.kind === kind ? (part.parts as SimpleFilter[]) : [part]))
  // De Morgan: `not a and not b` becomes `not (a or b)`, and `not a or not b` becomes `not (a and b)`.
  const denied = flat.flatMap((part) => (part.kind === 'not' ? [part.part] : []))
  const others = flat.filter(({ kind: one }) => one !== 'not')
  const asserted = kind === 'or' ? joinAlternatives(others) : dropImplied(others)
  const parts = denied.length === 0 ? asserted : [...asserted, not(combine(kind === 'and' ? 'or' : 'and', denied))]
  return parts.length === 1 ? parts[0]! : { kind, parts }
}

/** Joins all alternatives on the same field into one condition. */
function joinAlternatives(parts: readonly SimpleFilter[]): SimpleFilter[] {
  const [numbers, keywords] = [new Map<number, Numbers[]>(), new Map<number, Keywords[]>()]
  const ids: string[][] = []
  const others: SimpleFilter[] = []
  for (const part of parts) {
    if (part.kind === 'numbers') addTo(numbers, part.field, part)
    else if (part.kind === 'keywords') addTo(keywords, part.field, part)
    else if (part.kind === 'ids') ids.push(part.ids as string[])
    else others.push(part)
  }
  return [
    ...Array.from(numbers, ([field, some]): SimpleFilter => {
      const intervals = some.length === 1 ? some[0]!.intervals : unionOfIntervals(some.flatMap((one) => one.intervals))
      return { kind: 'numbers', field, intervals }
    }),
    ...Array.from(keywords, ([field, some]): SimpleFilter => {
      const [values, ranges] = [some.flatMap((one) => one.values), some.flatMap((one) => one.ranges)]
      return { kind: 'keywords', field, values, ranges }
    }),
    ...(ids.length === 0 ? [] : [{ kind: 'ids', ids: ids.flat() } as const]),
    ...others,
  ]
}

/** Drops an interval that contains another interval of the same field. */
function dropImplied(parts: readonly SimpleFilter[]): SimpleFilter[] {
  const isSingle = (part: SimpleFilter): part is Numbers => part.kind === 'numbers' && part.intervals.length === 1
  const byField = new Map<number, Numbers[]>()
  for (const part of parts) if (isSingle(part)) addTo(byField, part.field, part)
  const kept = Array.from(byField, ([field, some]) =>
    innermost(some.flatMap(({ intervals }) => intervals)).map(
      (interval): SimpleFilter => ({ kind: 'numbers', field, intervals: [interval] }),
    ),
  )
  return [...kept.flat(), ...parts.filter((part) => !isSingle(part))]
}

function addTo<T>(lists: Map<number, T[]>, field: number, one: T): void {
  const list = lists.get(field)
  if (list === undefined) lists.set(field, [one])
  else list.push(one)
}
