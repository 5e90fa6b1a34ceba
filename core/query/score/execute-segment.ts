import { andInto, bitsetSize, isEmpty } from '../../bytes/bitset.ts'
import type { DocId } from '../../postings/posting-list.ts'
import { AnyNode } from './compound-nodes.ts'
import { DisjunctionRun } from './disjunction-run.ts'
import { AllNode, copyWindow, SetNode } from './set-node.ts'
import { TermNode } from './term-node.ts'
import type { Collector } from './top-docs.ts'
import { NO_MATCH, WINDOW_SIZE, type WindowBits, type WindowNode } from './window.ts'
import { newBits } from './window-arena.ts'
import type { SegmentExecution, WindowRun } from './window-run.ts'

/** The product of leaves and windows in one step: about 100 µs of work. */
const STEP_LEAVES = 16

/**
 * Runs a query over one segment and passes possible hits to the collector. The run's arrays are allocated before the
 * first step, so that they are from the search's arena.
 *
 * @returns the steps, which return the number of matches, or any number above `countMax` if there are more
 */
export function executeSegment(execution: SegmentExecution): Generator<void, number> {
  const { root } = execution
  const windows = root instanceof AnyNode && root.isSum ? new DisjunctionRun(root, execution) : new WholeRun(execution)
  return runWindows(windows, execution, newBits())
}

function* runWindows(windows: WindowRun, execution: SegmentExecution, matches: WindowBits): Generator<void, number> {
  const { root, collector, docCount, leafCount, countMax, parts = [] } = execution
  const stepWindows = Math.ceil(STEP_LEAVES / Math.max(1, leafCount + parts.length))
  const known = countMax > 0 ? knownCount(execution) : 0
  const sameScore = root instanceof SetNode || root instanceof AllNode ? root.score : undefined
  let count = 0
  let windowsLeft = stepWindows
  // Compiling a large query is a step of its own.
  if (stepWindows === 1) yield
  for (let base = 0; base < docCount; base += WINDOW_SIZE) {
    const counting = known === undefined && count <= countMax
    const end = Math.min(docCount, base + WINDOW_SIZE)
    if (counting || parts.length > 0) {
      windows.run(base, end, matches)
      if (counting) count += bitsetSize(matches)
      if (!isEmpty(matches)) for (const part of parts) part.collect(base, matches)
    } else if (sameScore !== undefined && collector.skipsScore(sameScore)) break
    else if (collector.skipsWindow(base, end)) continue
    else windows.run(base, end, undefined)
    if (--windowsLeft > 0) continue
    windowsLeft = stepWindows
    yield
  }
  return known ?? count
}

/** The number of matches, if it is known without evaluating the query. */
function knownCount({ root, accepted }: SegmentExecution): number | undefined {
  const counted = root instanceof TermNode || root instanceof AllNode || root instanceof SetNode
  return counted && accepted === undefined ? root.costEstimate : undefined
}

/** Evaluates the whole query in every window that can have a hit. */
class WholeRun implements WindowRun {
  readonly #execution: SegmentExecution
  readonly #within = newBits()

  constructor(execution: SegmentExecution) {
    this.#execution = execution
  }

  run(base: DocId, end: DocId, matches: WindowBits | undefined): void {
    const { root, accepted, collector } = this.#execution
    matches?.fill(0)
    const bound = root.bound(base, end)
    if (bound === NO_MATCH) return
    const isWanted = !collector.skips(bound)
    if (!isWanted && matches === undefined) return
    if (accepted !== undefined) {
      copyWindow(accepted, base, this.#within)
      if (isEmpty(this.#within)) return
    }
    if (isWanted) {
      root.evaluate(base, end, accepted === undefined ? undefined : this.#within)
      collectMatches(collector, base, root)
      matches?.set(root.bits)
    } else if (matches !== undefined) {
      root.mark(base, end, matches)
      if (accepted !== undefined) andInto(matches, this.#within)
    }
  }
}

/** Passes a window's matches to a collector, in docId order. */
function collectMatches(collector: Collector, base: DocId, { bits, scores }: WindowNode): void {
  for (let w = 0; w < bits.length; w++) {
    for (let word = bits[w]!; word !== 0; word &= word - 1) {
      const d = (w << 5) + 31 - Math.clz32(word & -word)
      collector.collect(base + d, scores[d]!)
    }
  }
}
