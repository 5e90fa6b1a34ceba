import { type OpenSegment, segmentKey } from '../segment/open-segment.ts'
import { type Finding, guard } from '../segment/scrub-finding.ts'
import { openToScrub, scrubSegment } from '../segment/scrub-segment.ts'
import { type Bitset, readTombstones, tombstonesObject } from '../segment/tombstones.ts'
import { type ShardRef, shardPrefix } from '../shard/collection.ts'
import { type Head, type HeadComponents, readHead, readManifestObject } from '../shard/head.ts'
import { originsOf, totalsOf } from '../shard/manifest.ts'
import { encodeManifest } from '../shard/manifest-codec.ts'
import { committedKey, manifestKey } from '../shard/object-names.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { scrubIds } from './scrub-ids.ts'

/** One thing that is not as it must be. `file` is an object's key, or says which row. */
export type Damage = Finding & {
  readonly collection: string
  /** Null: of the collection as a whole. */
  readonly shard: number | null
  readonly file: string
}

export type ShardToScrub = {
  readonly collection: string
  readonly shardCount: number
  readonly ref: ShardRef
}

export type ScrubOptions = {
  /** Looks at manifests, footers and sizes only. */
  readonly quick: boolean
  readonly onDamage: (damage: Damage) => void
  readonly advance: (bytes: number) => void
  readonly signal: AbortSignal | undefined
}

export type ShardScrubbed = {
  /** Undefined if its head cannot be read. */
  readonly version: number | undefined
  readonly segments: number
  readonly documents: number
  readonly bytes: number
  /** Objects of the shard that its head names neither itself nor through its manifest: older versions, and garbage. */
  readonly unnamed: { readonly objects: number; readonly bytes: number }
}

const NOTHING: ShardScrubbed = {
  version: undefined,
  segments: 0,
  documents: 0,
  bytes: 0,
  unnamed: { objects: 0, bytes: 0 },
}

/**
 * Reads everything that a shard's head names, and compares it with what names it.
 * Goes on after damage, and reports all of it.
 *
 * @param components.store of the objects themselves, without a cache
 * @throws {UnavailableError} if something could not be read: that says nothing about it
 */
export async function scrubShard(
  components: HeadComponents,
  shard: ShardToScrub,
  options: ScrubOptions,
): Promise<ShardScrubbed> {
  const { store } = components
  const { ref, collection } = shard
  const prefix = shardPrefix(ref)
  const findIn = (file: string) => (finding: Finding) =>
    options.onDamage({ collection, shard: ref.shard, file, ...finding })

  const head = await readSoundHead(components, ref, findIn(`head of shard ${ref.shard}`))
  if (head === undefined) return NOTHING
  const { manifest } = head
  await scrubManifestObject(store, ref, head, findIn(prefix + manifestKey(manifest)))
  const sizes = await listNamed(store, prefix, head)
  for (const id of manifest.predecessors) {
    const key = prefix + manifestKey(id)
    if (id.version >= head.retainedFrom && !sizes.named.has(key)) findIn(key)(missing('manifest'))
  }

  const readers: { reader: OpenSegment; tombstones: Bitset | undefined }[] = []
  for (const entry of manifest.segments) {
    options.signal?.throwIfAborted()
    const key = segmentKey(prefix, entry)
    const size = sizes.named.get(key)
    const before = entry.byteSize
    if (size === undefined) {
      findIn(key)(missing('segment'))
      options.advance(2 * before)
      continue
    }
    if (size !== before) findIn(key)({ section: 'file', found: `${size} bytes`, expected: `${before} bytes` })
    const tombstones = await scrubTombstones(store, prefix, { entry, sizes: sizes.named, options, findIn })
    const scrub = { store, prefix, entry, tombstones, find: findIn(key), ...options }
    const reader = options.quick ? await openToScrub(scrub) : await scrubSegment(scrub)
    if (options.quick) options.advance(2 * before)
    if (reader && tombstones !== 'unreadable') readers.push({ reader, tombstones })
  }
  if (!options.quick) await scrubIds({ store, readers, shard, findIn, signal: options.signal })
  const { segmentCount, docCount, byteSize } = totalsOf(manifest)
  return {
    version: manifest.version,
    segments: segmentCount,
    documents: docCount,
    bytes: byteSize,
    unnamed: sizes.unnamed,
  }
}

