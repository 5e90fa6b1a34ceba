import { type OpenShard, openSources } from '../../reading/open-sources.ts'
import type { ShardSnapshot } from '../../reading/snapshot.ts'
import { allRead, whenRead } from '../../segment/format/read-plan.ts'
import { type ClauseNeeds, leavesOf, needsOf } from '../score/clause-needs.ts'
import { addDocFreqs, addStatistics, type DocFreqs, readDocFreqs } from '../score/statistics.ts'
import { askDocFreqs, type LeafReport, type RootSearch, searchLeaves } from './ask-leaves.ts'
import {
  BYTES_MAX_DEFAULT,
  estimateWork,
  type FanOutSettings,
  POSTINGS_MAX_DEFAULT,
  type WorkEstimate,
} from './estimate-work.ts'
import { expandFuzzy } from './expand-fuzzy.ts'
import type { LeafPool } from './leaf.ts'
import type { SearchPlan } from './plan-search.ts'
import type { SearchContext } from './search-context.ts'
import { type Found, fieldTotalsOf, searchHere } from './search-here.ts'

/** What opening all segments may cost the root; beyond that the leaves open them. */
const OPENED_BYTES_MAX = 8 * 1024 * 1024
const OPENED_SEGMENTS_MAX = 64
/** Dictionary blocks that the root reads for document frequencies; beyond that the leaves report them first. */
const DICTIONARY_READS_MAX = 256

/** Where a search ran and why, for `explain`. */
export type Execution = {
  readonly kind: 'in_process' | 'leaves'
  readonly reason: string
  readonly estimate?: WorkEstimate
  /** Who added up the document frequencies. */
  readonly statistics_by?: 'root' | 'leaves'
  readonly leaves?: readonly LeafReport[]
}

/** What was found, and by whom. */
export type FoundSomewhere = { readonly found: Found; readonly execution: Execution }

/**
 * Finds the hits of a search, in this process or by its leaves, whichever the
 * work calls for. The results are the same.
 */
export async function findHits(context: SearchContext, root: RootSearch): Promise<FoundSomewhere> {
  const { leaves, fanOut = {} } = context
  if (leaves === undefined || leaves.size === 0) return findHere(context, root, { reason: 'there are no leaves' })
  if (fanOut.mode === 'never') return findHere(context, root, { reason: 'fan-out is set to never' })
  const { bytesMax = BYTES_MAX_DEFAULT } = fanOut
  const storedBytes = sumSegments(root, ({ byteSize }) => byteSize)
  if (fanOut.mode !== 'always' && storedBytes <= bytesMax) {
    return findHere(context, root, { reason: `all segments together have ${storedBytes} bytes` })
  }
  const closed = closedFooters(context, root)
  const mayOpen = closed.count <= OPENED_SEGMENTS_MAX && closed.byteSize <= OPENED_BYTES_MAX
  // Which words a fuzzy one stands for can only be said where all dictionaries are seen.
  if (!mayOpen && !hasFuzzy(root.plan)) {
    const reason = `${closed.count} footers of ${closed.byteSize} bytes would have to be read`
    return findByLeaves(root, leaves, { reason, open: undefined })
  }
  return openAndFind(context, root, leaves)
}

/** Decides by what the footers say. */
async function openAndFind(context: SearchContext, root: RootSearch, leaves: LeafPool): Promise<FoundSomewhere> {
  const open = await openSources(root.opening, root.pinned, root.live)
  const sources = open.flatMap((shard) => shard.sources)
  const plan = {
    ...root.plan,
    clause: await expandFuzzy(root.plan.clause, { open, live: root.live, store: root.opening.reading.store }),
  }
  const needs = { clause: needsOf(plan.clause), filter: plan.filter, sort: plan.sort, parts: plan.parts }
  const estimate = estimateWork(
    sources.map(({ reader }) => reader),
    needs,
  )
  const { isLarge, reason } = judge(estimate, context.fanOut)
  if (isLarge) return findByLeaves({ ...root, plan }, leaves, { reason, open, estimate })
  return findHere(context, { ...root, plan }, { reason, open, estimate })
}

