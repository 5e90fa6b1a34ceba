import { corrupt } from '../bytes/checksum.ts'
import { readColumn } from '../bytes/patched-column.ts'
import { VarintReader } from '../bytes/varint-reader.ts'
import { COLUMNS_MIN } from './encode-postings.ts'
import { ImpactFront } from './impacts.ts'
import type { PostingList, StoredList } from './posting-list.ts'

const EMPTY = new Uint32Array(0)
const FRONT = new ImpactFront()

/** Opens a list of less than one block. Decodes everything, which also verifies the bytes. */
export function openShortPostings(bytes: Uint8Array, list: StoredList): PostingList {
  const { docFreq, scored } = list
  const values = new Uint32Array(scored ? docFreq * 3 : docFreq)
  decodeShortPostings(bytes, list, values)
  return new ShortPostings(docFreq, values, scored)
}

/** Fills `values` with all docIds; if scored, then with all frequencies and all lengths. */
export function decodeShortPostings(bytes: Uint8Array, list: StoredList, values: Uint32Array): void {
  const { docFreq, docCount, source } = list
  if (docFreq < 1 || docFreq > docCount) throw corrupt(source, `has ${docFreq} documents of ${docCount}`)
  const reader = new VarintReader(bytes)
  const last = docFreq < COLUMNS_MIN ? readVarints(reader, values, list) : readColumns(reader, values, list)
  if (reader.at !== bytes.length) throw corrupt(source, `is ${bytes.length} bytes, its documents take ${reader.at}`)
  if (last >= docCount) throw corrupt(source, `has docId ${last} of ${docCount} documents`)
}

/** A list with one document; scored if a frequency and a length are given. */
export function singlePosting(docId: number, freq?: number, length?: number): PostingList {
  if (freq === undefined || length === undefined) return new ShortPostings(1, Uint32Array.of(docId), false)
  return new ShortPostings(1, Uint32Array.of(docId, freq, length), true)
}

/** Fills `values` from varints. @returns the last docId */
function readVarints(reader: VarintReader, values: Uint32Array, { docFreq, scored }: StoredList): number {
  let docId = -1
  for (let i = 0; i < docFreq; i++) {
    const head = reader.next()
    docId += (scored ? Math.floor(head / 2) : head) + 1
    values[i] = docId
    if (!scored) continue
    values[docFreq + i] = head % 2 === 0 ? 1 : reader.next() + 2
    values[2 * docFreq + i] = reader.next()
  }
  return docId
}

/** Fills `values` from columns. @returns the last docId */
function readColumns(reader: VarintReader, values: Uint32Array, { docFreq, scored }: StoredList): number {
  readColumn(reader, values, 0, docFreq)
  let docId = -1
  for (let i = 0; i < docFreq; i++) {
    docId += values[i]! + 1
    values[i] = docId
  }
  if (!scored) return docId
  readColumn(reader, values, docFreq, docFreq)
  for (let i = docFreq; i < 2 * docFreq; i++) values[i]!++
  readColumn(reader, values, 2 * docFreq, docFreq)
  return docId
}

class ShortPostings implements PostingList {
  readonly docFreq: number
  readonly blockCount = 1
  readonly scored: boolean
  readonly #values: Uint32Array
  #lastDocs: Uint32Array | undefined
  #impacts: { starts: Uint32Array; freqs: Uint32Array; lengths: Uint32Array } | undefined

  constructor(docFreq: number, values: Uint32Array, scored: boolean) {
    this.docFreq = docFreq
    this.scored = scored
    this.#values = values
  }

  // Created on first use: expanding a prefix opens thousands of lists and needs only their documents.
  get lastDocs(): Uint32Array {
    this.#lastDocs ??= this.#values.subarray(this.docFreq - 1, this.docFreq)
    return this.#lastDocs
  }

  get impactStarts(): Uint32Array {
    return this.#front().starts
  }

  get impactFreqs(): Uint32Array {
    return this.#front().freqs
  }

  get impactLengths(): Uint32Array {
    return this.#front().lengths
  }

  blockLength(_b: number): number {
    return this.docFreq
  }

  decodeDocs(_b: number, out: Uint32Array): void {
    this.#copy(0, out)
  }

  decodeFreqs(_b: number, out: Uint32Array): void {
    this.#copy(this.docFreq, out)
  }

  decodeLengths(_b: number, out: Uint32Array): void {
    this.#copy(2 * this.docFreq, out)
  }

  #copy(from: number, out: Uint32Array): void {
    const values = this.#values
    for (let i = 0; i < this.docFreq; i++) out[i] = values[from + i]!
  }

  #front(): { starts: Uint32Array; freqs: Uint32Array; lengths: Uint32Array } {
    this.#impacts ??= this.scored ? this.#computeImpacts() : { starts: EMPTY, freqs: EMPTY, lengths: EMPTY }
    return this.#impacts
  }

  #computeImpacts(): { starts: Uint32Array; freqs: Uint32Array; lengths: Uint32Array } {
    FRONT.clear()
    for (let i = 0; i < this.docFreq; i++) {
      FRONT.add(this.#values[this.docFreq + i]!, this.#values[2 * this.docFreq + i]!)
    }
    FRONT.cap()
    return {
      starts: Uint32Array.of(0, FRONT.count),
      freqs: FRONT.freqs.slice(0, FRONT.count),
      lengths: FRONT.lengths.slice(0, FRONT.count),
    }
  }
}
