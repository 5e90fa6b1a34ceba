import type { Hit, JsonObject } from '../../contract/search-request.ts'
import { versionOf } from '../../segment/format/document-version.ts'
import type { Candidate } from '../score/candidate.ts'
import { settleTies, tiedCandidates } from '../score/order-hits.ts'
import type { SearchPlan } from './plan-search.ts'
import { isNothing, projectDocument } from './project-document.ts'
import { type FetchingDocuments, readDocuments, readIds, type StoredHit } from './read-candidates.ts'

/** Up to this number of tied documents beyond the page, whole documents are read to break the ties: this saves a round. */
const TIED_DOCUMENTS_MAX = 32

/**
 * Decides which hits are on the page and reads their documents: one round, or two if many hits are tied. The candidates of a
 * shard that is late or fails here are dropped, and other candidates replace them.
 */
export async function readPage(
  candidates: readonly Candidate[],
  plan: SearchPlan,
  on: Omit<FetchingDocuments, 'stage'>,
): Promise<Hit[]> {
  let hits = await readPageOnce(candidates, plan, { ...on, stage: 'fetch' })
  while (hits === undefined) {
    const left = candidates.filter(({ segment }) => on.live.isLive(segment.shard))
    hits = await readPageOnce(left, plan, { ...on, stage: 'last' })
  }
  return hits
}

/** @returns undefined if a shard failed */
async function readPageOnce(
  candidates: readonly Candidate[],
  plan: SearchPlan,
  on: FetchingDocuments,
): Promise<Hit[] | undefined> {
  const end = plan.offset + plan.limit
  const tied = tiedCandidates(candidates, plan.sort, end)
  const page = (all: readonly Candidate[]) => all.slice(plan.offset, end)
  // A version is computed from the document's bytes.
  const idsOnly = isNothing(plan.projection) && !plan.versions
  if (idsOnly || tied.length > TIED_DOCUMENTS_MAX + plan.limit) {
    const ids = await readIds(tied, on)
    if (ids.size < tied.length) return undefined
    const settled = page(settleTies(candidates, plan.sort, ids))
    if (!idsOnly) return toHits(settled, await readDocuments(settled, on), plan)
    const others = settled.filter((candidate) => !ids.has(candidate))
    const missing = await readIds(others, on)
    if (missing.size < others.length) return undefined
    return settled.map((candidate) => ({
      id: (ids.get(candidate) ?? missing.get(candidate))!,
      score: plan.scores ? candidate.score : null,
      document: {},
    }))
  }
  const wanted = [...new Set([...page(candidates), ...tied])]
  const documents = await readDocuments(wanted, on)
  if (documents.size < wanted.length) return undefined
  const ids = new Map(tied.map((candidate) => [candidate, idOf(documents.get(candidate)!.document)]))
  return toHits(page(settleTies(candidates, plan.sort, ids)), documents, plan)
}

function toHits(
  page: readonly Candidate[],
  documents: ReadonlyMap<Candidate, StoredHit>,
  plan: SearchPlan,
): Hit[] | undefined {
  if (!page.every((candidate) => documents.has(candidate))) return undefined
  return page.map((candidate) => {
    const { document, json } = documents.get(candidate)!
    const id = idOf(document)
    return {
      id,
      score: plan.scores ? candidate.score : null,
      document: projectDocument(document, plan.projection),
      ...(plan.versions && { version: versionOf(id, json) }),
    }
  })
}

function idOf(document: JsonObject): string {
  return String(document.id)
}
