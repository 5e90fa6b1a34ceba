import type { JsonObject } from '../../contract/search-request.ts'
import type { Execution } from './find-hits.ts'
import type { SearchPlan } from './plan-search.ts'
import type { Found } from './search-here.ts'

/** How a search was understood, what it was scored with, and where it ran. */
export function explainSearch(plan: SearchPlan, { segments, statistics }: Found, execution: Execution): JsonObject {
  const terms = Array.from(statistics.docFreqs, ([name, documents]) => {
    const [field, term] = name.split('\u0000')
    return { field: plan.schema.fields[Number(field)]!.name, term, documents }
  })
  const fields = Array.from(statistics.fields, ([field, { docCount, tokenCount }]) => {
    return { field: plan.schema.fields[field]!.name, documents: docCount, tokens: tokenCount }
  })
  const { kind, ...details } = execution
  return { execution: kind, ...details, segments, clause: plan.clause, statistics: { fields, terms } }
}
