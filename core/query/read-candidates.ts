import { decodeUtf8Strict } from '../utf8.ts'
import type { PreparedSegment } from './prepare-segment.ts'
import type { JsonObject } from './search-request.ts'
import type { Candidate } from './search-segment.ts'

/** The stored documents of candidates, read segment by segment in parallel: one round. */
export function readDocuments(candidates: readonly Candidate[]): Promise<Map<Candidate, JsonObject>> {
  return readBySegment(candidates, async ({ source }, docs) => {
    const documents = await source.reader.documents(source.store, docs)
    return documents.map((bytes) => JSON.parse(decodeUtf8Strict(bytes)) as JsonObject)
  })
}

/** The ids of candidates: one round. */
export function readIds(candidates: readonly Candidate[]): Promise<Map<Candidate, string>> {
  return readBySegment(candidates, ({ source }, docs) => source.reader.ids(source.store, docs))
}

async function readBySegment<T>(
  candidates: readonly Candidate[],
  read: (segment: PreparedSegment, docs: readonly number[]) => Promise<readonly T[]>,
): Promise<Map<Candidate, T>> {
  const bySegment = new Map<PreparedSegment, Candidate[]>()
  for (const candidate of candidates) {
    const group = bySegment.get(candidate.segment)
    if (group === undefined) bySegment.set(candidate.segment, [candidate])
    else group.push(candidate)
  }
  const found = new Map<Candidate, T>()
  await Promise.all(
    Array.from(bySegment, async ([segment, group]) => {
      const values = await read(
        segment,
        group.map(({ doc }) => doc),
      )
      for (const [i, candidate] of group.entries()) found.set(candidate, values[i]!)
    }),
  )
  return found
}
