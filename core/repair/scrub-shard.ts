import { crc32 } from 'node:zlib'
import type { Bitset } from '../bytes/bitset.ts'
import type { SegmentEntry } from '../segment/format/segment-entry.ts'
import { readTombstones, tombstonesObject } from '../segment/format/tombstones.ts'
import { segmentKey } from '../segment/read/open-segment.ts'
import { filesOf } from '../segment/read/segment-files.ts'
import type { SegmentReader } from '../segment/read/segment-reader.ts'
import { type Finding, guard } from '../segment/scrub/scrub-finding.ts'
import { openToScrub, scrubSegment } from '../segment/scrub/scrub-segment.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { type ShardRef, shardPrefix } from '../version/collection.ts'
import { type Head, type HeadComponents, readHead, readManifestObject } from '../version/head.ts'
import { type Manifest, originsOf, totalsOf } from '../version/manifest.ts'
import { encodeManifest } from '../version/manifest-codec.ts'
import { committedKey, manifestKey } from '../version/object-names.ts'
import { scrubHistory } from './scrub-history.ts'
import { scrubIds } from './scrub-ids.ts'

/** A difference between stored and expected data. `file` is the key of an object, or names a row. */
export type Damage = Finding & {
  readonly collection: string
  /** Null means the collection as a whole. */
  readonly shard: number | null
  readonly file: string
}

export type ShardToScrub = {
  readonly collection: string
  readonly shardCount: number
  readonly ref: ShardRef
}

export type ScrubOptions = {
  /** Reads only manifests, footers and sizes. */
  readonly quick: boolean
  readonly onDamage: (damage: Damage) => void
  readonly advance: (bytes: number) => void
  readonly signal: AbortSignal | undefined
}

export type ShardScrubbed = {
  /** Undefined if the head cannot be read. */
  readonly version: number | undefined
  /** Commit ids of the pinned versions that were read. */
  readonly pinned: readonly string[]
  readonly segments: number
  readonly documents: number
  readonly bytes: number
  /** Objects of the shard that neither its head nor these manifests name: older versions and garbage. */
  readonly unnamed: { readonly objects: number; readonly bytes: number }
}

/** Bytes per read of a file. */
const PART_BYTES = 4 * 1024 * 1024

const NOTHING: ShardScrubbed = {
  version: undefined,
  pinned: [],
  segments: 0,
  documents: 0,
  bytes: 0,
  unnamed: { objects: 0, bytes: 0 },
}

/**
 * Reads everything that a shard's head names, including the versions pinned by snapshots and branches, and verifies
 * checksums and sizes. Continues after damage and reports all of it. Reads a segment that several versions share once for
 * each of its sets of tombstones.
 *
 * @param components.store without a cache
 * @throws {UnavailableError} if a read fails, which does not mean damage
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
  const pinned = await readPinned(store, ref, head, findIn)
  const sizes = await listNamed(store, prefix, [manifest, ...pinned])
  await scrubHistory(components, ref, { head, read: [manifest, ...pinned], quick: options.quick }, findIn)

  const looked = new Map<string, Sound | undefined>()
  for (const { segments } of [manifest, ...pinned]) {
    for (const entry of segments) {
      options.signal?.throwIfAborted()
      const name = nameOfEntry(prefix, entry)
      if (looked.has(name)) continue
      looked.set(name, await scrubEntry(store, prefix, { entry, sizes: sizes.named, options, findIn }))
    }
    const readers = segments.map((entry) => looked.get(nameOfEntry(prefix, entry))).filter((one) => one !== undefined)
    if (!options.quick) await scrubIds({ store, readers, shard, findIn, signal: options.signal })
  }
  const { segmentCount, docCount, byteSize } = totalsOf(manifest)
  return {
    version: manifest.version,
    pinned: pinned.map(({ commitId }) => commitId),
    segments: segmentCount,
    documents: docCount,
    bytes: byteSize,
    unnamed: sizes.unnamed,
  }
}

/** A segment with intact ids, and the documents that one version has deleted from it. */
type Sound = { readonly reader: SegmentReader; readonly tombstones: Bitset | undefined }

/** Identifies a segment with its tombstones, to find those that versions share. */
function nameOfEntry(prefix: string, entry: SegmentEntry): string {
  const { tombstones } = entry
  const deleted = tombstones ? `${tombstonesObject(prefix, tombstones)} ${tombstones.start}` : ''
  return `${segmentKey(prefix, entry)} ${deleted}`
}

async function scrubEntry(store: ObjectStore, prefix: string, scrubbing: EntryScrub): Promise<Sound | undefined> {
  const { entry, sizes, options, findIn } = scrubbing
  const key = segmentKey(prefix, entry)
  const size = sizes.get(key)
  const expected = entry.byteSize
  if (size === undefined) {
    findIn(key)(missing('segment'))
    options.advance(2 * expected)
    return undefined
  }
  if (size !== expected) findIn(key)({ section: 'file', found: `${size} bytes`, expected: `${expected} bytes` })
  await scrubSideFiles(store, prefix, scrubbing)
  const tombstones = await scrubTombstones(store, prefix, scrubbing)
  const scrub = { store, prefix, entry, tombstones, find: findIn(key), ...options }
  const reader = options.quick ? await openToScrub(scrub) : await scrubSegment(scrub)
  if (options.quick) options.advance(2 * expected)
  return reader && tombstones !== 'unreadable' ? { reader, tombstones } : undefined
}

