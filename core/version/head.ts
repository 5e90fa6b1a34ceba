import type {
  Attributes,
  AttributeValue,
  Change,
  Condition,
  Coordination,
  RowKey,
} from '../coordination/coordination.ts'
import { CorruptDataError, NotFoundError, UnavailableError } from '../errors.ts'
import { isMissingObject, lostObject } from '../storage/missing-object.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { readVerified } from '../storage/read-verified.ts'
import { type ShardRef, shardPrefix } from './collection.ts'
import { type Manifest, WRITER_VERSION } from './manifest.ts'
import { decodeManifest, encodeManifest } from './manifest-codec.ts'
import { type ManifestId, manifestKey } from './object-names.ts'
import { type PendingEntry, readPending, slotName } from './pending.ts'
import { decodePins, type Pin } from './pins.ts'

/** Commit ids that a head remembers, so that a commit whose reply was lost is found without reading manifests. */
export const RECENT_MAX = 8

/** A head's row without pending writes has at most so many bytes, because DynamoDB bills by the kilobyte. */
export const HEAD_BYTES_MAX = 4096

/** The one mutable row of a shard, decoded. */
export type Head = {
  readonly state: 'active' | 'deleted'
  /** Grows with each change of owner, and when the collection is deleted. */
  readonly epoch: number
  /** The node that the other nodes leave commits to, if there is one. No other node ever owns the shard in this epoch. */
  readonly owner: string | undefined
  /** Ids of the newest commits, oldest first; the last one is `manifest.commitId`. */
  readonly recent: readonly string[]
  /** Objects with a lower base that the head does not name may be deleted, so no commit may name them. */
  readonly gcFloor: number
  /** Oldest version whose manifest is kept without a pin. */
  readonly retainedFrom: number
  /** Pending writes, which the next commit folds, in the order in which they take effect. */
  readonly pending: readonly PendingEntry[]
  /** Number of pending writes in a format that only newer code understands. */
  readonly unknownPendingCount: number
  /** Versions that are kept, however old they are. */
  readonly pins: readonly Pin[]
  readonly manifest: Manifest
}

export function headKey({ uid, shard }: ShardRef): RowKey {
  return { pk: `shard#${uid}#${shard}`, sk: 'head' }
}

/** What reading heads needs. */
export type HeadComponents = {
  readonly coordination: Coordination
  readonly store: ObjectStore
  /** Returns an earlier head of the shard, if one is remembered, so that an unchanged manifest is not read again. */
  readonly findHead?: (ref: ShardRef) => Head | undefined
}

/**
 * Reads the current head. A manifest too large for the row costs one GET, unless `known`, an
 * earlier head of the shard, already holds the manifest.
 *
 * @throws {NotFoundError} 'collection_not_found' if the row does not exist because the collection is gone
 * @throws {CorruptDataError} 'object_lost' if the manifest that the row names is gone
 */
export async function readHead(
  components: HeadComponents,
  ref: ShardRef,
  known = components.findHead?.(ref),
): Promise<Head> {
  const attributes = await readRow(components, ref)
  try {
    return await decodeHead(components.store, ref, attributes, known)
  } catch (error) {
    if (!isMissingObject(error)) throw error
    const newest = await readRow(components, ref)
    if (newest.state === 'deleted') throw collectionGone(ref)
    if (newest.commitId === attributes.commitId) throw lostObject(error)
  }
  // Another commit followed, and garbage collection deleted the manifest that this row named.
  return readHead(components, ref, known)
}

async function readRow({ coordination }: HeadComponents, ref: ShardRef): Promise<Attributes> {
  const row = await coordination.read(headKey(ref), { consistent: true })
  if (!row) throw new NotFoundError('collection_not_found', `shard ${ref.shard} of collection ${ref.uid} is gone`)
  return row.attributes
}

async function decodeHead(
  store: ObjectStore,
  ref: ShardRef,
  attributes: Attributes,
  known: Head | undefined,
): Promise<Head> {
  const what = `head of shard ${ref.shard} of ${ref.uid}`
  const recent = textsOf(attributes, 'recent', what)
  const { pending, unknownCount } = readPending(attributes, what)
  return {
    state: attributes.state === 'deleted' ? 'deleted' : 'active',
    epoch: countOf(attributes, 'epoch', what),
    owner: ownerOf(attributes, what),
    recent,
    gcFloor: countOf(attributes, 'gcFloor', what),
    retainedFrom: countOf(attributes, 'retainedFrom', what),
    pending,
    unknownPendingCount: unknownCount + (Array.isArray(attributes.pending) ? attributes.pending.length : 0),
    pins: decodePins(attributes, what),
    manifest: await manifestOf(attributes, what, store, ref, known),
  }
}

/** The attributes of a new shard's row. */
export function newHeadAttributes(ref: ShardRef, manifest: Manifest): Attributes {
  return {
    uid: ref.uid,
    state: 'active',
    epoch: 1,
    gcFloor: 0,
    retainedFrom: 1,
    pins: [],
    pinsRevision: 0,
    pending: [],
    ...movingAttributes([manifest.commitId], manifest, encodeManifest(manifest)).set,
  }
}

/** The head after `manifest` is committed on it: without the pending writes that the manifest folded. */
export function advanceHead(head: Head, manifest: Manifest): Head {
  const folded = new Set(manifest.folded.map(({ id }) => id))
  const pending = head.pending.filter(({ id }) => !folded.has(id))
  return { ...head, recent: [...head.recent, manifest.commitId].slice(-RECENT_MAX), pending, manifest }
}

