import { withoutChecksum } from '../../bytes/checksum.ts'
import { allHere, type MaybePromise, whenHere } from '../../maybe-promise.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { readRuns } from './read-runs.ts'
import type { SegmentBytes } from './segment-bytes.ts'

/** The parts of a section that are read and verified on their own, each ending in its CRC-32. Ascending. */
export interface Units {
  /** What they are, for errors: `column of field 3`. */
  readonly name: string
  readonly count: number
  /** Byte positions in the file: [start, end). */
  start(unit: number): number
  end(unit: number): number
}

/**
 * Neighbouring units are fetched with one request where at least half of such a
 * stretch is wanted. The stretches are fixed by the file, not by who asks, because
 * a cache that holds ranges must meet the same ranges again.
 */
const STRETCH_BYTES = 128 * 1024

/** Units of any sizes, one after another from `start`. */
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

/**
 * Reads units in one round, verifies them, and decodes each once for as long as
 * the store hands out the same bytes.
 *
 * @param wanted ascending and distinct
 * @throws {CorruptDataError} for a unit that is not as it was written
 */
export function readUnits<T>(
  store: ObjectStore,
  file: SegmentBytes,
  units: Units,
  { wanted, decode }: { wanted: ArrayLike<number>; decode: (body: Uint8Array, unit: number, source: string) => T },
): MaybePromise<T[]> {
  const stretches = planStretches(units, wanted, file.isWhole)
  const decoded = new Array<T>(wanted.length)
  const reads = stretches.map(({ first, last, wantedFrom, wantedTo }) => {
    const start = units.start(first)
    return whenHere(file.read(store, start, units.end(last)), (bytes) => {
      for (let i = wantedFrom; i < wantedTo; i++) {
        const unit = wanted[i]!
        decoded[i] = decodeOnce(bytes, unit, () => {
          const part = bytes.subarray(units.start(unit) - start, units.end(unit) - start)
          return decodePart(part, file, units, { unit, decode })
        })
      }
    })
  })
  return whenHere(allHere(reads), () => decoded)
}

/**
 * Reads units [from, to) for those who go through all of them once: a run of
 * them is one request, and nothing of it is remembered.
 *
 * @throws {CorruptDataError} for a unit that is not as it was written
 */
export async function readUnitRun<T>(
  store: ObjectStore,
  file: SegmentBytes,
  units: Units,
  { from, to, decode }: { from: number; to: number; decode: (body: Uint8Array, unit: number, source: string) => T },
): Promise<T[]> {
  const ranges = Array.from({ length: to - from }, (_, i) => ({
    start: units.start(from + i),
    end: units.end(from + i),
  }))
  const parts = await readRuns(store, file, ranges)
  return parts.map((part, i) => decodePart(part, file, units, { unit: from + i, decode }))
}

/**
 * One unit out of the whole file, verified; nothing of it is remembered.
 *
 * @throws {CorruptDataError} for a unit that is not as it was written
 */
export function decodeUnit<T>(
  whole: Uint8Array,
  file: SegmentBytes,
  units: Units,
  wanted: { unit: number; decode: (body: Uint8Array, unit: number, source: string) => T },
): T {
  return decodePart(whole.subarray(units.start(wanted.unit), units.end(wanted.unit)), file, units, wanted)
}

/** Verifies the bytes of one unit and decodes them. */
function decodePart<T>(
  part: Uint8Array,
  file: SegmentBytes,
  units: Units,
  { unit, decode }: { unit: number; decode: (body: Uint8Array, unit: number, source: string) => T },
): T {
  const source = `${file.source}: ${units.name}, part ${unit}`
  return decode(withoutChecksum(part, source), unit, source)
}

/** What was decoded, by the array that a cache handed out and the number of the unit in it. */
const decodedUnits = new WeakMap<Uint8Array, Map<number, unknown>>()

/** Calls `decode` unless it was called for the same bytes and key before, and is still remembered. */
export function decodeOnce<T>(bytes: Uint8Array, key: number, decode: () => T): T {
  let known = decodedUnits.get(bytes)
  if (known === undefined) {
    known = new Map()
    decodedUnits.set(bytes, known)
  }
  const found = known.get(key)
  if (found !== undefined) return found as T
  const decoded = decode()
  known.set(key, decoded)
  return decoded
}

/** Units from `first` to `last` in one request, which hold `wanted[wantedFrom, wantedTo)`. */
type Stretch = { first: number; last: number; wantedFrom: number; wantedTo: number }

function planStretches(units: Units, wanted: ArrayLike<number>, isWhole: boolean): Stretch[] {
  const plan: Stretch[] = []
  for (let from = 0; from < wanted.length; ) {
    const number = isWhole ? -1 : stretchOf(units, wanted[from]!)
    let to = from
    let wantedBytes = 0
    while (to < wanted.length && !isWhole && stretchOf(units, wanted[to]!) === number) {
      wantedBytes += units.end(wanted[to]!) - units.start(wanted[to]!)
      to++
    }
    if (to - from > 1 && wantedBytes * 2 >= STRETCH_BYTES) {
      plan.push({ ...wholeStretch(units, wanted[from]!, number), wantedFrom: from, wantedTo: to })
      from = to
    } else {
      const end = Math.max(to, from + 1)
      for (; from < end; from++)
        plan.push({ first: wanted[from]!, last: wanted[from]!, wantedFrom: from, wantedTo: from + 1 })
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
