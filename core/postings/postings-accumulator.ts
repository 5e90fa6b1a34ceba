import { assert } from '../assert.ts'

/** Numbers kept per term, side by side in one cache line. */
const STRIDE = 8
const [KEY, HEAD, CURSOR, END, LAST_DOC, LAST_POSITION, DOC_FREQ, LEVEL] = [0, 1, 2, 3, 4, 5, 6, 7] as const

/** A term's bytes lie in chunks of 8, 16, 32 … up to this many, each followed by the offset of the next. */
const CHUNK_SIZE_MIN = 8
const LEVEL_MAX = 9
const LINK_SIZE = 4

/** One term's postings, decoded; the arrays are reused and hold at least `count` and `positionCount` numbers. */
export class PostingsBuffer {
  count = 0
  positionCount = 0
  docIds = new Uint32Array(256)
  freqs = new Uint32Array(256)
  positions = new Uint32Array(1024)

  /** Makes room for so many documents in all. */
  reserveDocs(count: number): void {
    this.docIds = grownTo(this.docIds, count)
    this.freqs = grownTo(this.freqs, count)
  }

  reservePositions(count: number): void {
    this.positions = grownTo(this.positions, count)
  }
}

/**
 * Postings of one field and lane under construction, for terms that the caller numbers as it
 * likes. Documents come in ascending order. No object is made per term or posting: all bytes are
 * varints in one pool, all numbers in one array, and both grow by doubling.
 */
export class PostingsAccumulator {
  readonly #withPositions: boolean
  #count = 0
  #state = new Uint32Array(64 * STRIDE)
  /** Open addressing from keys to indices plus one; at most half full. */
  #slots = new Uint32Array(128)
  #shift = 32 - 7
  #pool = new Uint8Array(2048)
  /** Offset 0 means "none" in links. */
  #poolEnd = 1

  constructor(kind: 'documents' | 'positions') {
    this.#withPositions = kind === 'positions'
  }

  /** Distinct terms so far; they have indices in [0, count) in the order in which they came. */
  get count(): number {
    return this.#count
  }

  /** The caller's number of the term at `index`. */
  key(index: number): number {
    return this.#state[index * STRIDE + KEY]!
  }

  docFreq(index: number): number {
    return this.#state[index * STRIDE + DOC_FREQ]!
  }

  /** The index of the term that the caller numbers `key`; new terms are appended. */
  intern(key: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    const state = this.#state
    let slot = Math.imul(key, 0x9e3779b1) >>> this.#shift
    for (;;) {
      const found = slots[slot]!
      if (found === 0) return this.#insert(slot, key)
      if (state[(found - 1) * STRIDE + KEY] === key) return found - 1
      slot = (slot + 1) & mask
    }
  }

  /** Notes that document `doc` has the term at `index`; again is no harm. Documents ascend. */
  addDocument(index: number, doc: number): void {
    const at = index * STRIDE
    const state = this.#state
    if (state[at + LAST_DOC] === doc + 1) return
    this.#write(at, this.#nextDocument(at, doc))
  }

  /** Notes that document `doc` has the term at `index` at `position`. Documents ascend, and positions within one. */
  addPosition(index: number, doc: number, position: number): void {
    const at = index * STRIDE
    const state = this.#state
    if (state[at + LAST_DOC] !== doc + 1) {
      this.#write(at, this.#nextDocument(at, doc) * 2)
      state[at + LAST_POSITION] = 0
    }
    // The lowest bit tells positions from documents, so that a document's frequency need not be known beforehand.
    this.#write(at, (position - state[at + LAST_POSITION]!) * 2 + 1)
    state[at + LAST_POSITION] = position
  }

  /** Decodes the postings of the term at `index`. */
  read(index: number, into: PostingsBuffer): void {
    const at = index * STRIDE
    const state = this.#state
    into.reserveDocs(state[at + DOC_FREQ]!)
    const reader = new ChunkReader(this.#pool, state[at + HEAD]!, state[at + CURSOR]!)
    if (this.#withPositions) readPositions(reader, into)
    else readDocuments(reader, into)
    assert(into.count === state[at + DOC_FREQ], 'a term has as many documents as were added')
  }

  /** @returns how far `doc` is from the term's previous document */
  #nextDocument(at: number, doc: number): number {
    const state = this.#state
    const gap = doc + 1 - state[at + LAST_DOC]!
    assert(gap > 0, 'documents are added in ascending order')
    state[at + LAST_DOC] = doc + 1
    state[at + DOC_FREQ]!++
    return gap
  }

  #write(at: number, value: number): void {
    let rest = value
    while (rest > 0x7f) {
      this.#writeByte(at, (rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.#writeByte(at, rest)
  }

  #writeByte(at: number, byte: number): void {
    const state = this.#state
    if (state[at + CURSOR] === state[at + END]) this.#addChunk(at)
    const cursor = state[at + CURSOR]!
    this.#pool[cursor] = byte
    state[at + CURSOR] = cursor + 1
  }

