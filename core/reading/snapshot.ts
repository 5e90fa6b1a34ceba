import type { Clock, MonotonicMs } from '../clock.ts'
import { decodeMeta, metaKey } from '../collections/collection-rows.ts'
import type { Past } from '../collections/past-versions.ts'
import { openPast } from '../collections/past-versions.ts'
import { STALENESS_MS_DEFAULT } from '../contract/limits.ts'
import { damagedTable } from '../coordination/attributes-codec.ts'
import type { Coordination } from '../coordination/coordination.ts'
import { InvalidRequestError, NotFoundError, PrismError, UnavailableError } from '../errors.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { type Collection, type ShardRef, shardPrefix } from '../version/collection.ts'
import { assertNotDeleted } from '../version/head.ts'
import type { HeadCache, KnownHead } from '../version/head-cache.ts'
import type { Manifest } from '../version/manifest.ts'
import { decodeSession, encodeSession } from '../version/session.ts'
import { beforeDeadline, type NamedDeadline } from './deadlines.ts'

/** How fresh a read must be. Every consistency respects the versions of `session`. */
export type Freshness = {
  /** `eventual` and `read_your_writes` use known heads that are at most a second old. */
  readonly consistency: 'eventual' | 'bounded' | 'read_your_writes' | 'strong'
  /** For `bounded`. */
  readonly maxStalenessMs?: number
  /** Session tokens, separated by commas; versions of other collections are ignored. */
  readonly session?: string
  /** A past version to read instead of the newest; the head is still read as `consistency` says. */
  readonly past?: Past
}

/** The version of one shard that a query reads throughout. */
export type ShardSnapshot = {
  readonly uid: string
  readonly shard: number
  /** The prefix of the shard's object keys, including the final slash. */
  readonly prefix: string
  readonly version: number
  readonly manifest: Manifest
  /** The shard's owner and epoch when its head was read; absent on leaves, which read no heads. */
  readonly ownership?: { readonly owner: string | undefined; readonly epoch: number }
  /** When the read was sent that found this version to be the newest. */
  readonly knownAtMs: MonotonicMs
}

/** The maximum age of the head that an eventual read uses. */
export const EVENTUAL_MS_MAX = 1000

type PinComponents = {
  readonly heads: HeadCache
  readonly clock: Clock
  readonly store: ObjectStore
  readonly coordination: Coordination
}

/**
 * Pins one version of each given shard, in parallel.
 *
 * @returns an error for a shard that could not be read by the deadline, or whose head is damaged or lost
 * @throws {NotFoundError} 'collection_not_found' if the collection was deleted; other codes if a past does not exist
 * @throws {InvalidRequestError} 'invalid_session', 'invalid_versions'
 */
export async function pinShards(
  components: PinComponents,
  collection: Collection,
  shards: readonly number[],
  freshness: Freshness,
  deadline?: NamedDeadline,
): Promise<(ShardSnapshot | PrismError)[]> {
  const { heads, clock } = components
  const { uid } = collection
  const { past } = freshness
  const findPast = past && (await openPast(components, collection, past))
  const versions = freshness.session === undefined || past ? undefined : decodeSession(freshness.session).get(uid)
  const pinOne = async (shard: number): Promise<ShardSnapshot> => {
    const ref = { uid, shard }
    const reading = readFresh(heads, clock, ref, freshness)
    const known = await reading.catch((error: unknown) => throwLostHead(components, ref, error))
    const { head, knownAtMs } = await headAtLeast(versions?.[shard] ?? 0, known, heads, ref)
    assertNotDeleted(head, ref)
    const manifest = findPast ? await findPast(ref, head) : head.manifest
    const ownership = { owner: head.owner, epoch: head.epoch }
    return { uid, shard, prefix: shardPrefix(ref), version: manifest.version, manifest, ownership, knownAtMs }
  }
  return Promise.all(
    shards.map(async (shard) => {
      try {
        return await (deadline === undefined ? pinOne(shard) : beforeDeadline(deadline, pinOne(shard)))
      } catch (error) {
        // The whole request fails if something it names does not exist: the other shards cannot make up for that.
        const isRefusal = error instanceof NotFoundError || error instanceof InvalidRequestError
        if (error instanceof PrismError && !isRefusal) return error
        throw error
      }
    }),
  )
}

const sessions = new WeakMap<Manifest, { readonly token: string; readonly versions: readonly number[] }>()

/**
 * A session token for the versions that were read from one collection. Many searches read the same versions, so the
 * last token is cached by the first shard's manifest.
 */
export function sessionOf({ uid, shardCount }: Collection, snapshots: readonly (ShardSnapshot | PrismError)[]): string {
  const versions = new Array<number>(shardCount).fill(0)
  for (const snapshot of snapshots) {
    if (!(snapshot instanceof PrismError)) versions[snapshot.shard] = snapshot.version
  }
  const first = snapshots.find((snapshot): snapshot is ShardSnapshot => !(snapshot instanceof PrismError))
  const known = first && sessions.get(first.manifest)
  if (known?.versions.every((version, shard) => version === versions[shard])) return known.token
  const token = encodeSession(new Map([[uid, versions]]))
  if (first) sessions.set(first.manifest, { token, versions })
  return token
}

/**
 * Throws the error for a head that could not be read.
 *
 * @throws {CorruptDataError} 'head_lost' if the head is gone and its collection is active
 */
async function throwLostHead(
  { coordination }: PinComponents,
  { uid, shard }: ShardRef,
  error: unknown,
): Promise<never> {
  const isGone = error instanceof NotFoundError && error.code === 'collection_not_found'
  const meta = isGone ? await coordination.read(metaKey(uid), { consistent: true }) : undefined
  if (meta === undefined || decodeMeta(uid, meta.attributes).state !== 'active') throw error
  throw damagedTable('head_lost', `the head of shard ${shard} of ${uid} is gone`)
}

async function readFresh(heads: HeadCache, clock: Clock, ref: ShardRef, freshness: Freshness): Promise<KnownHead> {
  const now = clock.monotonic()
  switch (freshness.consistency) {
    case 'strong':
      return heads.readNow(ref)
    case 'bounded':
      return heads.readSince(ref, now - (freshness.maxStalenessMs ?? STALENESS_MS_DEFAULT))
    case 'eventual':
    case 'read_your_writes':
      return heads.readSince(ref, now - EVENTUAL_MS_MAX).catch((error: unknown) => {
        // While the table cannot be reached, an old answer that says how old it is beats none.
        const known = heads.findNewest(ref)
        if (known && error instanceof UnavailableError) return known
        throw error
      })
  }
}

async function headAtLeast(version: number, known: KnownHead, heads: HeadCache, ref: ShardRef): Promise<KnownHead> {
  if (known.head.manifest.version >= version) return known
  const newest = await heads.readNow(ref)
  if (newest.head.manifest.version >= version) return newest
  throw new UnavailableError(
    'session_ahead',
    `the session has seen version ${version} of shard ${ref.shard}, whose newest is ${newest.head.manifest.version}`,
  )
}
