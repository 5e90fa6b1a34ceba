import { SHARDS_MAX } from '../contract/limits.ts'
import type { Coordination } from '../coordination/coordination.ts'
import {
  ConflictError,
  InvalidRequestError,
  LimitExceededError,
  OutcomeUnknownError,
  UnavailableError,
} from '../errors.ts'
import { quote } from '../quote.ts'
import type { Schema } from '../schema/schema.ts'
import { deadlineExceeded, NO_LIMIT, sleepWithin } from '../time-limit.ts'
import type { Settings } from '../version/collection.ts'
import { shardPrefix } from '../version/collection.ts'
import type { CommitComponents } from '../version/commit.ts'
import { headKey, newHeadAttributes } from '../version/head.ts'
import { firstManifest } from '../version/manifest.ts'
import { encodeManifest } from '../version/manifest-codec.ts'
import { mapShards } from '../version/map-shards.ts'
import { manifestKey } from '../version/object-names.ts'
import { announceCreation, announceDeletion, forgetDeletion } from '../version/work-rows.ts'
import { putMetaRecord, putSchemaRecord } from './collection-records.ts'
import { decodeMeta, encodeMeta, metaKey, type NamePointer, nameKey, pointsAs, readName } from './collection-rows.ts'
import { encodeSchema, schemaKey } from './schema-rows.ts'

export type CreateCollection = {
  /** Version 1, parsed from the user's declaration. */
  readonly schema: Schema
  readonly shardCount: number
  readonly settings: Settings
}

const NAME = /^[a-z0-9_-]{1,128}$/
const NAME_TRIES_MAX = 8

export type CreateComponents = CommitComponents & {
  /** Called with the uid of a failed creation. Its deletion has been announced, and its data can be removed. */
  readonly onAbandoned?: ((uid: string) => void) | undefined
}

/**
 * Creates a collection under a new uid: its rows and shards first, its name last, so a name never points to an unfinished
 * collection. After an interruption, the next attempt takes another uid, so the leftovers do not affect it.
 *
 * @returns the uid
 * @throws {ConflictError} 'collection_exists'
 * @throws {UnavailableError} if storage or coordination failed before the request for the name: the name is not taken
 * @throws {OutcomeUnknownError} if it is unknown whether the name was taken, because no reply arrived
 */
export async function createCollection(
  components: CreateComponents,
  name: string,
  request: CreateCollection,
): Promise<string> {
  const { coordination, clock, random } = components
  checkName(name)
  checkShardCount(request.shardCount)
  await assertNameFree(coordination, name)

  const uid = random.name()
  const meta = {
    state: 'creating' as const,
    name,
    shardCount: request.shardCount,
    schemaVersion: request.schema.version,
    revision: 1,
    settings: request.settings,
    createdMs: clock.now(),
  }
  // Only if the row is absent: otherwise a late duplicate of this request would mark the collection as unfinished again.
  await coordination.write(metaKey(uid), { set: encodeMeta(meta) }, [{ attribute: 'state', is: 'absent' }])
  await coordination.write(schemaKey(uid, request.schema.version), { set: encodeSchema(request.schema) }, [])
  await mapShards(request.shardCount, (shard) => createShard(components, uid, shard))
  await Promise.all([
    // After the shards, because a record implies that they exist. Before the name, because others may write from then on.
    putMetaRecord(components, uid, meta),
    putSchemaRecord(components.store, uid, request.schema),
    coordination.write(metaKey(uid), { set: { state: 'active' } }, [
      { attribute: 'state', is: 'equal', value: 'creating' },
    ]),
  ])
  try {
    await takeName(components, name, uid)
  } catch (error) {
    // Another process took the name first. Nothing refers to our uid, so all its data can be removed.
    if (error instanceof ConflictError) await abandon(components, name, uid)
    throw error
  }
  return uid
}

/**
 * Creates a collection under a new uid, after announcing that the uid must be deleted unless it gets its name. So a later
 * run removes an interrupted or failed creation. For creations whose leftovers would do harm, such as pins.
 *
 * @param make creates the collection and takes the name last
 * @returns the uid
 */
export async function asCreation(
  components: CreateComponents,
  name: string,
  make: (uid: string) => Promise<void>,
): Promise<string> {
  const { coordination, clock, random } = components
  const creation = { uid: random.name(), name, announcedMs: clock.now(), token: random.name() }
  await announceCreation(coordination, creation)
  try {
    await make(creation.uid)
  } catch (error) {
    // If the name may have been taken, or may still be, the row of the name decides later.
    if (!(error instanceof OutcomeUnknownError)) await abandon(components, name, creation.uid)
    throw error
  }
  await forgetDeletion(coordination, creation.uid, creation.token).catch(() => undefined)
  return creation.uid
}

