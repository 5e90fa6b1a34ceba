import { compareUtf8 } from '../../utf8.ts'
import type { SortKey } from '../language/clause.ts'
import type { Candidate } from './candidate.ts'
import { compareSortValues } from './sort-values.ts'

/** Compares by everything except ids. 0 means that only ids can order the two. */
function compareCandidates(a: Candidate, b: Candidate, sort: readonly SortKey[]): number {
  if (sort.length === 0) return b.score - a.score
  for (const [k, key] of sort.entries()) {
    if (key.kind === 'id') return 0
    const order = key.kind === 'score' ? b.score - a.score : compareSortValues(a.values[k], b.values[k], key.descending)
    if (order !== 0) return order
  }
  return 0
}

/** Whether ties are broken by descending id. */
export function isIdDescending(sort: readonly SortKey[]): boolean {
  return sort.some((key) => key.kind === 'id' && key.descending)
}

/**
 * Merges two ordered lists and keeps the candidates that can be among the first `wanted`. Candidates tied with the last of
 * these are kept too, because only their ids decide which is first. Equal candidates keep the order of their list.
 */
export function mergeHits(
  a: readonly Candidate[],
  b: readonly Candidate[],
  { sort, wanted }: { readonly sort: readonly SortKey[]; readonly wanted: number },
): readonly Candidate[] {
  if (a.length === 0) return b
  if (b.length === 0) return a
  const merged: Candidate[] = []
  for (let [i, j] = [0, 0]; i < a.length || j < b.length; ) {
    const isFromA = j === b.length || (i < a.length && compareCandidates(a[i]!, b[j]!, sort) <= 0)
    const next = isFromA ? a[i++]! : b[j++]!
    if (merged.length >= wanted && compareCandidates(merged.at(-1)!, next, sort) !== 0) break
    merged.push(next)
  }
  return merged
}

/**
 * The candidates whose place among the first `wanted` depends on ids of other segments, including candidates after these that
 * are tied with one of them.
 */
export function tiedCandidates(
  ordered: readonly Candidate[],
  sort: readonly SortKey[],
  wanted: number,
): readonly Candidate[] {
  const tied: Candidate[] = []
  for (const [start, end] of equalRuns(ordered, sort)) {
    if (start >= wanted) break
    const { segment } = ordered[start]!
    let i = start + 1
    while (i < end && ordered[i]!.segment === segment) i++
    if (i < end) for (let place = start; place < end; place++) tied.push(ordered[place]!)
  }
  return tied
}

/**
 * Orders equal candidates by id. Candidates without an id in `ids` are not tied, or are after the page.
 *
 * @param ordered candidates ordered by everything except ids
 */
export function settleTies(
  ordered: readonly Candidate[],
  sort: readonly SortKey[],
  ids: ReadonlyMap<Candidate, string>,
): readonly Candidate[] {
  if (ids.size === 0) return ordered
  const direction = isIdDescending(sort) ? -1 : 1
  const settled: Candidate[] = []
  for (const [start, end] of equalRuns(ordered, sort)) {
    const run = ordered.slice(start, end).map((candidate) => ({ candidate, id: ids.get(candidate) }))
    if (run[0]!.id !== undefined) run.sort((a, b) => direction * compareUtf8(a.id!, b.id!))
    for (const { candidate } of run) settled.push(candidate)
  }
  return settled
}

/** The ranges `[start, end)` of candidates that only ids can order. */
function* equalRuns(ordered: readonly Candidate[], sort: readonly SortKey[]): Generator<[start: number, end: number]> {
  for (let start = 0; start < ordered.length; ) {
    let end = start + 1
    while (end < ordered.length && compareCandidates(ordered[start]!, ordered[end]!, sort) === 0) end++
    yield [start, end]
    start = end
  }
}
