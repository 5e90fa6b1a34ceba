import { assert } from '../assert.ts'
import { BLOCK_SIZE, bitWidth, pack, packedWords } from '../bytes/bit-packing.ts'
import { ByteWriter, putVarint, VARINT_SIZE_MAX } from '../bytes/byte-writer.ts'
import { appendChecksum } from '../bytes/checksum.ts'

/** The positions of each document in order: document i has `freqs[i]` positions, which do not descend. */
export type Positions = { readonly freqs: Uint32Array; readonly positions: Uint32Array; readonly count: number }

/** Encodes a position list with its checksum; see docs/formats/postings.md. */
export function encodePositions(list: Positions): Uint8Array {
  const out = new ByteWriter(64 + list.positions.length)
  const encoder = new PositionsEncoder()
  encoder.begin(out)
  encoder.add(list, { from: 0, to: list.count, positionsFrom: 0 })
  encoder.finish()
  appendChecksum(out, 0)
  return out.take()
}

/** Writes the positions of fewer documents than a block as varints: per document the first position, then the gaps. */
export function writeShortPositions(out: ByteWriter, { freqs, positions, count }: Positions): void {
  let next = 0
  for (let i = 0; i < count; i++) {
    const freq = freqs[i]!
    out.reserve(freq * VARINT_SIZE_MAX)
    const { bytes } = out
    let at = out.length
    let previous = 0
    for (const end = next + freq; next < end; next++) {
      const position = positions[next]!
      assert(position >= previous, 'positions ascend within a document')
      at = putVarint(bytes, at, position - previous)
      previous = position
    }
    out.length = at
  }
}

/**
 * Writes position lists. Per list, call `begin`, then `add` any number of times, then `finish`. Writes complete blocks
 * at once; the caller may empty the writer between calls. Adds no checksum.
 */
export class PositionsEncoder {
  #out = new ByteWriter()
  #wordCount = 0
  #docCount = 0
  #gaps = new Uint32Array(1024)
  #gapCount = 0
  #blockEnds: number[] = []
  readonly #words = new Uint32Array(BLOCK_SIZE)

  begin(out: ByteWriter): void {
    this.#out = out
    this.#wordCount = 0
    this.#docCount = 0
    this.#gapCount = 0
    this.#blockEnds = []
  }

  /**
   * Appends the positions of the documents [from, to), which start at `positionsFrom` in `list.positions`.
   *
   * @returns the index after the last position taken
   */
  add(list: Positions, range: { from: number; to: number; positionsFrom: number }): number {
    const { freqs, positions } = list
    let next = range.positionsFrom
    for (let i = range.from; i < range.to; i++) {
      const freq = freqs[i]!
      if (this.#gapCount + freq > this.#gaps.length) this.#growGaps(this.#gapCount + freq)
      let previous = 0
      for (const end = next + freq; next < end; next++) {
        const position = positions[next]!
        assert(position >= previous, 'positions ascend within a document')
        this.#gaps[this.#gapCount++] = position - previous
        previous = position
      }
      this.#docCount++
      if (this.#docCount % BLOCK_SIZE === 0) this.#flushBlock()
    }
    return next
  }

  finish(): void {
    const out = this.#out
    if (this.#docCount < BLOCK_SIZE) {
      for (let i = 0; i < this.#gapCount; i++) out.varint(this.#gaps[i]!)
    } else {
      if (this.#docCount % BLOCK_SIZE !== 0) this.#flushBlock()
      for (const end of this.#blockEnds) out.word(end)
    }
  }

  /**
   * Packs the gaps in groups of {@link BLOCK_SIZE}. Writes a byte with the width of each group, padding, then the
   * groups.
   */
  #flushBlock(): void {
    const out = this.#out
    const count = this.#gapCount
    const groupCount = Math.ceil(count / BLOCK_SIZE)
    for (let group = 0; group < groupCount; group++) out.byte(this.#groupWidth(group * BLOCK_SIZE))
    for (let padding = -groupCount & 3; padding > 0; padding--) out.byte(0)
    let wordCount = (groupCount + 3) >>> 2
    for (let from = 0; from < count; from += BLOCK_SIZE) {
      const width = this.#groupWidth(from)
      const size = Math.min(BLOCK_SIZE, count - from)
      pack(this.#gaps.subarray(from, from + size), size, width, this.#words, 0)
      out.words(this.#words, packedWords(size, width))
      wordCount += packedWords(size, width)
    }
    this.#wordCount += wordCount
    this.#blockEnds.push(this.#wordCount)
    this.#gapCount = 0
  }

  #groupWidth(from: number): number {
    const end = Math.min(from + BLOCK_SIZE, this.#gapCount)
    let any = 0
    for (let i = from; i < end; i++) any |= this.#gaps[i]!
    return bitWidth(any)
  }

  #growGaps(count: number): void {
    const grown = new Uint32Array(Math.max(count, this.#gaps.length * 2))
    grown.set(this.#gaps)
    this.#gaps = grown
  }
}
