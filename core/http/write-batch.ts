import type { Batch } from '../contract/write-shapes.ts'
import type { OperationsAnswer, WriteAnswer, WriteOptions } from '../contract/writes.ts'
import type { Engine } from '../engine/engine.ts'

/** Writes a batch of documents or operations that was read from JSON. */
export async function writeBatch(
  engine: Engine,
  collection: string,
  batch: Batch,
  write: WriteOptions,
): Promise<WriteAnswer | OperationsAnswer> {
  const options = { ...write, ...(batch.atomic !== undefined && { atomic: batch.atomic }) }
  if ('operations' in batch) return engine.writeOperations(collection, batch.operations, options)
  return engine.writeDocuments(collection, batch.documents, options)
}
