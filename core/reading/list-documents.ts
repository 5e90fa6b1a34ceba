import { bitsetHas } from '../bytes/bitset.ts'
import type { JsonObject, ReadRequest } from '../contract/search-request.ts'
import { allRead, carryOut, type Plan, whenRead } from '../segment/format/read-plan.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { compareUtf8, decodeUtf8Strict } from '../utf8.ts'
import { ANSWER_BYTES_MAX, READ_AT_ONCE } from './answer-bytes.ts'
import { fromEverySegment } from './every-segment.ts'
import { freshnessOf } from './freshness.ts'
import type { ReadContext } from './read-context.ts'
import { readNamed } from './restart-if-collected.ts'
import type { SegmentSource } from './segment-source.ts'

export type ListRequest = ReadRequest & {
  /** The last id of the previous page; if absent, the list starts at the first document. */
  readonly after: string | undefined
  readonly limit: number
  readonly signal?: AbortSignal | undefined
}

/** `isCut`: the page had no room for some of the requested documents. */
export type ListedDocuments = { readonly documents: readonly JsonObject[]; readonly isCut: boolean }

type Place = { readonly source: SegmentSource; readonly doc: number; readonly id: string }

/**
 * The first `limit` documents after an id, in id order. The page ends before {@link ANSWER_BYTES_MAX} is exceeded.
 *
 * @throws {PrismError} if a shard cannot be read: a page with gaps would look complete
 */
export async function listDocuments(
  context: ReadContext,
  name: string,
  request: ListRequest,
): Promise<ListedDocuments> {
  const named = { name, freshness: freshnessOf(request, 'eventual') }
  return readNamed(context.shards, named, async (collection, freshness) => {
    const planOf = (source: SegmentSource) => nextPlaces(source, request)
    const { results, reading } = await fromEverySegment(context, { collection, freshness }, planOf)
    const page = results
      .flat()
      .sort((a, b) => compareUtf8(a.id, b.id))
      .slice(0, request.limit)
    return readPage(reading.store, page, request.signal)
  })
}

async function readPage(
  store: ObjectStore,
  page: readonly Place[],
  signal: AbortSignal | undefined,
): Promise<ListedDocuments> {
  const documents: JsonObject[] = []
  let byteSize = 0
  for (let from = 0; from < page.length; from += READ_AT_ONCE) {
    signal?.throwIfAborted()
    for (const json of await carryOut(store, readPlaces(page.slice(from, from + READ_AT_ONCE)))) {
      byteSize += json.length
      if (byteSize > ANSWER_BYTES_MAX) return { documents, isCut: true }
      documents.push(JSON.parse(decodeUtf8Strict(json)) as JsonObject)
    }
  }
  return { documents, isCut: false }
}

/** The first `limit` live documents of one segment after an id. */
function nextPlaces(source: SegmentSource, { after, limit }: ListRequest): Plan<Place[]> {
  const { reader, deletions } = source
  return whenRead(after === undefined ? 0 : reader.ids.firstAfter(after), (first) => {
    const docs: number[] = []
    for (let doc = first; doc < reader.docCount && docs.length < limit; doc++) {
      if (deletions === undefined || bitsetHas(deletions.live, doc)) docs.push(doc)
    }
    return whenRead(reader.ids.read(docs), (ids) => docs.map((doc, i) => ({ source, doc, id: ids[i]! })))
  })
}

function readPlaces(page: readonly Place[]): Plan<Uint8Array[]> {
  const documents = new Map<Place, Uint8Array>()
  const plans = Array.from(new Set(page.map(({ source }) => source)), (source) => {
    const own = page.filter((place) => place.source === source)
    return whenRead(source.reader.documents.read(own.map(({ doc }) => doc)), (read) => {
      for (const [i, place] of own.entries()) documents.set(place, read[i]!)
    })
  })
  return whenRead(allRead(plans), () => page.map((place) => documents.get(place)!))
}
