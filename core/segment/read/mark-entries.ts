import type { TermBlock } from '../../dictionary/term-block.ts'
import { markDocuments } from '../../postings/mark-documents.ts'
import type { PostingList } from '../../postings/posting-list.ts'
import { allRead, inChunks, inSteps, type Plan, whenRead } from '../format/read-plan.ts'
import type { LaneDictionary, TermPlace } from './lane-dictionary.ts'
import type { MarkedDocuments } from './marked-documents.ts'
import { scanLane, visitBlocks } from './scan-lane.ts'
import type { MarkingScan } from './term-entry.ts'
import type { TermLists } from './term-lists.ts'

/** Terms that are looked up, or lists that are opened, in one step. */
const STEP_TERMS = 128

/** A list that is not in its dictionary block, and the sets to add its documents to. */
type ListElsewhere = { readonly place: TermPlace; readonly into: MarkedDocuments[] }

/** Adds the documents of dictionary entries of one lane to sets, including deleted documents. A marker serves one call. */
export class EntryMarker {
  readonly #lane: LaneDictionary
  readonly #lists: TermLists
  readonly #segment: { readonly docCount: number; readonly source: string }
  readonly #elsewhere: ListElsewhere[] = []
  /** Lists of the current block by entry: several scans may find the same entry. */
  readonly #ofBlock = new Map<number, ListElsewhere>()
  #block: TermBlock | undefined

  constructor(lane: LaneDictionary, lists: TermLists, segment: { readonly docCount: number; readonly source: string }) {
    this.#lane = lane
    this.#lists = lists
    this.#segment = segment
  }

  /** Marks the documents of the entries that each scan finds. At most two rounds, unless the lane is large. */
  scans(scans: readonly MarkingScan[]): Plan<void> {
    const scanned = scanLane(this.#lane, scans, (s, { block }, i) => this.#mark(block, i, scans[s]!.into))
    return whenRead(scanned, () => this.#markElsewhere())
  }

  /** Marks the documents of terms, in any order. One round. */
  terms(terms: readonly string[], into: MarkedDocuments): Plan<void> {
    return this.#lane.size === 0 ? undefined : inSteps(this.#findTerms(terms, into))
  }

  *#findTerms(terms: readonly string[], into: MarkedDocuments): Generator<void, Plan<void>> {
    const lane = this.#lane
    const names: Uint8Array[] = []
    /** Block number × number of terms + index of the term: sorts terms by block. */
    const places: number[] = []
    for (const [t, term] of terms.entries()) {
      // Buffer's pool is cheaper than an ArrayBuffer for each term.
      const name = Buffer.from(term)
      names.push(name)
      const frequent = lane.frequent.find(name)
      if (frequent === undefined) places.push(lane.blockOf(name) * terms.length + t)
      else this.#elsewhere.push({ place: { lane, ...frequent }, into: [into] })
      if ((t + 1) % STEP_TERMS === 0) yield
    }
    const sorted = Float64Array.from(places).sort()
    const blockAt = (p: number) => Math.floor(sorted[p]! / terms.length)
    const mark = (block: TermBlock, i: number) => this.#mark(block, i, into)
    const blocks: number[] = []
    for (const p of sorted.keys()) if (blockAt(p) !== blocks.at(-1)) blocks.push(blockAt(p))
    let next = 0
    const visited = visitBlocks(lane, Uint32Array.from(blocks), function* (block, b) {
      for (; next < sorted.length && blockAt(next) === b; next++) {
        const i = block.find(names[sorted[next]! % terms.length]!)
        if (i >= 0) mark(block, i)
        if ((next + 1) % STEP_TERMS === 0) yield
      }
    })
    return whenRead(allRead([this.#markElsewhere(), visited]), () => undefined)
  }

  #mark(block: TermBlock, i: number, into: MarkedDocuments): void {
    if (!block.markDocuments(i, this.#segment, into.set)) this.#noteElsewhere(block, i, into)
  }

  #noteElsewhere(block: TermBlock, i: number, into: MarkedDocuments): void {
    if (this.#block !== block) this.#ofBlock.clear()
    this.#block = block
    const known = this.#ofBlock.get(i)
    if (known !== undefined) {
      known.into.push(into)
      return
    }
    const list = { place: { lane: this.#lane, block, i }, into: [into] }
    this.#ofBlock.set(i, list)
    this.#elsewhere.push(list)
  }

  #markElsewhere(): Plan<void> {
    const found = this.#elsewhere
    const lists = inChunks(found, STEP_TERMS, (some) =>
      allRead(some.map(({ place }) => this.#lists.cachedPostings(place))),
    )
    return found.length === 0 ? undefined : whenRead(lists, (opened) => inSteps(markLists(opened, found)))
  }
}

function* markLists(lists: readonly PostingList[], found: readonly ListElsewhere[]): Generator<void, void> {
  for (const [l, list] of lists.entries()) {
    for (const { set } of found[l]!.into) {
      yield* markDocuments(list, set)
      yield
    }
  }
}