async function readSoundHead(
  components: HeadComponents,
  ref: ShardRef,
  find: (finding: Finding) => void,
): Promise<Head | undefined> {
  let head: Head | undefined
  await guard('head', find, async () => {
    // Never one that is remembered: what the row and its manifest say now is what is looked at.
    head = await readHead({ coordination: components.coordination, store: components.store }, ref, undefined)
  })
  return head
}

/** The object has to say what the row says, because the table may be lost. */
async function scrubManifestObject(
  store: ObjectStore,
  ref: ShardRef,
  { manifest }: Head,
  find: (finding: Finding) => void,
): Promise<void> {
  await guard('manifest', find, async () => {
    const stored = await readManifestObject(store, ref, manifestKey(manifest))
    if (Buffer.compare(encodeManifest(stored), encodeManifest(manifest)) === 0) return
    find({
      section: 'manifest',
      found: `version ${stored.version} by ${stored.commitId} with ${stored.segments.length} segments`,
      expected: `version ${manifest.version} by ${manifest.commitId} with ${manifest.segments.length}, as in the head`,
    })
  })
}

type Named = ReadonlyMap<string, number>

/** Sizes of the objects that the head names and that are there, other shards' included; the shard's own others are counted. */
async function listNamed(
  store: ObjectStore,
  prefix: string,
  { manifest }: Head,
): Promise<{ named: Named; unnamed: { objects: number; bytes: number } }> {
  const wanted = new Set([prefix + manifestKey(manifest), prefix + committedKey(manifest)])
  for (const id of manifest.predecessors) wanted.add(prefix + manifestKey(id))
  for (const entry of manifest.segments) {
    wanted.add(segmentKey(prefix, entry))
    if (entry.tombstones) wanted.add(tombstonesObject(prefix, entry.tombstones))
  }
  const named = new Map<string, number>()
  const unnamed = { objects: 0, bytes: 0 }
  for (const listed of [prefix, ...originsOf(manifest)]) {
    for await (const { key, byteSize } of store.list(listed)) {
      if (wanted.has(key)) named.set(key, byteSize)
      else if (listed === prefix) {
        unnamed.objects++
        unnamed.bytes += byteSize
      }
    }
  }
  return { named, unnamed }
}

type TombstonesScrub = {
  readonly entry: Parameters<typeof scrubSegment>[0]['entry']
  readonly sizes: Named
  readonly options: ScrubOptions
  readonly findIn: (file: string) => (finding: Finding) => void
}

async function scrubTombstones(
  store: ObjectStore,
  prefix: string,
  { entry, sizes, options, findIn }: TombstonesScrub,
): Promise<Bitset | undefined | 'unreadable'> {
  const { tombstones: ref, docCount, name } = entry
  if (ref === undefined) return undefined
  const key = tombstonesObject(prefix, ref)
  const find = findIn(key)
  const section = `tombstones of ${name}`
  const size = sizes.get(key)
  if (size === undefined || size < ref.end) {
    const found = size === undefined ? 'no object' : `${size} bytes`
    find({ section, found, expected: `at least ${ref.end} bytes` })
    return 'unreadable'
  }
  if (options.quick) return undefined
  let bitmap: Bitset | undefined
  const isRead = await guard(section, find, async () => {
    bitmap = await readTombstones(store, prefix, { ref, docCount })
  })
  return isRead ? bitmap : 'unreadable'
}

function missing(section: string): Finding {
  return { section, found: 'no object', expected: 'an object' }
}

/**
 * Whether what a scrub found tells nothing, because the version it looked at has been
 * given up meanwhile: its objects may be removed.
 */
export async function isGivenUp(components: HeadComponents, ref: ShardRef, version: number): Promise<boolean> {
  const head = await readSoundHead(components, ref, () => undefined)
  return head === undefined || head.state === 'deleted' || head.retainedFrom > version
}

/** Bytes that a scrub of the shard goes through, for showing how far it is; 0 if its head is damaged. */
export async function bytesToScrub(components: HeadComponents, ref: ShardRef): Promise<number> {
  const head = await readSoundHead(components, ref, () => undefined)
  return head === undefined ? 0 : 2 * totalsOf(head.manifest).byteSize
}
