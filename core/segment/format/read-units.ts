import { withoutChecksum } from '../../bytes/checksum.ts'
import { ownBytes } from '../../bytes/own-bytes.ts'
import type { Shelf } from '../../cache/unit-cache.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { afterReads, allRead, type Plan, type Read, whenRead } from './read-plan.ts'
import { readRuns } from './read-runs.ts'
import type { SegmentBytes } from './segment-bytes.ts'

/** The parts of a section that are read and verified separately, in file order. Each ends with its CRC-32. */
export interface Units {
  /** Names the section in errors, such as `column of field 3`. */
  readonly name: string
  readonly count: number
  /** Byte positions in the file: [start, end). */
  start(unit: number): number
  end(unit: number): number
}

/**
 * One request fetches a whole stretch of the file if at least half of its bytes are
 * wanted. Stretches begin at fixed positions, whatever the request, so that a cache
 * of ranges sees the same ranges again.
 */
const STRETCH_BYTES = 128 * 1024

/** Memory that a decoded unit takes in addition to its bytes: some objects and headers of arrays. Measured: 200 to 600. */
const DECODED_BYTES = 400

/** Units of the given sizes, one after another from `start`. */
export function unitsOfSizes(name: string, start: number, sizes: ArrayLike<number>): Units {
  const starts = new Float64Array(sizes.length + 1)
  starts[0] = start
  for (let i = 0; i < sizes.length; i++) starts[i + 1] = starts[i]! + sizes[i]!
  return { name, count: sizes.length, start: (unit) => starts[unit]!, end: (unit) => starts[unit + 1]! }
}

/** Units of one size; the last one ends at `end` and may be smaller. */
export function unitsOfSize(name: string, range: { start: number; end: number }, size: number): Units {
  const count = Math.ceil((range.end - range.start) / size)
  const start = (unit: number) => Math.min(range.start + unit * size, range.end)
  return { name, count, start, end: (unit) => start(unit + 1) }
}

/** How to decode the units of a section, and how many bytes of memory a decoded unit takes per byte of the file. */
export type UnitCodec<T> = {
  readonly decode: (body: Uint8Array, unit: number, source: string) => T
  readonly memoryFactor: number
}

/** Reads the units of one section: plans, verifies, decodes and caches them. */
export class UnitReader<T> {
  readonly units: Units
  readonly #file: SegmentBytes
  readonly #codec: UnitCodec<T>
  readonly #decoded: Shelf<number, T>

  constructor(file: SegmentBytes, units: Units, codec: UnitCodec<T>) {
    this.units = units
    this.#file = file
    this.#codec = codec
    this.#decoded = file.units.shelf()
  }

  /** A decoded unit if it is in the cache. */
  find(unit: number): T | undefined {
    return this.#decoded.get(unit)
  }

  /**
   * Reads units by their numbers, in at most one round.
   *
   * @param wanted ascending and distinct
   * @throws {CorruptDataError} for a damaged unit
   */
  read(wanted: ArrayLike<number>): Plan<T[]> {
    const found = new Array<T>(wanted.length)
    const missing: number[] = []
    for (let i = 0; i < wanted.length; i++) {
      const unit = this.find(wanted[i]!)
      if (unit === undefined) missing.push(i)
      else found[i] = unit
    }
    if (missing.length === 0) return found
    return whenRead(this.#readMissing(missing.map((i) => wanted[i]!)), (read) => {
      for (const [m, i] of missing.entries()) found[i] = read[m]!
      return found
    })
  }

  #readMissing(wanted: readonly number[]): Plan<T[]> {
    const { units } = this
    if (this.#file.isWhole) {
      return allRead(
        wanted.map((unit) => this.#file.read(units.start(unit), units.end(unit), (bytes) => this.#decode(bytes, unit))),
      )
    }
    const reads = planStretches(units, wanted).map((stretch) => this.#readStretch(stretch, wanted))
    return afterReads(reads, (decoded) => decoded.flat())
  }

  #readStretch({ first, last, from, to }: Stretch, wanted: readonly number[]): Read<T[]> {
    const { units } = this
    const start = units.start(first)
    return this.#file.readOf(start, units.end(last), (bytes) =>
      wanted.slice(from, to).map((unit) => {
        const part = bytes.subarray(units.start(unit) - start, units.end(unit) - start)
        // A cached unit must not keep a whole stretch in memory.
        return this.#decode(ownBytes(part), unit)
      }),
    )
  }

  /** Decodes all units from the bytes of the whole file into the cache. A step is one unit. */
  *decodeAll(whole: Uint8Array): Generator<T, void> {
    for (let unit = 0; unit < this.units.count; unit++) {
      // A cached unit must not keep the whole file in memory.
      yield this.#decode(ownBytes(whole.subarray(this.units.start(unit), this.units.end(unit))), unit)
    }
  }

  /**
   * Reads units [from, to) for a caller that goes through all of them once. Neighbouring
   * units share a request; nothing is cached.
   *
   * @throws {CorruptDataError} for a damaged unit
   */
  async readRun(store: ObjectStore, from: number, to: number): Promise<T[]> {
    const { units } = this
    const ranges = Array.from({ length: to - from }, (_, i) => ({
      start: units.start(from + i),
      end: units.end(from + i),
    }))
    return readRuns(store, this.#file, ranges, (part, i) => this.#verified(part, from + i))
  }

  #decode(bytes: Uint8Array, unit: number): T {
    // Another search may have decoded the unit since this read was planned.
    const known = this.#decoded.get(unit)
    if (known !== undefined) return known
    return this.#decoded.set(unit, this.#verified(bytes, unit), DECODED_BYTES + bytes.length * this.#codec.memoryFactor)
  }

  #verified(bytes: Uint8Array, unit: number): T {
    const source = `${this.#file.source}: ${this.units.name}, part ${unit}`
    return this.#codec.decode(withoutChecksum(bytes, source), unit, source)
  }
}

/** Units from `first` to `last`, which one request fetches for `wanted[from, to)`. */
type Stretch = { readonly first: number; readonly last: number; readonly from: number; readonly to: number }

function planStretches(units: Units, wanted: readonly number[]): Stretch[] {
  const plan: Stretch[] = []
  for (let from = 0; from < wanted.length; ) {
    const number = stretchOf(units, wanted[from]!)
    let to = from
    let wantedBytes = 0
    for (; to < wanted.length && stretchOf(units, wanted[to]!) === number; to++) {
      wantedBytes += units.end(wanted[to]!) - units.start(wanted[to]!)
    }
    if (to - from > 1 && wantedBytes * 2 >= STRETCH_BYTES) {
      plan.push({ ...wholeStretch(units, wanted[from]!, number), from, to })
      from = to
    } else {
      for (; from < to; from++) plan.push({ first: wanted[from]!, last: wanted[from]!, from, to: from + 1 })
    }
  }
  return plan
}

function stretchOf(units: Units, unit: number): number {
  return Math.floor(units.start(unit) / STRETCH_BYTES)
}

function wholeStretch(units: Units, unit: number, number: number): { first: number; last: number } {
  let first = unit
  while (first > 0 && stretchOf(units, first - 1) === number) first--
  let last = unit
  while (last + 1 < units.count && stretchOf(units, last + 1) === number) last++
  return { first, last }
}
