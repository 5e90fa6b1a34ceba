import type { OpenShard } from '../../reading/open-sources.ts'
import type { Clause } from '../language/clause.ts'
import type { SearchPartial } from '../score/candidate.ts'
import { needsOf } from '../score/clause-needs.ts'
import { mergePartials } from '../score/part.ts'
import type { SegmentQuery } from '../score/search-segment.ts'
import { addStatistics, type DocFreqs, type Statistics } from '../score/statistics.ts'
import type { Branch, PinnedSearch } from './branch.ts'
import { collectedKinds } from './collected.ts'
import { expandFuzzy } from './expand-fuzzy.ts'
import { type LeafReport, leafBranches } from './leaf-branch.ts'
import { LocalBranch } from './local-branch.ts'
import { type Placement, placeByFooters, placeByManifests } from './place-search.ts'
import type { SearchContext } from './search-context.ts'

/** The most dictionary blocks that the root reads for document frequencies; if there are more, the leaves report the frequencies. */
const DICTIONARY_READS_MAX = 256

/** Where a search ran and why, for `explain`. */
export type Execution = Placement & {
  /** Whether the root or the leaves read the document frequencies, if leaves collected. */
  readonly statistics_by?: 'root' | 'leaves'
  readonly leaves?: readonly LeafReport[]
}

/** The result of a search before documents are read. */
export type Found = {
  /** The query with fuzzy words replaced by their variants. */
  readonly clause: Clause
  readonly statistics: Statistics
  readonly collected: SearchPartial
  readonly segments: number
  readonly execution: Execution
}

/**
 * Finds the hits of a search in two rounds over its branches: *expand* adds up document frequencies, *collect* uses them to
 * find the best hits. The branches are this process or its leaves, depending on the work.
 */
export async function findHits(context: SearchContext, search: PinnedSearch, unexpanded: SegmentQuery): Promise<Found> {
  const { live, opening } = search
  const local = new LocalBranch(search, context.norms)
  const early = placeByManifests(context, search, unexpanded)
  const open = early?.kind === 'leaves' ? [] : await local.open()
  const clause = await expandFuzzy(unexpanded.clause, { open, live, store: opening.reading.store })
  const query = { ...unexpanded, clause }
  const placement = early ?? placeByFooters(open, query, context.fanOut)
  if (placement.kind === 'in_process') {
    for (const { reader } of open.flatMap(({ sources }) => sources)) context.decodeAhead?.use(reader)
    return { clause, execution: placement, ...(await searchBranches(search, query, { branches: [local] })) }
  }
  const branches = leafBranches(search, context.leaves!)
  const isReadHere = early === undefined && countReads(open, query) <= DICTIONARY_READS_MAX
  const docFreqs = isReadHere ? await local.readFrequencies(query) : undefined
  const found = await searchBranches(search, query, { branches, docFreqs })
  const leaves = branches.flatMap(({ report }) => report ?? [])
  return { clause, execution: { ...placement, statistics_by: isReadHere ? 'root' : 'leaves', leaves }, ...found }
}

/** @param docFreqs document frequencies, if the root has read them; then the *expand* round is skipped */
async function searchBranches(
  { pinned, live, opening }: PinnedSearch,
  query: SegmentQuery,
  { branches, docFreqs }: { readonly branches: readonly Branch[]; readonly docFreqs?: DocFreqs | undefined },
): Promise<Pick<Found, 'statistics' | 'collected' | 'segments'>> {
  const expanded = docFreqs ? [docFreqs] : await Promise.all(branches.map((branch) => branch.expand(query)))
  const entries = pinned.filter(({ shard }) => live.isLive(shard)).flatMap(({ manifest }) => manifest.segments)
  const totals = entries.flatMap(({ liveFieldTotals }) => liveFieldTotals)
  const statistics = addStatistics(totals, expanded)
  const collected = await Promise.all(branches.map((branch) => branch.collect(query, statistics)))
  const kinds = collectedKinds(query, { ...opening, pinned })
  return { statistics, segments: entries.filter(opening.accepts).length, collected: mergePartials(kinds, collected) }
}

/** The most dictionary blocks that may have to be read. The frequencies of frequent terms are in the footers. */
function countReads(open: readonly OpenShard[], { clause }: SegmentQuery): number {
  const { terms, phraseTerms } = needsOf(clause)
  let count = 0
  for (const { reader } of open.flatMap(({ sources }) => sources)) {
    for (const key of [...terms, ...phraseTerms]) if (!reader.terms.isInFooter(key)) count++
  }
  return count
}
