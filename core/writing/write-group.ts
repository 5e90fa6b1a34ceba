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

/** Operations that share one commit, none of which can fail by what is stored. */
export type Group = { readonly schema: Schema; readonly operations: readonly Operation[] }

/** The version that a group's answer refers to. */
export type Landed = {
  /** Undefined if there was nothing to change, such as deletions of ids that do not exist. */
  readonly committed: Committed | undefined
  /** The newest head known of which it holds. */
  readonly known: KnownHead
  /** The version of which it holds: that of the commit, or of the head that was looked at. */
  readonly version: number
}

export type GroupOutcome = Landed & {
  /** Per operation whether a document with its id was there before it. */
  readonly existed: readonly boolean[]
}

/** What the groups of one shard tell each other. */
export type Turn = {
  /** Called when the segment is built, so that another build may begin. */
  readonly onBuilt: () => void
  /** Resolves when this process's earlier group is done, with the head that it left. */
  readonly previous: Promise<KnownHead | undefined>
  /** The newest head known, if this process owns the shard: it commits on it without reading it again. */
  readonly remembered?: KnownHead | undefined
}

/** A head older than this is read again before a commit is tried on it: a lost race costs an upload. */
const START_MS_MAX = 50

/**
 * Writes a group of operations by one commit: builds their segment and finds the documents that they replace at the same
 * time, uploads, waits for its turn, commits.
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
  const begun = await beginOn(components, ref, turn)
  const base = begun.head
  const finder = new DocumentFinder(store, components.openSegment, { prefix, ids: plan.ids })
  const [segment] = await Promise.all([
    beginUpload(components, { prefix, schema, puts: plan.puts, base }),
    // Looking ahead. If the base has been collected, the head that is committed on decides.
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
  const { committed, lookedAtMs } = await commitOrLook(components, ref, edit, { begun, start, join })
  const landed = landedAt(committed, { head: seen.head, knownAtMs: lookedAtMs })
  return { ...landed, existed: replayWrites(plan, seen.present) }
}

/** What a group begins with, and whether that is from memory. */
export type Begun = KnownHead & { readonly isRemembered: boolean }

/** @throws as {@link commit} does */
export async function beginOn(components: CommitComponents, ref: ShardRef, { remembered }: Turn): Promise<Begun> {
  const knownAtMs = remembered?.knownAtMs ?? components.clock.monotonic()
  const head = remembered?.head ?? (await readHead(components, ref))
  assertExtendable(head, ref)
  return { head, knownAtMs, isRemembered: remembered !== undefined }
}

/**
 * Commits on the head that an owner remembers. If that leaves nothing to change, it tries again on the head as it is now:
 * functions write without asking owners, so only a commit, or a read after the request came, proves a head the newest.
 *
 * @returns `lookedAtMs`: the head of an edit that gave up was the newest at that moment or later
 */
export async function commitOrLook(
  components: CommitComponents,
  ref: ShardRef,
  edit: Edit,
  { begun, ...options }: CommitOptions & { readonly begun: Begun },
): Promise<{ readonly committed: Committed | undefined; readonly lookedAtMs: MonotonicMs }> {
  const committed = await commit(components, ref, edit, options)
  if (committed || !begun.isRemembered) return { committed, lookedAtMs: begun.knownAtMs }
  const lookedAtMs = components.clock.monotonic()
  return { committed: await commit(components, ref, edit, { join: options.join }), lookedAtMs }
}

/** @param looked the last head that was looked at */
export function landedAt(committed: Committed | undefined, looked: KnownHead): Landed {
  const { version } = committed ? committed.manifest : looked.head.manifest
  return { committed, known: committed ?? looked, version }
}

/**
 * The head to try first: of an owner the newest it remembers, however old. The one that the group before left is older than the one this group read itself, unless it
 * is of a later version: then it was made after that read. An answer from anything older than the group would
 * contradict answers that others got before the group began.
 */
export function startOf(begun: Begun, left: KnownHead | undefined, nowMs: MonotonicMs): Head | undefined {
  const { head, knownAtMs } = left && left.head.manifest.version > begun.head.manifest.version ? left : begun
  return begun.isRemembered || nowMs - knownAtMs <= START_MS_MAX ? head : undefined
}
