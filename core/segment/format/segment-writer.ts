import { crc32 } from 'node:zlib'
import { assert } from '../../assert.ts'
import { ByteWriter } from '../../bytes/byte-writer.ts'
import { ColumnRanges } from '../../fields/field-ranges.ts'
import { encodeFooter, type Footer } from './footer.ts'
import { FORMAT_VERSION, HEADER_BYTES, MAGIC, OPTIONAL_SECTIONS, type Section } from './segment-format.ts'

/** Which section is being written; see {@link Section}. */
export type SectionName = {
  readonly kind: number
  readonly field: number
  /** Whether a reader that does not know the kind must refuse the file. Default: unless {@link OPTIONAL_SECTIONS} lists the kind. */
  readonly required?: boolean
}

/** Bytes that fill a chunk of the file. */
const CHUNK_BYTES = 256 * 1024

/**
 * Writes a segment file from front to back: the sections one after another, then the
 * footer. The caller can take complete chunks at any time, so that a long file needs
 * little memory.
 */
export class SegmentWriter {
  /** Ranges of the columns written so far. */
  readonly ranges = new ColumnRanges()
  readonly #pending = new ByteWriter(CHUNK_BYTES)
  #chunks: Uint8Array[] = []
  #position = 0
  #sections: Section[] = []
  #open: (Required<SectionName> & { readonly start: number; crc: number }) | undefined

  constructor() {
    this.#pending.word(MAGIC)
    this.#pending.word(FORMAT_VERSION)
    this.#position = HEADER_BYTES
  }

  /** Bytes written so far. */
  get position(): number {
    return this.#position
  }

  beginSection(name: SectionName): void {
    assert(this.#open === undefined, 'sections do not nest')
    const { kind, field, required = !OPTIONAL_SECTIONS.has(name.kind) } = name
    this.#open = { kind, field, required, start: this.#position, crc: 0 }
  }

  append(bytes: Uint8Array): void {
    assert(this.#open !== undefined, 'bytes belong to a section')
    this.#open.crc = crc32(bytes, this.#open.crc)
    this.#push(bytes)
  }

  /** Appends one unit: bytes and their CRC-32. Returns its size with the checksum. */
  appendUnit(body: Uint8Array): number {
    const checksum = new Uint8Array(4)
    new DataView(checksum.buffer).setUint32(0, crc32(body), true)
    this.append(body)
    this.append(checksum)
    return body.length + checksum.length
  }

  endSection(index: Uint8Array): void {
    assert(this.#open !== undefined, 'a section is open')
    const { kind, field, required, start, crc } = this.#open
    this.#sections.push({ kind, field, start, end: this.#position, codec: 0, required, crc, index })
    this.#open = undefined
  }

  /** Appends the footer; nothing may follow. */
  finish(facts: Omit<Footer, 'sections'>): { byteSize: number; footerSize: number; footerCrc: number } {
    assert(this.#open === undefined, 'all sections are complete')
    const { bytes, crc } = encodeFooter({ ...facts, sections: this.#sections })
    this.#push(bytes)
    if (this.#pending.length > 0) this.#chunks.push(this.#pending.take())
    return { byteSize: this.#position, footerSize: bytes.length, footerCrc: crc }
  }

  /** Number of chunks that {@link takeChunks} would return. */
  get chunkCount(): number {
    return this.#chunks.length
  }

  /** Removes and returns the complete chunks, in file order. */
  takeChunks(): Uint8Array[] {
    const chunks = this.#chunks
    this.#chunks = []
    return chunks
  }

  #push(bytes: Uint8Array): void {
    this.#position += bytes.length
    if (this.#pending.length + bytes.length > CHUNK_BYTES && this.#pending.length > 0)
      this.#chunks.push(this.#pending.take())
    if (bytes.length >= CHUNK_BYTES) this.#chunks.push(new Uint8Array(bytes))
    else this.#pending.append(bytes)
  }
}
