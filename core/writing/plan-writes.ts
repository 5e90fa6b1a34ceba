import type { FieldValues } from '../fields/field.ts'
import { compareUtf8 } from '../utf8.ts'

/** A document to write, new or in place of the one with its id. */
export type Put = {
  readonly kind: 'put'
  readonly id: string
  readonly json: Uint8Array
  /** What to index; absent in large batches, where a worker finds it again from the JSON. */
  readonly fields?: readonly FieldValues[] | undefined
}

export type Operation = Put | { readonly kind: 'delete'; readonly id: string }

/** What a sequence of operations comes to. */
export type WritePlan = {
  /** Every id in it once, ascending in UTF-8 byte order: the documents to be replaced or deleted. */
  readonly ids: readonly string[]
  /** The last put of each id that no later operation deletes, by ascending id. */
  readonly puts: readonly Put[]
  /** Per operation the place of its id in `ids`. */
  readonly idIndexes: Uint32Array
  /** Per operation 1 if it puts, 0 if it deletes. */
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
 * Per operation whether there was a document with its id when its turn came, as
 * if they had been done one after another.
 *
 * @param present places in `ids` of documents that were there before all of them
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
