/**
 * A set of integers from 0: integer i is bit `i & 31` of word `i >>> 5`. The length of the array bounds the members.
 */
export type Bitset = Uint32Array

/** An empty set with room for `[0, count)`. */
export function newBitset(count: number): Bitset {
  return new Uint32Array((count + 31) >>> 5)
}

export function bitsetHas(bits: Bitset, i: number): boolean {
  return ((bits[i >>> 5]! >>> (i & 31)) & 1) === 1
}

export function bitsetAdd(bits: Bitset, i: number): void {
  bits[i >>> 5]! |= 1 << (i & 31)
}

/** Number of members. */
export function bitsetSize(bits: Bitset): number {
  let size = 0
  for (let w = 0; w < bits.length; w++) size += popCount(bits[w]!)
  return size
}

/** Number of set bits of a 32-bit word (Warren, "Hacker's Delight", 5-1). */
export function popCount(word: number): number {
  let v = word - ((word >>> 1) & 0x5555_5555)
  v = (v & 0x3333_3333) + ((v >>> 2) & 0x3333_3333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
}

/** The members, ascending. */
export function bitsetMembers(bits: Bitset): Uint32Array {
  const members = new Uint32Array(bitsetSize(bits))
  let next = 0
  for (let w = 0; w < bits.length; w++) {
    for (let word = bits[w]!; word !== 0; word &= word - 1) members[next++] = w * 32 + 31 - Math.clz32(word & -word)
  }
  return members
}

/** Sets the members to `[0, count)`. */
export function setFirst(bits: Bitset, count: number): void {
  const whole = count >>> 5
  bits.fill(0xffff_ffff, 0, whole)
  bits.fill(0, whole)
  if ((count & 31) !== 0) bits[whole] = (2 ** (count & 31) - 1) >>> 0
}

/** Removes the members of `into` that are not in `other`, which has at least as many words. */
export function andInto(into: Bitset, other: Bitset): void {
  for (let w = 0; w < into.length; w++) into[w]! &= other[w]!
}

/** Adds the members of `other` to `into`; `other` has at least as many words. */
export function orInto(into: Bitset, other: Bitset): void {
  for (let w = 0; w < into.length; w++) into[w]! |= other[w]!
}

/** Removes the members of `other` from `into`; `other` has at least as many words. */
export function andNotInto(into: Bitset, other: Bitset): void {
  for (let w = 0; w < into.length; w++) into[w]! &= ~other[w]!
}

export function isEmpty(bits: Bitset): boolean {
  for (let w = 0; w < bits.length; w++) if (bits[w] !== 0) return false
  return true
}

/** Whether the set has a member from `from` to `to`, inclusive. */
export function anyBetween(bits: Bitset, from: number, to: number): boolean {
  const first = from >>> 5
  const last = to >>> 5
  const head = 0xffff_ffff << (from & 31)
  const tail = 0xffff_ffff >>> (31 - (to & 31))
  if (first === last) return (bits[first]! & head & tail) !== 0
  if ((bits[first]! & head) !== 0) return true
  for (let w = first + 1; w < last; w++) if (bits[w] !== 0) return true
  return (bits[last]! & tail) !== 0
}
