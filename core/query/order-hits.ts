import { compareUtf8 } from '../utf8.ts'
import type { Candidate } from './candidate.ts'
import type { SortKey } from './clause.ts'
import { compareSortValues } from './sort-values.ts'

/** Compares by everything but ids. 0: only their ids tell them apart. */
export function compareCandidates(a: Candidate, b: Candidate, sort: readonly SortKey[]): number {
  if (sort.length === 0) return b.score - a.score
  for (const [k, key] of sort.entries()) {
    if (key.kind === 'id') return 0
    const order = key.kind === 'score' ? b.score - a.score : compareSortValues(a.values[k], b.values[k], key.descending)
    if (order !== 0) return order
  }
  return 0
}

/** Whether ids order descending where all before them is equal. */
export function isIdDescending(sort: readonly SortKey[]): boolean {
  return sort.some((key) => key.kind === 'id' && key.descending)
}

/**
 * Brings candidates of all segments into order, equal ones left as they came,
 * segment by segment in id order.
 *
 * @returns the order, and those of its first `wanted` (and of the ties that reach in) whose place depends on ids of other segments
 */
export function orderCandidates(
  candidates: readonly Candidate[],
  sort: readonly SortKey[],
  wanted: number,
): { readonly ordered: Candidate[]; readonly tied: readonly Candidate[] } {
  const ordered = candidates.slice().sort((a, b) => compareCandidates(a, b, sort))
  const tied: Candidate[] = []
  for (let start = 0; start < Math.min(wanted, ordered.length); ) {
    let end = start + 1
    while (end < ordered.length && compareCandidates(ordered[start]!, ordered[end]!, sort) === 0) end++
    const group = ordered.slice(start, end)
    if (group.some(({ segment }) => segment !== group[0]!.segment)) tied.push(...group)
    start = end
  }
  return { ordered, tied }
}

/** Settles ties: equal candidates by id. Those without an id are not tied, or too far down to matter. */
export function settleTies<C extends Candidate>(
  ordered: readonly C[],
  sort: readonly SortKey[],
  ids: ReadonlyMap<Candidate, string>,
): C[] {
  const direction = isIdDescending(sort) ? -1 : 1
  return ordered.slice().sort((a, b) => {
    const order = compareCandidates(a, b, sort)
    if (order !== 0) return order
    const [idA, idB] = [ids.get(a), ids.get(b)]
    return idA === undefined || idB === undefined ? 0 : direction * compareUtf8(idA, idB)
  })
}

/**
 * The candidates that can be among the first `wanted` of all, in order. Those
 * tied with the last of them stay: only their ids tell which comes first.
 */
export function keepFirst<C extends Candidate>(
  candidates: readonly C[],
  sort: readonly SortKey[],
  wanted: number,
): C[] {
  if (wanted === 0) return []
  const ordered = candidates.slice().sort((a, b) => compareCandidates(a, b, sort))
  const last = ordered[wanted - 1]
  if (last === undefined) return ordered
  let end = wanted
  while (end < ordered.length && compareCandidates(last, ordered[end]!, sort) === 0) end++
  return ordered.slice(0, end)
}
