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

/** What commits are made with. */
export type CommitComponents = HeadComponents & {
  readonly clock: Clock
  readonly random: Random
  /** By when all tries must have ended. Without it there is no hurry. */
  readonly timeLimit?: TimeLimit
  /**
   * Of the commits of this process to one shard: rivals inside one process would
   * only cost each other uploads. Without it they race as processes do.
   */
  readonly turns?: Turns
}

/**
 * What to commit on a head: the new list of segments, and the uploads of the
 * new objects that it names, which may still be under way. Runs again for every
 * head that another writer left; undefined gives up, with nothing changed.
 */
export type Edit = (head: Head) => Promise<Edited | undefined>

export type Edited = { readonly draft: ManifestDraft; readonly uploads: Promise<unknown> }

export type Committed = {
  /** The version that this commit made. */
  readonly manifest: Manifest
  /** Whether this process made it; else another's commit took along what {@link Join} left in the head. */
  readonly isOwn: boolean
  /** The newest head known, at that version or later. */
  readonly head: Head
  /** When the request was sent that found `head`, by the monotonic clock. */
  readonly knownAtMs: number
  /** Races lost on the way: above 0 others write to the shard too. */
  readonly lostCount: number
}

/**
 * Leaves the change in the head for the next commit to take along, instead of racing on, and waits for that.
 * Without `committed` it could not, and has changed nothing: the newest head known is there to race on with.
 */
export type Join = (head: Head) => Promise<{ readonly committed?: Omit<Committed, 'lostCount'>; readonly head: Head }>

export type CommitOptions = {
  /** The head to begin with, if it was just read. */
  readonly start?: Head | undefined
  /** For changes that can wait in the head: tried once {@link RACES_BEFORE_JOINING} are lost, and after each further one. */
  readonly join?: Join | undefined
}

/** Between two or three writers racing is the quickest. */
export const RACES_BEFORE_JOINING = 2
/** Races that a commit may lose before it is refused. */
export const ATTEMPTS_MAX = 200
/** Tries of one attempt while it is open whether it won. */
export const TRIES_MAX = 8
/** Longest pause between tries: whatever fails should have time to come back. */
export const TRY_PAUSE_MS_MAX = 400
/** Longest pause after a lost race; every attempt costs an upload, which spaces them already. */
const RACE_PAUSE_MS_MAX = 60
const PAUSE_MS_MIN = 5
/** With less time than this a commit is not sent: its reply would likely come too late, and doubt is worse than a refusal. */
export const COMMIT_MS_MIN = 100

/**
 * Moves a shard's head to the next version: the only thing that changes what
 * searches see. When it returns, what `edit` made is durable and visible.
 *
 * @returns undefined if `edit` gave up
 * @throws {NotFoundError} 'collection_not_found' if the collection was deleted
 * @throws {UnavailableError} 'commit_contention' after {@link ATTEMPTS_MAX} lost races, 'deadline_exceeded' when no
 *   time is left, or when a dependency fails beforehand: nothing was committed, nor will be
 * @throws {OutcomeUnknownError} if it may have been committed, or yet be; under a time limit also for want of a reply in time
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
    // An attempt may also fail by the floor, which is no rival.
    if (outcome.head.manifest.commitId !== head.manifest.commitId) lostCount++
    head = outcome.head
    await pause(components, attempt, RACE_PAUSE_MS_MAX)
  }
  throw new UnavailableError(
    'commit_contention',
    `lost ${ATTEMPTS_MAX} races to commit to shard ${ref.shard} of ${ref.uid}`,
  )
}

/** Runs `edit`, or finds the head that it has to begin again on: {@link headAfter}. */
async function editOn(components: CommitComponents, ref: ShardRef, head: Head, edit: Edit) {
  try {
    return await edit(head)
  } catch (error) {
    return { newer: await headAfter(components, ref, head, error) }
  }
}

/**
 * The newest head, for work on `head` during which an object was found to be gone: once others have
 * committed, garbage collection may take what it names, and the work begins again like after a lost race.
 *
 * @throws the error itself if it says anything else
 * @throws {CorruptDataError} 'object_lost' if nothing was committed or collected since
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

/** One base, one commit id: tries until it is certain whether that commit won. Throws as {@link commit} does. */
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
  // From the first try on the outcome is open: when the time is over before a reply came, that is all that can be said.
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
 * Looks whether an attempt won, after a reply that did not say so: a refusal may
 * answer our own second try. Undefined while both are still possible.
 */
async function judge(components: CommitComponents, ref: ShardRef, attempt: Attempt): Promise<Outcome | undefined> {
  const { base, manifest, oldestBase } = attempt
  const knownAtMs = components.clock.monotonic()
  const head = await readHead(components, ref, base)
  if (head.manifest.commitId === base.manifest.commitId) {
    if (head.state === 'deleted') throw collectionGone(ref)
    // Both only ever rise, so the conditional write can never succeed any more.
    const dead = head.epoch !== base.epoch || (oldestBase !== undefined && head.gcFloor > oldestBase)
    return dead ? { won: false, head } : undefined
  }
  const winner = await commitIdAt(components.store, ref, head, manifest.version)
  if (winner === manifest.commitId) return { won: true, isOwn: true, manifest, head, knownAtMs }
  return { won: false, head }
}

/** The id of the commit that made `version`, which is at most the head's: from the row, else by the chain of manifests. */
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

/** The objects that a commit on `base` may name although they are below the floor: those of its manifest and of the writes that wait. */
function namedBy({ manifest, pending }: Head): Set<string> {
  const waiting = pending.flatMap(({ file }) => (file ? [file] : []))
  return new Set(objectsOf({ segments: [...manifest.segments, ...waiting] }))
}

/** @throws {UnavailableError} 'deadline_exceeded': call it only where nothing was sent that could commit */
export function assertTimeLeft({ timeLimit = NO_LIMIT }: CommitComponents, { uid, shard }: ShardRef): void {
  if (timeLimit.remainingMs() >= COMMIT_MS_MIN) return
  throw deadlineExceeded(`committing to shard ${shard} of ${uid}, to which nothing was written`)
}

/** Waits longer and longer, at random up to the bound, so that writers come apart. */
export function pause(components: CommitComponents, attempt: number, maxMs: number): Promise<void> {
  const bound = Math.min(maxMs, PAUSE_MS_MIN * 2 ** attempt)
  return sleepWithin(components, bound * components.random.number())
}
