import type { Condition } from '../coordination/coordination.ts'
import { NotFoundError } from '../errors.ts'
import { NO_LIMIT } from '../time-limit.ts'
import type { ShardRef } from '../version/collection.ts'
import { assertTimeLeft, type CommitComponents, pause, TRIES_MAX, TRY_PAUSE_MS_MAX } from '../version/commit.ts'
import { assertExtendable, assertNotDeleted, type Head, headKey, readHead } from '../version/head.ts'
import { baseOfName } from '../version/object-names.ts'
import { encodePending, PENDING_ENTRY_BYTES_MAX, pickSlot, slotName } from '../version/pending.ts'
import { findFolded, type Left, stillOpen } from './find-folded.ts'
import type { WritePlan } from './plan-writes.ts'
import type { SegmentUpload } from './segment-upload.ts'

/** Heads that a writer may try to leave its entry in before it races on. */
const HEADS_MAX = 16

/** What a writer leaves in the head. */
export type LeavingWrite = {
  /** The same for all tries: another is begun only when the former can never succeed any more. */
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
export async function leaveEntry(
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
    // Whoever folds names the segment at once.
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
    // A request that arrives late finds another commit, even if the slot is free again.
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

/** Looks what became of an entry after a reply that did not say so. Undefined while it may still come. */
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
