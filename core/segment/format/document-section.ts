import { ByteWriter } from '../../bytes/byte-writer.ts'
import { corrupt } from '../../bytes/checksum.ts'
import { VarintReader } from '../../bytes/varint-reader.ts'
import type { Shelf } from '../../cache/unit-cache.ts'
import type { DocId } from '../../postings/posting-list.ts'
import {
  blockOfDocument,
  type DocumentGroup,
  DocumentGroupWriter,
  type Effort,
  type OpenBlock,
  openBlock,
  openDocumentGroup,
} from './document-blocks.ts'
import { type Plan, whenRead } from './read-plan.ts'
import { UnitReader, unitsOfSizes } from './read-units.ts'
import type { SegmentBytes } from './segment-bytes.ts'
import { NO_FIELD, type Section, SectionKind } from './segment-format.ts'
import type { SegmentWriter } from './segment-writer.ts'

/** One document in so many gives its beginning to the dictionary, which then takes about 1 % of the documents' bytes. */
const DOCS_PER_SAMPLE = 64
const SAMPLES_MAX = 64
const SAMPLE_BYTES = 256

/** DocIds of the documents that the dictionary of a segment of `docCount` documents is made of: evenly spread, ascending. */
export function sampledDocIds(docCount: number): DocId[] {
  const count = Math.min(Math.floor(docCount / DOCS_PER_SAMPLE), SAMPLES_MAX)
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * docCount) / count))
}

/** Makes the preset dictionary for compression from the JSON of the documents of {@link sampledDocIds}. */
export function documentDictionary(samples: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(samples.map((json) => json.subarray(0, SAMPLE_BYTES)))
}

/** Writes the documents section; documents are added in docId order. */
export class DocumentSectionWriter {
  readonly #out: SegmentWriter
  readonly #groups: DocumentGroupWriter
  readonly #index = new ByteWriter(1024)
  #groupCount = 0
  readonly #dictionary: Uint8Array

  constructor(out: SegmentWriter, dictionary: Uint8Array, effort: Effort) {
    this.#out = out
    this.#dictionary = dictionary
    this.#groups = new DocumentGroupWriter(dictionary, effort)
    out.beginSection({ kind: SectionKind.documents, field: NO_FIELD })
  }

  add(json: Uint8Array): void {
    this.#write(this.#groups.add(json))
  }

  finish(): void {
    this.#write(this.#groups.finish())
    const index = new ByteWriter(this.#dictionary.length + this.#index.length + 16)
    index.varint(this.#dictionary.length)
    index.append(this.#dictionary)
    index.varint(this.#groupCount)
    index.append(this.#index.take())
    this.#out.endSection(index.take())
  }

  #write(group: { body: Uint8Array; docCount: number } | undefined): void {
    if (group === undefined) return
    this.#index.varint(group.docCount)
    this.#index.varint(this.#out.appendUnit(group.body))
    this.#groupCount++
  }
}

/** A group with its number, and the name that errors give it. */
type OpenGroup = { readonly unit: number; readonly group: DocumentGroup; readonly source: string }

/** More blocks than any group has. */
const GROUP_BLOCKS_MAX = 2 ** 20

/** Reads a segment's stored documents. */
export class DocumentSection {
  readonly #dictionary: Uint8Array
  readonly #groups: UnitReader<OpenGroup>
  /** Inflated blocks by group number × {@link GROUP_BLOCKS_MAX} + block number. */
  readonly #inflated: Shelf<number, OpenBlock>
  /** First docId of each group, then the number of documents. */
  readonly #docStarts: Uint32Array

  /** @throws {CorruptDataError} for an index that no writer made */
  constructor(file: SegmentBytes, section: Section, docCount: number) {
    const source = `${file.source}: documents index`
    const reader = new VarintReader(section.index)
    const dictionarySize = reader.next()
    this.#dictionary = section.index.subarray(reader.at, reader.at + dictionarySize)
    reader.at += dictionarySize
    const groupCount = reader.next()
    if (reader.overran || groupCount > section.index.length) throw corrupt(source, `lists ${groupCount} groups`)
    const docStarts = new Uint32Array(groupCount + 1)
    const sizes = new Uint32Array(groupCount)
    for (let g = 0; g < groupCount; g++) {
      docStarts[g + 1] = docStarts[g]! + reader.next()
      sizes[g] = reader.next()
    }
    const units = unitsOfSizes('documents', section.start, sizes)
    const end = groupCount === 0 ? section.start : units.end(groupCount - 1)
    if (reader.at !== section.index.length || end !== section.end || docStarts[groupCount] !== docCount) {
      throw corrupt(
        source,
        `ends at byte ${end} after ${docStarts[groupCount]} documents, expected ${section.end} after ${docCount}`,
      )
    }
    this.#docStarts = docStarts
    this.#groups = new UnitReader(file, units, { decode: this.#openGroup, memoryFactor: 1 })
    this.#inflated = file.units.shelf()
  }

  /** Reads the JSON bytes of documents, in the order of `docIds`. One round; consecutive docIds cost least. */
  read(docIds: ArrayLike<DocId>): Plan<Uint8Array[]> {
    const groupOf = Uint32Array.from(docIds, (docId) => this.#groupOf(docId))
    const wanted = Uint32Array.from(new Set(groupOf)).sort()
    return whenRead(this.#groups.read(wanted), (groups) => {
      const byUnit = new Map(groups.map((opened) => [opened.unit, opened]))
      return Array.from(docIds, (docId, i) => this.#document(docId, byUnit.get(groupOf[i]!)!))
    })
  }

  /**
   * Inflates all documents from the bytes of the whole file into the cache. A step is one block.
   *
   * @throws {CorruptDataError} for damaged documents
   */
  *decodeAll(whole: Uint8Array): Generator<void, void> {
    for (const opened of this.#groups.decodeAll(whole)) {
      for (let block = 0; block < opened.group.blocks.length; block++) {
        this.#openBlock(opened, block)
        yield
      }
    }
  }

  #document(docId: DocId, opened: OpenGroup): Uint8Array {
    const { docStarts } = opened.group
    const inGroup = docId - this.#docStarts[opened.unit]!
    const block = blockOfDocument(docStarts, inGroup)
    const { raw, starts } = this.#openBlock(opened, block)
    const i = inGroup - docStarts[block]!
    return raw.subarray(starts[i]!, starts[i + 1]!)
  }

  readonly #openGroup = (body: Uint8Array, unit: number, source: string): OpenGroup => {
    const docCount = this.#docStarts[unit + 1]! - this.#docStarts[unit]!
    return { unit, source, group: openDocumentGroup(body, docCount, source) }
  }

  #openBlock({ unit, group, source }: OpenGroup, block: number): OpenBlock {
    const key = unit * GROUP_BLOCKS_MAX + block
    const known = this.#inflated.get(key)
    if (known !== undefined) return known
    const opened = openBlock(group, block, { dictionary: this.#dictionary, source })
    return this.#inflated.set(key, opened, opened.raw.length + opened.starts.byteLength)
  }

  #groupOf(docId: DocId): number {
    let low = 0
    let high = this.#docStarts.length - 1
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if (this.#docStarts[middle]! <= docId) low = middle
      else high = middle
    }
    return low
  }
}
