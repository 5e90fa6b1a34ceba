import type { DocId } from '../postings/posting-list.ts'
import { andInto, countBits, isEmpty, orInto } from './bits.ts'
import { AnyNode, addScores } from './compound-nodes.ts'
import { AllNode, acceptWindow, copyWindow, SetNode } from './set-node.ts'
import { TermNode } from './term-node.ts'
import type { Collector } from './top-docs.ts'
import { NO_MATCH, newBits, newScores, WINDOW_SIZE, type WindowBits, type WindowNode } from './window.ts'

export type SegmentExecution = {
  readonly root: WindowNode
  readonly docCount: number
  /** One bit a document: those that the filter accepts and that are not deleted. Absent: all. */
  readonly accepted: Uint32Array | undefined
  readonly collector: Collector
  /** Matches are counted exactly up to this number; 0: not at all. */
  readonly countMax: number
}

/**
 * Runs a query over one segment, handing matches that may be wanted to the collector.
 *
 * @returns the number of matches; where it exceeds `countMax`, some number above that
 */
export function executeSegment(execution: SegmentExecution): number {
  const { root, docCount, collector, countMax } = execution
  const known = countMax > 0 ? knownCount(execution) : 0
  const evaluateWindow = root instanceof AnyNode && root.isSum ? new Disjunction(root, execution) : new Whole(execution)
  let count = 0
  for (let base = 0; base < docCount; base += WINDOW_SIZE) {
    const end = Math.min(docCount, base + WINDOW_SIZE)
    const counting = known === undefined && count <= countMax
    const bound = root.bound(base, end)
    if (bound === NO_MATCH || (!counting && collector.skips(bound))) continue
    count += evaluateWindow.run(base, end, counting)
  }
  return known ?? count
}

/** Matches of a query that needs no evaluation to be counted. */
function knownCount({ root, accepted }: SegmentExecution): number | undefined {
  const counted = root instanceof TermNode || root instanceof AllNode || root instanceof SetNode
  return counted && accepted === undefined ? root.costEstimate : undefined
}

/** Evaluates a query's windows one at a time. */
interface WindowRun {
  /** @returns the matches of the window if `counting`, else some number */
  run(base: DocId, end: DocId, counting: boolean): number
}

class Whole implements WindowRun {
  readonly #execution: SegmentExecution
  readonly #within = newBits()
  readonly #marks = newBits()

  constructor(execution: SegmentExecution) {
    this.#execution = execution
  }

