import { ByteWriter } from '../../bytes/byte-writer.ts'
import { DictionaryWriter, type LaneIndex } from '../../dictionary/dictionary-writer.ts'
import { FrequentTermsBuilder } from '../../dictionary/frequent-terms.ts'
import type { Lane } from '../../dictionary/lane.ts'
import type { FieldNumber } from '../../fields/field.ts'
import { LANE_SECTIONS, SectionKind } from './segment-format.ts'
import type { SegmentWriter } from './segment-writer.ts'
import { writeValueHashes } from './value-hashes.ts'

/** Writes one lane of one field: its dictionary, and the lists that lie apart from it. */
export class LaneWriter {
  readonly dictionary: DictionaryWriter
  readonly #out: SegmentWriter
  readonly #field: FieldNumber
  readonly #lane: Lane

  constructor(out: SegmentWriter, { field, lane }: { field: FieldNumber; lane: Lane }) {
    this.#out = out
    this.#field = field
    this.#lane = lane
    this.dictionary = new DictionaryWriter(lane, { postingsAt: 0, positionsAt: 0 })
  }

  /** Moves what is complete to the file if it has become more than `bytesMax`. Between terms only. */
  flushIfLarge(bytesMax: number): void {
    const { blocks, postings, positions, hashes } = this.dictionary
    if (blocks.length + postings.length + positions.length + hashes.length > bytesMax) this.#flush()
  }

  /** Completes the lane; one without entries leaves no section. */
  finish(): void {
    const index = this.dictionary.finish()
    if (index.entryCount === 0) return
    if (this.#lane === 'keyword') this.#out.ranges.addKeywords(this.#field, this.dictionary.ends)
    this.#flush(encodeLaneIndex(index))
  }

  /** The last piece of the terms carries the index, even if it is empty itself. */
  #flush(index?: Uint8Array): void {
    const { terms, postings } = LANE_SECTIONS[this.#lane]
    this.#write(terms, this.dictionary.blocks, index)
    this.#write(postings, this.dictionary.postings)
    this.#write(SectionKind.positions, this.dictionary.positions)
    if (this.#lane === 'keyword') writeValueHashes(this.#out, this.#field, this.dictionary.hashes, index !== undefined)
  }

  #write(kind: SectionKind, bytes: ByteWriter, index?: Uint8Array): void {
    if (bytes.length === 0 && index === undefined) return
    this.#out.beginSection({ kind, field: this.#field })
    this.#out.append(bytes.take())
    this.#out.endSection(index ?? new Uint8Array(0))
  }
}

/** Nearly all lanes of small segments have no frequent terms, and then leave this out. */
export const NO_FREQUENT_TERMS = new FrequentTermsBuilder('keyword').finish()

function encodeLaneIndex(index: LaneIndex): Uint8Array {
  const out = new ByteWriter(index.sparseIndex.length + index.frequentTerms.length + 8)
  out.varint(index.sparseIndex.length)
  out.append(index.sparseIndex)
  if (index.frequentTerms.length > NO_FREQUENT_TERMS.length) out.append(index.frequentTerms)
  return out.take()
}

/** What the footer would keep of a lane without entries: it is not written, but easiest to read as if it were. */
export const EMPTY_LANE_INDEX = encodeLaneIndex(
  new DictionaryWriter('keyword', { postingsAt: 0, positionsAt: 0 }).finish(),
)
