/**
 * Bits that the widest of `values` needs, from 0 to 32.
 *
 * @param values whole numbers below 2^32
 */
export function bitWidth(values: ArrayLike<number>): number {
  let all = 0
  for (let i = 0; i < values.length; i++) all |= values[i]!
  return 32 - Math.clz32(all)
}

/** 32-bit words that `count` values of `width` bits fill. */
export function packedWords(count: number, width: number): number {
  return Math.ceil((count * width) / 32)
}

/** Writes values of `width` bits one after another, lowest bit first. */
export function packBits(values: ArrayLike<number>, width: number): Uint32Array {
  const words = new Uint32Array(packedWords(values.length, width))
  let bit = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    const word = bit >>> 5
    const shift = bit & 31
    words[word]! |= value << shift
    if (shift + width > 32) words[word + 1]! |= value >>> (32 - shift)
    bit += width
  }
  return words
}

/** Reads back what {@link packBits} wrote. */
export function unpackBits(words: Uint32Array, width: number, out: Uint32Array): void {
  if (width === 0) {
    out.fill(0)
    return
  }
  const mask = width === 32 ? 0xffff_ffff : (1 << width) - 1
  let bit = 0
  for (let i = 0; i < out.length; i++) {
    const word = bit >>> 5
    const shift = bit & 31
    let value = words[word]! >>> shift
    if (shift + width > 32) value |= words[word + 1]! << (32 - shift)
    out[i] = value & mask
    bit += width
  }
}
