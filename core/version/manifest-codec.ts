import type { FieldTotals, Placed, SegmentEntry, SegmentFile, TombstonesRef } from '../segment/format/segment-entry.ts'
import { shardOfPrefix, shardPrefix } from './collection.ts'
import { CompactReader, CompactWriter } from './compact-bytes.ts'
import { type FoldedWrite, type Manifest, originsOf, type Predecessor } from './manifest.ts'
import { CHECKSUM_BYTES, equalChecksums, sumChecksums } from './set-checksum.ts'

/** "PM", and the version of the format that follows. */
const MAGIC = Uint8Array.of(0x50, 0x4d)
export const MANIFEST_FORMAT_VERSION = 4
/** Of manifests that took writes along which had waited in the head: a list of them comes before the checksum. */
export const FOLDING_FORMAT_VERSION = 5
/** Of manifests that name objects of other shards: where each object lies comes before it, and the list of format 5 is always there. */
export const SHARING_FORMAT_VERSION = 6

/**
 * Encodes a manifest: numbers as LEB128, random names as 16 bytes, what
 * tombstones took rather than what they left, and a CRC-32 at the end. Two dozen
 * segments with five text fields each take about 3 KB. `docs/formats/manifest.md`
 * describes it field by field.
 */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const origins = [...originsOf(manifest)]
  const format =
    origins.length > 0
      ? SHARING_FORMAT_VERSION
      : manifest.folded.length > 0
        ? FOLDING_FORMAT_VERSION
        : MANIFEST_FORMAT_VERSION
  const out = new CompactWriter()
  out.raw(MAGIC)
  out.number(format)
  out.number(manifest.version)
  out.name(manifest.commitId)
  out.number(manifest.schemaVersion)
  out.number(manifest.writerVersionMin)
  out.number(manifest.predecessors.length)
  for (const { version, commitId, oldestBase } of manifest.predecessors) {
    out.number(manifest.version - version)
    out.name(commitId)
    out.number(version - oldestBase)
  }
  if (format === SHARING_FORMAT_VERSION) writeOrigins(out, origins)
  const writePlace = ({ origin }: Placed) => {
    if (format === SHARING_FORMAT_VERSION) out.number(origin === undefined ? 0 : 1 + origins.indexOf(origin))
  }
  const objects = new Map(manifest.segments.flatMap(({ tombstones: ref }) => (ref ? [[ref.object, ref] as const] : [])))
  out.number(objects.size)
  for (const ref of objects.values()) {
    writePlace(ref)
    writeObjectName(out, ref.object)
  }
  out.number(manifest.segments.length)
  const names = [...objects.keys()]
  for (const entry of manifest.segments) {
    writePlace(entry)
    writeEntry(out, entry, names)
  }
  if (format !== MANIFEST_FORMAT_VERSION) writeFolded(out, manifest.folded)
  out.raw(manifest.checksum)
  return out.finish()
}

/**
 * @param what names the manifest in errors
 * @throws {CorruptDataError} for bytes that are no manifest, of an unknown format, damaged, or contradicting themselves
 */
export function decodeManifest(bytes: Uint8Array, what: string): Manifest {
  const input = new CompactReader(bytes, what)
  const magic = input.raw(2)
  input.check(magic[0] === MAGIC[0] && magic[1] === MAGIC[1], 'no manifest: its first bytes are not "PM"')
  const format = input.number()
  input.check(
    format >= MANIFEST_FORMAT_VERSION && format <= SHARING_FORMAT_VERSION,
    `format version ${format}, expected ${MANIFEST_FORMAT_VERSION} to ${SHARING_FORMAT_VERSION}`,
  )
  const version = input.number()
  input.check(version >= 1, `version ${version}, which must be at least 1`)
  const commitId = input.name()
  const schemaVersion = input.number()
  const writerVersionMin = input.number()
  const predecessors = readList(input, () => readPredecessor(input, version))
  const origins = format === SHARING_FORMAT_VERSION ? readList(input, () => readOrigin(input)) : undefined
  const readPlace = () => (origins ? readPlaced(input, origins) : {})
  const objects = readList(input, () => ({ ...readPlace(), object: readObjectName(input) }))
  const segments = readList(input, () => readEntry(input, readPlace(), objects))
  const folded = format === MANIFEST_FORMAT_VERSION ? [] : readList(input, () => readFolded(input))
  const checksum = input.raw(CHECKSUM_BYTES).slice()
  input.end()
  input.check(new Set(segments.map(({ name }) => name)).size === segments.length, 'a segment twice')
  input.check(
    equalChecksums(checksum, sumChecksums(segments.map(({ liveChecksum }) => liveChecksum))),
    'a checksum that is not the sum of its segments',
  )
  return { version, commitId, schemaVersion, writerVersionMin, predecessors, checksum, segments, folded }
}

function readList<T>(input: CompactReader, read: () => T): T[] {
  const count = input.number()
  const list: T[] = []
  for (let i = 0; i < count; i++) list.push(read())
  return list
}

function readPredecessor(input: CompactReader, next: number): Predecessor {
  const distance = input.number()
  input.check(distance >= 1 && distance < next, `a predecessor at distance ${distance} of version ${next}`)
  const version = next - distance
  const commitId = input.name()
  const oldestBase = version - input.number()
  input.check(oldestBase >= 0, `an object of base ${oldestBase}`)
  return { version, commitId, oldestBase }
}

function writeOrigins(out: CompactWriter, origins: readonly string[]): void {
  out.number(origins.length)
  for (const origin of origins) {
    const { uid, shard } = shardOfPrefix(origin)
    out.name(uid)
    out.number(shard)
  }
}