/** Never rejects, so the caller sees the original error. */
async function abandon(components: CreateComponents, name: string, uid: string): Promise<void> {
  const { coordination, clock, random, onAbandoned } = components
  const deletion = { uid, name, announcedMs: clock.now(), token: random.name() }
  await announceDeletion(coordination, deletion).catch(() => undefined)
  onAbandoned?.(uid)
}

/** @throws {InvalidRequestError} 'invalid_collection_name' */
export function checkName(name: string): void {
  if (NAME.test(name)) return
  throw new InvalidRequestError(
    'invalid_collection_name',
    `a collection's name is 1 to 128 characters of a-z, 0-9, _ and -, got ${quote(name)}`,
  )
}

/** Also frees the name if an interrupted deletion has left it. @throws {ConflictError} 'collection_exists' */
export async function assertNameFree(coordination: Coordination, name: string): Promise<void> {
  const uid = (await readName(coordination, name))?.uid
  if (uid === undefined) return
  const row = await coordination.read(metaKey(uid), { consistent: true })
  if (row && decodeMeta(uid, row.attributes).state !== 'deleted') throw collectionExists(name)
  await coordination.delete(nameKey(name), [{ attribute: 'uid', is: 'equal', value: uid }])
}

/** @throws {InvalidRequestError} 'invalid_shards'; {LimitExceededError} 'too_many_shards' */
export function checkShardCount(shardCount: number): void {
  if (!Number.isInteger(shardCount) || shardCount < 1) {
    throw new InvalidRequestError(
      'invalid_shards',
      `shards must be a whole number from 1 to ${SHARDS_MAX}, got ${shardCount}`,
    )
  }
  if (shardCount > SHARDS_MAX) {
    throw new LimitExceededError(
      'too_many_shards',
      `shards must be a whole number from 1 to ${SHARDS_MAX}, got ${shardCount}`,
    )
  }
}

/** Ignores a refusal: no other process writes to this new uid, so it can only be the reply to our own retry. */
async function createShard(
  { store, coordination, random }: CommitComponents,
  uid: string,
  shard: number,
): Promise<void> {
  const ref = { uid, shard }
  const manifest = firstManifest(random.name())
  await store.put(shardPrefix(ref) + manifestKey(manifest), encodeManifest(manifest))
  await coordination.write(headKey(ref), { set: newHeadAttributes(ref, manifest) }, [
    { attribute: 'version', is: 'absent' },
  ])
}

/**
 * Points a name to a collection.
 *
 * @param former the present target to replace, as it was read; without it, the name must be free
 * @throws {ConflictError} 'collection_exists', or 'collection_changed' if the target is no longer `former`
 * @throws {UnavailableError} 'deadline_exceeded' if there is no time left: the name is not taken
 * @throws {OutcomeUnknownError} if it is unknown whether the name was taken, because no reply arrived
 */
export async function takeName(
  components: CommitComponents,
  name: string,
  uid: string,
  former?: NamePointer,
): Promise<void> {
  const { coordination, timeLimit = NO_LIMIT } = components
  if (timeLimit.remainingMs() <= 0) throw deadlineExceeded(`creating collection ${quote(name)}`)
  let cause: unknown
  for (let attempt = 0; attempt < NAME_TRIES_MAX; attempt++) {
    try {
      const conditions = former ? pointsAs(former) : [{ attribute: 'uid', is: 'absent' } as const]
      if ((await coordination.write(nameKey(name), { set: { uid }, remove: ['keptAs'] }, conditions)) === 'written')
        return
      const holder = await readName(coordination, name)
      if (holder?.uid === uid) return
      if (former)
        throw new ConflictError('collection_changed', `collection ${quote(name)} was changed by others: try again`)
      if (holder !== undefined) throw collectionExists(name)
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      cause = error
      await sleepWithin(components, 10 * 2 ** attempt)
    }
    // Checked after an attempt, which may have succeeded, so the outcome is unknown.
    if (timeLimit.remainingMs() <= 0) break
  }
  throw new OutcomeUnknownError('outcome_unknown', `it is unknown whether collection ${quote(name)} was created`, {
    cause,
  })
}

function collectionExists(name: string): ConflictError {
  return new ConflictError('collection_exists', `collection ${quote(name)} exists already`, {
    details: { name },
  })
}
