import { BLOCK_SIZE } from '../../bytes/bit-packing.ts'
import { compareToSpan } from '../../bytes/compare-bytes.ts'
import { hashKey } from '../../bytes/hash-key.ts'
import type { Lane } from '../../dictionary/lane.ts'
import type { FieldNumber } from '../../fields/field.ts'
import type { PositionList, PostingList } from '../../postings/posting-list.ts'
import { sectionsOf } from '../format/footer.ts'
import { carryOut } from '../format/read-plan.ts'
import { LANE_SECTIONS, SectionKind } from '../format/segment-format.ts'
import { readValueHashes, VALUE_HASH_BYTES } from '../format/value-hashes.ts'
import { LaneCursor } from '../merge/lane-cursor.ts'
import type { LiveSource } from '../merge/live-documents.ts'
import { nameOf, type SegmentScrub } from './scrub-finding.ts'

/** Entries between two checks of the abort signal. */
const ENTRIES_PER_CHECK = 1024

/**
 * Checks one dictionary of a segment and all its lists: terms ascend; docIds are in range and
 * ascend, and there are as many as the doc frequency says; lengths are those of the documents;
 * positions ascend in each document; and frequencies add up to the number of tokens in the lengths.
 */
export async function scrubLane(
  scrub: SegmentScrub,
  source: LiveSource,
  { field, lane }: { readonly field: FieldNumber; readonly lane: Lane },
): Promise<void> {
  const { find, signal } = scrub
  const { store, reader } = source
  const isText = lane === 'text'
  const lengths = isText ? await carryOut(store, reader.columns.lengths(field)) : undefined
  const cursor = new LaneCursor(source, { field, lane }, { lists: isText ? 'positions' : 'postings' })
  const section = nameOf(LANE_SECTIONS[lane].postings, field)
  const check = new ListCheck(reader.docCount, lengths)
  const hashes = lane === 'keyword' ? await valueHashesOf(source, field) : undefined
  let previous: Uint8Array | undefined
  let count = 0
  await cursor.start()
  while (cursor.term !== undefined) {
    if (count++ % ENTRIES_PER_CHECK === 0) signal?.throwIfAborted()
    const { term } = cursor
    const order = previous === undefined ? -1 : compareToSpan(previous, term, 0, term.length)
    if (order > 0 || (order === 0 && lane !== 'form')) {
      const found = `${show(term)} after ${show(previous!)}`
      find({ section: nameOf(LANE_SECTIONS[lane].terms, field), found, expected: 'ascending terms' })
    }
    const list = cursor.postings()
    const found = check.postings(list)
    if (found !== undefined) find({ section, found: `${show(term)}: ${found}`, expected: 'documents of the segment' })
    else if (isText) {
      const places = check.positions(list, cursor.positions())
      const expected = 'ascending positions'
      if (places !== undefined)
        find({ section: nameOf(SectionKind.positions, field), found: `${show(term)}: ${places}`, expected })
    }
    if (hashes !== undefined && !isHashOf(term, hashes, count - 1)) {
      const found = `another hash of value ${count - 1}`
      find({ section: nameOf(SectionKind.valueHashes, field), found, expected: `that of ${show(term)}` })
    }
    previous = term.slice()
    await cursor.advance()
  }
  const size = reader.terms.laneSize(field, lane)
  if (hashes !== undefined && hashes.byteLength !== size * VALUE_HASH_BYTES) {
    const found = `${hashes.byteLength} bytes`
    find({ section: nameOf(SectionKind.valueHashes, field), found, expected: `${size * VALUE_HASH_BYTES} bytes` })
  }
  if (count !== size)
    find({ section: nameOf(LANE_SECTIONS[lane].terms, field), found: `${count} entries`, expected: `${size} entries` })
  if (lengths === undefined) return
  const tokens = lengths.reduce((sum, length) => sum + Math.max(0, length - 1), 0)
  if (check.tokenCount !== tokens)
    find({ section, found: `${check.tokenCount} tokens`, expected: `${tokens} tokens, by the lengths` })
}

async function valueHashesOf({ store, reader }: LiveSource, field: FieldNumber): Promise<DataView> {
  const pieces = sectionsOf(reader.footer, SectionKind.valueHashes, field)
  const bytes = await carryOut(store, readValueHashes(reader.bytes, pieces))
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function isHashOf(term: Uint8Array, hashes: DataView, ordinal: number): boolean {
  const at = ordinal * VALUE_HASH_BYTES
  if (at + VALUE_HASH_BYTES > hashes.byteLength) return false
  const { first, second } = hashKey(term)
  return hashes.getUint32(at, true) === first && hashes.getUint32(at + 4, true) === second
}

/** Describes the first fault of a list, if any, and counts tokens. */
class ListCheck {
  readonly #docCount: number
  readonly #lengths: Uint32Array | undefined
  readonly #docs = new Uint32Array(BLOCK_SIZE)
  readonly #freqs = new Uint32Array(BLOCK_SIZE)
  #positions: Uint32Array = new Uint32Array(2 * BLOCK_SIZE)
  readonly #blockLengths = new Uint32Array(BLOCK_SIZE)
  tokenCount = 0

  /** @param lengths the text field's length + 1 by docId; undefined for lists without scores */
  constructor(docCount: number, lengths: Uint32Array | undefined) {
    this.#docCount = docCount
    this.#lengths = lengths
  }

  postings(list: PostingList): string | undefined {
    let last = -1
    let docFreq = 0
    for (let b = 0; b < list.blockCount; b++) {
      const length = list.blockLength(b)
      docFreq += length
      list.decodeDocs(b, this.#docs)
      if (list.scored) {
        list.decodeFreqs(b, this.#freqs)
        list.decodeLengths(b, this.#blockLengths)
      }
      for (let i = 0; i < length; i++) {
        const docId = this.#docs[i]!
        if (docId <= last || docId >= this.#docCount) return `document ${docId} of ${this.#docCount} after ${last}`
        last = docId
        if (!list.scored || this.#lengths === undefined) continue
        const expected = this.#lengths[docId]! - 1
        if (this.#blockLengths[i] !== expected)
          return `length ${this.#blockLengths[i]} of document ${docId}, whose field has ${expected} tokens`
        this.tokenCount += this.#freqs[i]!
      }
      if (list.lastDocs[b] !== last) return `block ${b} ends at document ${last}, its index says ${list.lastDocs[b]}`
    }
    return docFreq === list.docFreq ? undefined : `${docFreq} documents, the dictionary says ${list.docFreq}`
  }

  positions(list: PostingList, positions: PositionList): string | undefined {
    for (let b = 0; b < list.blockCount; b++) {
      const length = list.blockLength(b)
      list.decodeDocs(b, this.#docs)
      list.decodeFreqs(b, this.#freqs)
      const places = positions.decode(b, this.#freqs.subarray(0, length), this.#positions)
      this.#positions = places
      let at = 0
      for (let i = 0; i < length; i++) {
        for (let last = -1, end = at + this.#freqs[i]!; at < end; at++) {
          if (places[at]! <= last) return `position ${places[at]} of document ${this.#docs[i]} after ${last}`
          last = places[at]!
        }
      }
    }
    return undefined
  }
}

function show(term: Uint8Array): string {
  return JSON.stringify(Buffer.from(term.subarray(0, 80)).toString())
}
