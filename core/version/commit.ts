import type { Clock } from '../clock.ts'
import { NotFoundError, OutcomeUnknownError, UnavailableError } from '../errors.ts'
import type { Random } from '../random.ts'
import { isMissingObject, lostObject } from '../storage/missing-object.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { deadlineExceeded, NO_LIMIT, sleepWithin, type TimeLimit } from '../time-limit.ts'
import { type ShardRef, shardPrefix } from './collection.ts'
import {
  advanceHead,
  assertExtendable,
  assertNotDeleted,
  collectionGone,
  type Head,
  type HeadComponents,
  headKey,
  headMove,
  readHead,
  readManifestObject,
} from './head.ts'
import { type Manifest, type ManifestDraft, nextManifest, objectsOf, oldestNewBase } from './manifest.ts'
import { encodeManifest } from './manifest-codec.ts'
import { manifestKey } from './object-names.ts'
import type { Turns } from './turns.ts'

/** What commits need. */
export type CommitComponents = HeadComponents & {
  readonly clock: Clock
  readonly random: Random
  /** Limits the time of all tries. Default: no limit. */
  readonly timeLimit?: TimeLimit
  /**
   * Orders the commits of this process to one shard, because rivals in one process would only
   * cost each other uploads. Without it they race as commits of different processes do.
   */
  readonly turns?: Turns
}

/**
 * Decides what to commit on a head: the new list of segments, and the uploads of the new
 * objects in it, which may still be under way. Runs again for every new head of another
 * writer. Returns undefined to give up without a change.
 */
export type Edit = (head: Head) => Promise<Edited | undefined>

export type Edited = { readonly draft: ManifestDraft; readonly uploads: Promise<unknown> }

export type Committed = {
  /** The version that this commit made. */
  readonly manifest: Manifest
  /** Whether this process made the commit; otherwise another's commit folded what {@link Join} left in the head. */
  readonly isOwn: boolean
  /** The newest head known, of this version or a later one. */
  readonly head: Head
  /** When the request that found `head` was sent, by the monotonic clock. */
  readonly knownAtMs: number
  /** Number of lost races. Above 0, others write to the shard too. */
  readonly lostCount: number
}

/**
 * Leaves the change in the head instead of racing, and waits until a commit folds it. A result without `committed`
 * means that this was not possible and nothing changed; `head` then is the newest head known, to continue the race with.
 */
export type Join = (head: Head) => Promise<{ readonly committed?: Omit<Committed, 'lostCount'>; readonly head: Head }>

export type CommitOptions = {
  /** The head to begin with, if it was just read. */
  readonly start?: Head | undefined
  /** For changes that can wait in the head. Is tried after {@link RACES_BEFORE_JOINING} lost races, and after each further one. */
  readonly join?: Join | undefined
}

/** Lost races before {@link Join} is tried. Between two or three writers, racing is the fastest. */
export const RACES_BEFORE_JOINING = 2
/** Most attempts of a commit. */
export const ATTEMPTS_MAX = 200
/** Most tries of one attempt while its outcome is open. */
export const TRIES_MAX = 8
/** Longest pause between tries, in milliseconds. A failed dependency should have time to recover. */
export const TRY_PAUSE_MS_MAX = 400
/** Longest pause after a lost race, in milliseconds. It is short because each attempt's upload already separates the attempts. */
const RACE_PAUSE_MS_MAX = 60
const PAUSE_MS_MIN = 5
/** A commit with less time left is not sent: its reply would probably be too late, and an unknown outcome is worse than a refusal. */
export const COMMIT_MS_MIN = 100

/**
 * Moves a shard's head to the next version, which is the only change that searches see.
 * When it resolves, the result of `edit` is durable and visible.
 *
 * @returns undefined if `edit` gave up
 * @throws {NotFoundError} 'collection_not_found' if the collection was deleted
 * @throws {UnavailableError} 'commit_contention' after {@link ATTEMPTS_MAX} attempts, 'deadline_exceeded' if no
 *   time is left, and if a dependency fails before the commit is sent: nothing was committed, nor will be
 * @throws {OutcomeUnknownError} if the change may have been committed or may still be, for example because no reply arrived in time
 */
