import { crc32 } from 'node:zlib'
import { ByteWriter } from '../bytes/byte-writer.ts'
import { CHECKSUM_SIZE } from '../bytes/checksum.ts'

/** Where in its section a list begins, or would begin if it lay there, and its size without checksum. */
export type PlacedList = { readonly at: number; readonly size: number }

/**
 * Holds the bytes of one list until it is known where they go: next to a dictionary block if they are few,
 * else to the section of long lists, piece by piece, with a checksum at the end.
 */
export class SpillingList {
  /** What the encoder has written and what has not been moved yet. */
  readonly pending = new ByteWriter(1 << 12)
  readonly #section: ByteWriter
  #sectionEnd: number
  #start: number | undefined
  #size = 0
  #crc = 0

  /** `sectionEnd`: offset in the section of what is appended to `section` next. */
  constructor(section: ByteWriter, sectionEnd: number) {
    this.#section = section
    this.#sectionEnd = sectionEnd
  }

  /** Offset of the section's end, with all that was spilled so far. */
  get sectionEnd(): number {
    return this.#sectionEnd
  }

  /** Moves what is pending to the section; the list's first piece goes to the offset `start`, zeros before it. */
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

  /** Spills the rest and the checksum, and is ready for the next list. */
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

  /** Moves a list of which nothing was spilled to `data`. */
  moveTo(data: ByteWriter): PlacedList {
    const moved = { at: this.#sectionEnd, size: this.pending.length }
    data.drain(this.pending)
    return moved
  }
}
