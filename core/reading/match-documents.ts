import { andNotInto } from '../query/filter/bits.ts'
import { type DocumentSet, filterSet } from '../query/filter/document-set.ts'
import type { Filter } from '../query/language/clause.ts'
import { versionOfHash } from '../segment/format/document-version.ts'
import { bitsetHas, bitsetMembers } from '../segment/format/tombstones.ts'
import { compareUtf8 } from '../utf8.ts'
import type { Collection } from '../version/collection.ts'
import { fromEverySegment } from './every-segment.ts'
import type { ReadContext } from './read-context.ts'
import { restartIfCollected } from './restart-if-collected.ts'
import type { SegmentSource } from './segment-source.ts'

/** A document that a filter accepts, as it was then. */
export type Match = { readonly id: string; readonly version: string }

export type MatchPage = {
  /** In id order. */
  readonly matches: readonly Match[]
  /** Documents after these that the filter accepts. */
  readonly remaining: number
  /** Stored bytes of a document, on average where they are largest. */
  readonly documentBytes: number
}

type PageRequest = { readonly filter: Filter; readonly after: string | undefined; readonly limit: number }

type AmongRequest = { readonly filter: Filter; readonly ids: readonly string[] }

type Candidate = { readonly source: SegmentSource; readonly doc: number; readonly id: string }

const FRESHNESS = { consistency: 'strong' } as const

/**
 * The first documents in id order that a filter accepts, after an id, as of a consistent read.
 *
 * @throws {PrismError} if any shard cannot be read: what is left out would look as if it did not match
 */
export async function matchPage(context: ReadContext, collection: Collection, page: PageRequest): Promise<MatchPage> {
  return restartIfCollected(FRESHNESS, () => matchPageOnce(context, collection, page))
}

async function matchPageOnce(
  context: ReadContext,
  collection: Collection,
  { filter, after, limit }: PageRequest,
): Promise<MatchPage> {
  const found = await fromEverySegment(context, { collection, freshness: FRESHNESS }, async (source) => {
    const { reader, store } = source
    const [matching, start] = await Promise.all([
      liveMatches(source, filter),
      after === undefined ? 0 : reader.firstDocAfter(store, after),
    ])
    const docs = bitsetMembers(matching).filter((doc) => doc >= start)
    const candidates = await place(source, docs.subarray(0, limit))
    return { count: docs.length, documentBytes: reader.file.byteSize / reader.docCount, candidates }
  })
  const first = found
    .flatMap(({ candidates }) => candidates)
    .sort((a, b) => compareUtf8(a.id, b.id))
    .slice(0, limit)
  const total = found.reduce((sum, { count }) => sum + count, 0)
  const documentBytes = found.reduce((most, one) => Math.max(most, one.documentBytes), 1)
  return { matches: await toMatches(first), remaining: total - first.length, documentBytes }
}

/** Which of these documents a filter accepts now, in no order. Throws as {@link matchPage} does. */
export async function matchAmong(context: ReadContext, collection: Collection, wanted: AmongRequest): Promise<Match[]> {
  return restartIfCollected(FRESHNESS, () => matchAmongOnce(context, collection, wanted))
}

async function matchAmongOnce(context: ReadContext, collection: Collection, wanted: AmongRequest): Promise<Match[]> {
  const ids = wanted.ids.toSorted(compareUtf8)
  const candidates = await fromEverySegment(context, { collection, freshness: FRESHNESS }, async (source) => {
    const [matching, docs] = await Promise.all([
      liveMatches(source, wanted.filter),
      source.reader.findIds(source.store, ids),
    ])
    return [...docs.entries()].flatMap(([i, doc]) =>
      doc >= 0 && bitsetHas(matching, doc) ? { source, doc, id: ids[i]! } : [],
    )
  })
  return toMatches(candidates.flat())
}

async function liveMatches(source: SegmentSource, filter: Filter): Promise<DocumentSet> {
  const matching = await filterSet(source, filter)
  if (source.deleted !== undefined) andNotInto(matching, source.deleted)
  return matching
}

async function place(source: SegmentSource, docs: Uint32Array): Promise<Candidate[]> {
  const ids = await source.reader.ids(source.store, docs)
  return Array.from(docs, (doc, i) => ({ source, doc, id: ids[i]! }))
}

/** With their versions, in the same order: one round. */
async function toMatches(candidates: readonly Candidate[]): Promise<Match[]> {
  const sources = new Set(candidates.map(({ source }) => source))
  const versions = new Map<Candidate, string>()
  await Promise.all(
    Array.from(sources, async (source) => {
      const own = candidates.filter((candidate) => candidate.source === source)
      const hashes = await source.reader.hashes(
        source.store,
        own.map(({ doc }) => doc),
      )
      for (const [i, candidate] of own.entries()) versions.set(candidate, versionOfHash(hashes, i))
    }),
  )
  return candidates.map((candidate) => ({ id: candidate.id, version: versions.get(candidate)! }))
}
