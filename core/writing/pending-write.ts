import type { Condition } from '../coordination/coordination.ts'
import { NotFoundError, OutcomeUnknownError, UnavailableError } from '../errors.ts'
import { isMissingObject } from '../storage/missing-object.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { NO_LIMIT, sleepWithin } from '../time-limit.ts'
import type { ShardRef } from '../version/collection.ts'
import {
  assertTimeLeft,
  attemptCommit,
  type CommitComponents,
  type Committed,
  commit,
  type Join,
  pause,
  TRIES_MAX,
  TRY_PAUSE_MS_MAX,
} from '../version/commit.ts'
import {
  assertExtendable,
  assertNotDeleted,
  type Head,
  headKey,
  readHead,
  readManifestObject,
} from '../version/head.ts'
import type { FoldedWrite, Manifest } from '../version/manifest.ts'
import { baseOfName } from '../version/object-names.ts'
import { encodePending, PENDING_ENTRY_BYTES_MAX, pickSlot, slotName } from '../version/pending.ts'
import { editFold, type FoldComponents } from './fold.ts'
import type { WritePlan } from './plan-writes.ts'
import type { SegmentUpload } from './segment-upload.ts'

/**
 * A write that waits in the head (docs/decisions/0044). Its writer leaves an entry there, and the next commit takes it along.
 *
 *   leaving ──▶ refused   no room, or others were always faster: the entry is not there and never will be; the writer
 *      │                  commits directly again
 *      ├──────▶ open      no reply tells whether the entry is there: `outcome_unknown`
 *      ▼
 *   waiting ──▶ open      the time is over, or the manifests that would tell are gone: `outcome_unknown`
 *      │  ▲ │
 *      │  └─┘ looks again; when it is this writer's turn, it commits (folds) all that waits, and may lose that race
 *      ▼
 *   folded                by this writer's commit or another's: acknowledged
 *
 * An entry changes by conditional writes of the head alone. One that asks for commit id and epoch puts it into a free
 * slot. A commit on a head that holds it frees the slot, and lists the entry in its manifest as folded.
 */

/** A write with less time does not begin to wait: the outcome of a race can be known in time, that of an entry cannot. */
export const JOIN_MS_MIN = 1000
/** How long the first writer lets others join before it folds. */
const GATHER_MS = 25
/** Between two looks at the head, half of it by chance. A fold takes at least an upload. */
const LOOK_MS = 120
/** A writer that is not the first folds if nobody committed for so long, half of it by chance. */
const PATIENCE_MS = 800
/** A writer gives up after so many looks: some 40 s. */
const LOOKS_MAX = 400

/**
 * Lets a write wait in the head (docs/decisions/0044) until a commit takes it along.
 *
 * @param onFolded is called with the places in the plan's ids that had a document when the write's turn came
 */
export function pendingJoiner(
  components: FoldComponents,
  ref: ShardRef,
  write: Omit<LeavingWrite, 'id'>,
  onFolded: (present: readonly number[]) => void,
): Join {
  return async (head) => {
    if ((components.timeLimit ?? NO_LIMIT).remainingMs() < JOIN_MS_MIN) return { head }
    const id = components.random.name()
    const left = await leaveEntry(components, ref, head, { ...write, id })
    if (left.outcome === 'refused') return { head: left.head }
    const { folded, committed } = left.outcome === 'folded' ? left : await waitForFold(components, ref, left.head, id)
    onFolded(folded.present)
    return { committed, head: committed.head }
  }
}

/**
 * Commits what waits in the head, if anything does: entries whose writers are gone.
 *
 * @throws as {@link commit} does
 */
export function foldLeftovers(components: FoldComponents, ref: ShardRef): Promise<Committed | undefined> {
  return commit(components, ref, (head) => editFold(components, ref, head))
}

/**
 * Waits until a commit has taken the entry along, and makes that commit itself when it is this writer's turn.
 *
 * @param start the head in which the entry was left or seen
 * @throws {OutcomeUnknownError} if the entry still waits when the time is over
 * @throws {NotFoundError} 'collection_not_found' if the collection was deleted while it waited
 */
