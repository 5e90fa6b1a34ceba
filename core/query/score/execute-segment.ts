import type { DocId } from '../../postings/posting-list.ts'
import { andInto, countBits, isEmpty } from '../filter/bits.ts'
import { AnyNode } from './compound-nodes.ts'
import { DisjunctionRun } from './disjunction-run.ts'
import { AllNode, copyWindow, SetNode } from './set-node.ts'
import { TermNode } from './term-node.ts'
import type { Collector } from './top-docs.ts'
import { NO_MATCH, WINDOW_SIZE, type WindowNode } from './window.ts'
import { newBits } from './window-arena.ts'
import type { SegmentExecution, WindowRun } from './window-run.ts'

/**
 * Runs a query over one segment, handing matches that may be wanted to the collector. A step is a window. What the run
 * holds is made at once, so that it comes out of the search's arena.
 *
 * @returns the steps, which end with the number of matches; where it exceeds `countMax`, some number above that
 */
export function executeSegment(execution: SegmentExecution): Generator<void, number> {
  const { root } = execution
  const windows = root instanceof AnyNode && root.isSum ? new DisjunctionRun(root, execution) : new WholeRun(execution)
  return runWindows(windows, execution)
}

function* runWindows(windows: WindowRun, execution: SegmentExecution): Generator<void, number> {
  const { collector, docCount, countMax } = execution
  const known = countMax > 0 ? knownCount(execution) : 0
  let count = 0
  for (let base = 0; base < docCount; base += WINDOW_SIZE) {
    const counting = known === undefined && count <= countMax
    const end = Math.min(docCount, base + WINDOW_SIZE)
    if (!counting && collector.skipsWindow(base, end)) continue
    count += windows.run(base, end, counting)
    yield
  }
  return known ?? count
}

/** Matches of a query that needs no evaluation to be counted. */
function knownCount({ root, accepted }: SegmentExecution): number | undefined {
  const counted = root instanceof TermNode || root instanceof AllNode || root instanceof SetNode
  return counted && accepted === undefined ? root.costEstimate : undefined
}

/** Evaluates the query as a whole wherever anything in the window can be wanted. */
class WholeRun implements WindowRun {
  readonly #execution: SegmentExecution
  readonly #within = newBits()
  readonly #marks = newBits()

  constructor(execution: SegmentExecution) {
    this.#execution = execution
  }

  run(base: DocId, end: DocId, counting: boolean): number {
    const { root, accepted, collector } = this.#execution
    const bound = root.bound(base, end)
    if (bound === NO_MATCH) return 0
    const isWanted = !collector.skips(bound)
    if (!isWanted && !counting) return 0
    if (accepted !== undefined) {
      copyWindow(accepted, base, this.#within)
      if (isEmpty(this.#within)) return 0
    }
    if (!isWanted) {
      this.#marks.fill(0)
      root.mark(base, end, this.#marks)
      if (accepted !== undefined) andInto(this.#marks, this.#within)
      return countBits(this.#marks)
    }
    root.evaluate(base, end, accepted === undefined ? undefined : this.#within)
    collectMatches(collector, base, root)
    return counting ? countBits(root.bits) : 0
  }
}

/** Hands a window's matches to a collector, in docId order. */
function collectMatches(collector: Collector, base: DocId, { bits, scores }: WindowNode): void {
  for (let w = 0; w < bits.length; w++) {
    for (let word = bits[w]!; word !== 0; word &= word - 1) {
      const d = (w << 5) + 31 - Math.clz32(word & -word)
      collector.collect(base + d, scores[d]!)
    }
  }
}
