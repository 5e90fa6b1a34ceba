import type { MonotonicMs } from '../clock.ts'
import type { Schema } from '../schema/schema.ts'
import { type ShardRef, shardPrefix } from '../version/collection.ts'
import {
  type CommitComponents,
  type CommitOptions,
  type Committed,
  commit,
  type Edit,
  headAfter,
} from '../version/commit.ts'
import { DocumentFinder, type OpenSegment } from '../version/find-documents.ts'
import { assertExtendable, type Head, readHead } from '../version/head.ts'
import type { KnownHead } from '../version/head-cache.ts'
import { draftFold, foldPending } from './fold.ts'
import { pendingJoiner } from './pending-write.ts'
import { type Operation, planWrites, replayWrites } from './plan-writes.ts'
import { type BuildSegment, beginUpload } from './segment-upload.ts'

export type WriteComponents = CommitComponents & {
  readonly openSegment: OpenSegment
  readonly buildSegment: BuildSegment
}

/** Operations that share one commit and cannot fail because of the stored documents. */
export type Group = { readonly schema: Schema; readonly operations: readonly Operation[] }

/** The version that a group's answer refers to. */
export type Landed = {
  /** Undefined if there was nothing to change, such as deletions of ids that do not exist. */
  readonly committed: Committed | undefined
  /** The newest known head that the answer is right for. */
  readonly known: KnownHead
  /** The version that the answer is right for: that of the commit, or of the head that was read. */
  readonly version: number
}

export type GroupOutcome = Landed & {
  /** Whether a document with the operation's id existed before the operation, by operation. */
  readonly existed: readonly boolean[]
}

/** How the groups of one shard follow one another. */
export type Turn = {
  /** Is called when the segment is built, so that the next build may begin. */
  readonly onBuilt: () => void
  /** Resolves when the group before is done, with the head that it left. */
  readonly previous: Promise<KnownHead | undefined>
  /** The newest head known, if this process owns the shard. The group commits on it without reading it again. */
  readonly remembered?: KnownHead | undefined
}

/** A head that was read more milliseconds ago is read again before a commit, because a lost race costs an upload. */
const START_MS_MAX = 50

/**
 * Writes a group of operations with one commit: builds their segment while it finds the documents that they replace,
 * uploads, waits for the group before, and commits.
 *
 * @throws as {@link commit} does
 */
export async function writeGroup(
  components: WriteComponents,
  ref: ShardRef,
  { schema, operations }: Group,
  turn: Turn,
): Promise<GroupOutcome> {
  const { store, clock } = components
  const prefix = shardPrefix(ref)
  const plan = planWrites(operations)
  const begun = await beginGroup(components, ref, turn)
  const base = begun.head
  const finder = new DocumentFinder(store, components.openSegment, { prefix, ids: plan.ids })
  const [segment] = await Promise.all([
    beginUpload(components, { prefix, schema, puts: plan.puts, base }),
    // A search ahead of the commit. If objects of the base have been collected, the search on the commit's head replaces it.
    finder.find(base.manifest).catch((error: unknown) => headAfter(components, ref, base, error)),
  ])
  turn.onBuilt()

  let seen = { head: base, present: [] as readonly number[] }
  const edit: Edit = async (head) => {
    const fold = await foldPending(components, head, { prefix, ids: plan.ids, finder })
    seen = { head, present: fold.present }
    if (!segment && fold.hits.length === 0 && fold.folded.length === 0) return undefined
    segment?.avoid(head)
    const own = { prefix, schemaVersion: schema.version, file: segment?.file() }
    const { draft, upload } = await draftFold(components, head, fold, own)
    return { draft, uploads: Promise.all([segment?.uploaded(), upload]) }
  }
  const join = pendingJoiner(components, ref, { plan, segment }, (present) => {
    seen = { ...seen, present }
  })
  const start = startOf(begun, await turn.previous, clock.monotonic())
  const { committed, readAtMs } = await commitOrConfirm(components, ref, edit, { begun, start, join })
  const landed = landedAt(committed, { head: seen.head, knownAtMs: readAtMs })
  return { ...landed, existed: replayWrites(plan, seen.present) }
}

/** The head that a group begins with, and whether it comes from memory. */
export type Begun = KnownHead & { readonly isRemembered: boolean }

/**
 * Takes the remembered head of the shard, or reads it.
 *
 * @throws as {@link commit} does
 */
export async function beginGroup(components: CommitComponents, ref: ShardRef, { remembered }: Turn): Promise<Begun> {
  const knownAtMs = remembered?.knownAtMs ?? components.clock.monotonic()
  const head = remembered?.head ?? (await readHead(components, ref))
  assertExtendable(head, ref)
  return { head, knownAtMs, isRemembered: remembered !== undefined }
}

/**
 * Commits, on the remembered head if there is one. If the edit has nothing to change there, tries again on the current head:
 * functions write without asking owners, so only a commit, or a read after the request's arrival, proves that a head is the newest.
 *
 * @returns `readAtMs`: if nothing was committed, the edit's head was the newest at that moment or later
 */
export async function commitOrConfirm(
  components: CommitComponents,
  ref: ShardRef,
  edit: Edit,
  { begun, ...options }: CommitOptions & { readonly begun: Begun },
): Promise<{ readonly committed: Committed | undefined; readonly readAtMs: MonotonicMs }> {
  const committed = await commit(components, ref, edit, options)
  if (committed || !begun.isRemembered) return { committed, readAtMs: begun.knownAtMs }
  const readAtMs = components.clock.monotonic()
  return { committed: await commit(components, ref, edit, { join: options.join }), readAtMs }
}

/** @param lastRead the head that was read last */
export function landedAt(committed: Committed | undefined, lastRead: KnownHead): Landed {
  const { version } = committed ? committed.manifest : lastRead.head.manifest
  return { committed, known: committed ?? lastRead, version }
}

/**
 * The head to try first; undefined to read it again. An owner always takes the newest head that it remembers.
 *
 * Takes the head that the group before left only if its version is later than that of the head that this group read,
 * because it was then made after that read. An answer from a head that is older than the group could contradict answers that
 * other clients got before the group began.
 */
export function startOf(begun: Begun, left: KnownHead | undefined, nowMs: MonotonicMs): Head | undefined {
  const { head, knownAtMs } = left && left.head.manifest.version > begun.head.manifest.version ? left : begun
  return begun.isRemembered || nowMs - knownAtMs <= START_MS_MAX ? head : undefined
}
