import { createHash } from 'node:crypto'
import type { EncodedBatch } from './check-batch.ts'
import type { CheckedOperations } from './check-operations.ts'
import type { GivenOperation } from './conditional-operation.ts'

/** Tells batches apart by their valid documents and the positions of the others. */
export function fingerprintOfBatch(batch: EncodedBatch): string {
  return hashOf(['documents', ...partsOf(batch)])
}

/** Tells lists of operations apart by all that they do and ask for. */
export function fingerprintOfOperations(
  { puts, others, failures }: CheckedOperations,
  operations: readonly GivenOperation[],
  atomic: boolean,
): string {
  const conditions = operations.map(({ condition }) => condition ?? null)
  const refused = failures.map(({ position }) => position)
  return hashOf(['operations', JSON.stringify({ atomic, conditions, others, refused }), ...partsOf(puts)])
}

function* partsOf({ documents, failures }: EncodedBatch): Iterable<string | Uint8Array> {
  yield JSON.stringify(failures.map(({ position }) => position))
  for (const { position, id, json } of documents) {
    yield JSON.stringify([position, id, json.length])
    yield json
  }
}

/** JSON ends where it ends, and documents come with their lengths, so that no two lists of parts run into the same bytes. */
function hashOf(parts: Iterable<string | Uint8Array>): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
