import { finishHash, HASH_PRIME, HASH_SEED } from './hash-bytes.ts'
import { CLASS_MASK, EXTEND, FORMAT, type Tailoring, UNSPACED, wordBreakTable, ZWJ } from './word-break-table.ts'
import { ENDS_WORD, WordWalker } from './word-end.ts'

/** Maximum UTF-8 bytes of a word. A longer word is cut at code points into pieces, each of which becomes a word. */
export const TOKEN_BYTES_MAX = 255

/** Zero bytes that must follow a text, so looking ahead needs no bounds checks. */
export const SCAN_PADDING = 4

/** Kinds of characters, as bits. An ASCII sign joins its two neighbours if they share a kind that it joins. */
const LETTER = 1
const NUMBER = 2

/**
 * Finds the words of texts: the segments of UAX #29 that contain a letter, a digit or an emoji, and pairs of letters in
 * scripts that put no spaces between words.
 *
 * Scans a text as UTF-8 bytes. A byte table finds words of ASCII alone, including those with signs inside (`can't`,
 * `3.14`). If another character touches a word, the {@link WordWalker} takes over from the start of the word, so both
 * ways agree. The found words are the first {@link count} entries of the arrays.
 */
export class WordScanner {
  /** Half-open byte ranges, in order. Pairs of letters overlap; other words are disjoint. */
  starts = new Uint32Array(256)
  ends = new Uint32Array(256)
  /** Hashes of the words' bytes, with ASCII letters in lower case. */
  hashes = new Uint32Array(256)
  count = 0

  /** By byte: its lower case if it is an ASCII letter, a digit or `_`, otherwise 0. */
  readonly #word = new Uint8Array(256)
  /** By byte: its lower case if it is an ASCII letter, otherwise the byte itself. */
  readonly #lower = new Uint8Array(256)
  readonly #tailoring: Tailoring
  #walker: WordWalker | undefined

  /** @param options `keepsCapitalI` leaves `I` unchanged, because its lower case in Turkish is not `i` */
  constructor(tailoring: Tailoring, options: { readonly keepsCapitalI: boolean }) {
    this.#tailoring = tailoring
    for (let byte = 0; byte < 256; byte++) {
      const isCapital = byte >= 0x41 && byte <= 0x5a && !(options.keepsCapitalI && byte === 0x49)
      this.#lower[byte] = isCapital ? byte + 32 : byte
      if (byte < 0x80 && (ASCII_KIND[byte] !== 0 || byte === 0x5f)) this.#word[byte] = this.#lower[byte]!
    }
  }

  /**
   * Finds the words of `bytes[0, length)` and lower-cases their ASCII letters in place. The bytes must be valid UTF-8,
   * followed by {@link SCAN_PADDING} zeros.
   */
  scan(bytes: Uint8Array, length: number): void {
    this.#reserve(wordsMax(length))
    const { starts, ends, hashes } = this
    const word = this.#word
    let count = 0
    let i = 0
    while (i < length) {
      let byte = word[bytes[i]!]!
      if (byte === 0) {
        if (bytes[i]! < 0x80) i++
        else {
          this.count = count
          i = this.#scanSegments(bytes, i, length)
          count = this.count
        }
        continue
      }
      const start = i
      let hash = HASH_SEED
      let isPlain = true
      for (;;) {
        do {
          bytes[i] = byte
          hash = Math.imul(hash ^ byte, HASH_PRIME)
          byte = word[bytes[++i]!]!
        } while (byte !== 0)
        const stop = bytes[i]!
        if (stop >= 0x80) {
          isPlain = this.#endsWord(bytes, i)
          break
        }
        const joins = ASCII_JOINS[stop]! & ASCII_KIND[bytes[i - 1]!]!
        if (joins === 0) break
        const next = bytes[i + 1]!
        if (next >= 0x80) {
          isPlain = false
          break
        }
        if ((joins & ASCII_KIND[next]!) === 0) break
        hash = Math.imul(hash ^ stop, HASH_PRIME)
        byte = word[next]!
        i++
      }
      if (isPlain && i - start <= TOKEN_BYTES_MAX) {
        // Underscores alone are not a word.
        if (bytes[start] === 0x5f && isUnderscores(bytes, start, i)) continue
        starts[count] = start
        ends[count] = i
        hashes[count] = finishHash(hash)
        count++
      } else {
        this.count = count
        i = this.#scanSegments(bytes, start, length)
        count = this.count
      }
    }
    this.count = count
  }

  /**
   * Does the same as {@link scan} by the general rules alone. Slower; tests compare the fast path with it.
   */
  scanByRules(bytes: Uint8Array, length: number): void {
    this.#reserve(wordsMax(length))
    this.count = 0
    for (let i = 0; i < length; ) i = this.#scanSegment(bytes, i, length)
  }

