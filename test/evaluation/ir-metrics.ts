/** Relevance of documents to one query, as people judged it; 0 or absent is not relevant. */
export type Judgements = ReadonlyMap<string, number>

/** Means over queries; each between 0 and 1. */
export type RetrievalQuality = { readonly ndcg10: number; readonly recall100: number; readonly mrr10: number }

/**
 * Normalised discounted cumulative gain of the first `depth` ids: gain is the
 * judged relevance itself, discounted by log2(rank + 1), divided by that of the
 * best possible ranking (Järvelin and Kekäläinen, TOIS 2002; linear gain, as
 * trec_eval has it).
 *
 * @param ranking ids, best first, without duplicates
 * @returns 0 where nothing is relevant
 */
export function ndcg(ranking: readonly string[], judgements: Judgements, depth: number): number {
  const best = Array.from(judgements.values()).sort((a, b) => b - a)
  const ideal = discountedGain(best, depth)
  if (ideal === 0) return 0
  const gains = ranking.map((id) => judgements.get(id) ?? 0)
  return discountedGain(gains, depth) / ideal
}

/** Share of the relevant documents that are among the first `depth` ids; 0 where nothing is relevant. */
export function recall(ranking: readonly string[], judgements: Judgements, depth: number): number {
  const relevant = countRelevant(judgements)
  if (relevant === 0) return 0
  const found = ranking.slice(0, depth).filter((id) => (judgements.get(id) ?? 0) > 0)
  return found.length / relevant
}

/** One over the rank of the first relevant id, or 0 if none is among the first `depth`. */
export function reciprocalRank(ranking: readonly string[], judgements: Judgements, depth: number): number {
  const rank = ranking.slice(0, depth).findIndex((id) => (judgements.get(id) ?? 0) > 0)
  return rank === -1 ? 0 : 1 / (rank + 1)
}

/**
 * Averages over all queries that have a relevant document. A query without an
 * answer counts as an empty ranking.
 */
export function measureQuality(
  rankings: ReadonlyMap<string, readonly string[]>,
  judged: ReadonlyMap<string, Judgements>,
): RetrievalQuality & { readonly queries: number } {
  const sum = { ndcg10: 0, recall100: 0, mrr10: 0 }
  let queries = 0
  for (const [query, judgements] of judged) {
    if (countRelevant(judgements) === 0) continue
    const ranking = rankings.get(query) ?? []
    queries++
    sum.ndcg10 += ndcg(ranking, judgements, 10)
    sum.recall100 += recall(ranking, judgements, 100)
    sum.mrr10 += reciprocalRank(ranking, judgements, 10)
  }
  const of = Math.max(queries, 1)
  return { ndcg10: sum.ndcg10 / of, recall100: sum.recall100 / of, mrr10: sum.mrr10 / of, queries }
}

function discountedGain(gains: readonly number[], depth: number): number {
  return gains.slice(0, depth).reduce((sum, gain, rank) => sum + gain / Math.log2(rank + 2), 0)
}

function countRelevant(judgements: Judgements): number {
  let count = 0
  for (const relevance of judgements.values()) if (relevance > 0) count++
  return count
}