/**
 * The write that commits: moves the row from `base` to `next`. Only commits free slots. So while the commit id is the base's,
 * slots of the base's entries are unchanged, and newer entries use other slots.
 *
 * @param oldestBase lowest base of the objects that `next` names and `base` does not; undefined if there are none
 */
export function headMove(
  base: Head,
  next: Head,
  encoded: Uint8Array,
  oldestBase: number | undefined,
): { readonly change: Change; readonly conditions: readonly Condition[] } {
  const conditions: Condition[] = [
    { attribute: 'commitId', is: 'equal', value: base.manifest.commitId },
    { attribute: 'epoch', is: 'equal', value: base.epoch },
  ]
  if (oldestBase !== undefined) conditions.push({ attribute: 'gcFloor', is: 'at_most', value: oldestBase })
  const { set, remove } = movingAttributes(next.recent, next.manifest, encoded)
  const left = new Set(next.pending.map(({ slot }) => slot))
  const freed = base.pending.filter(({ slot }) => !left.has(slot)).map(({ slot }) => slotName(slot))
  return { change: { set, remove: [...remove, ...freed] }, conditions }
}

/**
 * Checks that this version understands a head and may commit on it.
 *
 * @throws {NotFoundError} 'collection_not_found' if the collection was deleted
 * @throws {UnavailableError} 'newer_writer'
 */
export function assertExtendable(head: Head, ref: ShardRef): void {
  assertNotDeleted(head, ref)
  const { writerVersionMin } = head.manifest
  if (writerVersionMin > WRITER_VERSION) {
    throw new UnavailableError(
      'newer_writer',
      `shard ${ref.shard} of ${ref.uid} needs writer version ${writerVersionMin}, this is ${WRITER_VERSION}: upgrade`,
    )
  }
  if (head.unknownPendingCount > 0) {
    throw new UnavailableError(
      'newer_writer',
      `shard ${ref.shard} of ${ref.uid} has ${head.unknownPendingCount} pending writes in a format that this version does not know: upgrade`,
    )
  }
}

/** @throws {NotFoundError} 'collection_not_found' */
export function assertNotDeleted(head: Head, ref: ShardRef): void {
  if (head.state === 'deleted') throw collectionGone(ref)
}

export function collectionGone({ uid }: { readonly uid: string }): NotFoundError {
  return new NotFoundError('collection_not_found', `collection ${uid} was deleted`)
}

/** Bytes of a head's row in addition to its manifest: names, counters, and room for owner and pins. */
const HEAD_OVERHEAD_BYTES = 800

function movingAttributes(
  recent: readonly string[],
  manifest: Manifest,
  encoded: Uint8Array,
): { set: Attributes; remove: readonly string[] } {
  const { version, commitId } = manifest
  const moved = { version, commitId, recent: [...recent] }
  return encoded.length + HEAD_OVERHEAD_BYTES <= HEAD_BYTES_MAX
    ? { set: { ...moved, manifest: encoded }, remove: ['manifestKey'] }
    : { set: { ...moved, manifestKey: manifestKey(manifest) }, remove: ['manifest'] }
}

async function manifestOf(
  attributes: Attributes,
  what: string,
  store: ObjectStore,
  ref: ShardRef,
  known: Head | undefined,
): Promise<Manifest> {
  const { commitId, manifest: inline } = attributes
  if (known && known.manifest.commitId === commitId) return known.manifest
  if (!(inline instanceof Uint8Array)) {
    return readManifestObject(store, ref, { version: countOf(attributes, 'version', what), commitId: String(commitId) })
  }
  const manifest = decodeManifest(inline, `manifest in the ${what}`)
  if (manifest.version !== attributes.version || manifest.commitId !== commitId) {
    throw new CorruptDataError(
      'corrupt_head',
      `${what} says version ${attributes.version} by ${commitId}, its manifest ${manifest.version} by ${manifest.commitId}`,
    )
  }
  return manifest
}

/**
 * Reads a manifest by its name and checks that it is what the name says. Manifests name only older versions, so following
 * them always ends.
 *
 * @throws {NotFoundError} 'object_not_found' if the manifest is gone
 * @throws {CorruptDataError} if the manifest is damaged, or is of another version than its name says
 */
export function readManifestObject(store: ObjectStore, ref: ShardRef, id: ManifestId): Promise<Manifest> {
  const key = shardPrefix(ref) + manifestKey(id)
  return readVerified(store, { key }, (bytes) => {
    const manifest = decodeManifest(bytes, `manifest ${key}`)
    if (manifest.version === id.version && manifest.commitId === id.commitId) return manifest
    const { version, commitId } = manifest
    throw new CorruptDataError('corrupt_manifest', `manifest ${key} holds version ${version} by ${commitId}`)
  })
}

function countOf(attributes: Attributes, name: string, what: string): number {
  const value = attributes[name]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new CorruptDataError('corrupt_head', `${what} has ${describe(value)} as ${name}, expected a count`)
}

function ownerOf({ owner }: Attributes, what: string): string | undefined {
  if (owner === undefined || typeof owner === 'string') return owner
  throw new CorruptDataError('corrupt_head', `${what} has ${describe(owner)} as owner, expected a node's name`)
}

function textsOf(attributes: Attributes, name: string, what: string): string[] {
  const value = attributes[name]
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value
  throw new CorruptDataError('corrupt_head', `${what} has ${describe(value)} as ${name}, expected a list of strings`)
}

function describe(value: AttributeValue | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}