  /** Scans segments from the boundary `start` until an ASCII byte follows. @returns the end of the last segment */
  #scanSegments(bytes: Uint8Array, start: number, length: number): number {
    let i = start
    do i = this.#scanSegment(bytes, i, length)
    while (i < length && bytes[i]! >= 0x80)
    return i
  }

  #scanSegment(bytes: Uint8Array, start: number, length: number): number {
    const walker = this.#openWalker()
    if ((walker.valueAt(bytes, start) & CLASS_MASK) === UNSPACED) return this.#scanUnspaced(bytes, start, length)
    const end = walker.wordEnd(bytes, start, length)
    if (walker.isWord) this.#add(bytes, start, end)
    else if (walker.emojiStart >= 0) this.#add(bytes, walker.emojiStart, end)
    return end
  }

  /**
   * Scans letters and their marks in a script without spaces. Every two neighbours are a word, and so is a lone letter.
   */
  #scanUnspaced(bytes: Uint8Array, start: number, length: number): number {
    let previous = -1
    let pairs = 0
    let letter = start
    for (;;) {
      const end = this.#endOfMarks(bytes, letter, length)
      if (previous >= 0) {
        this.#add(bytes, previous, end)
        pairs++
      }
      if (end >= length || (this.#openWalker().valueAt(bytes, end) & CLASS_MASK) !== UNSPACED) {
        if (pairs === 0) this.#add(bytes, letter, end)
        return end
      }
      previous = letter
      letter = end
    }
  }

  #endOfMarks(bytes: Uint8Array, at: number, length: number): number {
    const walker = this.#openWalker()
    walker.valueAt(bytes, at)
    let end = walker.next
    while (end < length) {
      const kind = walker.valueAt(bytes, end) & CLASS_MASK
      if (kind !== EXTEND && kind !== FORMAT && kind !== ZWJ) break
      end = walker.next
    }
    return end
  }

  /** Whether the code point at `at` ends a word of ASCII letters, digits and underscores. */
  #endsWord(bytes: Uint8Array, at: number): boolean {
    return ENDS_WORD[this.#openWalker().valueAt(bytes, at) & CLASS_MASK] === 1
  }

  /** Adds a word, or its pieces. */
  #add(bytes: Uint8Array, start: number, end: number): void {
    let from = start
    while (end - from > TOKEN_BYTES_MAX) {
      let to = from + TOKEN_BYTES_MAX
      while ((bytes[to]! & 0xc0) === 0x80) to--
      this.#addPiece(bytes, from, to)
      from = to
    }
    this.#addPiece(bytes, from, end)
  }

  #addPiece(bytes: Uint8Array, start: number, end: number): void {
    const lower = this.#lower
    let hash = HASH_SEED
    for (let i = start; i < end; i++) {
      const byte = lower[bytes[i]!]!
      bytes[i] = byte
      hash = Math.imul(hash ^ byte, HASH_PRIME)
    }
    this.starts[this.count] = start
    this.ends[this.count] = end
    this.hashes[this.count] = finishHash(hash)
    this.count++
  }

  #openWalker(): WordWalker {
    this.#walker ??= new WordWalker(wordBreakTable(this.#tailoring))
    return this.#walker
  }

  #reserve(capacity: number): void {
    if (capacity <= this.starts.length) return
    const size = Math.max(capacity, this.starts.length * 2)
    this.starts = grow(this.starts, size)
    this.ends = grow(this.ends, size)
    this.hashes = grow(this.hashes, size)
  }
}

const ASCII_KIND = new Uint8Array(256)
for (let byte = 0x30; byte <= 0x39; byte++) ASCII_KIND[byte] = NUMBER
for (let byte = 0x41; byte <= 0x5a; byte++) ASCII_KIND[byte] = ASCII_KIND[byte + 32] = LETTER

const ASCII_JOINS = new Uint8Array(256)
ASCII_JOINS[0x3a] = LETTER // :
ASCII_JOINS[0x2c] = ASCII_JOINS[0x3b] = NUMBER // , ;
ASCII_JOINS[0x2e] = ASCII_JOINS[0x27] = LETTER | NUMBER // . '

/** A word begins at most every two bytes: words have a sign between them, or they share a letter of three bytes. */
function wordsMax(length: number): number {
  return (length >>> 1) + 1
}

function isUnderscores(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0x5f) return false
  return true
}

function grow(array: Uint32Array<ArrayBuffer>, size: number): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(size)
  grown.set(array)
  return grown
}