function readOrigin(input: CompactReader): string {
  const uid = input.name()
  input.check(/^[\w-]+$/.test(uid), `an origin in collection ${JSON.stringify(uid)}`)
  return shardPrefix({ uid, shard: input.number() })
}

/** 0: below the manifest's own prefix. */
function readPlaced(input: CompactReader, origins: readonly string[]): Placed {
  const place = input.number()
  input.check(place <= origins.length, `an object of origin ${place} of ${origins.length}`)
  return place === 0 ? {} : { origin: origins[place - 1]! }
}

const TOMBSTONES_FOLDER = 'tombs/'

function writeObjectName(out: CompactWriter, object: string): void {
  const short = object.startsWith(TOMBSTONES_FOLDER)
  out.number(short ? 1 : 0)
  out.name(short ? object.slice(TOMBSTONES_FOLDER.length) : object)
}

function readObjectName(input: CompactReader): string {
  return input.number() === 1 ? TOMBSTONES_FOLDER + input.name() : input.name()
}

function writeFolded(out: CompactWriter, folded: readonly FoldedWrite[]): void {
  out.number(folded.length)
  for (const { id, present } of folded) {
    out.name(id)
    out.number(present.length)
    for (const place of present) out.number(place)
  }
}

function readFolded(input: CompactReader): FoldedWrite {
  return { id: input.name(), present: readList(input, () => input.number()) }
}

/** What is known of a segment file: the part of a segment's entry that never changes. */
export function writeSegmentFile(out: CompactWriter, file: SegmentFile): void {
  out.name(file.name)
  out.number(file.schemaVersion)
  out.number(file.docCount)
  out.number(file.byteSize)
  out.number(file.footerSize)
  out.number(file.footerCrc)
  out.raw(file.checksum)
  writeTotals(out, file.fieldTotals)
}

/** Reads what {@link writeSegmentFile} wrote. */
export function readSegmentFile(input: CompactReader): SegmentFile {
  const file: SegmentFile = {
    name: input.name(),
    schemaVersion: input.number(),
    docCount: input.number(),
    byteSize: input.number(),
    footerSize: input.number(),
    footerCrc: input.number(),
    checksum: input.raw(CHECKSUM_BYTES).slice(),
    fieldTotals: readTotals(input),
  }
  input.check(file.docCount >= 1, `segment ${file.name} without documents`)
  input.check(file.footerSize <= file.byteSize, `a footer larger than segment ${file.name}`)
  return file
}

function writeEntry(out: CompactWriter, entry: SegmentEntry, objects: readonly string[]): void {
  writeSegmentFile(out, entry)
  out.number(entry.deletedCount)
  if (entry.deletedCount === 0) return
  const { tombstones } = entry
  out.number(objects.indexOf(tombstones!.object))
  out.number(tombstones!.start)
  out.number(tombstones!.end - tombstones!.start)
  out.number(tombstones!.crc)
  const live = new Map(entry.liveFieldTotals.map((totals) => [totals.field, totals]))
  for (const { field, docCount, tokenCount } of entry.fieldTotals) {
    out.number(docCount - (live.get(field)?.docCount ?? 0))
    out.number(tokenCount - (live.get(field)?.tokenCount ?? 0))
  }
  out.raw(entry.liveChecksum)
}

function readEntry(input: CompactReader, place: Placed, objects: readonly TombstonesObject[]): SegmentEntry {
  const file = { ...readSegmentFile(input), ...place }
  const deletedCount = input.number()
  if (deletedCount === 0) return liveEntry(file)
  input.check(deletedCount < file.docCount, `${deletedCount} of ${file.docCount} documents of ${file.name} deleted`)
  const tombstones = readTombstones(input, objects)
  const liveFieldTotals = file.fieldTotals
    .map(({ field, docCount, tokenCount }) => ({
      field,
      docCount: docCount - input.number(),
      tokenCount: tokenCount - input.number(),
    }))
    .filter(({ docCount }) => docCount !== 0)
  input.check(
    liveFieldTotals.every(({ docCount, tokenCount }) => docCount > 0 && tokenCount >= docCount),
    `more deleted than there was of a field of ${file.name}`,
  )
  const liveChecksum = input.raw(CHECKSUM_BYTES).slice()
  return { ...file, deletedCount, tombstones, liveFieldTotals, liveChecksum }
}

/** How a manifest lists a segment none of whose documents is deleted. */
export function liveEntry(file: SegmentFile): SegmentEntry {
  return {
    ...file,
    deletedCount: 0,
    tombstones: undefined,
    liveFieldTotals: file.fieldTotals,
    liveChecksum: file.checksum,
  }
}

type TombstonesObject = Pick<TombstonesRef, 'object' | 'origin'>

function readTombstones(input: CompactReader, objects: readonly TombstonesObject[]): TombstonesRef {
  const index = input.number()
  const object = objects[index]
  input.check(object !== undefined, `tombstones in object ${index} of ${objects.length}`)
  const start = input.number()
  const end = start + input.number()
  return { ...object!, start, end, crc: input.number() }
}

/** Fields ascend, so that differences are small. */
function writeTotals(out: CompactWriter, totals: readonly FieldTotals[]): void {
  out.number(totals.length)
  let previous = 0
  for (const { field, docCount, tokenCount } of totals) {
    out.number(field - previous)
    out.number(docCount)
    out.number(tokenCount)
    previous = field
  }
}

function readTotals(input: CompactReader): FieldTotals[] {
  let field = 0
  return readList(input, () => {
    field += input.number()
    return { field, docCount: input.number(), tokenCount: input.number() }
  })
}
