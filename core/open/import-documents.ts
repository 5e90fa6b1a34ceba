import type { Clock } from '../clock.ts'
import type { Warning } from '../contract/search-request.ts'
import type { DocumentError, Engine, WriteAnswer } from '../engine/engine.ts'
import { OutcomeUnknownError, type PrismError, UnavailableError } from '../errors.ts'
import type { Random } from '../random.ts'

/** A document to import, or why it could not be read. `place` is its position in the source, such as a line number. */
export type ImportItem = { readonly place: number } & (
  | { readonly document: unknown; readonly byteSize: number }
  | { readonly error: PrismError }
)

/** A document that was not imported, and why. */
export type ImportFailure = {
  readonly place: number
  readonly id: string | null
  readonly error: DocumentError['error']
}

/** The outcome of a batch. `failures` are in the order of places. */
export type BatchReport = {
  readonly indexed: number
  /** How many of them had no id, so that Prism made one. Written again, they would be there twice. */
  readonly ids_made: number
  readonly failures: readonly ImportFailure[]
  readonly warnings: readonly Warning[]
}

/** How documents are imported. */
export type ImportOptions = {
  readonly clock: Clock
  readonly random: Random
  /** Stops reading. The running batch is finished; documents read after it are dropped. */
  readonly signal?: AbortSignal
  /** Called after each batch, once it is durable. */
  readonly onBatch: (report: BatchReport) => void
}

/** Maximum documents of a batch in the contract. */
const BATCH_DOCUMENTS_MAX = 10_000
/** Bytes at which a batch ends. Far below the limit, because documents may grow when they are encoded as JSON again. */
const BATCH_BYTES_MAX = 8 * 1024 * 1024
const ATTEMPTS_MAX = 6
const BACKOFF_FIRST_MS = 250

type Batch = { readonly items: ImportItem[]; byteSize: number }

/** Maximum concurrent writes of batches: one can be built while another is committed. */
const WRITES_MAX = 2

/**
 * Writes any number of documents, batch by batch, in order. Keeps up to {@link WRITES_MAX} written batches and the batch
 * that is being read in memory.
 *
 * Writes a batch with an unknown outcome again under the same idempotency key, so no document is imported twice.
 *
 * @throws {UnavailableError | OutcomeUnknownError} after {@link ATTEMPTS_MAX} attempts; reported batches stay. Also the
 * errors of the source. Every batch whose write had begun has then ended and is reported, unless it failed
 */
export async function importDocuments(
  engine: Engine,
  collection: string,
  source: AsyncIterable<readonly ImportItem[]>,
  options: ImportOptions,
): Promise<void> {
  const writing: Promise<void>[] = []
  try {
    for await (const batch of batches(source, options.signal)) {
      if (writing.length === WRITES_MAX) await writing.shift()
      if (options.signal?.aborted) break
      const write = writeBatch(engine, collection, batch, options)
      // The error is thrown where the write is awaited; until then it must not count as unhandled.
      write.catch(() => {})
      writing.push(write)
    }
  } finally {
    await Promise.allSettled(writing)
  }
  await Promise.all(writing)
}

async function* batches(source: AsyncIterable<readonly ImportItem[]>, signal?: AbortSignal): AsyncGenerator<Batch> {
  let batch: Batch = { items: [], byteSize: 0 }
  for await (const items of source) {
    for (const item of items) {
      const byteSize = 'document' in item ? item.byteSize : 0
      const isFull = batch.items.length === BATCH_DOCUMENTS_MAX || batch.byteSize + byteSize > BATCH_BYTES_MAX
      if (isFull && batch.items.length > 0) {
        yield batch
        batch = { items: [], byteSize: 0 }
      }
      batch.items.push(item)
      batch.byteSize += byteSize
    }
    if (signal?.aborted) return
  }
  if (batch.items.length > 0) yield batch
}

async function writeBatch(engine: Engine, collection: string, batch: Batch, options: ImportOptions): Promise<void> {
  const failures: ImportFailure[] = []
  const places: number[] = []
  const documents: unknown[] = []
  for (const item of batch.items) {
    if ('error' in item) {
      const { code, message, details } = item.error
      failures.push({ place: item.place, id: null, error: { code, message, details } })
    } else {
      places.push(item.place)
      documents.push(item.document)
    }
  }
  const answer = await writeUntilKnown(engine, collection, documents, options)
  for (const { position, id, error } of answer.errors) failures.push({ place: places[position]!, id, error })
  failures.sort((a, b) => a.place - b.place)
  const refused = new Set(answer.errors.map(({ position }) => position))
  const idsMade = documents.filter((document, position) => !refused.has(position) && hasNoId(document)).length
  options.onBatch({ indexed: answer.indexed, ids_made: idsMade, failures, warnings: answer.warnings })
}

function hasNoId(document: unknown): boolean {
  return (document as { readonly id?: unknown }).id === undefined
}

async function writeUntilKnown(
  engine: Engine,
  collection: string,
  documents: readonly unknown[],
  { clock, random, signal }: ImportOptions,
): Promise<WriteAnswer> {
  const idempotencyKey = random.name()
  for (let attempt = 1; ; attempt++) {
    try {
      return await engine.writeDocuments(collection, documents, { idempotencyKey })
    } catch (error) {
      const mayRetry = error instanceof UnavailableError || error instanceof OutcomeUnknownError
      if (!mayRetry || attempt === ATTEMPTS_MAX || signal?.aborted) throw error
      await clock.sleep(BACKOFF_FIRST_MS * 2 ** (attempt - 1) * (0.5 + random.number()))
    }
  }
}
