import type { Placed } from '../segment/format/segment-entry.ts'
import { shardOfPrefix, shardPrefix } from './collection.ts'
import { type FoldedWrite, type Manifest, originsOf, type Predecessor } from './manifest.ts'
import { RecordReader, RecordWriter } from './record-codec.ts'
import { type ReadPlace, readEntry, type WritePlace, writeEntry } from './segment-codec.ts'
import { CHECKSUM_BYTES, equalChecksums, sumChecksums } from './set-checksum.ts'

/** "PM", and the version of the format that follows. */
const MAGIC = Uint8Array.of(0x50, 0x4d)
export const MANIFEST_FORMAT_VERSION = 8

/**
 * Encodes a manifest: numbers as LEB128, random names as 16 bytes, totals of deleted rather
 * than live documents, and a CRC-32 at the end. Two dozen segments with five text fields
 * each take about 3 KB. `docs/formats/manifest.md` describes the format field by field.
 */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const out = new RecordWriter()
  out.raw(MAGIC)
  out.number(MANIFEST_FORMAT_VERSION)
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
  const writePlace = writeOrigins(out, [...originsOf(manifest)])
  const objects = new Map(manifest.segments.flatMap(({ tombstones: ref }) => (ref ? [[ref.object, ref] as const] : [])))
  out.number(objects.size)
  for (const ref of objects.values()) {
    writePlace(ref)
    writeObjectName(out, ref.object)
  }
  out.number(manifest.segments.length)
  const names = [...objects.keys()]
  for (const entry of manifest.segments) writeEntry(out, entry, { objects: names, writePlace })
  writeFolded(out, manifest.folded)
  out.raw(manifest.checksum)
  return out.finish()
}

/**
 * Decodes a manifest.
 *
 * @param what names the manifest in errors
 * @throws {CorruptDataError} if the bytes are not a manifest, have an unknown format, are damaged, or contradict themselves
 */
export function decodeManifest(bytes: Uint8Array, what: string): Manifest {
  const input = new RecordReader(bytes, what)
  const magic = input.raw(2)
  input.check(magic[0] === MAGIC[0] && magic[1] === MAGIC[1], 'no manifest: the first bytes are not "PM"')
  const format = input.number()
  input.check(format === MANIFEST_FORMAT_VERSION, `format version ${format}, expected ${MANIFEST_FORMAT_VERSION}`)
  const version = input.number()
  input.check(version >= 1, `version ${version}, which must be at least 1`)
  const commitId = input.name()
  const schemaVersion = input.number()
  const writerVersionMin = input.number()
  const predecessors = readList(input, () => readPredecessor(input, version))
  const readPlace = readOrigins(input)
  const objects = readList(input, () => ({ ...readPlace(), object: readObjectName(input) }))
  const segments = readList(input, () => readEntry(input, { objects, readPlace }))
  const folded = readList(input, () => readFolded(input))
  const checksum = input.raw(CHECKSUM_BYTES).slice()
  input.end()
  input.check(new Set(segments.map(({ name }) => name)).size === segments.length, 'a segment twice')
  input.check(
    equalChecksums(checksum, sumChecksums(segments.map(({ liveChecksum }) => liveChecksum))),
    'a checksum that is not the sum of its segments',
  )
  return { version, commitId, schemaVersion, writerVersionMin, predecessors, checksum, segments, folded }
}

function readList<T>(input: RecordReader, read: () => T): T[] {
  const count = input.number()
  const list: T[] = []
  for (let i = 0; i < count; i++) list.push(read())
  return list
}

function readPredecessor(input: RecordReader, next: number): Predecessor {
  const distance = input.number()
  input.check(distance >= 1 && distance < next, `a predecessor at distance ${distance} of version ${next}`)
  const version = next - distance
  const commitId = input.name()
  const oldestBase = version - input.number()
  input.check(oldestBase >= 0, `an object of base ${oldestBase}`)
  return { version, commitId, oldestBase }
}

/** Writes the prefixes of other shards' objects. @returns a function that writes the number of an object's prefix; 0 for the shard's own */
export function writeOrigins(out: RecordWriter, origins: readonly string[]): WritePlace {
  out.number(origins.length)
  for (const origin of origins) {
    const { uid, shard } = shardOfPrefix(origin)
    out.name(uid)
    out.number(shard)
  }
  return ({ origin }) => out.number(origin === undefined ? 0 : 1 + origins.indexOf(origin))
}

/** Reads what {@link writeOrigins} wrote. @returns a function that reads an object's prefix */
export function readOrigins(input: RecordReader): ReadPlace {
  const origins = readList(input, () => readOrigin(input))
  return () => readPlaced(input, origins)
}

function readOrigin(input: RecordReader): string {
  const uid = input.name()
  input.check(/^[\w-]+$/.test(uid), `an origin in collection ${JSON.stringify(uid)}`)
  return shardPrefix({ uid, shard: input.number() })
}

/** Reads the number of an object's prefix; 0 is the manifest's own. */
function readPlaced(input: RecordReader, origins: readonly string[]): Placed {
  const place = input.number()
  input.check(place <= origins.length, `an object of origin ${place} of ${origins.length}`)
  return place === 0 ? {} : { origin: origins[place - 1]! }
}

const TOMBSTONES_FOLDER = 'tombs/'

function writeObjectName(out: RecordWriter, object: string): void {
  const short = object.startsWith(TOMBSTONES_FOLDER)
  out.number(short ? 1 : 0)
  out.name(short ? object.slice(TOMBSTONES_FOLDER.length) : object)
}

function readObjectName(input: RecordReader): string {
  return input.number() === 1 ? TOMBSTONES_FOLDER + input.name() : input.name()
}

function writeFolded(out: RecordWriter, folded: readonly FoldedWrite[]): void {
  out.number(folded.length)
  for (const { id, present } of folded) {
    out.name(id)
    out.number(present.length)
    for (const place of present) out.number(place)
  }
}

function readFolded(input: RecordReader): FoldedWrite {
  return { id: input.name(), present: readList(input, () => input.number()) }
}
