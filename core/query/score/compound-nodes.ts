import { andInto, andNotInto, isEmpty, orInto } from '../../bytes/bitset.ts'
import type { DocId } from '../../postings/posting-list.ts'
import { NO_MATCH, type WindowBits, type WindowNode } from './window.ts'
import { newBits, newScores } from './window-arena.ts'

/**
 * Matches documents that any of several nodes matches. The score is the sum of the nodes' scores, added in the order of the
 * nodes, or the best score.
 */
export class AnyNode implements WindowNode {
  readonly bits = newBits()
  readonly scores = newScores()
  readonly costEstimate: number
  readonly nodes: readonly WindowNode[]
  readonly isSum: boolean
  readonly boost: number

  constructor(nodes: readonly WindowNode[], mode: 'sum' | 'best', boost: number) {
    this.nodes = nodes
    this.isSum = mode === 'sum'
    this.boost = boost
    this.costEstimate = nodes.reduce((sum, node) => sum + node.costEstimate, 0)
  }

  bound(base: DocId, end: DocId): number {
    let total = NO_MATCH
    for (const node of this.nodes) {
      const bound = node.bound(base, end)
      if (bound === NO_MATCH) continue
      if (total === NO_MATCH) total = bound
      else total = this.isSum ? total + bound : Math.max(total, bound)
    }
    return total === NO_MATCH ? NO_MATCH : total * this.boost
  }

  evaluate(base: DocId, end: DocId, within: WindowBits | undefined): void {
    const { bits, scores } = this
    bits.fill(0)
    for (const node of this.nodes) {
      node.evaluate(base, end, within)
      if (this.isSum) addScores(node, node.bits, this)
      else raiseScores(node, this)
    }
    multiplyScores(bits, scores, this.boost)
  }

  mark(base: DocId, end: DocId, into: WindowBits): void {
    for (const node of this.nodes) node.mark(base, end, into)
  }
}

/** A node of a boolean query, and whether documents have to match it. */
export type OccurringNode = { readonly occur: 'must' | 'should' | 'must_not'; readonly node: WindowNode }

/** Matches documents that every `must`, at least one, and no `must_not` matches. Matching `should` nodes add to the score. */
export class BoolNode implements WindowNode {
  readonly bits = newBits()
  readonly scores = newScores()
  readonly costEstimate: number
  /** All nodes except `must_not`, in the order in which their scores are added. */
  readonly #scoring: readonly OccurringNode[]
  /** Rarest first. */
  readonly #musts: readonly WindowNode[]
  readonly #shoulds: readonly WindowNode[]
  readonly #mustNots: readonly WindowNode[]
  readonly #boost: number
  readonly #marks = newBits()

  constructor(parts: readonly OccurringNode[], boost: number) {
    this.#scoring = parts.filter(({ occur }) => occur !== 'must_not')
    this.#musts = nodesOf(parts, 'must').sort((a, b) => a.costEstimate - b.costEstimate)
    this.#shoulds = nodesOf(parts, 'should')
    this.#mustNots = nodesOf(parts, 'must_not')
    this.#boost = boost
    this.costEstimate = this.#musts[0]!.costEstimate
  }

  bound(base: DocId, end: DocId): number {
    let total = 0
    for (const node of this.#musts) {
      const bound = node.bound(base, end)
      if (bound === NO_MATCH) return NO_MATCH
      total += bound
    }
    for (const node of this.#shoulds) total += Math.max(0, node.bound(base, end))
    return total * this.#boost
  }

  evaluate(base: DocId, end: DocId, within: WindowBits | undefined): void {
    const { bits, scores } = this
    if (!this.#match(base, end, within)) return
    for (const node of this.#shoulds) node.evaluate(base, end, bits)
    const sum = { bits: newlyScored, scores }
    newlyScored.fill(0)
    for (const { node } of this.#scoring) addScores(node, bits, sum)
    multiplyScores(bits, scores, this.#boost)
  }

  mark(base: DocId, end: DocId, into: WindowBits): void {
    if (this.#match(base, end, undefined)) orInto(into, this.bits)
  }

  /** Finds the matches, without the `should` nodes. @returns whether there are any */
  #match(base: DocId, end: DocId, within: WindowBits | undefined): boolean {
    const { bits } = this
    let narrowed = within
    for (const node of this.#musts) {
      node.evaluate(base, end, narrowed)
      if (narrowed === bits) andInto(bits, node.bits)
      else bits.set(node.bits)
      narrowed = bits
      if (isEmpty(bits)) return false
    }
    for (const node of this.#mustNots) {
      this.#marks.fill(0)
      node.mark(base, end, this.#marks)
      andNotInto(bits, this.#marks)
    }
    return !isEmpty(bits)
  }
}

/** Scratch of {@link BoolNode.evaluate}: the documents that have a sum. No other evaluation begins while it is in use. */
const newlyScored = newBits()

function nodesOf(parts: readonly OccurringNode[], occur: OccurringNode['occur']): WindowNode[] {
  return parts.filter((part) => part.occur === occur).map((part) => part.node)
}

type Sum = { readonly bits: WindowBits; readonly scores: Float64Array }

/**
 * Adds a node's scores to `sum` for the documents in `among`. If a document's bit in `sum` is not set, its score starts the
 * document's sum, and the bit is set.
 */
export function addScores(node: Sum, among: WindowBits, sum: Sum): void {
  const from = node.scores
  const to = sum.scores
  for (let w = 0; w < among.length; w++) {
    const matching = node.bits[w]! & among[w]!
    if (matching === 0) continue
    const begun = sum.bits[w]!
    const base = w << 5
    for (let word = matching & begun; word !== 0; word &= word - 1) {
      const d = base + 31 - Math.clz32(word & -word)
      to[d] = to[d]! + from[d]!
    }
    for (let word = matching & ~begun; word !== 0; word &= word - 1) {
      const d = base + 31 - Math.clz32(word & -word)
      to[d] = from[d]!
    }
    sum.bits[w] = begun | matching
  }
}

/** Like {@link addScores} for all matches, but keeps the higher score instead of adding. */
function raiseScores(node: Sum, best: Sum): void {
  for (let w = 0; w < best.bits.length; w++) {
    const begun = best.bits[w]!
    for (let word = node.bits[w]!; word !== 0; word &= word - 1) {
      const lowest = word & -word
      const d = (w << 5) + 31 - Math.clz32(lowest)
      best.scores[d] = (begun & lowest) !== 0 ? Math.max(best.scores[d]!, node.scores[d]!) : node.scores[d]!
    }
    best.bits[w] = begun | node.bits[w]!
  }
}

function multiplyScores(bits: WindowBits, scores: Float64Array, boost: number): void {
  if (boost === 1) return
  for (let w = 0; w < bits.length; w++) {
    for (let word = bits[w]!; word !== 0; word &= word - 1) scores[(w << 5) + 31 - Math.clz32(word & -word)]! *= boost
  }
}
