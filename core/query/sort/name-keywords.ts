import type { FieldNumber } from '../../fields/field.ts'
import { hasKeywords } from '../../fields/kinds.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import { allRead, type Plan, whenRead } from '../../segment/format/read-plan.ts'
import type { Candidate } from '../score/candidate.ts'
import type { PreparedSegment } from '../score/prepare-segment.ts'
import type { SegmentQuery } from '../score/search-segment.ts'
import type { SortValue } from '../score/sort-values.ts'

/**
 * Replaces keyword ordinals with their strings, and docIds, which have no meaning in other segments, with undefined. Takes one
 * round.
 *
 * @param candidates candidates of the segment
 */
export function nameKeywords(
  { source }: PreparedSegment,
  candidates: readonly Candidate[],
  { sort, schema }: Pick<SegmentQuery, 'sort' | 'schema'>,
): Plan<Candidate[]> {
  const columns = sort.map((key, k): Plan<readonly SortValue[]> => {
    const values = candidates.map((candidate) => candidate.values[k])
    if (key.kind === 'id') return values.map(() => undefined)
    if (key.kind !== 'field' || !hasKeywords(schema.fields[key.field]!)) return values
    return namesOf(values, key.field, source)
  })
  return whenRead(allRead(columns), (named) =>
    candidates.map((candidate, i) => ({ ...candidate, values: named.map((values) => values[i]) })),
  )
}

function namesOf(
  ordinals: readonly SortValue[],
  field: FieldNumber,
  source: SegmentSource,
): Plan<readonly SortValue[]> {
  const present = ordinals.filter((ordinal) => ordinal !== undefined)
  if (present.length === 0) return ordinals
  return whenRead(source.reader.terms.valuesAt(field, present.map(Number)), (strings) => {
    let next = 0
    return ordinals.map((ordinal) => (ordinal === undefined ? undefined : strings[next++]))
  })
}
