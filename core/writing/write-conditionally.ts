import { Buffer } from 'node:buffer'
import type { Schema } from '../schema/schema.ts'
import { versionOfHash } from '../segment/format/document-version.ts'
import { carryOut } from '../segment/format/read-plan.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { compareUtf8 } from '../utf8.ts'
import { type ShardRef, shardPrefix } from '../version/collection.ts'
import { type Edit, headAfter } from '../version/commit.ts'
import { DocumentFinder, type LiveHits } from '../version/find-documents.ts'
import type { Head } from '../version/head.ts'
import {
  type BatchResult,
  type Evaluation,
  evaluateOperations,
  type OperationBatch,
  type StoredDocument,
} from './evaluate-operations.ts'
import { draftFold } from './fold.ts'
import { foldLeftovers } from './pending-write.ts'
import type { Put } from './plan-writes.ts'
import { beginUpload, type SegmentUpload } from './segment-upload.ts'
import {
  beginGroup,
  commitOrConfirm,
  type Landed,
  landedAt,
  startOf,
  type Turn,
  type WriteComponents,
} from './write-group.ts'

/** Batches that share one commit, in the order of their arrival. */
export type ConditionalGroup = { readonly schema: Schema; readonly batches: readonly OperationBatch[] }

export type ConditionalOutcome = Landed & { readonly batches: readonly BatchResult[] }

/**
 * Writes a group of operations that may fail because of the stored documents. Evaluates them again on every head that the
 * commit is tried on, so that the results are right for the version that the commit follows. If there is nothing to write, the
 * results are right for a version that was the newest after the group began.
 *
 * Builds the segment ahead, from the evaluation on the newest version, and again only if a later evaluation differs.
 *
 * @throws as {@link commit} does
 */
export async function writeConditionally(
  components: WriteComponents,
  ref: ShardRef,
  { schema, batches }: ConditionalGroup,
  turn: Turn,
): Promise<ConditionalOutcome> {
  const { store, clock } = components
  const prefix = shardPrefix(ref)
  const operations = batches.flatMap((batch) => batch.operations)
  const ids = [...new Set(operations.map(({ id }) => id))].sort(compareUtf8)
  const patched = new Set(operations.flatMap(({ kind, id }) => (kind === 'patch' ? id : [])))
  const begun = await beginGroup(components, ref, turn)
  const base = begun.head
  const finder = new DocumentFinder(store, components.openSegment, { prefix, ids })

  const evaluate = async (head: Head): Promise<{ hits: LiveHits[]; evaluation: Evaluation }> => {
    const hits = await finder.find(head.manifest)
    const byId = await readStored(store, { hits, ids, patched })
    return {
      hits,
      evaluation: evaluateOperations(schema, batches, { byId, schemaVersion: head.manifest.schemaVersion }),
    }
  }
  let built: { readonly puts: readonly Put[]; readonly segment: SegmentUpload | undefined } | undefined
  const segmentOf = async (puts: readonly Put[], head: Head) => {
    if (!built || !areEqual(built.puts, puts)) {
      built = { puts, segment: await beginUpload(components, { prefix, schema, puts, base: head }) }
    }
    return built.segment
  }
  // An evaluation ahead of the commit. If objects of the base have been collected, the evaluation on the commit's head replaces it.
  const ahead = await evaluate(base).catch((error: unknown) => headAfter(components, ref, base, error))
  if ('evaluation' in ahead) await segmentOf(ahead.evaluation.puts, base)
  turn.onBuilt()

  let seen: { readonly head: Head; readonly evaluation: Evaluation } | undefined
  const edit: Edit = async (head) => {
    const { hits, evaluation } = await evaluate(head)
    seen = { head, evaluation }
    const replaced = hits.flatMap((hit) => keepHits(hit, (place) => evaluation.changed.has(ids[place]!)))
    if (evaluation.puts.length === 0 && replaced.length === 0) return undefined
    const segment = await segmentOf(evaluation.puts, head)
    segment?.avoid(head)
    const own = { prefix, schemaVersion: schema.version, file: segment?.file() }
    const { draft, upload } = await draftFold(components, head, { hits: replaced, added: [], folded: [] }, own)
    return { draft, uploads: Promise.all([segment?.uploaded(), upload]) }
  }
  let start = startOf(begun, await turn.previous, clock.monotonic())
  // Pending writes cannot be evaluated together with these operations. They are committed first, or their writers would have to race.
  if ((start ?? base).pending.length > 0) {
    start = (await foldLeftovers(components, ref).catch(() => undefined))?.head
  }
  const { committed, readAtMs } = await commitOrConfirm(components, ref, edit, { begun, start })
  // The commit follows the head that was evaluated last: all earlier tries are known to have lost.
  const { head, evaluation } = seen!
  return { ...landedAt(committed, { head, knownAtMs: readAtMs }), batches: evaluation.batches }
}

/** Reads the versions of the documents hit, and the contents of those to patch. One round. */
async function readStored(
  store: ObjectStore,
  wanted: {
    readonly hits: readonly LiveHits[]
    readonly ids: readonly string[]
    readonly patched: ReadonlySet<string>
  },
): Promise<Map<string, StoredDocument>> {
  const { hits, ids, patched } = wanted
  const stored = new Map<string, StoredDocument>()
  await Promise.all(
    hits.map(async (hit) => {
      const { reader, docIds, idIndexes } = hit
      const [toPatch] = keepHits(hit, (place) => patched.has(ids[place]!))
      const [hashes, documents] = await Promise.all([
        carryOut(store, reader.hashes.read(docIds)),
        toPatch === undefined ? [] : carryOut(store, reader.documents.read(toPatch.docIds)),
      ])
      const jsonOf = new Map(documents.map((json, i) => [toPatch!.idIndexes[i]!, json]))
      for (const [i, place] of idIndexes.entries()) {
        stored.set(ids[place]!, {
          version: versionOfHash(hashes, i),
          json: jsonOf.get(place),
        })
      }
    }),
  )
  return stored
}

/** Filters a segment's hits by the index of their ids; empty if no hit remains. */
function keepHits(hit: LiveHits, isWanted: (place: number) => boolean): LiveHits[] {
  const keep = (_: number, i: number) => isWanted(hit.idIndexes[i]!)
  const docIds = hit.docIds.filter(keep)
  return docIds.length === 0 ? [] : [{ ...hit, docIds, idIndexes: hit.idIndexes.filter(keep) }]
}

/** Whether two lists of documents give the same segment. */
function areEqual(some: readonly Put[], others: readonly Put[]): boolean {
  if (some.length !== others.length) return false
  return some.every((put, i) => {
    const other = others[i]!
    return put === other || (put.id === other.id && Buffer.compare(put.json, other.json) === 0)
  })
}
