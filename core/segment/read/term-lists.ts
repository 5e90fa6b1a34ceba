import { withoutChecksum } from '../../bytes/checksum.ts'
import { openPositions } from '../../postings/open-positions.ts'
import { openPostings } from '../../postings/open-postings.ts'
import type { PositionList, PostingList } from '../../postings/posting-list.ts'
import { allRead, type Plan, whenRead } from '../format/read-plan.ts'
import type { SegmentBytes } from '../format/segment-bytes.ts'
import type { TermPlace } from './lane-dictionary.ts'
import type { ListsOfTerm, WantedLists } from './term-entry.ts'

/** Reads the posting and position lists of dictionary entries. */
export class TermLists {
  readonly #file: SegmentBytes
  readonly #docCount: number

  constructor(file: SegmentBytes, docCount: number) {
    this.#file = file
    this.#docCount = docCount
  }

  /** Reads the wanted lists of an entry, in at most one round, and caches them by term. */
  read(place: TermPlace, want: WantedLists): Plan<ListsOfTerm> {
    const { lane, block, i } = place
    const term = block.term(i)
    const known = lane.knownLists(term, want, this.#docCount)
    if (known !== undefined && known !== 'absent') return known
    const plans = allRead<[PostingList, PositionList | undefined]>([
      this.postings(place),
      want === 'positions' ? this.positions(place) : undefined,
    ])
    return whenRead(plans, ([list, positions]) => {
      const lists = { list, positions }
      lane.cacheLists(term, lists, place)
      return lists
    })
  }

  /** Reads the posting list of an entry. Caches the list if it is not in its block; opening a list in a block again costs little. */
  cachedPostings(place: TermPlace): Plan<PostingList> {
    if (place.block.postingsRange(place.i).place === 'block') return this.postings(place)
    return whenRead(this.read(place, 'postings'), ({ list }) => list)
  }

  /** Reads the posting list of an entry, without a request if the list is in its dictionary block. */
  postings(place: TermPlace): Plan<PostingList> {
    const { lane, block, i } = place
    const stored = () => ({
      docFreq: block.docFreq(i),
      scored: lane.lane === 'text',
      docCount: this.#docCount,
      source: this.#sourceOf('postings', place),
    })
    const { place: where, start, end } = block.postingsRange(i)
    if (where === 'block') return block.openPostings(i, stored())!
    const fileStart = lane.postings.inFile(start)
    return this.#file.read(fileStart, fileStart + end - start, (bytes) => openPostings(bytes, stored()))
  }

  /** Reads the position list of an entry of the text lane, without a request if the list is in its dictionary block. */
  positions(place: TermPlace): Plan<PositionList> {
    const { lane, block, i } = place
    const source = this.#sourceOf('positions', place)
    const inline = block.openPositions(i, source)
    if (inline !== undefined) return inline
    const stored = { docFreq: block.docFreq(i), checksum: 'none', source } as const
    const { start, end } = block.positionsRange(i)
    const fileStart = lane.positions.inFile(start)
    return this.#file.read(fileStart, fileStart + end - start, (bytes) =>
      openPositions(withoutChecksum(bytes, source), stored),
    )
  }

  #sourceOf(what: string, { lane, block, i }: TermPlace): string {
    return `${this.#file.source}: ${what} of ${lane.lane} term "${block.term(i)}" of field ${lane.field}`
  }
}
