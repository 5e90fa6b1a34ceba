import { decodeUtf8Strict } from '../utf8.ts'
import type { Candidate, CandidateSegment } from './candidate.ts'
import type { JsonObject } from './search-request.ts'
import type { SegmentSource } from './segment-source.ts'

/** A document and its bytes as they are stored. */
export type StoredHit = { readonly document: JsonObject; readonly json: Uint8Array }

/** The stored documents of candidates, read segment by segment in parallel: one round. */
export function readDocuments(candidates: readonly Candidate[]): Promise<Map<Candidate, StoredHit>> {
  return readBySegment(candidates, async ({ reader, store }, docs) => {
    const documents = await reader.documents(store, docs)
    return documents.map((json) => ({ document: JSON.parse(decodeUtf8Strict(json)) as JsonObject, json }))
  })
}

/** The ids of candidates: one round. */
export function readIds(candidates: readonly Candidate[]): Promise<Map<Candidate, string>> {
  return readBySegment(candidates, ({ reader, store }, docs) => reader.ids(store, docs))
}

async function readBySegment<T>(
  candidates: readonly Candidate[],
  read: (source: SegmentSource, docs: readonly number[]) => Promise<readonly T[]>,
): Promise<Map<Candidate, T>> {
  const bySegment = new Map<CandidateSegment, Candidate[]>()
  for (const candidate of candidates) {
    const group = bySegment.get(candidate.segment)
    if (group === undefined) bySegment.set(candidate.segment, [candidate])
    else group.push(candidate)
  }
  const found = new Map<Candidate, T>()
  await Promise.all(
    Array.from(bySegment, async ([segment, group]) => {
      const values = await read(
        await segment.open(),
        group.map(({ doc }) => doc),
      )
      for (const [i, candidate] of group.entries()) found.set(candidate, values[i]!)
    }),
  )
  return found
}
