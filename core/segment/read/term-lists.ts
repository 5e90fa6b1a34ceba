import { withoutChecksum } from '../../bytes/checksum.ts'
import { openPositions } from '../../postings/open-positions.ts'
import { openPostings } from '../../postings/open-postings.ts'
import type { PositionList, PostingList } from '../../postings/posting-list.ts'
import { allRead, type Plan, whenRead } from '../format/read-plan.ts'
import type { SegmentBytes } from '../format/segment-bytes.ts'
import type { TermPlace } from './lane-dictionary.ts'
import type { ListsOfTerm, WantedLists } from './term-entry.ts'

/** The posting and position lists of dictionary entries. */
export class TermLists {
  readonly #file: SegmentBytes
  readonly #docCount: number

  constructor(file: SegmentBytes, docCount: number) {
    this.#file = file
    this.#docCount = docCount
  }

  /** What of an entry's lists is wanted, in at most one round; kept for the next who asks for the term. */
  read(place: TermPlace, want: WantedLists): Plan<ListsOfTerm> {
    const { lane, block, i } = place
    const term = block.term(i)
    const known = lane.listsHere(term, want, this.#docCount)
    if (known !== undefined && known !== 'absent') return known
    const plans = allRead<[PostingList, PositionList | undefined]>([
      this.postings(place),
      want === 'positions' ? this.positions(place) : undefined,
    ])
    return whenRead(plans, ([list, positions]) => {
      const lists = { list, positions }
      lane.keepLists(term, lists, sectionBytes(place, want))
      return lists
    })
  }

  /** The posting list of an entry. Lists in a block are opened again at little cost; those that lie elsewhere are kept by term. */
  kept(place: TermPlace): Plan<PostingList> {
    if (place.block.postingsRange(place.i).place === 'block') return this.postings(place)
    return whenRead(this.read(place, 'postings'), ({ list }) => list)
  }

  /** The posting list of an entry; a read only if it does not lie in its dictionary block. */
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

  /** The position list of an entry of the text lane; a read only if it does not lie in its dictionary block. */
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

/** Bytes of the wanted lists that lie outside of the dictionary block. */
function sectionBytes({ block, i }: TermPlace, want: WantedLists): number {
  const ranges = [block.postingsRange(i), ...(want === 'positions' ? [block.positionsRange(i)] : [])]
  return ranges.reduce((sum, { place, start, end }) => sum + (place === 'section' ? end - start : 0), 0)
}
