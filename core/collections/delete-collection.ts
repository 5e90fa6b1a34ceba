import { ConflictError, UnavailableError } from '../errors.ts'
import { quote } from '../quote.ts'
import { deadlineExceeded, NO_LIMIT, sleepWithin } from '../time-limit.ts'
import type { CommitComponents } from '../version/commit.ts'
import { headKey } from '../version/head.ts'
import { announceDeletion } from '../version/work-rows.ts'
import { collectionNotFound } from './collection-not-found.ts'
import { putDeletedRecord } from './collection-records.ts'
import { decodeMeta, metaKey, type NamePointer, nameKey, pointsAs, readName } from './collection-rows.ts'

const FREE_TRIES_MAX = 8
const FENCE_TRIES_MAX = 16
const SHARDS_AT_ONCE = 32

/**
 * Deletes the collection with a name: announces the deletion, frees the name, fences every shard. Once it returns, no
 * commit to the collection can succeed, and its data can be removed.
 *
 * The name decides: while it points to the collection, nothing is deleted. Once it does not, any process that finds the
 * announcement finishes the deletion.
 *
 * @returns the uid
 * @throws {NotFoundError} 'collection_not_found'
 * @throws {UnavailableError} if a request fails; the name may be free already
 */
export async function deleteCollection(components: CommitComponents, name: string): Promise<string> {
  const { coordination, clock, random } = components
  for (let attempt = 0; attempt < FREE_TRIES_MAX; attempt++) {
    const pointer = await readName(coordination, name)
    if (!pointer) throw await collectionNotFound(coordination, name)
    const { uid } = pointer
    await announceDeletion(coordination, { uid, name, announcedMs: clock.now(), token: random.name() })
    if (await freeName(components, name, pointer)) {
      await fenceCollection(components, uid)
      return uid
    }
  }
  throw new ConflictError(
    'collection_changed',
    `the deletion of ${quote(name)} was called off ${FREE_TRIES_MAX} times: try again`,
  )
}

/** @returns false if the announced deletion has been called off */
async function freeName({ coordination }: CommitComponents, name: string, pointer: NamePointer): Promise<boolean> {
  const reply = await coordination.delete(nameKey(name), pointsAs(pointer))
  // A refusal may also be the reply to our own retry, or follow another deletion: in both cases the name is free.
  return reply === 'deleted' || (await readName(coordination, name))?.uid !== pointer.uid
}

/**
 * Records that a collection is deleted, marks it as deleted, and fences every shard with a new epoch. Any number of
 * processes may repeat each step, even at the same time.
 *
 * @throws {UnavailableError} if a shard could not be fenced; 'deadline_exceeded' if there was no time left
 */
export async function fenceCollection(components: CommitComponents, uid: string): Promise<void> {
  const { coordination } = components
  await putDeletedRecord(components.store, uid)
  const row = await coordination.read(metaKey(uid), { consistent: true })
  if (!row) return
  // Before the shards: from here on the collection is known to be deleted, even if a late duplicate of the request that
  // took its name makes the name point to it again.
  await coordination.write(metaKey(uid), { set: { state: 'deleted' } }, [{ attribute: 'state', is: 'present' }])
  await fenceShards(components, uid, decodeMeta(uid, row.attributes).shardCount)
}

async function fenceShards(components: CommitComponents, uid: string, shardCount: number): Promise<void> {
  for (let from = 0; from < shardCount; from += SHARDS_AT_ONCE) {
    const count = Math.min(SHARDS_AT_ONCE, shardCount - from)
    await Promise.all(Array.from({ length: count }, (_, i) => fenceShard(components, uid, from + i)))
  }
}

/** Commits do not change the epoch. So a refusal means a new owner, or an earlier attempt of ours whose reply was lost. */
async function fenceShard(components: CommitComponents, uid: string, shard: number): Promise<void> {
  const { coordination, random, timeLimit = NO_LIMIT } = components
  const key = headKey({ uid, shard })
  const what = `fencing shard ${shard} of collection ${uid}`
  let cause: unknown
  for (let attempt = 0; attempt < FENCE_TRIES_MAX; attempt++) {
    if (timeLimit.remainingMs() <= 0) throw deadlineExceeded(what, { cause })
    try {
      const row = await coordination.read(key, { consistent: true })
      if (!row || row.attributes.state === 'deleted') return
      const epoch = Number(row.attributes.epoch)
      const change = { set: { state: 'deleted', epoch: epoch + 1 } }
      if ((await coordination.write(key, change, [{ attribute: 'epoch', is: 'equal', value: epoch }])) === 'written')
        return
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      cause = error
      await sleepWithin(components, random.number() * 5 * 2 ** Math.min(attempt, 7))
    }
  }
  throw new UnavailableError('unavailable', `${what} failed ${FENCE_TRIES_MAX} times`, { cause })
}