function judge(
  { bytes, postings }: WorkEstimate,
  { mode, bytesMax = BYTES_MAX_DEFAULT, postingsMax = POSTINGS_MAX_DEFAULT }: FanOutSettings = {},
): { readonly isLarge: boolean; readonly reason: string } {
  if (mode === 'always') return { isLarge: true, reason: 'fan-out is set to always' }
  if (bytes > bytesMax) return { isLarge: true, reason: `up to ${bytes} bytes to read, more than ${bytesMax}` }
  if (postings > postingsMax) {
    return { isLarge: true, reason: `up to ${postings} postings to look at, more than ${postingsMax}` }
  }
  return { isLarge: false, reason: `at most ${bytes} bytes to read and ${postings} postings to look at` }
}

type Chosen = {
  readonly reason: string
  /** If they were opened to decide. */
  readonly open?: readonly OpenShard[] | undefined
  readonly estimate?: WorkEstimate
}

async function findHere(
  { norms, decodeAhead }: SearchContext,
  root: RootSearch,
  chosen: Chosen,
): Promise<FoundSomewhere> {
  const { live, opening, pinned, plan } = root
  const { open = await openSources(opening, pinned, live), reason, estimate } = chosen
  for (const { reader } of open.flatMap(({ sources }) => sources)) decodeAhead?.use(reader)
  const found = await searchHere(open, plan, { live, norms, store: opening.reading.store })
  return { found, execution: { kind: 'in_process', reason, ...(estimate && { estimate }) } }
}

async function findByLeaves(root: RootSearch, leaves: LeafPool, chosen: Chosen): Promise<FoundSomewhere> {
  const { open, reason, estimate } = chosen
  const { clause } = root.plan
  const { terms, phraseTerms } = needsOf(clause)
  const keys = [...terms, ...phraseTerms]
  const readable = open !== undefined && countReads(open, keys) <= DICTIONARY_READS_MAX
  const docFreqs = readable ? await readAll(open, keys, root) : [await askDocFreqs(root, leaves, keys)]
  const live = root.pinned.filter(({ shard }) => root.live.isLive(shard))
  const statistics = addStatistics(live.flatMap(fieldTotalsOf), docFreqs)
  const result = await searchLeaves(root, leaves, { clause, statistics })
  const segments = sumSegments({ ...root, pinned: live }, () => 1)
  return {
    found: { candidates: result.candidates, count: result.count, partials: result.partials, segments, statistics },
    execution: {
      kind: 'leaves',
      reason,
      ...(estimate && { estimate }),
      statistics_by: readable ? 'root' : 'leaves',
      leaves: result.leaves,
    },
  }
}

function readAll(
  open: readonly OpenShard[],
  keys: ClauseNeeds['terms'],
  { live, opening }: RootSearch,
): Promise<DocFreqs[]> {
  const planOf = ({ sources }: OpenShard) =>
    whenRead(allRead(sources.map((source) => readDocFreqs(source, keys))), addDocFreqs)
  return live.read(opening.reading.store, open, planOf, 'more_follow')
}

/** Dictionary blocks to be read, at most; the frequencies of frequent terms are in the footers. */
function countReads(open: readonly OpenShard[], keys: ClauseNeeds['terms']): number {
  let count = 0
  for (const { reader } of open.flatMap((shard) => shard.sources)) {
    for (const key of keys) if (!reader.terms.isInFooter(key)) count++
  }
  return count
}

function hasFuzzy({ clause }: SearchPlan): boolean {
  for (const { kind } of leavesOf(clause)) if (kind === 'fuzzy') return true
  return false
}

type Entry = ShardSnapshot['manifest']['segments'][number]

/** The wanted footers that this process does not hold. */
function closedFooters(
  { segments }: SearchContext,
  root: Pick<RootSearch, 'pinned' | 'opening'>,
): { readonly count: number; readonly byteSize: number } {
  const ifClosed = (value: (entry: Entry) => number) =>
    sumSegments(root, (entry, { prefix }) => (segments.isOpen(prefix, entry) ? 0 : value(entry)))
  return { count: ifClosed(() => 1), byteSize: ifClosed(({ footerSize }) => footerSize) }
}

/** The sum of a value over the segments that a search wants. */
function sumSegments(
  { pinned, opening }: Pick<RootSearch, 'pinned' | 'opening'>,
  value: (entry: Entry, snapshot: ShardSnapshot) => number,
): number {
  let sum = 0
  for (const snapshot of pinned) {
    for (const entry of snapshot.manifest.segments) if (opening.wants(entry)) sum += value(entry, snapshot)
  }
  return sum
}
