import { assert } from '../assert.ts'
import { readDocIds, readPositions } from './accumulated-postings.ts'
import type { PostingsBuffer } from './postings-buffer.ts'

/** Numbers per term, which together take half a cache line. */
const STRIDE = 8
const [KEY, TAG, HEAD, CURSOR, END, LAST_DOC, LAST_POSITION, DOC_FREQ] = [0, 1, 2, 3, 4, 5, 6, 7] as const
/** The bits above the document frequency count the chunks of a term, up to {@link LEVEL_MAX}. */
const LEVEL_SHIFT = 28
const DOC_FREQ_MAX = 2 ** LEVEL_SHIFT - 1

/**
 * The bytes of a term are in chunks of 8, 16, 32 … up to 4,096 bytes. The offset of the next chunk follows each chunk.
 */
const CHUNK_SIZE_MIN = 8
const LEVEL_MAX = 10
const LINK_SIZE = 4

/** The step from a slot to the next: leads to another cache line, and is odd so that probing reaches every slot. */
const PROBE_STEP = 17

/**
 * Collects the postings of one lane of a field, for terms with arbitrary numbers. Documents arrive in ascending order.
 * Creates no object per term or posting: all varints are in one pool, all numbers in one array, and both grow by
 * doubling.
 */
export class PostingsAccumulator {
  readonly #withPositions: boolean
  #count = 0
  #state = new Uint32Array(64 * STRIDE)
  /**
   * Open addressing from keys to indices plus one, at most half full. Sixteen consecutive keys share a cache line: the
   * new words of a vocabulary have consecutive numbers, and if scattered, each would miss the cache.
   */
  #slots = new Uint32Array(128)
  #pool = new Uint8Array(2048)
  /** Offset 0 means "none" in links. */
  #poolEnd = 1
  /** Scratch space of {@link read} for the bytes of several chunks. */
  #gathered = new Uint8Array(2048)

  constructor(kind: 'documents' | 'positions') {
    this.#withPositions = kind === 'positions'
  }

  /** Number of distinct terms so far. Their indices are [0, count), in order of first appearance. */
  get count(): number {
    return this.#count
  }

  /** The caller's number of the term at `index`. */
  key(index: number): number {
    return this.#state[index * STRIDE + KEY]!
  }

  docFreq(index: number): number {
    return this.#state[index * STRIDE + DOC_FREQ]! & DOC_FREQ_MAX
  }

  /** A number that the caller stores with the term; initially 0. */
  tag(index: number): number {
    return this.#state[index * STRIDE + TAG]!
  }

  setTag(index: number, tag: number): void {
    this.#state[index * STRIDE + TAG] = tag
  }

  /** The index of the term with number `key`; appends a new term. */
  intern(key: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    const state = this.#state
    let slot = firstSlot(key, mask)
    for (;;) {
      const found = slots[slot]!
      if (found === 0) return this.#insert(slot, key)
      if (state[(found - 1) * STRIDE + KEY] === key) return found - 1
      slot = (slot + PROBE_STEP) & mask
    }
  }

