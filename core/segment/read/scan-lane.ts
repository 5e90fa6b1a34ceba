import { EntryNames } from '../../dictionary/entry-names.ts'
import type { TermBlock } from '../../dictionary/term-block.ts'
import { encodeUtf8 } from '../../utf8.ts'
import { inSteps, type Plan, whenRead } from '../format/read-plan.ts'
import type { LaneDictionary } from './lane-dictionary.ts'
import type { EntryScan } from './term-entry.ts'
import { unionOfRanges } from './term-ranges.ts'

/** Most blocks that one round reads, so that a search does not hold all of a large dictionary in memory. */
const ROUND_BLOCKS = 4_096
/** Ranges of one block that one step scans. */
const STEP_RANGES = 8

/** A range of one of several scans, and the blocks that may hold its entries. */
type Span = {
  readonly scan: number
  readonly first: number
  readonly last: number
  readonly from: Uint8Array
  readonly to: Uint8Array | undefined
}

/** Receives an entry that a scan found; `names` is valid until the next call. */
export type VisitEntry = (scan: number, names: EntryNames, i: number) => void

/**
 * Finds the entries of several scans in one pass over the blocks of a lane; each scan's entries are visited in order. One round
 * for every {@link ROUND_BLOCKS} blocks.
 */
export function scanLane(lane: LaneDictionary, scans: readonly EntryScan[], visit: VisitEntry): Plan<void> {
  if (lane.size === 0) return undefined
  const spans = scans.flatMap(({ ranges }, scan) =>
    unionOfRanges(ranges).map(({ from, to }): Span => {
      const [first, end] = [encodeUtf8(from), to === undefined ? undefined : encodeUtf8(to)]
      const last = end === undefined ? lane.blocks.units.count - 1 : lane.blockOf(end)
      return { scan, first: lane.blockOf(first), last, from: first, to: end }
    }),
  )
  const byFirst = spans.filter(({ first, last }) => first <= last).sort((a, b) => a.first - b.first)
  const names = new EntryNames()
  let next = 0
  let open: Span[] = []
  return visitBlocks(lane, blocksOf(byFirst), function* (block, number) {
    while (next < byFirst.length && byFirst[next]!.first === number) open.push(byFirst[next++]!)
    names.open(block)
    for (const [s, { scan, first, last, from, to }] of open.entries()) {
      const start = first === number ? block.lowerBound(from) : 0
      const end = last === number && to !== undefined ? block.lowerBound(to) : block.count
      const { accepts } = scans[scan]!
      for (let i = start; i < end; i++) if (accepts === undefined || accepts(names, i)) visit(scan, names, i)
      if ((s + 1) % STEP_RANGES === 0) yield
    }
    open = open.filter(({ last }) => last > number)
  })
}

/** Reads blocks and visits them one after another. A step is one block, or less if `visit` yields. */
export function visitBlocks(
  lane: LaneDictionary,
  numbers: Uint32Array,
  visit: (block: TermBlock, number: number) => Generator<void, void>,
): Plan<void> {
  if (numbers.length === 0) return undefined
  const some = numbers.subarray(0, ROUND_BLOCKS)
  return whenRead(lane.blocks.read(some), (read) =>
    inSteps(
      (function* (): Generator<void, Plan<void>> {
        for (const [b, block] of read.entries()) {
          yield* visit(block, some[b]!)
          yield
        }
        return visitBlocks(lane, numbers.subarray(some.length), visit)
      })(),
    ),
  )
}

/** The distinct blocks of spans, ascending. The spans are in the order of their first blocks. */
function blocksOf(spans: readonly Span[]): Uint32Array {
  const numbers: number[] = []
  for (const { first, last } of spans) {
    for (let b = Math.max(first, (numbers.at(-1) ?? -1) + 1); b <= last; b++) numbers.push(b)
  }
  return Uint32Array.from(numbers)
}
