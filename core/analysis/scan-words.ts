import { finishHash, HASH_PRIME, HASH_SEED } from './hash-bytes.ts'
import { CLASS_MASK, EXTEND, FORMAT, type Tailoring, UNSPACED, wordBreakTable, ZWJ } from './word-break-table.ts'
import { ENDS_WORD, WordWalker } from './word-end.ts'

/** Longer words are cut into pieces of at most so many UTF-8 bytes, at code points, each a word of its own. */
export const TOKEN_BYTES_MAX = 255

/** Zero bytes that must follow a text, so that looking ahead needs no bounds. */
export const SCAN_PADDING = 4

/** Bits of what must stand on both sides of an ASCII sign for it to join them, as in word-end.ts. */
const LETTER = 1
const NUMBER = 2

/**
 * Finds the words of texts: the segments of UAX #29 that hold a letter, a digit or
 * an emoji, and pairs of letters in scripts that put no spaces between words.
 *
 * Text is scanned as UTF-8 bytes. Words of ASCII alone, which may be joined by
 * signs as in `can't` and `3.14`, are found by a byte table; where anything else
 * touches a word the {@link WordWalker} takes over from the word's start, so both
 * ways agree. Found words are the arrays' first {@link count} entries.
 */
export class WordScanner {
  /** Byte ranges, half-open. Pairs of letters overlap; otherwise words are disjoint and in order. */
  starts = new Uint32Array(256)
  ends = new Uint32Array(256)
  /** Of the word's bytes after ASCII letters were lower-cased. */
  hashes = new Uint32Array(256)
  count = 0

  /** By byte: the lower-case byte where ASCII letters, digits and `_` are, otherwise 0. */
  readonly #word = new Uint8Array(256)
  /** By byte: itself, or its lower case. */
  readonly #lower = new Uint8Array(256)
  readonly #tailoring: Tailoring
  #walker: WordWalker | undefined

  /** `keepsCapitalI`: the bytes' lower case of `I` is left to later, as in Turkish it is no `i`. */
  constructor(tailoring: Tailoring, options: { readonly keepsCapitalI: boolean }) {
    this.#tailoring = tailoring
    for (let byte = 0; byte < 256; byte++) {
      const isCapital = byte >= 0x41 && byte <= 0x5a && !(options.keepsCapitalI && byte === 0x49)
      this.#lower[byte] = isCapital ? byte + 32 : byte
      if (byte < 0x80 && (ASCII_KIND[byte] !== 0 || byte === 0x5f)) this.#word[byte] = this.#lower[byte]!
    }
  }

  /**
   * Finds the words of `bytes[0, length)`, which must be valid UTF-8 with
   * {@link SCAN_PADDING} zeros after it, and lower-cases their ASCII letters in place.
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
        // Underscores alone are no word.
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
   * The same as {@link scan} by the general rules alone: slower, and the measure of
   * whether the fast path is right.
   */
  scanByRules(bytes: Uint8Array, length: number): void {
    this.#reserve(wordsMax(length))
    this.count = 0
    for (let i = 0; i < length; ) i = this.#scanSegment(bytes, i, length)
  }

  /** Segment by segment from `start`, a boundary, to one that is followed by an ASCII byte. */
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

  /** Letters, each with its marks, of a script without spaces: every two neighbours are a word, or the only one is. */
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

  /** Whether a word of ASCII letters, digits and underscores ends before the code point at `at`. */
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

/** Neighbouring words share two bytes at least: a sign between them, or a letter of three bytes that is one of them. */
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
