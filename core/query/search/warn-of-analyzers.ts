import type { Warning } from '../../contract/search-request.ts'
import { isAnalysed } from '../../fields/kinds.ts'
import type { ShardSnapshot } from '../../reading/snapshot.ts'
import { leavesOf } from '../score/clause-needs.ts'
import type { SearchPlan } from './plan-search.ts'

/**
 * Warns if the analyzer version of some segments differs from that of the query: the query may miss words of these segments.
 * No release can analyse a query as an older release did.
 *
 * @param version analyzer version of the query
 */
export function warnOfAnalyzers(
  { clause, schema }: Pick<SearchPlan, 'clause' | 'schema'>,
  pinned: readonly ShardSnapshot[],
  version: number,
): Warning[] {
  const segments = pinned.flatMap(({ manifest }) => manifest.segments)
  const others = segments.filter(({ analyzerVersion: other }) => other !== 0 && other !== version)
  if (others.length === 0 || !hasWords({ clause, schema })) return []
  const versions = [...new Set(others.map(({ analyzerVersion }) => analyzerVersion))].sort((a, b) => a - b)
  const message =
    `${others.length} of ${segments.length} segments hold words of version ${versions.join(', ')} of the analyzers, ` +
    `the query has words of version ${version}: write their documents again, or some will not be found`
  return [{ code: 'analyzer_version', message }]
}

function hasWords({ clause, schema }: Pick<SearchPlan, 'clause' | 'schema'>): boolean {
  for (const leaf of leavesOf(clause)) {
    if ('field' in leaf && isAnalysed(schema.fields[leaf.field]!)) return true
  }
  return false
}