export async function commit(
  components: CommitComponents,
  ref: ShardRef,
  edit: Edit,
  { start, join }: CommitOptions = {},
): Promise<Committed | undefined> {
  const { turns } = components
  if (!turns) return commitRacing(components, ref, edit, { start, join })
  return turns.take(`${ref.uid}#${ref.shard}`, (hasWaited) =>
    commitRacing(components, ref, edit, { start: hasWaited ? undefined : start, join }),
  )
}

async function commitRacing(
  components: CommitComponents,
  ref: ShardRef,
  edit: Edit,
  { start, join }: CommitOptions,
): Promise<Committed | undefined> {
  let head = start ?? (await readHead(components, ref))
  let lostCount = 0
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    assertExtendable(head, ref)
    assertTimeLeft(components, ref)
    if (join && lostCount >= RACES_BEFORE_JOINING) {
      const joined = await join(head)
      if (joined.committed) return { ...joined.committed, lostCount }
      head = joined.head
      assertExtendable(head, ref)
    }
    const edited = await editOn(components, ref, head, edit)
    if (!edited) return undefined
    if ('newer' in edited) {
      head = edited.newer
      continue
    }
    const outcome = await attemptCommit(components, ref, head, edited)
    if (outcome.won) return { ...outcome, lostCount }
    // An attempt may also fail because of the floor, without a rival.
    if (outcome.head.manifest.commitId !== head.manifest.commitId) lostCount++
    head = outcome.head
    await pause(components, attempt, RACE_PAUSE_MS_MAX)
  }
  throw new UnavailableError(
    'commit_contention',
    `lost ${ATTEMPTS_MAX} races to commit to shard ${ref.shard} of ${ref.uid}`,
  )
}

/** Runs `edit`. If an object is gone, returns the head on which to run it again: {@link headAfter}. */
async function editOn(components: CommitComponents, ref: ShardRef, head: Head, edit: Edit) {
  try {
    return await edit(head)
  } catch (error) {
    return { newer: await headAfter(components, ref, head, error) }
  }
}

/**
 * Reads the newest head, after work on `head` failed because an object was gone. Once others have
 * committed, garbage collection may delete objects of `head`; the work then starts again, as after a lost race.
 *
 * @throws `error` itself if it is not about a missing object
 * @throws {CorruptDataError} 'object_lost' if nothing has been committed or collected since `head`
 * @throws {NotFoundError} 'collection_not_found' if the collection was deleted
 */
export async function headAfter(components: HeadComponents, ref: ShardRef, head: Head, error: unknown): Promise<Head> {
  if (!isMissingObject(error)) throw error
  const newest = await readHead(components, ref)
  assertNotDeleted(newest, ref)
  if (newest.manifest.commitId === head.manifest.commitId && newest.gcFloor === head.gcFloor) throw lostObject(error)
  return newest
}

export type Outcome =
  | ({ readonly won: true } & Omit<Committed, 'lostCount'>)
  | { readonly won: false; readonly head: Head }

