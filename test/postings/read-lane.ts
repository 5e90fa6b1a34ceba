import { expect } from 'vitest'
import { BLOCK_SIZE } from '../../core/bytes/bit-packing.ts'
import { DictionaryWriter, type LaneIndex } from '../../core/dictionary/dictionary-writer.ts'
import type { Lane } from '../../core/dictionary/lane.ts'
import { SparseIndex } from '../../core/dictionary/sparse-index.ts'
import { openTermBlock, type TermBlock } from '../../core/dictionary/term-block.ts'
import { openPositions } from '../../core/postings/open-positions.ts'
import { openPostings } from '../../core/postings/open-postings.ts'
import { readPositions } from './read-positions.ts'

/** Where the lists of a test begin in their sections, as if they followed other lanes. */
export const SECTIONS = { postingsAt: 4096, positionsAt: 777 }

/** The output of a {@link DictionaryWriter}. */
export type Written = {
  readonly lane: Lane
  readonly index: LaneIndex
  readonly blocks: Uint8Array
  readonly postings: Uint8Array
  readonly positions: Uint8Array
}

export type StoredDoc = { docId: number; length?: number; positions?: number[] }
export type StoredTerm = { term: string; ownForm: boolean; indexedTerm: string; docs: StoredDoc[] }

/** Runs `fill` on a new writer and collects the output; `take` empties the writer in between. */
export function writeLane(lane: Lane, fill: (writer: DictionaryWriter, take: () => void) => void): Written {
  const writer = new DictionaryWriter(lane, SECTIONS)
  const pieces: { blocks: Uint8Array[]; postings: Uint8Array[]; positions: Uint8Array[] } = {
    blocks: [],
    postings: [],
    positions: [],
  }
  const take = () => {
    pieces.blocks.push(writer.blocks.take())
    pieces.postings.push(writer.postings.take())
    pieces.positions.push(writer.positions.take())
  }
  fill(writer, take)
  const index = writer.finish()
  take()
  const { blocks, postings, positions } = pieces
  return { lane, index, blocks: joined(blocks), postings: joined(postings), positions: joined(positions) }
}

export function openBlock(written: Written, b: number): TermBlock {
  const { start, end } = new SparseIndex(written.index.sparseIndex, 'index').range(b)
  return openTermBlock(written.blocks.subarray(start, end), { lane: written.lane, place: 'dictionary' }, 'block')
}

/** All entries of a lane with all their documents. */
export function readLane(written: Written): StoredTerm[] {
  const { blockCount } = new SparseIndex(written.index.sparseIndex, 'index')
  return Array.from({ length: blockCount }, (_, b) => {
    const block = openBlock(written, b)
    return Array.from({ length: block.count }, (_, i) => readTerm(written, block, i))
  }).flat()
}

/** The entry at index `i` of a block with all its documents. */
export function readTerm(written: Written, block: TermBlock, i: number): StoredTerm {
  const term = { term: block.term(i), ownForm: block.ownForm(i), indexedTerm: block.indexedTerm(i) }
  const scored = written.lane === 'text'
  const list = openPostingsOf(written, block, i)
  const positions = scored ? openPositionsOf(written, block, i) : undefined
  const docs: StoredDoc[] = []
  const [docIds, freqs, lengths] = [0, 1, 2].map(() => new Uint32Array(BLOCK_SIZE)) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ]
  for (let b = 0; b < list.blockCount; b++) {
    list.decodeDocs(b, docIds)
    if (scored) list.decodeFreqs(b, freqs)
    if (scored) list.decodeLengths(b, lengths)
    const all = positions ? readPositions(positions, b, freqs.subarray(0, list.blockLength(b))) : []
    for (let d = 0; d < list.blockLength(b); d++) {
      const docId = docIds[d]!
      docs.push(scored ? { docId, length: lengths[d]!, positions: all.splice(0, freqs[d]) } : { docId })
    }
  }
  return { ...term, docs }
}

function openPostingsOf(written: Written, block: TermBlock, i: number) {
  const inline = block.openPostings(i, { docCount: 2 ** 31, source: 'postings' })
  const { place, start, end } = block.postingsRange(i)
  expect(place).toBe(inline === undefined ? 'section' : 'block')
  if (inline !== undefined) return inline
  const bytes = written.postings.subarray(start - SECTIONS.postingsAt, end - SECTIONS.postingsAt)
  const scored = written.lane === 'text'
  return openPostings(bytes, { docFreq: block.docFreq(i), scored, docCount: 2 ** 31, source: 'postings' })
}

function openPositionsOf(written: Written, block: TermBlock, i: number) {
  const inline = block.openPositions(i, 'positions')
  const { place, start, end } = block.positionsRange(i)
  expect(place).toBe(inline === undefined ? 'section' : 'block')
  if (inline !== undefined) return inline
  const bytes = written.positions.subarray(start - SECTIONS.positionsAt, end - SECTIONS.positionsAt)
  return openPositions(bytes, { docFreq: block.docFreq(i), checksum: 'own', source: 'positions' })
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(pieces))
}
