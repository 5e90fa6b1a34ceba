import { andNotInto, bitsetHas, bitsetMembers } from '../bytes/bitset.ts'
import { type DocumentSet, filterSet } from '../query/filter/document-set.ts'
import type { SimpleFilter } from '../query/filter/simplify-filter.ts'
import { versionOfHash } from '../segment/format/document-version.ts'
import { encodeIds } from '../segment/format/encoded-ids.ts'
import { allRead, type Plan, whenRead } from '../segment/format/read-plan.ts'
import { compareUtf8 } from '../utf8.ts'
import type { Collection } from '../version/collection.ts'
import { fromEverySegment } from './every-segment.ts'
import type { ReadContext } from './read-context.ts'
import { restartIfCollected } from './restart-if-collected.ts'
import type { SegmentSource } from './segment-source.ts'

/** A document that a filter accepted, and its version at that time. */
export type Match = { readonly id: string; readonly version: string }

export type MatchPage = {
  /** In id order. */
  readonly matches: readonly Match[]
  /** How many accepted documents follow this page. */
  readonly remaining: number
  /** Stored bytes of an average document, in the segment where this average is highest. */
  readonly documentBytes: number
}

type PageRequest = { readonly filter: SimpleFilter; readonly after: string | undefined; readonly limit: number }

type AmongRequest = { readonly filter: SimpleFilter; readonly ids: readonly string[] }

const FRESHNESS = { consistency: 'strong' } as const

/**
 * The first documents after an id, in id order, that a filter accepts. The read is strongly consistent.
 *
 * @throws {PrismError} if a shard cannot be read: its documents would seem not to match
 */
export async function matchPage(context: ReadContext, collection: Collection, page: PageRequest): Promise<MatchPage> {
  return restartIfCollected(FRESHNESS, () => matchPageOnce(context, collection, page))
}

async function matchPageOnce(
  context: ReadContext,
  collection: Collection,
  { filter, after, limit }: PageRequest,
): Promise<MatchPage> {
  const { results: found } = await fromEverySegment(context, { collection, freshness: FRESHNESS, filter }, (source) => {
    const { reader } = source
    const read = allRead<[DocumentSet, number]>([
      liveMatches(source, filter),
      after === undefined ? 0 : reader.ids.firstAfter(after),
    ])
    return whenRead(read, ([matching, start]) => {
      const docs = bitsetMembers(matching).filter((doc) => doc >= start)
      return whenRead(toMatches(source, docs.subarray(0, limit)), (matches) => ({
        count: docs.length,
        documentBytes: reader.file.byteSize / reader.docCount,
        matches,
      }))
    })
  })
  const first = found
    .flatMap(({ matches }) => matches)
    .sort((a, b) => compareUtf8(a.id, b.id))
    .slice(0, limit)
  const total = found.reduce((sum, { count }) => sum + count, 0)
  const documentBytes = found.reduce((most, one) => Math.max(most, one.documentBytes), 1)
  return { matches: first, remaining: total - first.length, documentBytes }
}

/** The given documents that a filter accepts now, in no particular order. Throws like {@link matchPage}. */
export async function matchAmong(context: ReadContext, collection: Collection, wanted: AmongRequest): Promise<Match[]> {
  return restartIfCollected(FRESHNESS, () => matchAmongOnce(context, collection, wanted))
}

async function matchAmongOnce(context: ReadContext, collection: Collection, wanted: AmongRequest): Promise<Match[]> {
  const ids = encodeIds(wanted.ids.toSorted(compareUtf8))
  const { filter } = wanted
  const { results: matches } = await fromEverySegment(
    context,
    { collection, freshness: FRESHNESS, filter },
    (source) => {
      const read = allRead<[DocumentSet, Int32Array]>([liveMatches(source, filter), source.reader.ids.find(ids)])
      return whenRead(read, ([matching, docs]) =>
        toMatches(
          source,
          docs.filter((doc) => doc >= 0 && bitsetHas(matching, doc)),
        ),
      )
    },
  )
  return matches.flat()
}

function liveMatches(source: SegmentSource, filter: SimpleFilter): Plan<DocumentSet> {
  return whenRead(filterSet(source, filter), (matching) => {
    if (source.deletions !== undefined) andNotInto(matching, source.deletions.deleted)
    return matching
  })
}

/** Ids and versions of documents, in the order of `docs`: one round. */
function toMatches({ reader }: SegmentSource, docs: ArrayLike<number>): Plan<Match[]> {
  const read = allRead<[string[], Uint8Array]>([reader.ids.read(docs), reader.hashes.read(docs)])
  return whenRead(read, ([ids, hashes]) => ids.map((id, i) => ({ id, version: versionOfHash(hashes, i) })))
}
