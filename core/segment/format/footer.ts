import { crc32 } from 'node:zlib'
import { assert } from '../../assert.ts'
import { ByteWriter } from '../../bytes/byte-writer.ts'
import { corrupt, readWord } from '../../bytes/checksum.ts'
import { hexOfWord } from '../../bytes/hex.ts'
import { VarintReader } from '../../bytes/varint-reader.ts'
import type { CorruptDataError } from '../../errors.ts'
import { encodeUtf8 } from '../../utf8.ts'
import {
  FORMAT_VERSION,
  HEADER_BYTES,
  MAGIC,
  NO_FIELD,
  SECTION_NAMES,
  type Section,
  type SectionKind,
  type SegmentField,
  TRAILER_BYTES,
} from './segment-format.ts'

/** Everything that opening a segment needs. */
export type Footer = {
  readonly docCount: number
  readonly schemaVersion: number
  /** In field order. */
  readonly fields: readonly SegmentField[]
  /** In file order. */
  readonly sections: readonly Section[]
}

/** What a manifest says about the file and its footer; decoding checks the footer against it. */
export type FooterFacts = { readonly byteSize: number; readonly footerSize: number; readonly footerCrc: number }

/** The sections of a kind and field that this version can read, in file order. Several are pieces of one run of bytes. */
export function sectionsOf({ sections }: Footer, kind: SectionKind, field: number): Section[] {
  return sections.filter((section) => section.kind === kind && section.field === field && section.codec === KNOWN_CODEC)
}

const KNOWN_CODEC = 0
const REQUIRED_FLAG = 1
/** Most sections, and most fields: far more than 1,000 fields need. */
const ENTRIES_MAX = 100_000

/**
 * Encodes a footer: the field table, the section table, the sections'
 * indexes one after another, then the trailer.
 *
 * @returns the last bytes of the file, and the CRC-32 that manifests carry
 */
export function encodeFooter(footer: Footer): { bytes: Uint8Array; crc: number } {
  const out = new ByteWriter(4096)
  out.varint(footer.docCount)
  out.varint(footer.schemaVersion)
  out.varint(footer.fields.length)
  for (const field of footer.fields) {
    out.varint(field.number)
    writeText(out, field.name)
    writeText(out, field.parameters === '' ? field.type : `${field.type} ${field.parameters}`)
    writeText(out, field.analyzer)
    out.varint(field.analyzerVersion)
  }
  out.varint(footer.sections.length)
  for (const section of footer.sections) writeSection(out, section)
  for (const section of footer.sections) out.append(section.index)

  const footerSize = out.length + TRAILER_BYTES
  out.word(FORMAT_VERSION)
  out.word(footerSize)
  const crc = crc32(out.bytes.subarray(0, out.length))
  out.word(crc)
  out.word(MAGIC)
  return { bytes: out.take(), crc }
}

/**
 * Decodes a footer. Takes time in proportion to its size, for the checksum; does not decode the sections' indexes.
 *
 * @param bytes the file's last `footerSize` bytes
 * @param source names the file in errors
 * @throws {CorruptDataError} if the footer is damaged, or a newer version made the file
 */
export function decodeFooter(bytes: Uint8Array, facts: FooterFacts, source: string): Footer {
  checkTrailer(bytes, facts, source)
  const reader = new VarintReader(bytes.subarray(0, bytes.length - TRAILER_BYTES))
  const docCount = reader.next()
  const schemaVersion = reader.next()
  const fields = readEntries(reader, source, () => ({
    number: reader.next(),
    name: readText(reader),
    ...readType(reader),
    analyzer: readText(reader),
    analyzerVersion: reader.next(),
  }))
  const headers = readEntries(reader, source, () => readSectionHeader(reader))
  const sections = cutIndexes(reader, headers, source)
  checkSections(sections, facts, source)
  return { docCount, schemaVersion, fields, sections }
}

/** Names of kinds have no spaces; parameters follow a space. A version without parameters sees an unknown kind. */
function readType(reader: VarintReader): Pick<SegmentField, 'type' | 'parameters'> {
  const text = readText(reader)
  const end = text.indexOf(' ')
  return end < 0 ? { type: text, parameters: '' } : { type: text.slice(0, end), parameters: text.slice(end + 1) }
}

