import type { OpenShard } from '../../reading/open-sources.ts'
import { hasFuzzy, needsOf } from '../score/clause-needs.ts'
import type { SegmentQuery } from '../score/search-segment.ts'
import type { PinnedSearch } from './branch.ts'
import {
  BYTES_MAX_DEFAULT,
  estimateWork,
  type FanOutSettings,
  POSTINGS_MAX_DEFAULT,
  type WorkEstimate,
} from './estimate-work.ts'
import type { SearchContext } from './search-context.ts'

/** The most bytes of footers, and segments, that the root opens; if there are more, the leaves open them. */
const OPENED_BYTES_MAX = 8 * 1024 * 1024
const OPENED_SEGMENTS_MAX = 64

/** Where a search runs and why. The place does not change the results. */
export type Placement = {
  readonly kind: 'in_process' | 'leaves'
  readonly reason: string
  readonly estimate?: WorkEstimate
}

/** Decides from the manifests alone. @returns undefined if the decision needs footers */
export function placeByManifests(
  context: Pick<SearchContext, 'leaves' | 'fanOut' | 'segments'>,
  { pinned, opening }: Pick<PinnedSearch, 'pinned' | 'opening'>,
  query: SegmentQuery,
): Placement | undefined {
  const { leaves, fanOut: { mode, bytesMax = BYTES_MAX_DEFAULT } = {} } = context
  if (leaves === undefined || leaves.size === 0) return inProcess('there are no leaves')
  if (mode === 'never') return inProcess('fan-out is set to never')
  const entries = pinned.flatMap(({ prefix, manifest }) => {
    return manifest.segments.filter(opening.accepts).map((entry) => ({ prefix, entry }))
  })
  const storedBytes = entries.reduce((sum, { entry }) => sum + entry.byteSize, 0)
  if (mode !== 'always' && storedBytes <= bytesMax) return inProcess(`all segments together have ${storedBytes} bytes`)
  const closed = entries.filter(({ prefix, entry }) => !context.segments.isOpen(prefix, entry))
  const footerBytes = closed.reduce((sum, { entry }) => sum + entry.footerSize, 0)
  const mayOpen = closed.length <= OPENED_SEGMENTS_MAX && footerBytes <= OPENED_BYTES_MAX
  // The variants of a fuzzy word are chosen over all dictionaries, so the root must open them.
  if (mayOpen || hasFuzzy(query.clause)) return undefined
  return { kind: 'leaves', reason: `${closed.length} footers of ${footerBytes} bytes would have to be read` }
}

/** Decides from the footers of open segments. */
export function placeByFooters(
  open: readonly OpenShard[],
  query: SegmentQuery,
  { mode, bytesMax = BYTES_MAX_DEFAULT, postingsMax = POSTINGS_MAX_DEFAULT }: FanOutSettings = {},
): Placement {
  const readers = open.flatMap(({ sources }) => sources.map(({ reader }) => reader))
  const estimate = estimateWork(readers, { ...query, clause: needsOf(query.clause) })
  const { bytes, postings } = estimate
  const byLeaves = (reason: string): Placement => ({ kind: 'leaves', reason, estimate })
  if (mode === 'always') return byLeaves('fan-out is set to always')
  if (bytes > bytesMax) return byLeaves(`up to ${bytes} bytes to read, more than ${bytesMax}`)
  if (postings > postingsMax) return byLeaves(`up to ${postings} postings to look at, more than ${postingsMax}`)
  return { ...inProcess(`at most ${bytes} bytes to read and ${postings} postings to look at`), estimate }
}

function inProcess(reason: string): Placement {
  return { kind: 'in_process', reason }
}
