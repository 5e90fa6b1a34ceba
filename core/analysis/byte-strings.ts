import { assert } from '../assert.ts'

const SLOTS_MIN = 1 << 12

/**
 * Numbers distinct byte strings densely from 0 in order of first appearance, and returns the string of a number. An
 * open-addressing table over one pool of bytes: a million words take some 40 MB, a twentieth of a Map of strings.
 */
export class ByteStrings {
  size = 0
  /** Bytes of all strings together. */
  byteSize = 0

  /** Pairs of (hash, number + 1), so a probe touches one cache line; a number of 0 marks a free slot. */
  #slots = new Uint32Array(SLOTS_MIN * 2)
  #mask = SLOTS_MIN - 1
  /** String n begins at offset n and ends at offset n + 1. */
  #offsets = new Uint32Array(1 << 10)
  #pool = new Uint8Array(1 << 14)

  /** The number of `bytes[start, end)`. A new string gets the next number, the former {@link size}. */
  intern(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const slots = this.#slots
    const mask = this.#mask
    let slot = hash & mask
    for (;;) {
      const entry = slots[slot * 2 + 1]!
      if (entry === 0) return this.#add(bytes, start, end, hash, slot)
      if (slots[slot * 2] === hash && this.#equals(entry - 1, bytes, start, end)) return entry - 1
      slot = (slot + 1) & mask
    }
  }

  /** A view of a string's bytes, valid until the next string is added. */
  bytes(number: number): Uint8Array {
    return this.#pool.subarray(this.#offsets[number]!, this.#offsets[number + 1]!)
  }

  text(number: number): string {
    assert(number < this.size, 'the number of a byte string is below the count of strings')
    const start = this.#offsets[number]!
    return Buffer.from(this.#pool.buffer, start, this.#offsets[number + 1]! - start).toString('utf8')
  }

  /** Removes all strings and invalidates all numbers. */
  clear(): void {
    this.size = 0
    this.byteSize = 0
    this.#slots = new Uint32Array(SLOTS_MIN * 2)
    this.#mask = SLOTS_MIN - 1
    this.#offsets = new Uint32Array(1 << 10)
    this.#pool = new Uint8Array(1 << 14)
  }

  #equals(number: number, bytes: Uint8Array, start: number, end: number): boolean {
    const pool = this.#pool
    let at = this.#offsets[number]!
    if (this.#offsets[number + 1]! - at !== end - start) return false
    for (let i = start; i < end; i++) if (pool[at++] !== bytes[i]) return false
    return true
  }

  #add(bytes: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const number = this.size++
    this.#reserve(this.byteSize + end - start)
    const pool = this.#pool
    let at = this.byteSize
    for (let i = start; i < end; i++) pool[at++] = bytes[i]!
    this.byteSize = at
    this.#offsets[number + 1] = at
    this.#slots[slot * 2] = hash
    this.#slots[slot * 2 + 1] = number + 1
    // At most half full, so probes stay short.
    if (this.size * 2 > this.#mask) this.#rehash()
    return number
  }

  #reserve(byteSize: number): void {
    if (byteSize > this.#pool.length) {
      const pool = new Uint8Array(Math.max(byteSize, this.#pool.length * 2))
      pool.set(this.#pool)
      this.#pool = pool
    }
    if (this.size + 1 > this.#offsets.length) {
      const offsets = new Uint32Array(this.#offsets.length * 2)
      offsets.set(this.#offsets)
      this.#offsets = offsets
    }
  }

  #rehash(): void {
    const old = this.#slots
    const mask = (this.#mask + 1) * 2 - 1
    const slots = new Uint32Array((mask + 1) * 2)
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue
      let slot = old[i]! & mask
      while (slots[slot * 2 + 1] !== 0) slot = (slot + 1) & mask
      slots[slot * 2] = old[i]!
      slots[slot * 2 + 1] = old[i + 1]!
    }
    this.#slots = slots
    this.#mask = mask
  }
}