async function waitForFold(components: FoldComponents, ref: ShardRef, start: Head, id: string): Promise<Folded> {
  const { clock, random, timeLimit = NO_LIMIT } = components
  const patienceMs = PATIENCE_MS * (0.5 + random.number() / 2)
  let last = { head: start, changedAtMs: clock.monotonic() }
  let cause: unknown
  await sleepWithin(components, GATHER_MS)
  for (let look = 0; look < LOOKS_MAX; look++) {
    try {
      const looked = await lookAndFold(components, ref, { ...last, patienceMs }, id)
      if (looked === 'gone') break
      if ('outcome' in looked) return looked
      last = looked
      if (looked.hasLost) continue
    } catch (error) {
      if (!saysNothing(error)) throw error
      cause = error
    }
    if (timeLimit.remainingMs() <= 0) break
    await sleepWithin(components, LOOK_MS * (0.5 + random.number() / 2))
  }
  throw stillOpen(ref, cause)
}

/** Whether an error leaves the outcome of a write that waits open. Objects of an older head may have been collected. */
function saysNothing(error: unknown): boolean {
  return isMissingObject(error) || error instanceof UnavailableError || error instanceof OutcomeUnknownError
}

type Look = {
  /** In which the entry waits. */
  readonly head: Head
  /** When its commit id was first seen. */
  readonly changedAtMs: number
}

/** Reads the head again. If the entry still waits and it is this writer's turn, folds; another commit may win that race. */
async function lookAndFold(
  components: FoldComponents,
  ref: ShardRef,
  last: Look & { readonly patienceMs: number },
  id: string,
): Promise<Folded | (Look & { readonly hasLost: boolean }) | 'gone'> {
  const knownAtMs = components.clock.monotonic()
  const head = await readHead(components, ref, last.head)
  if (!head.pending.some((entry) => entry.id === id)) {
    const after = last.head.manifest.version
    // Only a table that was restored from the bucket forgets an entry.
    return (await findFolded(components.store, ref, { head, knownAtMs }, { id, after })) ?? 'gone'
  }
  assertExtendable(head, ref)
  const hasChanged = head.manifest.commitId !== last.head.manifest.commitId
  const changedAtMs = hasChanged ? knownAtMs : last.changedAtMs
  const isTurn = head.pending[0]!.id === id || knownAtMs - changedAtMs > last.patienceMs
  if (!isTurn) return { head, changedAtMs, hasLost: false }
  const edited = await editFold(components, ref, head)
  const outcome = await attemptCommit(components, ref, head, edited!)
  if (!outcome.won) return { head, changedAtMs, hasLost: true }
  const { won, ...committed } = outcome
  return { outcome: 'folded', folded: foldedIn(committed.manifest, id)!, committed }
}

/** Heads in which a writer tries to leave its entry before it commits directly again. */
const HEADS_MAX = 16

/** What a writer leaves in the head. */
type LeavingWrite = {
  /** The same for all tries: the next one begins only when the one before it can no longer succeed. */
  readonly id: string
  readonly plan: WritePlan
  readonly segment: SegmentUpload | undefined
}

/**
 * Leaves an entry in a free slot of the head. It is refused if there is no room
 * for it, or if others were always faster; then it is not there, and never will be.
 *
 * @throws {NotFoundError} 'collection_not_found', {UnavailableError}: likewise
 * @throws {OutcomeUnknownError} if it may be there, or may yet come
 */
async function leaveEntry(
  components: CommitComponents,
  ref: ShardRef,
  start: Head,
  { id, plan, segment }: LeavingWrite,
): Promise<Left> {
  let head = start
  for (let attempt = 0; attempt < HEADS_MAX; attempt++) {
    assertExtendable(head, ref)
    assertTimeLeft(components, ref)
    segment?.avoid(head)
    const file = segment?.file()
    const encoded = encodePending({ id, base: head.manifest.version, ids: plan.ids, isPut: isPutOf(plan), file })
    const slot = pickSlot(head.pending, components.random)
    if (slot === undefined || encoded.length > PENDING_ENTRY_BYTES_MAX) break
    // The commit that folds the entry names the segment at once.
    await segment?.uploaded()
    const objectBase = file && baseOfName(file.name)
    const left = await tryEntry(components, ref, head, { id, slot, encoded, objectBase })
    if (left.outcome !== 'refused') return left
    head = left.head
  }
  return { outcome: 'refused', head }
}

/** Per id of a plan whether it has a document afterwards. */
function isPutOf({ ids, puts }: WritePlan): boolean[] {
  const put = new Set(puts.map(({ id }) => id))
  return ids.map((id) => put.has(id))
}

type EntryTry = {
  readonly id: string
  readonly slot: number
  readonly encoded: Uint8Array
  /** Of the segment; undefined without one. */
  readonly objectBase: number | undefined
}

