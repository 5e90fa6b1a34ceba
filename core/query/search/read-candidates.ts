import type { JsonObject } from '../../contract/search-request.ts'
import { allHere, type MaybePromise, whenHere } from '../../maybe-promise.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import { decodeUtf8Strict } from '../../utf8.ts'
import type { Candidate, CandidateSegment } from '../score/candidate.ts'

/** A document and its bytes as they are stored. */
export type StoredHit = { readonly document: JsonObject; readonly json: Uint8Array }

/** The stored documents of candidates, read segment by segment in parallel: one round. */
export function readDocuments(candidates: readonly Candidate[]): MaybePromise<Map<Candidate, StoredHit>> {
  return readBySegment(candidates, ({ reader, store }, docs) =>
    whenHere(reader.documents(store, docs), (documents) =>
      documents.map((json) => ({ document: JSON.parse(decodeUtf8Strict(json)) as JsonObject, json })),
    ),
  )
}

/** The ids of candidates: one round. */
export function readIds(candidates: readonly Candidate[]): MaybePromise<Map<Candidate, string>> {
  return readBySegment(candidates, ({ reader, store }, docs) => reader.ids(store, docs))
}

function readBySegment<T>(
  candidates: readonly Candidate[],
  read: (source: SegmentSource, docs: readonly number[]) => MaybePromise<readonly T[]>,
): MaybePromise<Map<Candidate, T>> {
  const bySegment = new Map<CandidateSegment, Candidate[]>()
  for (const candidate of candidates) {
    const group = bySegment.get(candidate.segment)
    if (group === undefined) bySegment.set(candidate.segment, [candidate])
    else group.push(candidate)
  }
  const found = new Map<Candidate, T>()
  const reads = Array.from(bySegment, ([segment, group]) => {
    const docs = group.map(({ doc }) => doc)
    return whenHere(
      whenHere(segment.open(), (source) => read(source, docs)),
      (values) => {
        for (const [i, candidate] of group.entries()) found.set(candidate, values[i]!)
      },
    )
  })
  return whenHere(allHere(reads), () => found)
}
