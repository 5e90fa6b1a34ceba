/** Memory of a unit in addition to its value: its entry in a map and in the eviction order. */
const UNIT_OVERHEAD_BYTES = 120

/** One decoded unit, and its place in the eviction order. */
type Unit<K = unknown, V = unknown> = {
  readonly key: K
  readonly value: V
  readonly byteSize: number
  readonly home: Map<unknown, Unit>
  /** Whether the unit was used since eviction last considered it. */
  isUsed: boolean
  newer: Unit | undefined
  older: Unit | undefined
}

/**
 * Caches the decoded units of immutable files, within one bound of bytes for all files. A unit is found by file,
 * section, and number or name: {@link openFile} gives the file, {@link FileUnits.shelf} the section.
 *
 * Evicts by second chance (Corbató's clock): the oldest unit is evicted, unless it was used since eviction last
 * considered it. A hit costs one map look-up. Callers may keep using an evicted value.
 */
export class UnitCache {
  readonly #bytesMax: number
  #byteSize = 0
  #newest: Unit | undefined
  #oldest: Unit | undefined

  /** @param bytesMax maximum memory of all units, by the sizes that callers of {@link Shelf.set} state */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Bytes of all units, including overhead. */
  get byteSize(): number {
    return this.#byteSize
  }

  /** Bytes that can be added without eviction. */
  get freeBytes(): number {
    return Math.max(0, this.#bytesMax - this.#byteSize)
  }

  /** Opens a file in the cache. The owner of the file releases its units when it closes the file. */
  openFile(): FileUnits {
    return new FileUnits(this)
  }

  /** For {@link Shelf} only. */
  add(unit: Unit): void {
    this.#append(unit)
    this.#byteSize += unit.byteSize
    while (this.#byteSize > this.#bytesMax && this.#oldest !== undefined) {
      const oldest = this.#oldest
      if (oldest.isUsed) {
        oldest.isUsed = false
        this.#unlink(oldest)
        this.#append(oldest)
      } else this.remove(oldest)
    }
  }

  /** For {@link Shelf} and {@link FileUnits} only. */
  remove(unit: Unit): void {
    unit.home.delete(unit.key)
    this.#unlink(unit)
    this.#byteSize -= unit.byteSize
  }

  #append(unit: Unit): void {
    unit.older = this.#newest
    unit.newer = undefined
    if (this.#newest === undefined) this.#oldest = unit
    else this.#newest.newer = unit
    this.#newest = unit
  }

  #unlink({ newer, older }: Unit): void {
    if (newer === undefined) this.#newest = older
    else newer.older = older
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
  }
}

/** The decoded units of one open file. */
export class FileUnits {
  readonly #cache: UnitCache
  readonly #shelves: Map<unknown, Unit>[] = []

  constructor(cache: UnitCache) {
    this.#cache = cache
  }

  /** Same as {@link UnitCache.freeBytes}. */
  get freeBytes(): number {
    return this.#cache.freeBytes
  }

  /** Adds a shelf for the units of one section. */
  shelf<K, V>(): Shelf<K, V> {
    const units = new Map<unknown, Unit>()
    this.#shelves.push(units)
    return new Shelf<K, V>(units, this.#cache)
  }

  /** Removes all units of the file. */
  release(): void {
    for (const shelf of this.#shelves) for (const unit of shelf.values()) this.#cache.remove(unit)
  }
}

/** The decoded units of one section of one file, by number or name. */
export class Shelf<K, V> {
  readonly #units: Map<unknown, Unit>
  readonly #cache: UnitCache

  constructor(units: Map<unknown, Unit>, cache: UnitCache) {
    this.#units = units
    this.#cache = cache
  }

  get(key: K): V | undefined {
    const unit = this.#units.get(key)
    if (unit === undefined) return undefined
    unit.isUsed = true
    return unit.value as V
  }

  /**
   * Adds a unit, or replaces the unit with the same key.
   *
   * @param byteSize memory of the value; if the value is a view, including the bytes that it keeps alive
   * @returns the value
   */
  set(key: K, value: V, byteSize: number): V {
    const known = this.#units.get(key)
    if (known !== undefined) this.#cache.remove(known)
    const size = byteSize + UNIT_OVERHEAD_BYTES
    const unit: Unit = {
      key,
      value,
      byteSize: size,
      home: this.#units,
      isUsed: false,
      newer: undefined,
      older: undefined,
    }
    this.#units.set(key, unit)
    this.#cache.add(unit)
    return value
  }

  delete(key: K): void {
    const unit = this.#units.get(key)
    if (unit !== undefined) this.#cache.remove(unit)
  }
}