function checkTrailer(bytes: Uint8Array, facts: FooterFacts, source: string): void {
  if (bytes.length !== facts.footerSize || bytes.length < TRAILER_BYTES) {
    throw corrupt(`${source}: footer`, `is ${bytes.length} bytes, expected ${facts.footerSize}`)
  }
  const trailer = bytes.length - TRAILER_BYTES
  const magic = readWord(bytes, trailer + 12)
  if (magic !== MAGIC) throw corrupt(`${source}: footer`, `ends in ${hexOfWord(magic)}, expected ${hexOfWord(MAGIC)}`)
  const stored = readWord(bytes, trailer + 8)
  const found = crc32(bytes.subarray(0, trailer + 8))
  if (found !== stored || found !== facts.footerCrc) {
    throw corrupt(`${source}: footer`, `has crc32 ${hexOfWord(found)}, expected ${hexOfWord(facts.footerCrc)}`)
  }
  const version = readWord(bytes, trailer)
  if (version !== FORMAT_VERSION) {
    throw corrupt(source, `has format version ${version}, made by a newer version; this one knows ${FORMAT_VERSION}`)
  }
  const size = readWord(bytes, trailer + 4)
  if (size !== facts.footerSize)
    throw corrupt(`${source}: footer`, `says it is ${size} bytes, expected ${facts.footerSize}`)
}

function writeSection(out: ByteWriter, section: Section): void {
  assert(section.start >= HEADER_BYTES && section.end >= section.start, 'a section follows the header')
  out.varint(section.kind)
  out.varint(section.field - NO_FIELD)
  out.byte(section.required ? REQUIRED_FLAG : 0)
  out.varint(section.codec)
  out.varint(section.start)
  out.varint(section.end - section.start)
  out.word(section.crc)
  out.varint(section.index.length)
}

type SectionHeader = Omit<Section, 'index'> & { readonly indexSize: number }

function readSectionHeader(reader: VarintReader): SectionHeader {
  const kind = reader.next()
  const field = reader.next() + NO_FIELD
  const required = (reader.next() & REQUIRED_FLAG) !== 0
  const codec = reader.next()
  const start = reader.next()
  const end = start + reader.next()
  const crc = reader.at + 4 <= reader.bytes.length ? readWord(reader.bytes, reader.at) : 0
  reader.at += 4
  return { kind, field, required, codec, start, end, crc, indexSize: reader.next() }
}

function cutIndexes(reader: VarintReader, headers: readonly SectionHeader[], source: string): Section[] {
  let at = reader.at
  const sections = headers.map(({ indexSize, ...section }) => {
    const index = reader.bytes.subarray(at, at + indexSize)
    at += indexSize
    return { ...section, index }
  })
  if (reader.overran || at !== reader.bytes.length) {
    throw corrupt(`${source}: footer`, `holds ${reader.bytes.length} bytes of tables and indexes, expected ${at}`)
  }
  return sections
}

function checkSections(sections: readonly Section[], facts: FooterFacts, source: string): void {
  const limit = facts.byteSize - facts.footerSize
  for (const section of sections) {
    const name = SECTION_NAMES[section.kind]
    if (section.required && (name === undefined || section.codec !== KNOWN_CODEC)) {
      const what = `section kind ${section.kind} with codec ${section.codec}`
      throw corrupt(source, `needs ${what}, made by a newer version; this one does not know it`)
    }
    if (section.start < HEADER_BYTES || section.end > limit) {
      const where = `bytes ${section.start} to ${section.end}`
      throw corrupt(
        `${source}: section ${name ?? section.kind}`,
        `is at ${where}, expected from ${HEADER_BYTES} to ${limit}`,
      )
    }
  }
}

function readEntries<T>(reader: VarintReader, source: string, read: () => T): T[] {
  const count = reader.next()
  if (count > ENTRIES_MAX) throw tooMany(source, count)
  const entries: T[] = []
  for (let i = 0; i < count && !reader.overran; i++) entries.push(read())
  return entries
}

function tooMany(source: string, count: number): CorruptDataError {
  return corrupt(`${source}: footer`, `lists ${count} entries, expected at most ${ENTRIES_MAX}`)
}

function writeText(out: ByteWriter, text: string): void {
  const bytes = encodeUtf8(text)
  out.varint(bytes.length)
  out.append(bytes)
}

function readText(reader: VarintReader): string {
  const size = reader.next()
  const { bytes, at } = reader
  reader.at += size
  if (reader.overran) return ''
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, size).toString('utf8')
}
