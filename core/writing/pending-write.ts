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
 * A pending write waits in the head (docs/decisions/0044). Its writer leaves an entry in the head, and the next commit folds the entry.
 *
 *   leaving ──▶ refused   no room, or other writers were always faster: the entry is not in the head and never will be;
 *      │                  the writer commits directly again
 *      ├──────▶ open      no reply says whether the entry is in the head: `outcome_unknown`
 *      ▼
 *   waiting ──▶ open      the time is over, or the manifests that would show the outcome are gone: `outcome_unknown`
 *      │  ▲ │
 *      │  └─┘ reads the head again; at its turn, the writer commits (folds) all entries, and may lose that race
 *      ▼
 *   folded                by this writer's commit or another's: acknowledged
 *
 * Only conditional writes of the head change entries. A write that requires the commit id and the epoch puts an entry into a free
 * slot. A commit on a head that holds the entry frees the slot and lists the entry in its manifest as folded.
 */

/** A write with less time left leaves no entry: it would learn the outcome of a race in time, but not that of an entry. */
export const JOIN_MS_MIN = 1000
/** How long the first writer lets others leave entries before it folds. */
const GATHER_MS = 25
/** Longest time between two reads of the head; at least half of it. A fold takes at least an upload. */
const POLL_MS = 120
/** A writer whose entry is not the first folds if there was no commit for so long; at least half of it. */
const PATIENCE_MS = 800
/** A writer gives up after so many reads of the head: about 40 s. */
const POLLS_MAX = 400

/**
 * Leaves a write in the head (docs/decisions/0044) and waits until a commit folds it.
 *
 * @param onFolded is called with the indexes of those of the plan's ids that had a document when the write's turn came
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
 * Commits the entries in the head, if there are any. Their writers may be gone.
 *
 * @throws as {@link commit} does
 */
export function foldLeftovers(components: FoldComponents, ref: ShardRef): Promise<Committed | undefined> {
  return commit(components, ref, (head) => editFold(components, ref, head))
}

/**
 * Waits until a commit has folded the entry. When it is this writer's turn, makes that commit itself.
 *
 * @param start the head in which the entry was left or seen
 * @throws {OutcomeUnknownError} if the entry still waits when the time is over
 * @throws {NotFoundError} 'collection_not_found' if the collection was deleted while the entry waited
 */
async function waitForFold(components: FoldComponents, ref: ShardRef, start: Head, id: string): Promise<Folded> {
  const { clock, random, timeLimit = NO_LIMIT } = components
  const patienceMs = PATIENCE_MS * (0.5 + random.number() / 2)
  let last = { head: start, changedAtMs: clock.monotonic() }
  let cause: unknown
  await sleepWithin(components, GATHER_MS)
  for (let poll = 0; poll < POLLS_MAX; poll++) {
    try {
      const polled = await pollAndFold(components, ref, { ...last, patienceMs }, id)
      if (polled === 'gone') break
      if ('outcome' in polled) return polled
      last = polled
      if (polled.hasLost) continue
    } catch (error) {
      if (!leavesOutcomeOpen(error)) throw error
      cause = error
    }
    if (timeLimit.remainingMs() <= 0) break
    await sleepWithin(components, POLL_MS * (0.5 + random.number() / 2))
  }
  throw stillOpen(ref, cause)
}

/** Whether an error says nothing about the outcome of a pending write. Objects of an older head may have been collected. */
function leavesOutcomeOpen(error: unknown): boolean {
  return isMissingObject(error) || error instanceof UnavailableError || error instanceof OutcomeUnknownError
}

type Poll = {
  /** The head in which the entry waits. */
  readonly head: Head
  /** When the head's commit id was first seen. */
  readonly changedAtMs: number
}

