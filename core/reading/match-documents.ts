import { andNotInto, bitsetHas, bitsetMembers } from '../bytes/bitset.ts'
import { type DocumentSet, filterSet } from '../query/filter/document-set.ts'
import { simplifyFilter } from '../query/filter/simplify-filter.ts'
import type { Filter } from '../query/language/clause.ts'
import { versionOfHash } from '../segment/format/document-version.ts'
import { encodeIds } from '../segment/format/encoded-ids.ts'
import { allRead, type Plan, whenRead } from '../segment/format/read-plan.ts'
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

/** Which of these documents a filter accepts now, in no order. Throws as {@link matchPage} does. */
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

function liveMatches(source: SegmentSource, filter: Filter): Plan<DocumentSet> {
  return whenRead(filterSet(source, simplifyFilter(filter, source.schema)), (matching) => {
    if (source.deletions !== undefined) andNotInto(matching, source.deletions.deleted)
    return matching
  })
}

/** Ids and versions of documents, in their order: one round. */
function toMatches({ reader }: SegmentSource, docs: ArrayLike<number>): Plan<Match[]> {
  const read = allRead<[string[], Uint8Array]>([reader.ids.read(docs), reader.hashes.read(docs)])
  return whenRead(read, ([ids, hashes]) => ids.map((id, i) => ({ id, version: versionOfHash(hashes, i) })))
}