  /** Records that document `doc` has the term at `index`. Documents ascend and may be repeated. */
  addDocument(index: number, doc: number): void {
    const at = index * STRIDE
    if (this.#state[at + LAST_DOC] !== doc + 1) this.#write(at, this.#nextDocument(at, doc))
  }

  /**
   * Records that document `doc` has the term at `index` at `position`. Documents ascend, and positions in a document.
   */
  addPosition(index: number, doc: number, position: number): void {
    const at = index * STRIDE
    const state = this.#state
    if (state[at + LAST_DOC] !== doc + 1) {
      this.#write(at, this.#nextDocument(at, doc) * 2)
      state[at + LAST_POSITION] = 0
    }
    // The lowest bit distinguishes positions from documents, so a document is written before its frequency is known.
    this.#write(at, (position - state[at + LAST_POSITION]!) * 2 + 1)
    state[at + LAST_POSITION] = position
  }

  /** Decodes the postings of the term at `index`. */
  read(index: number, into: PostingsBuffer): void {
    const at = index * STRIDE
    const head = this.#state[at + HEAD]!
    const cursor = this.#state[at + CURSOR]!
    const docFreq = this.docFreq(index)
    into.reserveDocs(docFreq)
    // Most terms have one chunk.
    const inOne = this.#state[at + END] === head + CHUNK_SIZE_MIN
    const bytes = inOne ? this.#pool : this.#gathered
    const start = inOne ? head : 0
    const end = inOne ? cursor : this.#gather(head, cursor)
    // `#gather` may have replaced the array.
    const from = inOne ? bytes : this.#gathered
    if (this.#withPositions) readPositions(from, start, end, into)
    else readDocIds(from, start, end, into)
    assert(into.count === docFreq, 'all documents of a term are decoded')
  }

  /** @returns the gap from the term's previous document to `doc` */
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
    let cursor = state[at + CURSOR]!
    if (cursor === state[at + END]) cursor = this.#addChunk(at)
    this.#pool[cursor] = byte
    state[at + CURSOR] = cursor + 1
  }

  /** Allocates the next chunk of a term. @returns the start of the chunk */
  #addChunk(at: number): number {
    const state = this.#state
    const level = Math.min((state[at + DOC_FREQ]! >>> LEVEL_SHIFT) + 1, LEVEL_MAX)
    const size = CHUNK_SIZE_MIN << (level - 1)
    const start = this.#poolEnd
    this.#poolEnd += size + LINK_SIZE
    if (this.#poolEnd > this.#pool.length) this.#growPool()
    if (state[at + HEAD] === 0) state[at + HEAD] = start
    else writeLink(this.#pool, state[at + END]!, start)
    state[at + END] = start + size
    state[at + DOC_FREQ] = (state[at + DOC_FREQ]! & DOC_FREQ_MAX) | (level << LEVEL_SHIFT)
    return start
  }

  /** Joins the chunks from `head` to `cursor` in `#gathered`. @returns their size in bytes */
  #gather(head: number, cursor: number): number {
    const pool = this.#pool
    let length = 0
    let start = head
    for (let level = 1; ; level = Math.min(level + 1, LEVEL_MAX)) {
      const end = start + (CHUNK_SIZE_MIN << (level - 1))
      const isLast = cursor > start && cursor <= end
      const size = (isLast ? cursor : end) - start
      if (length + size > this.#gathered.length) this.#gathered = grown(this.#gathered, length + size)
      this.#gathered.set(pool.subarray(start, start + size), length)
      length += size
      if (isLast) return length
      start = readLink(pool, end)
    }
  }

  #insert(slot: number, key: number): number {
    const index = this.#count++
    this.#slots[slot] = index + 1
    if (index * STRIDE === this.#state.length) {
      const state = new Uint32Array(this.#state.length * 2)
      state.set(this.#state)
      this.#state = state
    }
    this.#state[index * STRIDE + KEY] = key
    if (this.#count * 2 > this.#slots.length) this.#growSlots()
    return index
  }

  #growSlots(): void {
    const slots = new Uint32Array(this.#slots.length * 2)
    const mask = slots.length - 1
    for (let index = 0; index < this.#count; index++) {
      let slot = firstSlot(this.key(index), mask)
      while (slots[slot] !== 0) slot = (slot + PROBE_STEP) & mask
      slots[slot] = index + 1
    }
    this.#slots = slots
  }

  #growPool(): void {
    assert(this.#poolEnd <= 2 ** 32, 'the postings of one batch take less than 4 GiB')
    this.#pool = grown(this.#pool, this.#poolEnd)
  }
}

/**
 * The first slot to probe for a key: the upper bits select a cache line, and the lowest four bits select a slot in it.
 */
function firstSlot(key: number, mask: number): number {
  const line = Math.imul(key >>> 4, 0x9e3779b1)
  // The upper half of a product depends on more bits of the key than the lower half. The slot in a line also depends on
  // the line: otherwise keys that are multiples of 16 would all use the same slot of each line.
  return (((line ^ (line >>> 15)) << 4) | ((key ^ (line >>> 20)) & 15)) & mask
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

function grown(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(size, bytes.length * 2))
  larger.set(bytes)
  return larger
}
