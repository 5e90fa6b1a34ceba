import type { LiveShards } from '../../reading/live-shards.ts'
import { type Opening, openSource } from '../../reading/open-sources.ts'
import type { ShardSnapshot } from '../../reading/snapshot.ts'
import type { TermKey } from '../../segment/read/term-entry.ts'
import type { Clause } from '../language/clause.ts'
import type { Candidate, CandidateSegment } from '../score/candidate.ts'
import { mergePartials, type Partials } from '../score/part.ts'
import { addDocFreqs, type DocFreqs, type Statistics } from '../score/statistics.ts'
import type { LeafOutcome, LeafPool, LeafSearchAnswer, LeafShard } from './leaf.ts'
import type { SearchPlan } from './plan-search.ts'

/** A search whose shards are pinned, as the root carries it out. */
export type RootSearch = {
  readonly uid: string
  readonly pinned: readonly ShardSnapshot[]
  readonly plan: SearchPlan
  readonly opening: Opening
  readonly live: LiveShards
}

/** What one leaf did, for `explain`. */
export type LeafReport = {
  readonly leaf: number
  readonly shards: readonly number[]
  readonly took_ms: number
  readonly gets: number
  readonly bytes: number
  readonly rounds: number
}

/** What leaves found, merged. */
export type LeavesFound = {
  readonly candidates: readonly Candidate[]
  readonly count: number
  readonly partials: Partials
  readonly leaves: readonly LeafReport[]
}

/** Of the time that a search has left, what a leaf may use: its answer still has to arrive. */
const LEAF_TIME_SHARE = 0.9

/** Searches every shard by one request a leaf, and merges what they found. */
export async function searchLeaves(
  root: RootSearch,
  leaves: LeafPool,
  { clause, statistics }: { readonly clause: Clause; readonly statistics: Statistics },
): Promise<LeavesFound> {
  const { uid, plan } = root
  const { schema, filter, sort, countMax, parts } = plan
  const query = {
    ...{ uid, schema, clause, filter, sort, countMax, statistics },
    candidatesMax: plan.offset + plan.limit,
    parts: parts.map(({ name }) => name),
  }
  const search = (leaf: number, asked: Asked, signal: AbortSignal) =>
    leaves.search(leaf, { ...query, ...asked }, signal)
  const answers = await askEach(root, leaves, search, 'last')
  const segments = new LeafSegments(root)
  return {
    candidates: answers.flatMap(({ answer }) => segments.toCandidates(answer)),
    count: answers.reduce((sum, { answer }) => sum + answer.count, 0),
    partials: mergePartials(
      parts,
      answers.map(({ answer }) => parts.map((part) => part.decode(answer.partials[part.name]))),
    ),
    leaves: answers.map(({ leaf, shards, answer }) => reportOf(leaf, shards, answer)),
  }
}

/** Asks the leaves how many documents contain each of these terms. Shards that fail are left out. */
export async function askDocFreqs(root: RootSearch, leaves: LeafPool, terms: readonly TermKey[]): Promise<DocFreqs> {
  const { schema } = root.plan
  const ask = (leaf: number, asked: Asked, signal: AbortSignal) =>
    leaves.statistics(leaf, { uid: root.uid, schema, terms, ...asked }, signal)
  const answers = await askEach(root, leaves, ask, 'more_follow')
  return addDocFreqs(answers.flatMap(({ answer }) => [...answer.docFreqs.values()]))
}

type Asked = { readonly shards: readonly LeafShard[]; readonly timeoutMs: number }

type Answered<A> = { readonly leaf: number; readonly shards: readonly number[]; readonly answer: A }

/**
 * Asks each leaf that has live shards once. A shard without segments that the search wants is not asked for. A leaf that fails or is late costs
 * its own shards; what one reports as failed costs that shard alone. No request is under way afterwards.
 */
async function askEach<A extends LeafOutcome>(
  { pinned, live, opening: { reading, wants } }: RootSearch,
  leaves: LeafPool,
  ask: (leaf: number, asked: Asked, signal: AbortSignal) => Promise<A>,
  stage: 'last' | 'more_follow',
): Promise<Answered<A>[]> {
  const abort = new AbortController()
  const timeoutMs = Math.floor(live.remainingMs() * LEAF_TIME_SHARE * (stage === 'last' ? 1 : 0.5))
  const asked = new Map<number, Promise<Answered<A>>>()
  const wanted = pinned.filter(({ manifest }) => manifest.segments.some(wants))
  for (const [leaf, snapshots] of groupByLeaf(wanted, live, leaves)) {
    const shards = snapshots.map(({ shard, manifest }) => ({ shard, manifest }))
    const request = { shards, timeoutMs }
    const answer = reading.delegated(() => ask(leaf, request, abort.signal))
    asked.set(
      leaf,
      answer.then((known) => ({ leaf, shards: shards.map(({ shard }) => shard), answer: known })),
    )
  }
  try {
    const answerFor = async ({ shard }: ShardSnapshot): Promise<Answered<A>> => {
      const known = await asked.get(leaves.place(shard))!
      const failure = known.answer.failures.find((one) => one.shard === shard)
      if (failure) throw failure.error
      return known
    }
    const answered = await live.map(wanted, answerFor, stage)
    return [...new Set(answered)]
  } finally {
    abort.abort()
  }
}

function groupByLeaf(
  pinned: readonly ShardSnapshot[],
  live: LiveShards,
  leaves: LeafPool,
): Map<number, ShardSnapshot[]> {
  const groups = new Map<number, ShardSnapshot[]>()
  for (const snapshot of pinned) {
    if (!live.isLive(snapshot.shard)) continue
    const leaf = leaves.place(snapshot.shard)
    groups.set(leaf, [...(groups.get(leaf) ?? []), snapshot])
  }
  return groups
}

function reportOf(leaf: number, shards: readonly number[], { cost, tookMs }: LeafOutcome): LeafReport {
  return { leaf, shards, took_ms: tookMs, gets: cost.gets, bytes: cost.bytes, rounds: cost.rounds }
}

/** The segments of hits that leaves found, opened here only if something of them has to be read. */
class LeafSegments {
  readonly #root: RootSearch
  readonly #snapshots: ReadonlyMap<number, ShardSnapshot>
  readonly #segments = new Map<string, CandidateSegment>()

  constructor(root: RootSearch) {
    this.#root = root
    this.#snapshots = new Map(root.pinned.map((snapshot) => [snapshot.shard, snapshot]))
  }

  /** Hits of shards that failed meanwhile are left out. */
  toCandidates({ hits }: LeafSearchAnswer): Candidate[] {
    const live = hits.filter(({ shard }) => this.#root.live.isLive(shard))
    return live.map(({ shard, segment, doc, score, values }) => {
      return { segment: this.#segmentOf(shard, segment), doc, score, values }
    })
  }

  #segmentOf(shard: number, position: number): CandidateSegment {
    const key = `${shard}/${position}`
    const known = this.#segments.get(key)
    if (known !== undefined) return known
    const snapshot = this.#snapshots.get(shard)!
    const { opening } = this.#root
    const segment = { shard, open: () => openSource(opening, snapshot, snapshot.manifest.segments[position]!) }
    this.#segments.set(key, segment)
    return segment
  }
}