  run(base: DocId, end: DocId, counting: boolean): number {
    const { root, accepted, collector } = this.#execution
    if (accepted !== undefined) {
      copyWindow(accepted, base, this.#within)
      if (isEmpty(this.#within)) return 0
    }
    if (collector.skips(root.bound(base, end))) {
      this.#marks.fill(0)
      root.mark(base, end, this.#marks)
      if (accepted !== undefined) andInto(this.#marks, this.#within)
      return countBits(this.#marks)
    }
    root.evaluate(base, end, accepted === undefined ? undefined : this.#within)
    collectAll(collector, base, root)
    return counting ? countBits(root.bits) : 0
  }
}

function collectAll(collector: Collector, base: DocId, matches: Pick<WindowNode, 'bits' | 'scores'>): void {
  const { bits, scores } = matches
  for (let w = 0; w < bits.length; w++) {
    for (let word = bits[w]!; word !== 0; word &= word - 1) {
      const d = (w << 5) + 31 - Math.clz32(word & -word)
      collector.collect(base + d, scores[d]!)
    }
  }
}

/**
 * A disjunction by MaxScore (Turtle and Flood, "Query evaluation: strategies
 * and optimizations", 1995), window by window: nodes whose bounds add up to less
 * than what is still wanted cannot bring a document in by themselves, so they
 * are only looked at for the documents that the others brought.
 *
 * Sums that decide about the ranking are added up again in the order of the
 * nodes, because the order of additions shows in the last bits, and those in ties.
 */
class Disjunction implements WindowRun {
  readonly #nodes: readonly WindowNode[]
  readonly #boost: number
  readonly #execution: SegmentExecution
  readonly #bounds: Float64Array
  /** Indices of the nodes, least bound first. */
  readonly #order: number[]
  readonly #within = newBits()
  readonly #matched = newBits()
  readonly #candidates = newBits()
  readonly #begun = newBits()
  readonly #partial = newScores()
  readonly #exact = newScores()

  constructor(root: AnyNode, execution: SegmentExecution) {
    this.#nodes = root.nodes
    this.#boost = root.boost
    this.#execution = execution
    this.#bounds = new Float64Array(root.nodes.length)
    this.#order = root.nodes.map((_, i) => i)
  }

  run(base: DocId, end: DocId, counting: boolean): number {
    const { accepted, collector } = this.#execution
    if (accepted !== undefined) {
      copyWindow(accepted, base, this.#within)
      if (isEmpty(this.#within)) return 0
    }
    const within = accepted === undefined ? undefined : this.#within
    const essentialFrom = this.#splitNodes(base, end)
    this.#evaluateEssential(essentialFrom, base, end, within)
    if (essentialFrom < this.#order.length) {
      this.#candidates.set(this.#matched)
      const complete = this.#narrow(essentialFrom, base, end)
      this.#collect(base, complete, collector)
    }
    return counting ? this.#count(essentialFrom, base, end) : 0
  }

  /** Orders the nodes by bound. @returns from which place on they are essential */
  #splitNodes(base: DocId, end: DocId): number {
    const bounds = this.#bounds
    for (let n = 0; n < this.#nodes.length; n++) bounds[n] = Math.max(0, this.#nodes[n]!.bound(base, end))
    this.#order.sort((a, b) => bounds[a]! - bounds[b]! || a - b)
    let sum = 0
    let place = 0
    for (; place < this.#order.length; place++) {
      sum += bounds[this.#order[place]!]!
      if (!this.#execution.collector.skips(sum * this.#boost)) break
    }
    return place
  }

  #evaluateEssential(from: number, base: DocId, end: DocId, within: WindowBits | undefined): void {
    this.#matched.fill(0)
    const sum = { bits: this.#matched, scores: this.#partial }
    const essential = this.#order.slice(from).sort((a, b) => a - b)
    for (const n of essential) {
      const node = this.#nodes[n]!
      node.evaluate(base, end, within)
      addScores(node, node.bits, sum)
      orInto(this.#matched, node.bits)
    }
  }

  /**
   * Drops candidates that cannot be wanted, looking at the remaining nodes,
   * greatest bound first. @returns whether the partial sums are the exact ones
   */
  #narrow(essentialFrom: number, base: DocId, end: DocId): boolean {
    let rest = 0
    for (let place = 0; place < essentialFrom; place++) rest += this.#bounds[this.#order[place]!]!
    this.#dropBelow(rest)
    for (let place = essentialFrom - 1; place >= 0; place--) {
      const n = this.#order[place]!
      const node = this.#nodes[n]!
      if (isEmpty(this.#candidates)) {
        node.bits.fill(0)
        continue
      }
      node.evaluate(base, end, this.#candidates)
      rest -= this.#bounds[n]!
      addScores(node, node.bits, { bits: this.#candidates, scores: this.#partial })
      this.#dropBelow(Math.max(0, rest))
    }
    return essentialFrom === 0
  }

  #dropBelow(rest: number): void {
    const { collector } = this.#execution
    const candidates = this.#candidates
    for (let w = 0; w < candidates.length; w++) {
      for (let word = candidates[w]!; word !== 0; word &= word - 1) {
        const lowest = word & -word
        const d = (w << 5) + 31 - Math.clz32(lowest)
        if (collector.skips((this.#partial[d]! + rest) * this.#boost)) candidates[w]! &= ~lowest
      }
    }
  }

  #collect(base: DocId, partialIsExact: boolean, collector: Collector): void {
    let scores = this.#partial
    if (!partialIsExact) {
      this.#begun.fill(0)
      for (const node of this.#nodes) {
        addScores(node, this.#candidates, { bits: this.#begun, scores: this.#exact })
        orInto(this.#begun, node.bits)
      }
      scores = this.#exact
    }
    for (let w = 0; w < this.#candidates.length; w++) {
      for (let word = this.#candidates[w]!; word !== 0; word &= word - 1) {
        const d = (w << 5) + 31 - Math.clz32(word & -word)
        collector.collect(base + d, scores[d]! * this.#boost)
      }
    }
  }

  #count(essentialFrom: number, base: DocId, end: DocId): number {
    for (let place = 0; place < essentialFrom; place++) this.#nodes[this.#order[place]!]!.mark(base, end, this.#matched)
    acceptWindow(this.#execution.accepted, base, this.#matched)
    return countBits(this.#matched)
  }
}