/** Tries one commit, with one base and one commit id, until its outcome is certain. @throws as {@link commit} does */
export async function attemptCommit(
  components: CommitComponents,
  ref: ShardRef,
  base: Head,
  { draft, uploads }: Edited,
): Promise<Outcome> {
  const { store, coordination, clock, random, timeLimit = NO_LIMIT } = components
  const manifest = nextManifest(base.manifest, random.name(), draft)
  const encoded = encodeManifest(manifest)
  await Promise.all([uploads, store.put(shardPrefix(ref) + manifestKey(manifest), encoded)])
  assertTimeLeft(components, ref)

  const next = advanceHead(base, manifest)
  const oldestBase = oldestNewBase(namedBy(base), manifest.segments)
  const { change, conditions } = headMove(base, next, encoded, oldestBase)
  let cause: unknown
  // From the first try on, the outcome is open. If the time is over before a reply arrives, it stays unknown.
  for (let attempt = 0; attempt === 0 || (attempt < TRIES_MAX && timeLimit.remainingMs() > 0); attempt++) {
    const sentAtMs = clock.monotonic()
    try {
      const reply = await coordination.write(headKey(ref), change, conditions)
      if (reply === 'written') return { won: true, isOwn: true, manifest, head: next, knownAtMs: sentAtMs }
    } catch (error) {
      cause = error
    }
    const outcome = await judge(components, ref, { base, manifest, oldestBase }).catch((error: unknown) => {
      if (error instanceof NotFoundError && error.code === 'collection_not_found') throw error
      cause = error
      return undefined
    })
    if (outcome) return outcome
    await pause(components, attempt, TRY_PAUSE_MS_MAX)
  }
  throw new OutcomeUnknownError(
    'outcome_unknown',
    `no reply tells whether version ${manifest.version} of shard ${ref.shard} of ${ref.uid} was committed`,
    { cause },
  )
}

type Attempt = { readonly base: Head; readonly manifest: Manifest; readonly oldestBase: number | undefined }

/**
 * Finds out whether an attempt won, after a reply that did not say so: a refusal may
 * be the answer to our own second try. Undefined while both outcomes are possible.
 */
async function judge(components: CommitComponents, ref: ShardRef, attempt: Attempt): Promise<Outcome | undefined> {
  const { base, manifest, oldestBase } = attempt
  const knownAtMs = components.clock.monotonic()
  const head = await readHead(components, ref, base)
  if (head.manifest.commitId === base.manifest.commitId) {
    if (head.state === 'deleted') throw collectionGone(ref)
    // Epoch and floor never fall, so the conditional write can never succeed if one of them is too high.
    const dead = head.epoch !== base.epoch || (oldestBase !== undefined && head.gcFloor > oldestBase)
    return dead ? { won: false, head } : undefined
  }
  const winner = await commitIdAt(components.store, ref, head, manifest.version)
  if (winner === manifest.commitId) return { won: true, isOwn: true, manifest, head, knownAtMs }
  return { won: false, head }
}

/** The id of the commit that made `version`, which is at most the head's: from the row, otherwise from the chain of manifests. */
async function commitIdAt(store: ObjectStore, ref: ShardRef, head: Head, version: number): Promise<string | undefined> {
  let manifest = head.manifest
  const recent = head.recent.at(version - manifest.version - 1)
  if (version <= manifest.version && recent !== undefined) return recent
  while (manifest.version > version) {
    const step = manifest.predecessors.findLast((older) => older.version >= version)
    if (!step) return undefined
    if (step.version === version) return step.commitId
    manifest = await readManifestObject(store, ref, step)
  }
  return manifest.version === version ? manifest.commitId : undefined
}

/** The objects that a commit on a head may name although they are below the floor: those of its manifest and of its pending writes. */
function namedBy({ manifest, pending }: Head): Set<string> {
  const waiting = pending.flatMap(({ file }) => (file ? [file] : []))
  return new Set(objectsOf({ segments: [...manifest.segments, ...waiting] }))
}

/** Checks that there is time for a commit. Must be called only while nothing was sent that could commit. @throws {UnavailableError} 'deadline_exceeded' */
export function assertTimeLeft({ timeLimit = NO_LIMIT }: CommitComponents, { uid, shard }: ShardRef): void {
  if (timeLimit.remainingMs() >= COMMIT_MS_MIN) return
  throw deadlineExceeded(`committing to shard ${shard} of ${uid}, to which nothing was written`)
}

/** Waits for a random time up to a bound that doubles with each attempt, so that rivals spread out. */
export function pause(components: CommitComponents, attempt: number, maxMs: number): Promise<void> {
  const bound = Math.min(maxMs, PAUSE_MS_MIN * 2 ** attempt)
  return sleepWithin(components, bound * components.random.number())
}
