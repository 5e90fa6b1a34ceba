import type { MaybePromise } from '../../maybe-promise.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { decodeUnit, readUnits, type Units } from './read-units.ts'
import type { SegmentBytes } from './segment-bytes.ts'

/** The units of a section, read as {@link readUnits} does unless they are decoded for good. */
export class KeptUnits<T> {
  readonly #file: SegmentBytes
  readonly #units: Units
  readonly #decode: (body: Uint8Array, unit: number, source: string) => T
  /** Those that are decoded for good, as far as they are yet. */
  #kept: T[] | undefined

  constructor(file: SegmentBytes, units: Units, decode: (body: Uint8Array, unit: number, source: string) => T) {
    this.#file = file
    this.#units = units
    this.#decode = decode
  }

  /** Whether units are decoded for good, or will be. */
  get isKeeping(): boolean {
    return this.#kept !== undefined
  }

  /** A unit if it is decoded for good. */
  kept(unit: number): T | undefined {
    return this.#kept?.[unit]
  }

  /**
   * Units by their numbers, ascending; one round.
   *
   * @throws {CorruptDataError} for a unit that is not as it was written
   */
  read(store: ObjectStore, wanted: ArrayLike<number>): MaybePromise<T[]> {
    const kept = this.#kept
    if (kept !== undefined && (wanted[wanted.length - 1] ?? 0) < kept.length) {
      return Array.from(wanted, (unit) => kept[unit]!)
    }
    return readUnits(store, this.#file, this.#units, { wanted, decode: this.#decode })
  }

  /**
   * Decodes all units, out of the whole file, and keeps them until {@link letGo}. A step is one unit.
   *
   * @throws {CorruptDataError} for a unit that is not as it was written
   */
  *keep(whole: Uint8Array): Generator<T, void> {
    this.#kept ??= []
    while (this.#kept !== undefined && this.#kept.length < this.#units.count) {
      const unit = this.#kept.length
      const decoded = decodeUnit(whole, this.#file, this.#units, { unit, decode: this.#decode })
      this.#kept.push(decoded)
      yield decoded
    }
  }

  letGo(): void {
    this.#kept = undefined
  }
}
