import { ByteWriter } from '../bytes/byte-writer.ts'

/** Strings as consecutive UTF-8: string i is `bytes[ends[i - 1], ends[i])`, and the first one starts at 0. */
export type TermTable = { readonly bytes: Uint8Array; readonly ends: Uint32Array; readonly count: number }

/** Maximum length of a run that is sorted by insertion. */
const INSERTION_MAX = 16
const KEY_SIZE = 8
const ENCODER = new TextEncoder()

/** Collects byte strings: string i is `bytesAt(i)`, which may be a view that is valid only until the next call. */
export function tableOfBytes(count: number, bytesAt: (i: number) => Uint8Array): TermTable {
  const pool = new ByteWriter(count * 12)
  const ends = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    pool.append(bytesAt(i))
    ends[i] = pool.length
  }
  return { bytes: pool.bytes, ends, count }
}

/** Encodes strings as UTF-8. Lone surrogates become U+FFFD, so different strings may become equal. */
export function tableOfStrings(strings: readonly string[]): TermTable {
  const pool = new ByteWriter(strings.length * 12)
  const ends = new Uint32Array(strings.length)
  for (const [i, text] of strings.entries()) {
    // A UTF-16 unit takes at most three bytes.
    pool.reserve(text.length * 3)
    pool.length += encodeUtf8Into(text, pool.bytes, pool.length)
    ends[i] = pool.length
  }
  return { bytes: pool.bytes, ends, count: strings.length }
}

/** A view of the bytes of string `i`. */
export function termBytesAt(table: TermTable, i: number): Uint8Array {
  return table.bytes.subarray(termStart(table, i), table.ends[i]!)
}

/** The start of string `i`. */
export function termStart(table: TermTable, i: number): number {
  return i === 0 ? 0 : table.ends[i - 1]!
}

/**
 * The indices of the strings in ascending byte order; equal strings keep their order. A million terms take about 0.2 s.
 *
 * Each eight bytes form a key of two words. A radix sort orders the keys byte by byte, and runs of equal keys continue
 * with their next eight bytes.
 */
export function sortTerms(table: TermTable): Uint32Array {
  const order = new Uint32Array(table.count)
  for (let i = 0; i < table.count; i++) order[i] = i
  new TermSorter(table, order).sort(0, table.count, 0)
  return order
}

class TermSorter {
  readonly #table: TermTable
  readonly #order: Uint32Array
  readonly #high: Uint32Array
  readonly #low: Uint32Array
  readonly #spare: readonly [Uint32Array, Uint32Array, Uint32Array]
  readonly #counts = new Uint32Array(KEY_SIZE * 256)

  constructor(table: TermTable, order: Uint32Array) {
    const size = table.count > INSERTION_MAX ? table.count : 0
    this.#table = table
    this.#order = order
    this.#high = new Uint32Array(size)
    this.#low = new Uint32Array(size)
    this.#spare = [new Uint32Array(size), new Uint32Array(size), new Uint32Array(size)]
  }

  /** Sorts `order[from, to)`, whose strings have equal first `depth` bytes. */
  sort(from: number, to: number, depth: number): void {
    if (to - from <= INSERTION_MAX) {
      this.#insertionSort(from, to, depth)
      return
    }
    const longest = this.#loadKeys(from, to, depth)
    this.#radixSort(from, to)
    for (let start = from; start < to; ) {
      let end = start + 1
      while (end < to && this.#high[end] === this.#high[start] && this.#low[end] === this.#low[start]) end++
      // If all strings end within the key, they differ only in the number of zero bytes at their ends.
      if (end - start > 1 && longest > depth + KEY_SIZE) this.sort(start, end, depth + KEY_SIZE)
      else if (end - start > 1) this.#order.subarray(start, end).sort((a, b) => this.#length(a) - this.#length(b))
      start = end
    }
  }

  /** Reads the next eight bytes of each string, with zeros past its end. @returns the length of the longest string */
  #loadKeys(from: number, to: number, depth: number): number {
    const { bytes, ends } = this.#table
    let longest = 0
    for (let i = from; i < to; i++) {
      const term = this.#order[i]!
      const start = term === 0 ? 0 : ends[term - 1]!
      const end = ends[term]!
      longest = Math.max(longest, end - start)
      this.#high[i] = wordAt(bytes, start + depth, end)
      this.#low[i] = wordAt(bytes, start + depth + 4, end)
    }
    return longest
  }

