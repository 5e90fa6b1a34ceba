/**
 * Integers of a full block: documents of a posting list, or gaps between positions. Only the last block may have fewer.
 */
export const BLOCK_SIZE = 128

/** Reads a full block of integers from `words[at…]` into `out[0, BLOCK_SIZE)`, adding `add` to each (modulo 2^32). */
export type Unpack = (words: Uint32Array, at: number, out: Uint32Array, add: number) => void

/** Reads a full block of gaps, each stored minus one, and writes their running sums from `base`. */
export type UnpackDeltas = (words: Uint32Array, at: number, out: Uint32Array, base: number) => void

export const WIDTH_MAX = 32

/** The number of bits that every value up to `max` fits in; `max` is an integer below 2^32. 0 for 0. */
export function bitWidth(max: number): number {
  return 32 - Math.clz32(max)
}

/** The number of words that `count` integers of `width` bits take. */
export function packedWords(count: number, width: number): number {
  return Math.ceil((count * width) / 32)
}

/** Packs all of `values`, each below 2^`width`, like {@link pack}. */
export function packAll(values: Uint32Array, width: number): Uint32Array {
  const words = new Uint32Array(packedWords(values.length, width))
  pack(values, values.length, width, words, 0)
  return words
}

/**
 * Packs `values[0, count)`, each below 2^`width`, into `words` from `at` on. The integers follow each other from the
 * lowest bit of the first word, and may straddle two words.
 *
 * @returns the index after the last written word, up to which `words` must reach
 */
export function pack(values: Uint32Array, count: number, width: number, words: Uint32Array, at: number): number {
  if (width === 0) return at
  let word = 0
  let filled = 0
  let next = at
  for (let i = 0; i < count; i++) {
    const value = values[i]!
    word |= value << filled
    filled += width
    if (filled >= 32) {
      words[next++] = word
      filled -= 32
      // The part of the value that did not fit. A shift by 32 would be a shift by 0.
      word = filled === 0 ? 0 : value >>> (width - filled)
    }
  }
  if (filled > 0) words[next++] = word
  return next
}

/** Per width: the reader of a full block. Generated code, three to five times as fast as {@link unpackSome}. */
export const UNPACK: readonly Unpack[] = lazily((width) => compileUnpack(width))

/** Per width: the reader of a full block of ascending docIds. */
export const UNPACK_DELTAS: readonly UnpackDeltas[] = lazily((width) => compileUnpackDeltas(width))

/** Reads `count` integers of any width, for blocks that are not full and if code must not be generated. */
export function unpackSome(
  words: Uint32Array,
  at: number,
  out: Uint32Array,
  options: { readonly width: number; readonly count: number; readonly add: number },
): void {
  const { width, count, add } = options
  if (width === 0) {
    out.fill(add, 0, count)
    return
  }
  const mask = maskOf(width)
  for (let i = 0, bit = 0; i < count; i++, bit += width) {
    const word = at + (bit >>> 5)
    const shift = bit & 31
    let value = words[word]! >>> shift
    if (shift + width > 32) value |= words[word + 1]! << (32 - shift)
    out[i] = (value & mask) + add
  }
}

/** Reads `count` gaps, each stored minus one, as running sums from `base`. */
export function unpackSomeDeltas(
  words: Uint32Array,
  at: number,
  out: Uint32Array,
  options: { readonly width: number; readonly count: number; readonly base: number },
): void {
  const { width, count, base } = options
  unpackSome(words, at, out, { width, count, add: 1 })
  let sum = base
  for (let i = 0; i < count; i++) {
    sum += out[i]!
    out[i] = sum
  }
}

/** The reader of one width. With `generate` false, it is a loop, for environments that forbid `new Function`. */
export function compileUnpack(width: number, generate = canGenerate()): Unpack {
  if (width === 0 || !generate) {
    return (words, at, out, add) => unpackSome(words, at, out, { width, count: BLOCK_SIZE, add })
  }
  const lines = unrolled(width, (i, value) => `out[${i}]=${value}+add;`)
  return new Function('words', 'at', 'out', 'add', lines) as Unpack
}

/** The reader of docIds of one width; see {@link compileUnpack}. */
export function compileUnpackDeltas(width: number, generate = canGenerate()): UnpackDeltas {
  if (width === 0 || !generate) {
    return (words, at, out, base) => unpackSomeDeltas(words, at, out, { width, count: BLOCK_SIZE, base })
  }
  const lines = unrolled(width, (i, value) => `sum+=${value}+1;out[${i}]=sum;`)
  return new Function('words', 'at', 'out', 'sum', lines) as UnpackDeltas
}

/** Straight-line code for one full block: each word is loaded once, and all shifts and masks are constants. */
function unrolled(width: number, emit: (i: number, value: string) => string): string {
  const lines = ['"use strict";']
  for (let i = 0, loaded = -1; i < BLOCK_SIZE; i++) {
    const word = (i * width) >>> 5
    const shift = (i * width) & 31
    if (loaded < word) lines.push(`const w${word}=words[at+${word}];`)
    loaded = Math.max(loaded, word)
    let value = shift === 0 ? `w${word}` : `w${word}>>>${shift}`
    if (shift + width > 32) {
      lines.push(`const w${word + 1}=words[at+${word + 1}];`)
      loaded = word + 1
      value = `(${value}|w${word + 1}<<${32 - shift})`
    }
    lines.push(emit(i, shift + width === 32 ? `(${value})` : `(${value}&${maskOf(width)})`))
  }
  return lines.join('')
}

function maskOf(width: number): number {
  return width === WIDTH_MAX ? -1 : 2 ** width - 1
}

/** Whether the environment allows code from strings; some servers and browsers forbid it. */
function canGenerate(): boolean {
  try {
    return new Function('return true')() === true
  } catch {
    return false
  }
}

/** A table of readers that are compiled on first use: 33 widths are too much code to compile at start. */
function lazily<Reader extends Unpack>(compile: (width: number) => Reader): Reader[] {
  const table: Reader[] = []
  for (let width = 0; width <= WIDTH_MAX; width++) {
    table.push(((words, at, out, add) => {
      const compiled = compile(width)
      table[width] = compiled
      compiled(words, at, out, add)
    }) as Reader)
  }
  return table
}
