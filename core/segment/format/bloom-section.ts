import { ByteWriter } from '../../bytes/byte-writer.ts'
import { corrupt } from '../../bytes/checksum.ts'
import { hashKey, type KeyHash } from '../../bytes/hash-key.ts'
import { VarintReader } from '../../bytes/varint-reader.ts'
import { addToPage, type BloomShape, bloomShape, mayContain, pageOf } from './bloom-filter.ts'
import { type Plan, whenRead } from './read-plan.ts'
import { UnitReader, unitsOfSize } from './read-units.ts'
import type { SegmentBytes } from './segment-bytes.ts'
import { NO_FIELD, type Section, SectionKind } from './segment-format.ts'
import type { SegmentWriter } from './segment-writer.ts'

/** Builds the Bloom filter of all ids in memory, at 10 bits per id, and writes it as one section. */
export class BloomSectionWriter {
  readonly #shape: BloomShape
  readonly #bits: Uint8Array

  constructor(docCount: number) {
    this.#shape = bloomShape(docCount)
    this.#bits = new Uint8Array(this.#shape.pageCount * this.#shape.pageBytes)
  }

  add(id: Uint8Array): void {
    const hash = hashKey(id)
    addToPage(this.#page(pageOf(hash, this.#shape)), hash)
  }

  write(out: SegmentWriter): void {
    out.beginSection({ kind: SectionKind.bloom, field: NO_FIELD })
    for (let page = 0; page < this.#shape.pageCount; page++) out.appendUnit(this.#page(page))
    const index = new ByteWriter()
    index.varint(this.#shape.pageCount)
    index.varint(this.#shape.pageBytes)
    out.endSection(index.take())
  }

  #page(page: number): Uint8Array {
    const { pageBytes } = this.#shape
    return this.#bits.subarray(page * pageBytes, (page + 1) * pageBytes)
  }
}

/** Reads a segment's Bloom filter. */
export class BloomSection {
  readonly #shape: BloomShape
  readonly #pages: UnitReader<Uint8Array>

  /** @throws {CorruptDataError} for an index that no writer made */
  constructor(file: SegmentBytes, section: Section) {
    const reader = new VarintReader(section.index)
    const shape = { pageCount: reader.next(), pageBytes: reader.next() }
    const unitBytes = shape.pageBytes + 4
    if (reader.at !== section.index.length || shape.pageCount * unitBytes !== section.end - section.start) {
      const found = `${shape.pageCount} pages of ${shape.pageBytes} bytes in ${section.end - section.start}`
      throw corrupt(`${file.source}: bloom filter index`, `lists ${found}`)
    }
    this.#shape = shape
    const units = unitsOfSize('bloom filter', section, unitBytes)
    this.#pages = new UnitReader(file, units, { decode: (body) => body, memoryFactor: 1 })
  }

  /** Tells for the hash of each id whether the segment may hold the id. One round. */
  mayHold(hashes: readonly KeyHash[]): Plan<boolean[]> {
    const pages = Uint32Array.from(hashes, (hash) => pageOf(hash, this.#shape))
    const wanted = Uint32Array.from(new Set(pages)).sort()
    return whenRead(this.#pages.read(wanted), (read) => {
      const byNumber = new Map(read.map((page, i) => [wanted[i]!, page]))
      return hashes.map((hash, i) => mayContain(byNumber.get(pages[i]!)!, hash))
    })
  }
}