/** Checks the files of a segment other than its `.seg`: their sizes, and their checksums unless the scrub is quick. */
async function scrubSideFiles(
  store: ObjectStore,
  prefix: string,
  { entry, sizes, options, findIn }: EntryScrub,
): Promise<void> {
  for (const { key, kind, byteSize, facts } of filesOf(prefix, entry)) {
    if (facts === undefined) continue
    const size = sizes.get(key)
    if (size === undefined) findIn(key)(missing(kind))
    else if (size !== byteSize) findIn(key)({ section: kind, found: `${size} bytes`, expected: `${byteSize} bytes` })
    else if (!options.quick) {
      options.signal?.throwIfAborted()
      await guard(kind, findIn(key), async () => {
        const found = await checksumOf(store, key, { byteSize, ...facts })
        if (found !== facts.crc) findIn(key)({ section: kind, found: `crc32 ${found}`, expected: `crc32 ${facts.crc}` })
      })
    }
  }
}

/** CRC-32 of a file's footer, or of the whole file if it has no footer. Reads in parts. */
async function checksumOf(
  store: ObjectStore,
  key: string,
  { byteSize, footerSize }: { readonly byteSize: number; readonly footerSize: number },
): Promise<number> {
  let crc = 0
  for (let start = footerSize === 0 ? 0 : byteSize - footerSize; start < byteSize; start += PART_BYTES)
    crc = crc32(await store.get(key, { start, end: Math.min(byteSize, start + PART_BYTES) }), crc)
  return crc
}

/** Reads the pinned versions other than the newest, each once. Reports an unreadable version as a finding. */
async function readPinned(
  store: ObjectStore,
  ref: ShardRef,
  head: Head,
  findIn: (file: string) => (finding: Finding) => void,
): Promise<Manifest[]> {
  const pins = new Map(head.pins.map((pin) => [pin.commitId, pin]))
  pins.delete(head.manifest.commitId)
  const manifests: Manifest[] = []
  for (const pin of pins.values()) {
    await guard('manifest', findIn(shardPrefix(ref) + manifestKey(pin)), async () => {
      manifests.push(await readManifestObject(store, ref, pin))
    })
  }
  return manifests
}

async function readSoundHead(
  components: HeadComponents,
  ref: ShardRef,
  find: (finding: Finding) => void,
): Promise<Head | undefined> {
  let head: Head | undefined
  await guard('head', find, async () => {
    // Never a cached head: the row and its manifest are checked as they are now.
    head = await readHead({ coordination: components.coordination, store: components.store }, ref, undefined)
  })
  return head
}

/** Checks that the object equals the row, because a rebuild of a lost table reads only the object. */
async function scrubManifestObject(
  store: ObjectStore,
  ref: ShardRef,
  { manifest }: Head,
  find: (finding: Finding) => void,
): Promise<void> {
  await guard('manifest', find, async () => {
    const stored = await readManifestObject(store, ref, manifest)
    if (Buffer.compare(encodeManifest(stored), encodeManifest(manifest)) === 0) return
    find({
      section: 'manifest',
      found: `version ${stored.version} by ${stored.commitId} with ${stored.segments.length} segments`,
      expected: `version ${manifest.version} by ${manifest.commitId} with ${manifest.segments.length}, as in the head`,
    })
  })
}

type Named = ReadonlyMap<string, number>

/** Lists the sizes of existing objects that versions name, including those of other shards. Counts the shard's other objects. */
async function listNamed(
  store: ObjectStore,
  prefix: string,
  [newest, ...pinned]: readonly [Manifest, ...Manifest[]],
): Promise<{ named: Named; unnamed: { objects: number; bytes: number } }> {
  const wanted = new Set(newest.predecessors.map((id) => prefix + manifestKey(id)))
  const versions = [newest, ...pinned]
  for (const manifest of versions) {
    wanted.add(prefix + manifestKey(manifest)).add(prefix + committedKey(manifest))
    for (const entry of manifest.segments) {
      for (const { key } of filesOf(prefix, entry)) wanted.add(key)
      if (entry.tombstones) wanted.add(tombstonesObject(prefix, entry.tombstones))
    }
  }
  const named = new Map<string, number>()
  const unnamed = { objects: 0, bytes: 0 }
  for (const listed of new Set([prefix, ...versions.flatMap((manifest) => [...originsOf(manifest)])])) {
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

type EntryScrub = {
  readonly entry: SegmentEntry
  readonly sizes: Named
  readonly options: ScrubOptions
  readonly findIn: (file: string) => (finding: Finding) => void
}

async function scrubTombstones(
  store: ObjectStore,
  prefix: string,
  { entry, sizes, options, findIn }: EntryScrub,
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
 * Whether the findings of a scrub are meaningless, because one of its versions has been released since, and the objects of
 * that version may be removed.
 */
export async function isGivenUp(
  components: HeadComponents,
  ref: ShardRef,
  { version, pinned }: { readonly version: number; readonly pinned: readonly string[] },
): Promise<boolean> {
  const head = await readSoundHead(components, ref, () => undefined)
  if (head === undefined || head.state === 'deleted') return true
  const isKept = (commitId: string) => head.pins.some((pin) => pin.commitId === commitId)
  return head.retainedFrom > version || !pinned.every(isKept)
}

/** Bytes that a scrub of the shard reads, for progress reports; 0 if the head is damaged. */
export async function bytesToScrub(components: HeadComponents, ref: ShardRef): Promise<number> {
  const head = await readSoundHead(components, ref, () => undefined)
  if (head === undefined) return 0
  const pinned = await readPinned(components.store, ref, head, () => () => undefined)
  const entries = [head.manifest, ...pinned].flatMap(({ segments }) => segments)
  const distinct = new Map(entries.map((entry) => [nameOfEntry(shardPrefix(ref), entry), entry.byteSize]))
  return 2 * [...distinct.values()].reduce((sum, byteSize) => sum + byteSize, 0)
}
