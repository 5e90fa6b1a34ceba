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
 * One immutable segment, opened: only its footer is in memory. What else is needed is read by plans (read-plan.ts),
 * which say what to read and do no I/O themselves.
 *
 * Bytes are verified before they are believed: planning throws `CorruptDataError` naming file, section, expected and
 * found, and never answers wrongly. The arrays that plans yield are shared: they must not be changed.
 */
export class SegmentReader {
  readonly file: SegmentFile
  /** What the file is made of. */
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

  /** Forgets what is decoded of the file. Plans that were begun still end well. */
  release(): void {
    this.bytes.units.release()
  }

  #section(kind: SectionKind): Section {
    const [section] = sectionsOf(this.footer, kind, NO_FIELD)
    if (section === undefined) throw corrupt(this.source, `has no section of kind ${kind}`)
    return section
  }
}
