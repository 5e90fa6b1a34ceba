/** Number of set bits of a 32-bit word (Warren, "Hacker's Delight", 5-1). */
export function popCount(word: number): number {
  let v = word - ((word >>> 1) & 0x5555_5555)
  v = (v & 0x3333_3333) + ((v >>> 2) & 0x3333_3333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
}

export function countBits(bits: Uint32Array): number {
  let count = 0
  for (let w = 0; w < bits.length; w++) count += popCount(bits[w]!)
  return count
}

/** Words for `count` bits. */
export function wordsFor(count: number): number {
  return (count + 31) >>> 5
}

export function setBit(bits: Uint32Array, i: number): void {
  bits[i >>> 5]! |= 1 << (i & 31)
}

export function hasBit(bits: Uint32Array, i: number): boolean {
  return ((bits[i >>> 5]! >>> (i & 31)) & 1) === 1
}

/** Sets bits `[0, count)` and clears the rest. */
export function setFirst(bits: Uint32Array, count: number): void {
  const whole = count >>> 5
  bits.fill(0xffff_ffff, 0, whole)
  bits.fill(0, whole)
  if ((count & 31) !== 0) bits[whole] = (2 ** (count & 31) - 1) >>> 0
}

/** `into &= other`, as long as `into`. */
export function andInto(into: Uint32Array, other: Uint32Array): void {
  for (let w = 0; w < into.length; w++) into[w]! &= other[w]!
}

/** `into |= other`, as long as `into`. */
export function orInto(into: Uint32Array, other: Uint32Array): void {
  for (let w = 0; w < into.length; w++) into[w]! |= other[w]!
}

/** `into &= ~other`, as long as `into`. */
export function andNotInto(into: Uint32Array, other: Uint32Array): void {
  for (let w = 0; w < into.length; w++) into[w]! &= ~other[w]!
}

export function isEmpty(bits: Uint32Array): boolean {
  for (let w = 0; w < bits.length; w++) if (bits[w] !== 0) return false
  return true
}

/** Whether any bit of `[from, to]`, both inclusive, is set. */
export function anyBetween(bits: Uint32Array, from: number, to: number): boolean {
  const first = from >>> 5
  const last = to >>> 5
  const head = 0xffff_ffff << (from & 31)
  const tail = 0xffff_ffff >>> (31 - (to & 31))
  if (first === last) return (bits[first]! & head & tail) !== 0
  if ((bits[first]! & head) !== 0) return true
  for (let w = first + 1; w < last; w++) if (bits[w] !== 0) return true
  return (bits[last]! & tail) !== 0
}
