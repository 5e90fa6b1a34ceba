import { crc32 } from 'node:zlib'
import { ByteWriter } from '../bytes/byte-writer.ts'
import { CHECKSUM_SIZE } from '../bytes/checksum.ts'

/** Where a list begins in its section, or would begin if it were in the section; and its size without checksum. */
export type PlacedList = { readonly at: number; readonly size: number }

/**
 * Holds the bytes of one list until their place is known. A short list moves into its dictionary block. A long list
 * moves to a section of lists, piece by piece, with a checksum at the end.
 */
export class SpillingList {
  /** Bytes that the encoder has written and that have not been moved yet. */
  readonly pending = new ByteWriter(1 << 12)
  readonly #section: ByteWriter
  #sectionEnd: number
  #start: number | undefined
  #size = 0
  #crc = 0

  /** @param sectionEnd the current end of the section, where `section` continues */
  constructor(section: ByteWriter, sectionEnd: number) {
    this.#section = section
    this.#sectionEnd = sectionEnd
  }

  /** Offset of the section's end, including everything spilled so far. */
  get sectionEnd(): number {
    return this.#sectionEnd
  }

  /** Moves the pending bytes to the section. The first piece of a list begins at the offset `start`, after zeros. */
  spill(start: number): void {
    if (this.#start === undefined) {
      for (let padding = start - this.#sectionEnd; padding > 0; padding--) this.#section.byte(0)
      this.#start = start
      this.#sectionEnd = start
    }
    const piece = this.pending.bytes.subarray(0, this.pending.length)
    this.#crc = crc32(piece, this.#crc)
    this.#sectionEnd += piece.length
    this.#size += piece.length
    this.#section.drain(this.pending)
  }

  /** Spills the rest and the checksum, and prepares for the next list. */
  close(start: number): PlacedList {
    this.spill(start)
    const closed = { at: this.#start ?? start, size: this.#size }
    this.#section.word(this.#crc)
    this.#sectionEnd += CHECKSUM_SIZE
    this.#start = undefined
    this.#size = 0
    this.#crc = 0
    return closed
  }

  /** Moves the whole list to `data`; nothing of it may have been spilled. */
  moveTo(data: ByteWriter): PlacedList {
    const moved = { at: this.#sectionEnd, size: this.pending.length }
    data.drain(this.pending)
    return moved
  }
}