/** One head, one slot: tries until it is certain whether the entry is there. */
async function tryEntry(components: CommitComponents, ref: ShardRef, base: Head, entry: EntryTry): Promise<Left> {
  const { coordination, timeLimit = NO_LIMIT } = components
  const change = { set: { [slotName(entry.slot)]: entry.encoded } }
  const conditions: Condition[] = [
    // A request that arrives late finds another commit id, even if the slot is free again.
    { attribute: 'commitId', is: 'equal', value: base.manifest.commitId },
    { attribute: 'epoch', is: 'equal', value: base.epoch },
    { attribute: slotName(entry.slot), is: 'absent' },
  ]
  if (entry.objectBase !== undefined) {
    conditions.push({ attribute: 'gcFloor', is: 'at_most', value: entry.objectBase })
  }
  let cause: unknown
  for (let attempt = 0; attempt === 0 || (attempt < TRIES_MAX && timeLimit.remainingMs() > 0); attempt++) {
    try {
      const reply = await coordination.write(headKey(ref), change, conditions)
      if (reply === 'written') return { outcome: 'waiting', head: base }
    } catch (error) {
      cause = error
    }
    const left = await judgeEntry(components, ref, base, entry).catch((error: unknown) => {
      if (error instanceof NotFoundError && error.code === 'collection_not_found') throw error
      cause = error
      return undefined
    })
    if (left) return left
    await pause(components, attempt, TRY_PAUSE_MS_MAX)
  }
  throw stillOpen(ref, cause)
}

/** Looks what became of an entry after a reply that did not say so. Undefined while the request may still arrive. */
async function judgeEntry(
  { coordination, store, clock }: CommitComponents,
  ref: ShardRef,
  base: Head,
  { id, slot, objectBase }: EntryTry,
): Promise<Left | undefined> {
  const knownAtMs = clock.monotonic()
  const head = await readHead({ coordination, store }, ref, base)
  if (head.pending.some((entry) => entry.id === id)) return { outcome: 'waiting', head }
  if (head.manifest.commitId !== base.manifest.commitId) {
    const found = await findFolded(store, ref, { head, knownAtMs }, { id, after: base.manifest.version })
    return found ?? { outcome: 'refused', head }
  }
  assertNotDeleted(head, ref)
  // Epoch and floor only ever rise, and only a commit frees a slot: the conditional write can never succeed any more.
  const isTaken = head.pending.some((entry) => entry.slot === slot)
  const isDead = isTaken || head.epoch !== base.epoch || (objectBase !== undefined && head.gcFloor > objectBase)
  return isDead ? { outcome: 'refused', head } : undefined
}

/** A write that waited, and the commit that took it along. */
type Folded = {
  readonly outcome: 'folded'
  readonly folded: FoldedWrite
  readonly committed: Omit<Committed, 'lostCount'>
}

/** What a manifest says of a write that waited. */
function foldedIn({ folded }: Manifest, id: string): FoldedWrite | undefined {
  return folded.find((write) => write.id === id)
}

/**
 * Finds the commit, up to a head's, that took a write along. Reads the manifests in
 * between. They are few, because a writer that waits looks often.
 *
 * @param entry.after the version at which it is known to have waited or not to have come yet
 * @returns undefined if none did
 * @throws {OutcomeUnknownError} if manifests are gone that would tell
 */
async function findFolded(
  store: ObjectStore,
  ref: ShardRef,
  { head, knownAtMs }: Pick<Committed, 'head' | 'knownAtMs'>,
  entry: { readonly id: string; readonly after: number },
): Promise<Folded | undefined> {
  for (let manifest = head.manifest; ; ) {
    const folded = foldedIn(manifest, entry.id)
    if (folded) return { outcome: 'folded', folded, committed: { manifest, isOwn: false, head, knownAtMs } }
    const [previous] = manifest.predecessors
    if (!previous || previous.version <= entry.after) return undefined
    manifest = await readManifestObject(store, ref, previous).catch((cause: unknown) => {
      throw cause instanceof NotFoundError ? stillOpen(ref, cause) : cause
    })
  }
}

/** Of a write that may have been taken along, or may yet be. */
function stillOpen({ uid, shard }: ShardRef, cause: unknown): OutcomeUnknownError {
  return new OutcomeUnknownError(
    'outcome_unknown',
    `a write was left in the head of shard ${shard} of ${uid}, and nothing tells whether it is or will be committed`,
    { cause },
  )
}

/** Where a write waits, the head at which it was left or last seen; or none, if it never will. */
type Left = Folded | { readonly outcome: 'waiting' | 'refused'; readonly head: Head }
