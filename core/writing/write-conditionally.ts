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
  beginOn,
  commitOrLook,
  type Landed,
  landedAt,
  startOf,
  type Turn,
  type WriteComponents,
} from './write-group.ts'

/** Batches that share one commit, in the order in which they came. */
export type ConditionalGroup = { readonly schema: Schema; readonly batches: readonly OperationBatch[] }

export type ConditionalOutcome = Landed & { readonly batches: readonly BatchResult[] }

/**
 * Writes a group in which operations may fail because of what is stored. Each is decided again on every head that the
 * commit is tried on, so the decision is right for the version that the commit follows. If nothing is to be written, it is
 * right for a version that was the newest after the group began.
 *
 * The segment is built ahead, for what the newest version says, and again only if a later one says otherwise.
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
  const begun = await beginOn(components, ref, turn)
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
    if (!built || !areSame(built.puts, puts)) {
      built = { puts, segment: await beginUpload(components, { prefix, schema, puts, base: head }) }
    }
    return built.segment
  }
  // Looking ahead. If the base has been collected, the head that is committed on decides.
  const ahead = await evaluate(base).catch((error: unknown) => headAfter(components, ref, base, error))
  if ('evaluation' in ahead) await segmentOf(ahead.evaluation.puts, base)
  turn.onBuilt()

  let seen: { readonly head: Head; readonly evaluation: Evaluation } | undefined
  const edit: Edit = async (head) => {
    const { hits, evaluation } = await evaluate(head)
    seen = { head, evaluation }
    const replaced = hits.flatMap((hit) => only(hit, (place) => evaluation.changed.has(ids[place]!)))
    if (evaluation.puts.length === 0 && replaced.length === 0) return undefined
    const segment = await segmentOf(evaluation.puts, head)
    segment?.avoid(head)
    const own = { prefix, schemaVersion: schema.version, file: segment?.file() }
    const { draft, upload } = await draftFold(components, head, { hits: replaced, added: [], folded: [] }, own)
    return { draft, uploads: Promise.all([segment?.uploaded(), upload]) }
  }
  let start = startOf(begun, await turn.previous, clock.monotonic())
  // What waits in the head cannot be decided together with this. It goes first, or those who left it would have to race.
  if ((start ?? base).pending.length > 0) {
    start = (await foldLeftovers(components, ref).catch(() => undefined))?.head
  }
  const { committed, lookedAtMs } = await commitOrLook(components, ref, edit, { begun, start })
  // The last version that was tried is the one the commit follows: every try before was lost for certain.
  const { head, evaluation } = seen!
  return { ...landedAt(committed, { head, knownAtMs: lookedAtMs }), batches: evaluation.batches }
}

/** Versions of the documents hit, and the documents that are to be patched: one round. */
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
      const [toPatch] = only(hit, (place) => patched.has(ids[place]!))
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

/** A segment's hits of some ids, by their places; none if nothing is left. */
function only(hit: LiveHits, isWanted: (place: number) => boolean): LiveHits[] {
  const keep = (_: number, i: number) => isWanted(hit.idIndexes[i]!)
  const docIds = hit.docIds.filter(keep)
  return docIds.length === 0 ? [] : [{ ...hit, docIds, idIndexes: hit.idIndexes.filter(keep) }]
}

/** Whether two lists of documents make the same segment. */
function areSame(some: readonly Put[], others: readonly Put[]): boolean {
  if (some.length !== others.length) return false
  return some.every((put, i) => {
    const other = others[i]!
    return put === other || (put.id === other.id && Buffer.compare(put.json, other.json) === 0)
  })
}
