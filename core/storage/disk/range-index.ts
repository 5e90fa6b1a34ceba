/** The 96-bit hash of a range: 32 bits of its object, so that objects can be dropped, and 64 bits of object and range. */
export type RangeName = { readonly object: number; readonly low: number; readonly high: number }

/** The place and the checksum of a range's bytes. Each number fits into 32 bits. */
export type RangePlace = {
  /** At least 1. */
  readonly pack: number
  readonly offset: number
  readonly byteSize: number
  readonly checksum: number
}

const SLOTS_MIN = 1024
/** Maximum share of the slots in use, including removed ones. */
const LOAD_MAX = 0.75
/** Values of `packs` for slots without a range. */
const FREE = 0
const REMOVED = 0xffff_ffff

/**
 * The places of up to a few million ranges in typed arrays: 29 bytes per slot, 39 to 77 per range.
 *
 * A hash table with open addressing and linear probing. A look-up costs a few probes. Removing all ranges of a pack or of
 * some objects costs one pass over an array of 4 bytes per slot, some 2 ms for a million ranges.
 */
export class RangeIndex {
  /** Two per slot: low and high bits. */
  #names = new Uint32Array(2 * SLOTS_MIN)
  #objects = new Uint32Array(SLOTS_MIN)
  #packs = new Uint32Array(SLOTS_MIN)
  /** Three per slot: offset, size, checksum. */
  #places = new Uint32Array(3 * SLOTS_MIN)
  #isUsed = new Uint8Array(SLOTS_MIN)
  #size = 0
  /** Slots that are not free. */
  #taken = 0

  /** Number of ranges. */
  get size(): number {
    return this.#size
  }

  /** Bytes of memory. */
  get byteSize(): number {
    return 29 * this.#packs.length
  }

  find(name: RangeName): RangePlace | undefined {
    const slot = this.#slotOf(name)
    if (slot === undefined) return undefined
    return {
      pack: this.#packs[slot]!,
      offset: this.#places[3 * slot]!,
      byteSize: this.#places[3 * slot + 1]!,
      checksum: this.#places[3 * slot + 2]!,
    }
  }

  /** Adds a range as not used yet, or replaces the range with the same name. */
  set(name: RangeName, place: RangePlace): void {
    const known = this.#slotOf(name)
    if (known === undefined && this.#taken + 1 > this.#packs.length * LOAD_MAX) this.#rehash()
    const slot = known ?? this.#freeSlot(name.low)
    if (known === undefined) {
      this.#size++
      this.#taken++
    }
    this.#names[2 * slot] = name.low
    this.#names[2 * slot + 1] = name.high
    this.#objects[slot] = name.object
    this.#packs[slot] = place.pack
    this.#places[3 * slot] = place.offset
    this.#places[3 * slot + 1] = place.byteSize
    this.#places[3 * slot + 2] = place.checksum
    this.#isUsed[slot] = 0
  }

  /** Marks a range as used. @returns false if the index does not contain it */
  use(name: RangeName): boolean {
    const slot = this.#slotOf(name)
    if (slot === undefined) return false
    this.#isUsed[slot] = 1
    return true
  }

  remove(name: RangeName): void {
    const slot = this.#slotOf(name)
    if (slot !== undefined) this.#removeAt(slot)
  }

  removePack(pack: number): void {
    const packs = this.#packs
    for (let slot = 0; slot < packs.length; slot++) if (packs[slot] === pack) this.#removeAt(slot)
  }

  /** Removes all ranges of some objects. @returns the objects that had ranges */
  removeObjects(objects: ReadonlySet<number>): Set<number> {
    const found = new Set<number>()
    // Skips nearly all slots without a look-up in the set.
    const hasLowBits = new Uint8Array(0x1_0000)
    for (const object of objects) hasLowBits[object & 0xffff] = 1
    const all = this.#objects
    for (let slot = 0; slot < all.length; slot++) {
      const object = all[slot]!
      if (hasLowBits[object & 0xffff] === 0 || !this.#isHeld(slot) || !objects.has(object)) continue
      found.add(object)
      this.#removeAt(slot)
    }
    return found
  }

  /** The ranges of a pack that were used since they were set. */
  usedOf(pack: number): RangeName[] {
    const used: RangeName[] = []
    for (let slot = 0; slot < this.#packs.length; slot++) {
      if (this.#packs[slot] !== pack || this.#isUsed[slot] === 0) continue
      const [low, high] = [this.#names[2 * slot]!, this.#names[2 * slot + 1]!]
      used.push({ object: this.#objects[slot]!, low, high })
    }
    return used
  }

  #isHeld(slot: number): boolean {
    return this.#packs[slot] !== FREE && this.#packs[slot] !== REMOVED
  }

  #slotOf({ low, high }: RangeName): number | undefined {
    const mask = this.#packs.length - 1
    for (let slot = low & mask; this.#packs[slot] !== FREE; slot = (slot + 1) & mask) {
      const isSame = this.#names[2 * slot] === low && this.#names[2 * slot + 1] === high
      if (isSame && this.#packs[slot] !== REMOVED) return slot
    }
    return undefined
  }

  #freeSlot(low: number): number {
    const mask = this.#packs.length - 1
    let slot = low & mask
    while (this.#packs[slot] !== FREE) slot = (slot + 1) & mask
    return slot
  }

  #removeAt(slot: number): void {
    this.#packs[slot] = REMOVED
    this.#size--
  }

  /** Rebuilds the table without removed slots, and with room for as many ranges again. */
  #rehash(): void {
    const [names, objects, packs, places, isUsed] = [
      this.#names,
      this.#objects,
      this.#packs,
      this.#places,
      this.#isUsed,
    ]
    let slots = SLOTS_MIN
    while (slots < 2 * this.#size) slots *= 2
    this.#names = new Uint32Array(2 * slots)
    this.#objects = new Uint32Array(slots)
    this.#packs = new Uint32Array(slots)
    this.#places = new Uint32Array(3 * slots)
    this.#isUsed = new Uint8Array(slots)
    this.#taken = this.#size
    for (let from = 0; from < packs.length; from++) {
      if (packs[from] === FREE || packs[from] === REMOVED) continue
      const to = this.#freeSlot(names[2 * from]!)
      this.#names.set(names.subarray(2 * from, 2 * from + 2), 2 * to)
      this.#objects[to] = objects[from]!
      this.#packs[to] = packs[from]!
      this.#places.set(places.subarray(3 * from, 3 * from + 3), 3 * to)
      this.#isUsed[to] = isUsed[from]!
    }
  }
}
