import { ByteWriter } from '../../bytes/byte-writer.ts'
import { DictionaryWriter, type LaneIndex } from '../../dictionary/dictionary-writer.ts'
import { FrequentTermsBuilder } from '../../dictionary/frequent-terms.ts'
import type { Lane } from '../../dictionary/lane.ts'
import type { FieldNumber } from '../../fields/field.ts'
import { LANE_SECTIONS, SectionKind } from './segment-format.ts'
import type { SegmentWriter } from './segment-writer.ts'
import { writeValueHashes } from './value-hashes.ts'

/** Writes one lane of one field: its dictionary, and the lists that are too long to be part of it. */
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

  /** Moves complete entries to the file if they take more than `bytesMax`. Only to be called between terms. */
  flushIfLarge(bytesMax: number): void {
    const { blocks, postings, positions, hashes } = this.dictionary
    if (blocks.length + postings.length + positions.length + hashes.length > bytesMax) this.#flush()
  }

  /** Completes the lane. A lane without entries has no section. */
  finish(): void {
    const index = this.dictionary.finish()
    if (index.entryCount === 0) return
    if (this.#lane === 'keyword') this.#out.ranges.addKeywords(this.#field, this.dictionary.ends)
    this.#flush(encodeLaneIndex(index))
  }

  /** The last section of terms carries the index, even if it has no bytes of its own. */
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

/** Encodes that a lane has no frequent terms, as in most small segments. The footer omits it. */
export const NO_FREQUENT_TERMS = new FrequentTermsBuilder('keyword').finish()

function encodeLaneIndex(index: LaneIndex): Uint8Array {
  const out = new ByteWriter(index.sparseIndex.length + index.frequentTerms.length + 8)
  out.varint(index.sparseIndex.length)
  out.append(index.sparseIndex)
  if (index.frequentTerms.length > NO_FREQUENT_TERMS.length) out.append(index.frequentTerms)
  return out.take()
}

/** The index of a lane without entries. It is never written; readers use it in place of the missing section's. */
export const EMPTY_LANE_INDEX = encodeLaneIndex(
  new DictionaryWriter('keyword', { postingsAt: 0, positionsAt: 0 }).finish(),
)
