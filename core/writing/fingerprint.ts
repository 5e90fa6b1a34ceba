import { createHash } from 'node:crypto'
import type { EncodedBatch } from './check-batch.ts'
import type { CheckedOperations } from './check-operations.ts'
import type { GivenOperation } from './conditional-operation.ts'

/** Fingerprint of a batch: of its valid documents, and of the positions of the invalid ones. */
export function fingerprintOfBatch(batch: EncodedBatch): string {
  return hashOf(['documents', ...partsOf(batch)])
}

/** Fingerprint of a list of operations: of its documents, patches, deletions and conditions, and of the positions of invalid operations. */
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

/** Different lists of parts give different bytes: the end of a JSON text is unambiguous, and each document's length precedes it. */
function hashOf(parts: Iterable<string | Uint8Array>): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
