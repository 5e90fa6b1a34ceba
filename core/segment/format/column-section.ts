import { ByteWriter } from '../../bytes/byte-writer.ts'
import { corrupt } from '../../bytes/checksum.ts'
import { VarintReader } from '../../bytes/varint-reader.ts'
import { ColumnBlockError } from '../../columns/block-reader.ts'
import { COLUMN_BLOCK_DOCS, type Column, type ColumnBlock, type Zone } from '../../columns/column.ts'
import { decodeColumnBlock, encodeColumnBlock, zoneOf } from '../../columns/column-block.ts'
import { type Plan, whenRead } from './read-plan.ts'
import { UnitReader, unitsOfSizes } from './read-units.ts'
import type { SegmentBytes } from './segment-bytes.ts'
import { SECTION_NAMES, type Section, SectionKind } from './segment-format.ts'
import type { SectionName, SegmentWriter } from './segment-writer.ts'
import { readZone, writeZone } from './zone-codec.ts'

/** Writes a section of column blocks: a column, the lengths of a text field, or the presence of a field. */
export class ColumnSectionWriter {
  readonly #out: SegmentWriter
  readonly #name: SectionName
  readonly #index = new ByteWriter()

  constructor(out: SegmentWriter, name: SectionName) {
    this.#out = out
    this.#name = name
    out.beginSection(name)
  }

  /** Adds the next {@link COLUMN_BLOCK_DOCS} documents; `block` is undefined if none of them has a value. */
  add(block: ColumnBlock | undefined): void {
    const zone = block === undefined ? undefined : zoneOf(block)
    if (block === undefined || zone === undefined) {
      this.#index.varint(0)
      return
    }
    this.#index.varint(this.#out.appendUnit(encodeColumnBlock(block)))
    writeZone(this.#index, zone)
    if (this.#name.kind === SectionKind.column) this.#out.ranges.addZone(this.#name.field, zone)
  }

  finish(): void {
    this.#out.endSection(this.#index.take())
  }
}

/** Bytes of memory that a decoded block takes per byte of the file, where values are bit-packed. */
const MEMORY_FACTOR = 3

/** Reads the blocks of a column. The bounds of their values are known without a read. */
export class ColumnSection {
  readonly blocks: UnitReader<ColumnBlock>
  readonly #docCount: number
  /** Bounds of the values of each block; undefined if no document of the block has a value. */
  readonly zones: readonly (Zone | undefined)[]

  /** @throws {CorruptDataError} for an index that no writer made */
  constructor(file: SegmentBytes, section: Section, docCount: number) {
    const name = `${SECTION_NAMES[section.kind]} of field ${section.field}`
    const reader = new VarintReader(section.index)
    const blockCount = Math.ceil(docCount / COLUMN_BLOCK_DOCS)
    const sizes = new Float64Array(blockCount)
    const zones: (Zone | undefined)[] = []
    for (let b = 0; b < blockCount; b++) {
      sizes[b] = reader.next()
      zones.push(sizes[b] === 0 ? undefined : readZone(reader))
    }
    const units = unitsOfSizes(name, section.start, sizes)
    const end = blockCount === 0 ? section.start : units.end(blockCount - 1)
    if (reader.at !== section.index.length || end !== section.end) {
      throw corrupt(`${file.source}: ${name}`, `has blocks up to byte ${end}, expected ${section.end}`)
    }
    this.#docCount = docCount
    this.zones = zones
    this.blocks = new UnitReader(file, units, { decode: this.#decode, memoryFactor: MEMORY_FACTOR })
  }

  /** Reads the blocks that `wanted` accepts by zone and block number. One round. */
  read(wanted: (zone: Zone, block: number) => boolean = () => true): Plan<Column> {
    const numbers: number[] = []
    for (const [b, zone] of this.zones.entries()) if (zone !== undefined && wanted(zone, b)) numbers.push(b)
    return whenRead(this.blocks.read(numbers), (read) => {
      const blocks = new Array<ColumnBlock | undefined>(this.zones.length).fill(undefined)
      for (const [i, b] of numbers.entries()) blocks[b] = read[i]
      return { blocks, zones: this.zones }
    })
  }

  readonly #decode = (body: Uint8Array, block: number, source: string): ColumnBlock => {
    const docStart = block * COLUMN_BLOCK_DOCS
    try {
      return decodeColumnBlock(body, docStart, Math.min(COLUMN_BLOCK_DOCS, this.#docCount - docStart))
    } catch (error) {
      if (error instanceof ColumnBlockError) throw corrupt(source, `is ${error.message}`)
      throw error
    }
  }
}
