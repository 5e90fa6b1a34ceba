import type { FieldValues } from '../fields/field.ts'
import { compareUtf8 } from '../utf8.ts'

/** A document to write. It replaces a stored document with the same id. */
export type Put = {
  readonly kind: 'put'
  readonly id: string
  readonly json: Uint8Array
  /** Values to index; absent in large batches, for which a worker computes them from the JSON. */
  readonly fields?: readonly FieldValues[] | undefined
}

export type Operation = Put | { readonly kind: 'delete'; readonly id: string }

/** The effect of a sequence of operations. */
export type WritePlan = {
  /** The distinct ids, ascending in UTF-8 byte order. Stored documents with these ids are replaced or deleted. */
  readonly ids: readonly string[]
  /** The last put of each id that no later operation deletes, by ascending id. */
  readonly puts: readonly Put[]
  /** For each operation the index of its id in `ids`. */
  readonly idIndexes: Uint32Array
  /** For each operation 1 if it puts, 0 if it deletes. */
  readonly isPut: Uint8Array
}

export function planWrites(operations: readonly Operation[]): WritePlan {
  const last = new Map<string, Operation>()
  for (const operation of operations) last.set(operation.id, operation)
  const ids = [...last.keys()].sort(compareUtf8)
  const places = new Map(ids.map((id, i) => [id, i]))
  return {
    ids,
    puts: ids.map((id) => last.get(id)!).filter((operation) => operation.kind === 'put'),
    idIndexes: Uint32Array.from(operations, ({ id }) => places.get(id)!),
    isPut: Uint8Array.from(operations, ({ kind }) => (kind === 'put' ? 1 : 0)),
  }
}

/**
 * Replays operations one after another.
 *
 * @param present indexes of those of `ids` that had a document before the first operation
 * @returns for each operation whether a document with its id existed before the operation
 */
export function replayWrites({ ids, idIndexes, isPut }: WritePlan, present: Iterable<number>): boolean[] {
  const exists = new Uint8Array(ids.length)
  for (const place of present) exists[place] = 1
  return Array.from(idIndexes, (place, i) => {
    const existed = exists[place] === 1
    exists[place] = isPut[i]!
    return existed
  })
}
