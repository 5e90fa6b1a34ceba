import { corrupt } from '../../bytes/checksum.ts'
import { BloomSection } from '../format/bloom-section.ts'
import { DocumentSection } from '../format/document-section.ts'
import { type Footer, sectionsOf } from '../format/footer.ts'
import { HashSection } from '../format/hash-section.ts'
import { IdSection } from '../format/id-section.ts'
import type { SegmentBytes } from '../format/segment-bytes.ts'
import type { SegmentFile } from '../format/segment-entry.ts'
import { NO_FIELD, type Section, SectionKind } from '../format/segment-format.ts'
import { ColumnReader } from './column-reader.ts'
import { IdReader } from './id-reader.ts'
import { TermReader } from './term-reader.ts'

/**
 * One open, immutable segment. Only its footer is in memory; plans (read-plan.ts) read the rest. A plan
 * says what to read and does no I/O itself.
 *
 * All bytes are verified before use: a plan over damaged bytes throws `CorruptDataError`, which names the file, the section, what
 * was found and what was expected. Arrays that plans give are shared: callers must not change them.
 */
export class SegmentReader {
  readonly file: SegmentFile
  /** The file's tables of fields and sections. */
  readonly footer: Footer
  readonly bytes: SegmentBytes
  readonly terms: TermReader
  readonly columns: ColumnReader
  #ids: IdReader | undefined
  #documents: DocumentSection | undefined
  #hashes: HashSection | undefined

  constructor(file: SegmentFile, footer: Footer, bytes: SegmentBytes) {
    this.file = file
    this.footer = footer
    this.bytes = bytes
    this.terms = new TermReader(bytes, footer)
    this.columns = new ColumnReader(bytes, footer)
  }

  /** The file's key, which names it in errors. */
  get source(): string {
    return this.bytes.source
  }

  get docCount(): number {
    return this.footer.docCount
  }

  get ids(): IdReader {
    this.#ids ??= new IdReader(
      new IdSection(this.bytes, this.#section(SectionKind.ids), this.docCount),
      new BloomSection(this.bytes, this.#section(SectionKind.bloom)),
    )
    return this.#ids
  }

  /** The stored documents, as JSON in UTF-8. */
  get documents(): DocumentSection {
    this.#documents ??= new DocumentSection(this.bytes, this.#section(SectionKind.documents), this.docCount)
    return this.#documents
  }

  /** The hashes of documents, 16 bytes each. */
  get hashes(): HashSection {
    this.#hashes ??= new HashSection(this.bytes, this.#section(SectionKind.hashes), this.docCount)
    return this.#hashes
  }

  /** Drops the decoded units of the file. Plans that are under way still finish. */
  release(): void {
    this.bytes.units.release()
  }

  #section(kind: SectionKind): Section {
    const [section] = sectionsOf(this.footer, kind, NO_FIELD)
    if (section === undefined) throw corrupt(this.source, `has no section of kind ${kind}`)
    return section
  }
}
