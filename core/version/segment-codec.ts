import { type FieldRange, RANGES_MAX } from '../fields/field-ranges.ts'
import {
  FILE_KIND_BYTES_MAX,
  FILES_MAX,
  type FieldTotals,
  type Placed,
  type SegmentEntry,
  type SegmentFile,
  type SharedFile,
  type SideFile,
  type TombstonesRef,
} from '../segment/format/segment-entry.ts'
import { readRange, writeRange } from './range-codec.ts'
import type { RecordReader, RecordWriter } from './record-codec.ts'
import { CHECKSUM_BYTES } from './set-checksum.ts'

/** Write and read the prefix of an object. */
export type WritePlace = (object: Placed) => void
export type ReadPlace = () => Placed

/** Writes what never changes about a segment: its own and its shared files, and the facts about their contents. */
export function writeSegmentFile(out: RecordWriter, file: SegmentFile, writePlace: WritePlace): void {
  writePlace(file)
  out.name(file.name)
  out.number(file.schemaVersion)
  out.number(file.docCount)
  out.number(file.byteSize)
  out.number(file.footerSize)
  out.number(file.footerCrc)
  out.raw(file.checksum)
  writeTotals(out, file.fieldTotals)
  out.number(file.analyzerVersion)
  out.number(file.files.length)
  for (const one of file.files) {
    writeFacts(out, one)
    out.text(one.extension)
  }
  out.number(file.shared.length)
  for (const one of file.shared) {
    writeFacts(out, one)
    writePlace(one)
    out.name(one.object.slice(SHARED_FOLDER.length))
  }
  out.number(file.ranges.length)
  for (const range of file.ranges) writeRange(out, range)
}

/** Reads what {@link writeSegmentFile} wrote. */
export function readSegmentFile(input: RecordReader, readPlace: ReadPlace): SegmentFile {
  const file: SegmentFile = {
    ...readPlace(),
    name: input.name(),
    schemaVersion: input.number(),
    docCount: input.number(),
    byteSize: input.number(),
    footerSize: input.number(),
    footerCrc: input.number(),
    checksum: input.raw(CHECKSUM_BYTES).slice(),
    fieldTotals: readTotals(input),
    analyzerVersion: input.number(),
    files: readBounded(input, FILES_MAX, () => readSideFile(input)),
    shared: readBounded(input, FILES_MAX, () => readSharedFile(input, readPlace)),
    ranges: readBounded(input, RANGES_MAX, () => readRange(input)),
  }
  input.check(file.docCount >= 1, `segment ${file.name} without documents`)
  input.check(file.footerSize <= file.byteSize, `a footer larger than segment ${file.name}`)
  const extensions = new Set(file.files.map(({ extension }) => extension))
  input.check(extensions.size === file.files.length && !extensions.has('seg'), `a file of ${file.name} twice`)
  input.check(isAscending(file.ranges), `ranges of ${file.name} out of order`)
  return file
}

const SHARED_FOLDER = 'shared/'

function writeFacts(out: RecordWriter, { kind, field, byteSize, footerSize, crc }: SideFile | SharedFile): void {
  out.text(kind)
  out.number(field === undefined ? 0 : field + 1)
  out.number(byteSize)
  out.number(footerSize)
  out.number(crc)
}

type Facts = Omit<SideFile, 'extension'>

function readFacts(input: RecordReader): Facts {
  const kind = readWord(input)
  const field = input.number()
  const facts = {
    kind,
    field: field === 0 ? undefined : field - 1,
    byteSize: input.number(),
    footerSize: input.number(),
    crc: input.number(),
  }
  input.check(facts.footerSize <= facts.byteSize, `a footer larger than its file of kind ${kind}`)
  return facts
}

function readSideFile(input: RecordReader): SideFile {
  return { ...readFacts(input), extension: readExtension(input) }
}

function readSharedFile(input: RecordReader, readPlace: ReadPlace): SharedFile {
  return { ...readFacts(input), ...readPlace(), object: SHARED_FOLDER + input.name() }
}

/** Reads a word of letters, digits and hyphens, because kinds and extensions become parts of keys. */
function readWord(input: RecordReader): string {
  const word = input.text()
  input.check(
    word.length <= FILE_KIND_BYTES_MAX && /^[a-z0-9-]+$/.test(word),
    `a file of kind ${JSON.stringify(word.slice(0, 100))}`,
  )
  return word
}

function readExtension(input: RecordReader): string {
  const text = input.text()
  const isValid = text.length <= FILE_KIND_BYTES_MAX && /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(text)
  input.check(isValid, `the extension ${JSON.stringify(text.slice(0, 100))}`)
  return text
}

function readBounded<T>(input: RecordReader, max: number, read: () => T): T[] {
  const count = input.number()
  input.check(count <= max, `a list of ${count} elements, of which at most ${max} are allowed`)
  return readTimes(count, read)
}

function readTimes<T>(count: number, read: () => T): T[] {
  const list: T[] = []
  for (let i = 0; i < count; i++) list.push(read())
  return list
}

function isAscending(ranges: readonly FieldRange[]): boolean {
  return ranges.every(({ field }, i) => i === 0 || field > ranges[i - 1]!.field)
}

/** @param objects that hold tombstones; an entry refers to an object by its index in the list */
export function writeEntry(
  out: RecordWriter,
  entry: SegmentEntry,
  { objects, writePlace }: { readonly objects: readonly string[]; readonly writePlace: WritePlace },
): void {
  writeSegmentFile(out, entry, writePlace)
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

/** Reads what {@link writeEntry} wrote. */
export function readEntry(
  input: RecordReader,
  { objects, readPlace }: { readonly objects: readonly TombstonesObject[]; readonly readPlace: ReadPlace },
): SegmentEntry {
  const file = readSegmentFile(input, readPlace)
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
    `more deletions than documents or tokens of a field of ${file.name}`,
  )
  const liveChecksum = input.raw(CHECKSUM_BYTES).slice()
  return { ...file, deletedCount, tombstones, liveFieldTotals, liveChecksum }
}

/** The entry of a segment without deleted documents. */
export function liveEntry(file: SegmentFile): SegmentEntry {
  return {
    ...file,
    deletedCount: 0,
    tombstones: undefined,
    liveFieldTotals: file.fieldTotals,
    liveChecksum: file.checksum,
  }
}

/** An object that holds the tombstones of some segments. */
export type TombstonesObject = Pick<TombstonesRef, 'object' | 'origin'>

function readTombstones(input: RecordReader, objects: readonly TombstonesObject[]): TombstonesRef {
  const index = input.number()
  const object = objects[index]
  input.check(object !== undefined, `tombstones in object ${index} of ${objects.length}`)
  const start = input.number()
  const end = start + input.number()
  return { ...object!, start, end, crc: input.number() }
}

/** Writes field numbers as differences, which are small because fields ascend. */
function writeTotals(out: RecordWriter, totals: readonly FieldTotals[]): void {
  out.number(totals.length)
  let previous = 0
  for (const { field, docCount, tokenCount } of totals) {
    out.number(field - previous)
    out.number(docCount)
    out.number(tokenCount)
    previous = field
  }
}

function readTotals(input: RecordReader): FieldTotals[] {
  let field = 0
  return readTimes(input.number(), () => {
    field += input.number()
    return { field, docCount: input.number(), tokenCount: input.number() }
  })
}
