import type { JsonObject } from '../../contract/search-request.ts'
import type { LiveShards } from '../../reading/live-shards.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import { type Plan, whenRead } from '../../segment/format/read-plan.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { decodeUtf8Strict } from '../../utf8.ts'
import type { Candidate, CandidateSegment } from '../score/candidate.ts'

/** What candidates are read with: late and failing shards cost only themselves. */
export type Fetching = { readonly live: LiveShards; readonly store: ObjectStore }

/** A document and its bytes as they are stored. */
export type StoredHit = { readonly document: JsonObject; readonly json: Uint8Array }

/** The stored documents of candidates of live shards, read segment by segment in parallel: one round. */
export function readDocuments(candidates: readonly Candidate[], on: Fetching): Promise<Map<Candidate, StoredHit>> {
  return readBySegment(candidates, on, ({ reader }, docs) =>
    whenRead(reader.documents.read(docs), (documents) =>
      documents.map((json) => ({ document: JSON.parse(decodeUtf8Strict(json)) as JsonObject, json })),
    ),
  )
}

/** The ids of candidates of live shards: one round. */
export function readIds(candidates: readonly Candidate[], on: Fetching): Promise<Map<Candidate, string>> {
  return readBySegment(candidates, on, ({ reader }, docs) => reader.ids.read(docs))
}

async function readBySegment<T>(
  candidates: readonly Candidate[],
  { live, store }: Fetching,
  planOf: (source: SegmentSource, docs: readonly number[]) => Plan<readonly T[]>,
): Promise<Map<Candidate, T>> {
  const bySegment = new Map<CandidateSegment, Candidate[]>()
  for (const candidate of candidates) {
    const group = bySegment.get(candidate.segment)
    if (group === undefined) bySegment.set(candidate.segment, [candidate])
    else group.push(candidate)
  }
  const found = new Map<Candidate, T>()
  const parts = Array.from(bySegment, ([segment, group]) => ({ shard: segment.shard, segment, group }))
  await live.read(store, parts, ({ segment, group }) => {
    const docs = group.map(({ doc }) => doc)
    const read = whenRead(segment.open(), (source) => planOf(source, docs))
    return whenRead(read, (values) => {
      for (const [i, candidate] of group.entries()) found.set(candidate, values[i]!)
    })
  })
  return found
}
