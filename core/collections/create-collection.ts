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
  /** Version 1, as parsed from the user's declaration. */
  readonly schema: Schema
  readonly shardCount: number
  readonly settings: Settings
}

const NAME = /^[a-z0-9_-]{1,128}$/
const NAME_TRIES_MAX = 8

export type CreateComponents = CommitComponents & {
  /** What was made for a uid whose name a rival took can be removed; it is announced as a deletion. */
  readonly onAbandoned?: ((uid: string) => void) | undefined
}

/**
 * Creates a collection under a new uid: its rows and shards first, its name last, so that a name never points to anything
 * unfinished. If it stops halfway, the next attempt takes another uid, and nothing is in its way.
 *
 * @returns the uid
 * @throws {ConflictError} 'collection_exists'
 * @throws {UnavailableError} if something could not be reached in time before the name was asked for: it is not taken
 * @throws {OutcomeUnknownError} if no reply tells whether the name was taken
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
  // Only where there is none: a duplicate of this request that arrives late would make the collection unfinished again.
  await coordination.write(metaKey(uid), { set: encodeMeta(meta) }, [{ attribute: 'state', is: 'absent' }])
  await coordination.write(schemaKey(uid, request.schema.version), { set: encodeSchema(request.schema) }, [])
  await mapShards(request.shardCount, (shard) => createShard(components, uid, shard))
  await Promise.all([
    // After the shards, so that a record says that they are there; before the name, because from then on others write.
    putMetaRecord(components, uid, meta),
    putSchemaRecord(components.store, uid, request.schema),
    coordination.write(metaKey(uid), { set: { state: 'active' } }, [
      { attribute: 'state', is: 'equal', value: 'creating' },
    ]),
  ])
  try {
    await takeName(components, name, uid)
  } catch (error) {
    // A rival was faster. Nobody knows our uid, so everything below it can be removed.
    if (error instanceof ConflictError) await abandon(components, name, uid)
    throw error
  }
  return uid
}

/**
 * Makes a collection under a new uid, which is announced to be deleted unless it gets its name: so what is cut short, or
 * fails, is taken away by a later run. For rows that would otherwise be in somebody's way, such as pins.
 *
 * @param make ends with taking the name
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
    // If the name may be taken, or yet be, what the name says later decides.
    if (!(error instanceof OutcomeUnknownError)) await abandon(components, name, creation.uid)
    throw error
  }
  await forgetDeletion(coordination, creation.uid, creation.token).catch(() => undefined)
  return creation.uid
}

/** Never rejects, because the caller has to see the error that the name is taken. */
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

/** A name left behind by a deletion cut short does not count. */
export async function assertNameFree(coordination: Coordination, name: string): Promise<void> {
  const uid = (await readName(coordination, name))?.uid
  if (uid === undefined) return
  const row = await coordination.read(metaKey(uid), { consistent: true })
  if (row && decodeMeta(uid, row.attributes).state !== 'deleted') throw collectionExists(name)
  await coordination.delete(nameKey(name), [{ attribute: 'uid', is: 'equal', value: uid }])
}

/** @throws {InvalidRequestError} 'invalid_shards', or LimitExceededError 'too_many_shards' */
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

/** The uid is new and ours alone, so a refusal can only answer our own second attempt. */
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
 * @param former what it points to, as it was read, if it is to point elsewhere from now on; else it must be free
 * @throws {ConflictError} 'collection_exists', 'collection_changed' if it does not point to `former` any more
 * @throws {UnavailableError} 'deadline_exceeded' if there is no time for it: it is not taken
 * @throws {OutcomeUnknownError} if no reply tells
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
      if (former) throw new ConflictError('collection_changed', `${quote(name)} has changed in between`)
      if (holder !== undefined) throw collectionExists(name)
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      cause = error
      await sleepWithin(components, 10 * 2 ** attempt)
    }
    // The first try may have happened.
    if (timeLimit.remainingMs() <= 0) break
  }
  throw new OutcomeUnknownError('outcome_unknown', `no reply tells whether collection ${quote(name)} was created`, {
    cause,
  })
}

function collectionExists(name: string): ConflictError {
  return new ConflictError('collection_exists', `collection ${quote(name)} exists already`, {
    details: { name },
  })
}