  #addChunk(at: number): void {
    const state = this.#state
    const level = state[at + LEVEL]!
    const size = CHUNK_SIZE_MIN << level
    const start = this.#poolEnd
    this.#poolEnd += size + LINK_SIZE
    if (this.#poolEnd > this.#pool.length) this.#growPool()
    if (state[at + HEAD] === 0) state[at + HEAD] = start
    else writeLink(this.#pool, state[at + END]!, start)
    state[at + CURSOR] = start
    state[at + END] = start + size
    state[at + LEVEL] = Math.min(level + 1, LEVEL_MAX)
  }

  #insert(slot: number, key: number): number {
    const index = this.#count++
    this.#slots[slot] = index + 1
    if (index * STRIDE === this.#state.length) {
      const grown = new Uint32Array(this.#state.length * 2)
      grown.set(this.#state)
      this.#state = grown
    }
    this.#state[index * STRIDE + KEY] = key
    if (this.#count * 2 > this.#slots.length) this.#growSlots()
    return index
  }

  #growSlots(): void {
    this.#shift--
    const slots = new Uint32Array(this.#slots.length * 2)
    for (let index = 0; index < this.#count; index++) {
      let slot = Math.imul(this.key(index), 0x9e3779b1) >>> this.#shift
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = index + 1
    }
    this.#slots = slots
  }

  #growPool(): void {
    const size = Math.max(this.#pool.length * 2, this.#poolEnd)
    assert(size <= 2 ** 32, 'the postings of one batch take less than 4 GiB')
    const grown = new Uint8Array(size)
    grown.set(this.#pool)
    this.#pool = grown
  }
}

/** Reads the varints of one term, chunk by chunk. */
class ChunkReader {
  readonly #pool: Uint8Array
  readonly #cursor: number
  #at: number
  #chunkEnd: number
  #level = 1

  constructor(pool: Uint8Array, head: number, cursor: number) {
    this.#pool = pool
    this.#cursor = cursor
    this.#at = head
    this.#chunkEnd = head + CHUNK_SIZE_MIN
  }

  get done(): boolean {
    return this.#at === this.#cursor
  }

  next(): number {
    let byte = this.#byte()
    let value = byte & 0x7f
    for (let shift = 7; byte > 0x7f; shift += 7) {
      byte = this.#byte()
      value |= (byte & 0x7f) << shift
    }
    return value >>> 0
  }

  #byte(): number {
    if (this.#at === this.#chunkEnd) {
      this.#at = readLink(this.#pool, this.#chunkEnd)
      this.#chunkEnd = this.#at + (CHUNK_SIZE_MIN << this.#level)
      this.#level = Math.min(this.#level + 1, LEVEL_MAX)
    }
    return this.#pool[this.#at++]!
  }
}

function readDocuments(reader: ChunkReader, into: PostingsBuffer): void {
  let doc = -1
  into.count = 0
  into.positionCount = 0
  while (!reader.done) {
    doc += reader.next()
    into.docIds[into.count++] = doc
  }
}

function readPositions(reader: ChunkReader, into: PostingsBuffer): void {
  const { docIds, freqs } = into
  let { positions } = into
  let doc = -1
  let position = 0
  let count = 0
  let positionCount = 0
  while (!reader.done) {
    const value = reader.next()
    if ((value & 1) === 0) {
      doc += value >>> 1
      docIds[count] = doc
      freqs[count++] = 0
      position = 0
      continue
    }
    if (positionCount === positions.length) {
      into.reservePositions(positionCount + 1)
      positions = into.positions
    }
    position += value >>> 1
    positions[positionCount++] = position
    freqs[count - 1]!++
  }
  into.count = count
  into.positionCount = positionCount
}

function writeLink(pool: Uint8Array, at: number, target: number): void {
  pool[at] = target
  pool[at + 1] = target >>> 8
  pool[at + 2] = target >>> 16
  pool[at + 3] = target >>> 24
}

function readLink(pool: Uint8Array, at: number): number {
  return (pool[at]! | (pool[at + 1]! << 8) | (pool[at + 2]! << 16) | (pool[at + 3]! << 24)) >>> 0
}

function grownTo(array: Uint32Array<ArrayBuffer>, count: number): Uint32Array<ArrayBuffer> {
  if (count <= array.length) return array
  const grown = new Uint32Array(Math.max(count, array.length * 2))
  grown.set(array)
  return grown
}
