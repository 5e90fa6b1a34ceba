import { isEmpty } from '../../bytes/bitset.ts'
import type { DocId } from '../../postings/posting-list.ts'
import { type AnyNode, addScores } from './compound-nodes.ts'
import { acceptWindow, copyWindow } from './set-node.ts'
import { NO_MATCH, type WindowBits, type WindowNode } from './window.ts'
import { newBits, newScores } from './window-arena.ts'
import type { SegmentExecution, WindowRun } from './window-run.ts'

/**
 * Evaluates a disjunction window by window with MaxScore (Turtle and Flood, "Query evaluation: strategies and optimizations",
 * 1995). Nodes whose bounds add up to less than the current threshold are not essential: no document can be a hit by these
 * nodes alone, so they are evaluated only for documents that essential nodes match.
 *
 * Scores of hits are added again in the order of the nodes, because the order of additions changes the last bits and with
 * them the ties.
 */
export class DisjunctionRun implements WindowRun {
  readonly #nodes: readonly WindowNode[]
  readonly #boost: number
  readonly #execution: SegmentExecution
  /** Bound per node in the current window; {@link NO_MATCH} if nothing matches. */
  readonly #bounds: Float64Array
  /** Numbers of the nodes, smallest bound first. */
  readonly #order: Uint32Array
  readonly #isEssential: Uint8Array
  /** Index in `#order` of the first essential node; all nodes after it are essential too. */
  #essentialFrom = 0
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
    this.#isEssential = new Uint8Array(root.nodes.length)
    this.#order = new Uint32Array(root.nodes.length)
    for (let n = 0; n < this.#order.length; n++) this.#order[n] = n
  }

  run(base: DocId, end: DocId, matches: WindowBits | undefined): void {
    const { accepted } = this.#execution
    matches?.fill(0)
    this.#splitNodes(base, end)
    const isWanted = this.#essentialFrom < this.#order.length
    if (!isWanted && matches === undefined) return
    if (accepted !== undefined) {
      copyWindow(accepted, base, this.#within)
      if (isEmpty(this.#within)) return
    }
    this.#matched.fill(0)
    if (isWanted) {
      this.#evaluateEssential(base, end, accepted === undefined ? undefined : this.#within)
      this.#candidates.set(this.#matched)
      if (this.#narrow(base, end)) this.#collect(base)
    }
    if (matches === undefined) return
    this.#markRest(base, end)
    matches.set(this.#matched)
  }

  /** Orders the nodes by bound and finds the essential ones. */
  #splitNodes(base: DocId, end: DocId): void {
    const bounds = this.#bounds
    const order = this.#order
    for (let n = 0; n < bounds.length; n++) bounds[n] = this.#nodes[n]!.bound(base, end)
    // Insertion sort, because the order seldom changes from one window to the next.
    for (let i = 1; i < order.length; i++) {
      const n = order[i]!
      let j = i
      for (; j > 0 && bounds[order[j - 1]!]! > bounds[n]!; j--) order[j] = order[j - 1]!
      order[j] = n
    }
    let sum = 0
    let place = 0
    for (; place < order.length; place++) {
      const bound = bounds[order[place]!]!
      if (bound === NO_MATCH) continue
      sum += bound
      if (!this.#execution.collector.skips(sum * this.#boost)) break
    }
    this.#essentialFrom = place
  }

  #evaluateEssential(base: DocId, end: DocId, within: WindowBits | undefined): void {
    const sum = { bits: this.#matched, scores: this.#partial }
    // In the order of the nodes: if all nodes are essential, these sums are the scores.
    this.#isEssential.fill(0)
    for (let place = this.#essentialFrom; place < this.#order.length; place++)
      this.#isEssential[this.#order[place]!] = 1
    for (let n = 0; n < this.#nodes.length; n++) {
      if (this.#isEssential[n] === 0) continue
      const node = this.#nodes[n]!
      node.evaluate(base, end, within)
      addScores(node, node.bits, sum)
    }
  }

  /**
   * Evaluates the other nodes, largest bound first, and drops candidates that can no longer be hits.
   *
   * @returns whether any candidate is left
   */
  #narrow(base: DocId, end: DocId): boolean {
    let rest = 0
    for (let place = 0; place < this.#essentialFrom; place++) rest += Math.max(0, this.#bounds[this.#order[place]!]!)
    this.#dropBelow(rest)
    for (let place = this.#essentialFrom - 1; place >= 0; place--) {
      const n = this.#order[place]!
      const node = this.#nodes[n]!
      if (this.#bounds[n] === NO_MATCH) {
        node.bits.fill(0)
        continue
      }
      if (isEmpty(this.#candidates)) return false
      node.evaluate(base, end, this.#candidates)
      rest = Math.max(0, rest - this.#bounds[n]!)
      addScores(node, this.#candidates, { bits: this.#candidates, scores: this.#partial })
      this.#dropBelow(rest)
    }
    return !isEmpty(this.#candidates)
  }

  #dropBelow(rest: number): void {
    const { collector } = this.#execution
    const candidates = this.#candidates
    const partial = this.#partial
    for (let w = 0; w < candidates.length; w++) {
      let kept = candidates[w]!
      for (let word = kept; word !== 0; word &= word - 1) {
        const lowest = word & -word
        const d = (w << 5) + 31 - Math.clz32(lowest)
        if (collector.skips((partial[d]! + rest) * this.#boost)) kept &= ~lowest
      }
      candidates[w] = kept
    }
  }

  #collect(base: DocId): void {
    const { collector } = this.#execution
    const candidates = this.#candidates
    // If every node is essential, the scores were already added in the order of the nodes.
    const scores = this.#essentialFrom === 0 ? this.#partial : this.#addInOrder()
    for (let w = 0; w < candidates.length; w++) {
      for (let word = candidates[w]!; word !== 0; word &= word - 1) {
        const d = (w << 5) + 31 - Math.clz32(word & -word)
        collector.collect(base + d, scores[d]! * this.#boost)
      }
    }
  }

  #addInOrder(): Float64Array {
    this.#begun.fill(0)
    const sum = { bits: this.#begun, scores: this.#exact }
    for (const node of this.#nodes) addScores(node, this.#candidates, sum)
    return this.#exact
  }

  /** Adds the matches of the nodes that are not essential. */
  #markRest(base: DocId, end: DocId): void {
    for (let place = 0; place < this.#essentialFrom; place++) {
      const n = this.#order[place]!
      if (this.#bounds[n] !== NO_MATCH) this.#nodes[n]!.mark(base, end, this.#matched)
    }
    acceptWindow(this.#execution.accepted, base, this.#matched)
  }
}
