import { ConflictError, PrismError } from '../errors.ts'
import type { Collection } from '../version/collection.ts'
import { collectionGone } from '../version/head.ts'
import { encodeSession } from '../version/session.ts'
import { failureOfAtomic } from './atomic-failure.ts'
import { checkBatch, type EncodedDocument, idMaker, WARNINGS_MAX } from './check-batch.ts'
import { checkOperations } from './check-operations.ts'
import { SCHEMA_TRIES_MAX } from './check-turns.ts'
import type { ConditionalOperation, GivenOperation, OperationResult } from './conditional-operation.ts'
import { fingerprintOfOperations } from './fingerprint.ts'
import { routeAtomic } from './route-atomic.ts'
import type { WriteOutcome } from './shard-writer.ts'
import { beginRemembering, type DocumentWriting, groupByShard, worstOf } from './write-documents.ts'
import type { DocumentFailure, VersionedWriteOptions, WriteWarning } from './write-result.ts'

export type OperationsOptions = VersionedWriteOptions & {
  /** Whether to do all operations or none. All must then belong to one shard. */
  readonly atomic?: boolean | undefined
}

export type OperationsResult = {
  /** By position. */
  readonly results: readonly (OperationResult & { readonly id: string | null })[]
  readonly warnings: readonly WriteWarning[]
  readonly session: string
}

type PlacedOperation = ConditionalOperation & { readonly position: number }

/** Applies operations in their order: {@link Shards.writeOperations}. */
export async function writeOperations(
  writing: DocumentWriting,
  given: Collection,
  operations: readonly GivenOperation[],
  { idempotencyKey, atomic = false }: OperationsOptions,
): Promise<OperationsResult> {
  const checked = checkOperations(operations, idMaker(writing.random, idempotencyKey))
  const early = [...checked.failures, ...checked.puts.failures]
  if (atomic) {
    // Must be refused before it adds fields to the schema, because a request that fails changes nothing.
    routeAtomic([...checked.puts.documents, ...checked.others], given.shardCount)
    const refused = [...checked.failures, ...checkBatch(given.schema, checked.puts).failures]
    if (refused.length > 0) throw failureOfAll(refused, operations.length)
  }
  const decides = atomic ? 'all' : 'each'
  const ready = beginRemembering(writing, given.uid, idempotencyKey, () =>
    fingerprintOfOperations(checked, operations, atomic),
  )
  const arriving = { encoded: checked.puts, ready }
  const { collection, batch, submitted } = await writing.checks.take(given, arriving, (against) => {
    const placed: PlacedOperation[] = [...against.batch.puts, ...checked.others]
      .sort((a, b) => a.position - b.position)
      .map((operation) => ({ ...operation, condition: operations[operation.position]!.condition }))
    if (atomic && against.batch.failures.length > 0) throw failureOfAll(against.batch.failures, operations.length)
    const groups = Array.from(groupByShard(placed, given.shardCount), ([shard, some]) => {
      const outcome = writing.submit(
        { uid: against.collection.uid, shard },
        { schema: against.batch.schema, operations: some, decides },
      )
      // The outcome is awaited after the turn. Until then a failure must not count as unhandled.
      outcome.catch(() => undefined)
      return { shard, operations: some, outcome }
    })
    return { ...against, submitted: groups }
  })

  const results = new Array<OperationsResult['results'][number]>(operations.length)
  const versions = new Array<number>(collection.shardCount).fill(0)
  const shardErrors: { readonly error: PrismError }[] = []
  for (const { position, id, error } of [...early, ...batch.failures]) results[position] = failed(id, error)
  await Promise.all(
    submitted.map(async ({ shard, operations: some, outcome }) => {
      try {
        const { version, results: own } = await withSchemaOfPatches(
          writing,
          collection,
          { shard, some, decides },
          outcome,
        )
        versions[shard] = version
        for (const [i, { id, position }] of some.entries()) results[position] = { id, ...own[i]! }
      } catch (error) {
        if (!(error instanceof PrismError)) throw error
        shardErrors.push({ error })
        for (const { id, position } of some) results[position] = failed(id, error)
      }
    }),
  )
  if (shardErrors.length > 0 && shardErrors.length === submitted.length) throw worstOf(shardErrors)
  if (atomic) {
    const refused = results.flatMap((result, position) => (result.status === 'failed' ? { ...result, position } : []))
    if (refused.length > 0) throw failureOfAll(refused, operations.length)
  }
  const warnings = [...batch.warnings, ...results.flatMap((result) => warningsOf(result))].slice(0, WARNINGS_MAX)
  return { results, warnings, session: encodeSession(new Map([[collection.uid, versions]])) }
}

type ShardPart = { readonly shard: number; readonly some: readonly PlacedOperation[]; readonly decides: 'each' | 'all' }

/** Adds the new fields of patched documents to the schema, and submits again. They are known only after the stored documents were read. */
async function withSchemaOfPatches(
  { catalog, checks, submit }: DocumentWriting,
  collection: Collection,
  { shard, some, decides }: ShardPart,
  first: Promise<WriteOutcome>,
): Promise<WriteOutcome> {
  let outcome = await first
  for (let attempt = 0; outcome.behind.length > 0; attempt++) {
    if (attempt === SCHEMA_TRIES_MAX) {
      throw new ConflictError(
        'schema_contention',
        `the schema was changed ${attempt} times while documents were patched: try again`,
      )
    }
    // At first the fields are probably new, not those of a schema that this process does not know yet.
    const newest = attempt === 0 ? catalog.newestKnown(collection) : await catalog.get(collection.name, 'fresh')
    if (newest.uid !== collection.uid) throw collectionGone(collection)
    const documents: EncodedDocument[] = [...outcome.behind]
    const encoded = { documents, failures: [], byteSize: documents.reduce((sum, { json }) => sum + json.length, 0) }
    const { batch } = await checks.take(newest, { encoded }, (against) => against)
    outcome = await submit({ uid: collection.uid, shard }, { schema: batch.schema, operations: some, decides })
  }
  return outcome
}

function failed(id: string | null, error: PrismError) {
  return { id, status: 'failed' as const, error }
}

function warningsOf(result: OperationResult): readonly WriteWarning[] {
  return result.status === 'failed' ? [] : result.warnings
}

/** The error of an atomic request: its first failure, and the number of all failures. */
function failureOfAll(failures: readonly DocumentFailure[], count: number): PrismError {
  const [first] = failures.toSorted((a, b) => a.position - b.position)
  return failureOfAtomic(first!, failures.length, count)
}
