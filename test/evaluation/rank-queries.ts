import type { SearchRequest } from '../../core/contract/search-request.ts'
import type { Engine } from '../../core/engine/engine.ts'
import type { IrQuery, IrSet } from './ir-set.ts'

/** An id and its score, as one layout ranked it. */
export type RankedId = { readonly id: string; readonly score: number }

/** By query id, best first. */
export type Rankings = ReadonlyMap<string, readonly RankedId[]>

/** As deep as recall is measured. */
export const RANKING_DEPTH = 100

const QUERIES_AT_ONCE = 4

/** A machine that is busy elsewhere may stall for seconds: then the answer is late, never partial. */
const WHOLE_RANKING: SearchRequest = {
  limit: RANKING_DEPTH,
  include: [],
  total: false,
  allow_partial_results: false,
  partial_results_timeout_ms: 300_000,
}

/** Ranks every query, its text taken literally, without reading documents. */
export async function rankQueries(
  engine: Pick<Engine, 'search'>,
  collection: string,
  queries: readonly IrQuery[],
): Promise<Rankings> {
  const rankings = new Map<string, readonly RankedId[]>()
  const waiting = queries.values()
  const work = async (): Promise<void> => {
    for (const { id, text } of waiting) {
      const { hits } = await engine.search(collection, { query: { match: text }, ...WHOLE_RANKING })
      rankings.set(
        id,
        hits.map((hit) => ({ id: hit.id, score: hit.score! })),
      )
    }
  }
  await Promise.all(Array.from({ length: QUERIES_AT_ONCE }, work))
  return rankings
}

/** The ids alone, for measuring quality. */
export function idsOf(rankings: Rankings): Map<string, readonly string[]> {
  return new Map(Array.from(rankings, ([query, ranking]) => [query, ranking.map(({ id }) => id)]))
}

/**
 * Says where two layouts rank differently: other ids, another order, or a
 * score that differs by more than `tolerance`. Nothing if they agree.
 */
export function compareRankings(expected: Rankings, found: Rankings, tolerance = 1e-6): string[] {
  const differences: string[] = []
  if (expected.size !== found.size) differences.push(`${found.size} rankings instead of ${expected.size}`)
  for (const [query, ranking] of expected) {
    const other = found.get(query) ?? []
    if (other.length !== ranking.length) differences.push(`${query}: ${other.length} hits instead of ${ranking.length}`)
    const at = ranking.findIndex(({ id, score }, rank) => {
      const there = other[rank]
      return there?.id !== id || !(Math.abs(there.score - score) <= tolerance)
    })
    if (at === -1) continue
    const show = (hit: RankedId | undefined): string => (hit ? `${hit.id} (${hit.score})` : 'nothing')
    differences.push(`${query}: rank ${at + 1} is ${show(other[at])} instead of ${show(ranking[at])}`)
  }
  return differences
}

/** Title and text as one field, as the reference was measured. */
export function asOneField(set: IrSet): { id: string; text: string }[] {
  return set.documents.map(({ id, title, text }) => ({ id, text: title === '' ? text : `${title} ${text}` }))
}
