import type { JsonObject, ReadRequest } from '../contract/search-request.ts'
import { bitsetHas } from '../segment/format/tombstones.ts'
import { compareUtf8, decodeUtf8Strict } from '../utf8.ts'
import { fromEverySegment } from './every-segment.ts'
import { freshnessOf } from './freshness.ts'
import type { ReadContext } from './read-context.ts'
import { readNamed } from './restart-if-collected.ts'
import type { SegmentSource } from './segment-source.ts'

export type ListRequest = ReadRequest & {
  /** The last id of the page before; absent: from the beginning. */
  readonly after: string | undefined
  readonly limit: number
}

type Place = { readonly source: SegmentSource; readonly doc: number; readonly id: string }

/**
 * The first `limit` documents in id order after an id.
 *
 * @throws {PrismError} if any shard cannot be read: a page with gaps would look complete
 */
export async function listDocuments(context: ReadContext, name: string, request: ListRequest): Promise<JsonObject[]> {
  const named = { name, freshness: freshnessOf(request, 'eventual') }
  return readNamed(context.shards, named, async (collection, freshness) => {
    const places = await fromEverySegment(context, { collection, freshness }, (source) => nextPlaces(source, request))
    const page = places
      .flat()
      .sort((a, b) => compareUtf8(a.id, b.id))
      .slice(0, request.limit)
    return readPlaces(page)
  })
}

/** The first `limit` live documents of one segment after an id. */
async function nextPlaces(source: SegmentSource, { after, limit }: ListRequest): Promise<Place[]> {
  const { reader, store, deleted } = source
  const docs: number[] = []
  let doc = after === undefined ? 0 : await reader.firstDocAfter(store, after)
  for (; doc < reader.docCount && docs.length < limit; doc++) {
    if (deleted === undefined || !bitsetHas(deleted, doc)) docs.push(doc)
  }
  const ids = await reader.ids(store, docs)
  return docs.map((doc, i) => ({ source, doc, id: ids[i]! }))
}

async function readPlaces(page: readonly Place[]): Promise<JsonObject[]> {
  const documents = new Map<Place, JsonObject>()
  const sources = new Set(page.map(({ source }) => source))
  await Promise.all(
    Array.from(sources, async (source) => {
      const own = page.filter((place) => place.source === source)
      const read = await source.reader.documents(
        source.store,
        own.map(({ doc }) => doc),
      )
      for (const [i, place] of own.entries()) documents.set(place, JSON.parse(decodeUtf8Strict(read[i]!)) as JsonObject)
    }),
  )
  return page.map((place) => documents.get(place)!)
}
