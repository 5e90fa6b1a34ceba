import type { Catalog } from '../collections/catalog.ts'
import { OutcomeUnknownError, PrismError } from '../errors.ts'
import type { Random } from '../random.ts'
import { versionOf } from '../segment/format/document-version.ts'
import type { Collection } from '../version/collection.ts'
import { shardOfId } from '../version/routing.ts'
import { encodeSession } from '../version/session.ts'
import { type CheckedBatch, encodeBatch, idMaker } from './check-batch.ts'
import type { CheckedAgainst, CheckTurns } from './check-turns.ts'
import { fingerprintOfBatch } from './fingerprint.ts'
import type { WriteOutcome } from './shard-writer.ts'
import type { DeleteResult, DocumentFailure, VersionedWriteOptions, WriteResult } from './write-result.ts'
import type { SubmitWrite } from './write-routing.ts'

export type DocumentWriting = {
  readonly catalog: Catalog
  readonly random: Random
  readonly checks: CheckTurns
  readonly submit: SubmitWrite
  /** Remembers the key of a request. Rejects if the key was used for another request. */
  readonly rememberKey: (uid: string, use: { readonly key: string; readonly fingerprint: string }) => Promise<void>
}

/**
 * Begins to remember the key of a request, before the request's turn, so that requests do so in parallel. The request must await
 * the result before it writes anything.
 */
export function beginRemembering(
  { rememberKey }: DocumentWriting,
  uid: string,
  key: string | undefined,
  fingerprint: () => string,
): Promise<void> | undefined {
  if (key === undefined) return undefined
  const remembering = rememberKey(uid, { key, fingerprint: fingerprint() })
  remembering.catch(() => undefined)
  return remembering
}

/** Writes a batch: {@link Shards.writeDocuments}. */
export async function writeDocuments(
  writing: DocumentWriting,
  given: Collection,
  documents: readonly unknown[],
  { idempotencyKey, versions: wantsVersions = false }: VersionedWriteOptions,
): Promise<WriteResult> {
  const encoded = encodeBatch(documents, idMaker(writing.random, idempotencyKey))
  const ready = beginRemembering(writing, given.uid, idempotencyKey, () => fingerprintOfBatch(encoded))
  const { collection, batch, submitted } = await writing.checks.take(given, { encoded, ready }, (checked) => ({
    ...checked,
    submitted: submitByShard(writing, checked),
  }))
  const written: { id: string; created: boolean; version: string | undefined }[] = new Array(documents.length)
  const failures: DocumentFailure[] = [...batch.failures]
  const versions = new Array<number>(collection.shardCount).fill(0)

  await Promise.all(
    submitted.map(async ({ shard, puts, outcome }) => {
      try {
        const { version, existed } = await outcome
        versions[shard] = version
        for (const [i, { position, id, json }] of puts.entries()) {
          written[position] = { id, created: !existed[i], version: wantsVersions ? versionOf(id, json) : undefined }
        }
      } catch (error) {
        if (!(error instanceof PrismError)) throw error
        for (const { position, id } of puts) failures.push({ position, id, error })
      }
    }),
  )
  const shardErrors = failures.slice(batch.failures.length)
  // If no valid document was written, the whole request fails.
  if (shardErrors.length > 0 && shardErrors.length === batch.puts.length) throw worstOf(shardErrors)
  return {
    indexed: documents.length - failures.length,
    failures: failures.sort((a, b) => a.position - b.position),
    warnings: batch.warnings,
    written: Array.from(written),
    session: encodeSession(new Map([[collection.uid, versions]])),
  }
}

type Submitted = {
  readonly shard: number
  readonly puts: CheckedBatch['puts']
  readonly outcome: Promise<WriteOutcome>
}

/** Submits a checked batch to the writers of its shards. */
function submitByShard({ submit }: DocumentWriting, { collection, batch }: CheckedAgainst): Submitted[] {
  return Array.from(groupByShard(batch.puts, collection.shardCount), ([shard, puts]) => {
    const outcome = submit({ uid: collection.uid, shard }, { schema: batch.schema, operations: puts })
    // The outcome is awaited after the turn. Until then a failure must not count as unhandled.
    outcome.catch(() => undefined)
    return { shard, puts, outcome }
  })
}

/** Deletes by id: {@link Shards.deleteDocuments}. */
export async function deleteDocuments(
  { submit }: DocumentWriting,
  { uid, shardCount, schema }: Collection,
  ids: readonly string[],
): Promise<DeleteResult> {
  const versions = new Array<number>(shardCount).fill(0)
  const operations = ids.map((id) => ({ kind: 'delete' as const, id }))
  const outcomes = await Promise.allSettled(
    Array.from(groupByShard(operations, shardCount), async ([shard, some]) => {
      const { version, existed } = await submit({ uid, shard }, { schema, operations: some })
      versions[shard] = version
      return existed.filter(Boolean).length
    }),
  )
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
  const deleted = outcomes.reduce((sum, outcome) => sum + (outcome.status === 'fulfilled' ? outcome.value : 0), 0)
  return { deleted, session: encodeSession(new Map([[uid, versions]])) }
}

/** The error of a request: an unknown outcome if there is one, because the request then must not look refused. */
export function worstOf(failures: readonly { readonly error: PrismError }[]): PrismError {
  return (failures.find(({ error }) => error instanceof OutcomeUnknownError) ?? failures[0]!).error
}

export function groupByShard<O extends { readonly id: string }>(
  operations: readonly O[],
  shardCount: number,
): Map<number, O[]> {
  const groups = new Map<number, O[]>()
  for (const operation of operations) {
    const shard = shardOfId(operation.id, shardCount)
    const group = groups.get(shard)
    if (group) group.push(operation)
    else groups.set(shard, [operation])
  }
  return groups
}
