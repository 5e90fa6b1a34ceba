import type { JsonObject } from '../../contract/search-request.ts'
import { type AnswerBytes, READ_AT_ONCE } from '../../reading/answer-bytes.ts'
import type { LiveShards, Stage } from '../../reading/live-shards.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import { type Plan, whenRead } from '../../segment/format/read-plan.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { decodeUtf8Strict } from '../../utf8.ts'
import type { Candidate, CandidateSegment } from '../score/candidate.ts'

/** The means to read candidates. A late or failing shard does not affect the others. */
export type Fetching = { readonly live: LiveShards; readonly store: ObjectStore; readonly stage: Stage }

/** The means to read the documents of an answer. */
export type FetchingDocuments = Fetching & {
  readonly answer: AnswerBytes
  readonly signal?: AbortSignal | undefined
}

/** A document, and its stored bytes. */
export type StoredHit = { readonly document: JsonObject; readonly json: Uint8Array }

/**
 * Reads the stored documents of candidates of live shards, all segments in parallel: one round for each {@link READ_AT_ONCE}
 * candidates.
 *
 * @returns fewer documents than candidates if a shard failed
 * @throws {LimitExceededError} 'answer_too_large'
 */
export async function readDocuments(
  candidates: readonly Candidate[],
  on: FetchingDocuments,
): Promise<Map<Candidate, StoredHit>> {
  const found = new Map<Candidate, StoredHit>()
  let byteSize = 0
  for (let from = 0; from < candidates.length; from += READ_AT_ONCE) {
    on.signal?.throwIfAborted()
    const some = candidates.slice(from, from + READ_AT_ONCE)
    for (const [candidate, json] of await readBySegment(some, on, ({ reader }, docs) => reader.documents.read(docs))) {
      on.answer.take(json.length)
      byteSize += json.length
      found.set(candidate, { document: JSON.parse(decodeUtf8Strict(json)) as JsonObject, json })
    }
    if (found.size === from + some.length) continue
    // The caller starts again without the shard that failed.
    on.answer.give(byteSize)
    break
  }
  return found
}

/** Reads the ids of candidates of live shards in one round. */
export function readIds(candidates: readonly Candidate[], on: Fetching): Promise<Map<Candidate, string>> {
  return readBySegment(candidates, on, ({ reader }, docs) => reader.ids.read(docs))
}

async function readBySegment<T>(
  candidates: readonly Candidate[],
  { live, store, stage }: Fetching,
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
  const read = ({ segment, group }: (typeof parts)[number]) => {
    const docs = group.map(({ doc }) => doc)
    const values = whenRead(segment.open(), (source) => planOf(source, docs))
    return whenRead(values, (known) => {
      for (const [i, candidate] of group.entries()) found.set(candidate, known[i]!)
    })
  }
  await live.read(store, parts, read, stage)
  return found
}