  #radixSort(from: number, to: number): void {
    this.#countBytes(from, to)
    for (let digit = 0; digit < KEY_SIZE; digit++) {
      const keys = digit < 4 ? this.#low : this.#high
      const shift = (digit & 3) * 8
      const counts = this.#counts.subarray(digit * 256, digit * 256 + 256)
      if (counts[(keys[from]! >>> shift) & 255] === to - from) continue
      let next = from
      for (let byte = 0; byte < 256; byte++) {
        const count = counts[byte]!
        counts[byte] = next
        next += count
      }
      this.#distribute(from, to, { keys, shift, nexts: counts })
    }
  }

  #countBytes(from: number, to: number): void {
    const counts = this.#counts.fill(0)
    for (let i = from; i < to; i++) {
      const low = this.#low[i]!
      const high = this.#high[i]!
      for (let digit = 0; digit < 4; digit++) {
        counts[digit * 256 + ((low >>> (digit * 8)) & 255)]!++
        counts[(digit + 4) * 256 + ((high >>> (digit * 8)) & 255)]!++
      }
    }
  }

  /** One stable pass: moves each string to the next place in the run of its byte. */
  #distribute(from: number, to: number, by: { keys: Uint32Array; shift: number; nexts: Uint32Array }): void {
    const { keys, shift, nexts } = by
    const [spareOrder, spareHigh, spareLow] = this.#spare
    for (let i = from; i < to; i++) {
      const target = nexts[(keys[i]! >>> shift) & 255]!++
      spareOrder[target] = this.#order[i]!
      spareHigh[target] = this.#high[i]!
      spareLow[target] = this.#low[i]!
    }
    this.#order.set(spareOrder.subarray(from, to), from)
    this.#high.set(spareHigh.subarray(from, to), from)
    this.#low.set(spareLow.subarray(from, to), from)
  }

  #insertionSort(from: number, to: number, depth: number): void {
    const order = this.#order
    for (let i = from + 1; i < to; i++) {
      const term = order[i]!
      let at = i
      while (at > from && this.#compare(order[at - 1]!, term, depth) > 0) {
        order[at] = order[at - 1]!
        at--
      }
      order[at] = term
    }
  }

  #compare(a: number, b: number, depth: number): number {
    const { bytes, ends } = this.#table
    const endA = ends[a]!
    const endB = ends[b]!
    let atA = (a === 0 ? 0 : ends[a - 1]!) + depth
    let atB = (b === 0 ? 0 : ends[b - 1]!) + depth
    while (atA < endA && atB < endB) {
      const difference = bytes[atA++]! - bytes[atB++]!
      if (difference !== 0) return difference
    }
    return endA - atA - (endB - atB)
  }

  #length(term: number): number {
    return this.#table.ends[term]! - (term === 0 ? 0 : this.#table.ends[term - 1]!)
  }
}

/** Four bytes in big-endian order, with zeros from `end` on. */
function wordAt(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 <= end) return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  let word = 0
  for (let i = 0; i < 4; i++) word = (word << 8) | (at + i < end ? bytes[at + i]! : 0)
  return word
}

/**
 * Writes a string that fits. Copying ASCII here is four times as fast as a runtime call.
 * @returns its length in bytes
 */
function encodeUtf8Into(text: string, bytes: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return ENCODER.encodeInto(text, bytes.subarray(at)).written
    bytes[at + i] = unit
  }
  return text.length
}
