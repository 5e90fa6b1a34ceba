import { OutcomeUnknownError, UnavailableError } from '../errors.ts'
import { isMissingObject } from '../storage/missing-object.ts'
import { NO_LIMIT, sleepWithin } from '../time-limit.ts'
import type { ShardRef } from '../version/collection.ts'
import { attemptCommit, type Committed, commit, type Join } from '../version/commit.ts'
import { assertExtendable, type Head, readHead } from '../version/head.ts'
import { type Folded, findFolded, foldedIn, stillOpen } from './find-folded.ts'
import { editFold, type FoldComponents } from './fold.ts'
import { type LeavingWrite, leaveEntry } from './leave-entry.ts'

/** With less time than this a write does not begin to wait: a lost race can be told from a won one, an entry that waits cannot. */
export const JOIN_MS_MIN = 1000
/** Others are given so long to join before the first one folds. */
const GATHER_MS = 25
/** Between two looks at the head, half of it by chance. A fold takes at least an upload. */
const LOOK_MS = 120
/** A writer folds although it is not the first if nobody committed for so long, half of it by chance. */
const PATIENCE_MS = 800
/** Looks after which a writer that still waits gives up: some 40 s. */
const LOOKS_MAX = 400

/**
 * Lets a write wait in the head (docs/decisions/0044) until a commit takes it along.
 *
 * @param onFolded hears the places in the plan's ids of which there was a document when the write's turn came
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
 * Takes along what waits in the head, if anything does: what writers left there that are gone.
 *
 * @throws as {@link commit} does
 */
export function foldLeftovers(components: FoldComponents, ref: ShardRef): Promise<Committed | undefined> {
  return commit(components, ref, (head) => editFold(components, ref, head))
}

/**
 * Waits until a commit has taken the entry along, and makes that commit when it is its turn.
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

/** Of an error while a write waits whether it says nothing of that write. Objects of a head that is old by now may have been collected. */
function saysNothing(error: unknown): boolean {
  return isMissingObject(error) || error instanceof UnavailableError || error instanceof OutcomeUnknownError
}

type Look = {
  /** In which the entry waits. */
  readonly head: Head
  /** When its commit id was first seen. */
  readonly changedAtMs: number
}

/** Reads the head anew: the entry was taken along, or waits there; then folds if it falls to this writer, and may lose that race. */
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