/** Reads the head again. If the entry still waits and it is this writer's turn, folds; another commit may win that race. */
async function pollAndFold(
  components: FoldComponents,
  ref: ShardRef,
  last: Poll & { readonly patienceMs: number },
  id: string,
): Promise<Folded | (Poll & { readonly hasLost: boolean }) | 'gone'> {
  const knownAtMs = components.clock.monotonic()
  const head = await readHead(components, ref, last.head)
  if (!head.pending.some((entry) => entry.id === id)) {
    const after = last.head.manifest.version
    // Only a table that was rebuilt from the bucket loses an entry.
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

/** A writer tries to leave its entry in at most so many heads before it commits directly again. */
const HEADS_MAX = 16

/** What a writer leaves in the head. */
type LeavingWrite = {
  /** The same for all tries, because each try begins only when the one before it can no longer succeed. */
  readonly id: string
  readonly plan: WritePlan
  readonly segment: SegmentUpload | undefined
}

/**
 * Leaves an entry in a free slot of the head. The result is `refused` if the head has no room
 * or other writers were always faster; the entry then is not in a head and never will be.
 *
 * @throws {NotFoundError} 'collection_not_found'; the entry never will be in a head
 * @throws {UnavailableError} if the time is over; the entry never will be in a head
 * @throws {OutcomeUnknownError} if the entry may be in the head, now or later
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
    // The commit that folds the entry names the segment, which must exist by then.
    await segment?.uploaded()
    const objectBase = file && baseOfName(file.name)
    const left = await tryEntry(components, ref, head, { id, slot, encoded, objectBase })
    if (left.outcome !== 'refused') return left
    head = left.head
  }
  return { outcome: 'refused', head }
}

/** Whether each id of a plan has a document afterwards. */
function isPutOf({ ids, puts }: WritePlan): boolean[] {
  const put = new Set(puts.map(({ id }) => id))
  return ids.map((id) => put.has(id))
}

type EntryTry = {
  readonly id: string
  readonly slot: number
  readonly encoded: Uint8Array
  /** Base version of the segment's name; undefined without a segment. */
  readonly objectBase: number | undefined
}

/** Tries one slot of one head until the outcome is certain. */
async function tryEntry(components: CommitComponents, ref: ShardRef, base: Head, entry: EntryTry): Promise<Left> {
  const { coordination, timeLimit = NO_LIMIT } = components
  const change = { set: { [slotName(entry.slot)]: entry.encoded } }
  const conditions: Condition[] = [
    // A request that arrives late must fail even if the slot is free again.
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

/** Finds out what became of an entry whose reply did not say. Undefined while the request may still arrive. */
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
  // Epoch and floor never fall, and only a commit frees a slot. So the conditional write can never succeed if one of these has changed.
  const isTaken = head.pending.some((entry) => entry.slot === slot)
  const isDead = isTaken || head.epoch !== base.epoch || (objectBase !== undefined && head.gcFloor > objectBase)
  return isDead ? { outcome: 'refused', head } : undefined
}

/** A pending write, and the commit that folded it. */
type Folded = {
  readonly outcome: 'folded'
  readonly folded: FoldedWrite
  readonly committed: Omit<Committed, 'lostCount'>
}

/** What a manifest says about a folded write. */
function foldedIn({ folded }: Manifest, id: string): FoldedWrite | undefined {
  return folded.find((write) => write.id === id)
}

/**
 * Finds the commit that folded a write, among the versions after `entry.after` up to the head's. Reads
 * their manifests. They are few, because a waiting writer reads the head often.
 *
 * @param entry.after a version that did not fold the write, and none before it did
 * @returns undefined if no commit folded the write
 * @throws {OutcomeUnknownError} if a manifest that would show it is gone
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

/** The error for a write that may have been folded, or may still be. */
function stillOpen({ uid, shard }: ShardRef, cause: unknown): OutcomeUnknownError {
  return new OutcomeUnknownError(
    'outcome_unknown',
    `a write was left in the head of shard ${shard} of ${uid}, and it is unknown whether it is or will be committed`,
    { cause },
  )
}

/** The outcome of leaving an entry, and the head that was read last. */
type Left = Folded | { readonly outcome: 'waiting' | 'refused'; readonly head: Head }
