import { withoutChecksum } from '../../bytes/checksum.ts'
import type { TermBlock } from '../../dictionary/term-block.ts'
import { allHere, type MaybePromise, whenHere } from '../../maybe-promise.ts'
import { openPositions } from '../../postings/open-positions.ts'
import { openPostings } from '../../postings/open-postings.ts'
import type { PositionList, PostingList } from '../../postings/posting-list.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { decodeOnce } from '../format/read-units.ts'
import type { SegmentBytes } from '../format/segment-bytes.ts'
import type { TermPlace } from './lane-dictionary.ts'
import type { ListsOfTerm, LookupWant, WantedLists } from './segment-reader.ts'

/** Reads the posting and position lists of dictionary entries. */
export class TermLists {
  readonly #file: SegmentBytes
  readonly #docCount: number

  constructor(file: SegmentBytes, docCount: number) {
    this.#file = file
    this.#docCount = docCount
  }

  /** The posting list of an entry; a request only if it does not lie in its dictionary block. */
  postings(store: ObjectStore, place: TermPlace): MaybePromise<PostingList> {
    const { lane, block, i } = place
    const known = place.postings ?? inlineLists.get(block)?.[i]
    if (known !== undefined) return known
    return whenHere(undefined, () => {
      const { place: where, start, end } = block.postingsRange(i)
      const stored = () => ({
        docFreq: block.docFreq(i),
        scored: lane.lane === 'text',
        docCount: this.#docCount,
        source: this.#sourceOf('postings', place),
      })
      if (where === 'block') return keepInline(block, i, block.openPostings(i, stored())!)
      const fileStart = lane.postings.inFile(start)
      return whenHere(this.#file.read(store, fileStart, fileStart + end - start), (bytes) =>
        decodeOnce(bytes, 0, () => openPostings(bytes, stored())),
      )
    })
  }

  /** What of an entry's lists is wanted, in one round. */
  both(store: ObjectStore, place: TermPlace, want: WantedLists): MaybePromise<ListsOfTerm> {
    const lists = allHere<[PostingList, PositionList | undefined]>([
      this.postings(store, place),
      want === 'positions' ? this.positions(store, place) : undefined,
    ])
    return whenHere(lists, ([list, positions]) => ({ list, positions }))
  }

  /** Reads the lists of entries in the same round as what else is under way, for {@link postings} to give. */
  prefetch(store: ObjectStore, place: TermPlace, want: LookupWant): MaybePromise<void> {
    const lists = allHere<[PostingList | undefined, PositionList | undefined]>([
      want === 'stats' ? undefined : this.postings(store, place),
      want === 'positions' && place.lane.lane === 'text' ? this.positions(store, place) : undefined,
    ])
    return whenHere(lists, ([postings, positions]) => {
      place.postings = postings
      place.positions = positions
    })
  }

  /** The position list of an entry of the text lane; a request only if it does not lie in its dictionary block. */
  positions(store: ObjectStore, place: TermPlace): MaybePromise<PositionList> {
    if (place.positions !== undefined) return place.positions
    return whenHere(undefined, () => {
      const { lane, block, i } = place
      const source = this.#sourceOf('positions', place)
      const stored = { docFreq: block.docFreq(i), checksum: 'none', source } as const
      const inline = block.openPositions(i, source)
      if (inline !== undefined) return inline
      const { start, end } = block.positionsRange(i)
      const fileStart = lane.positions.inFile(start)
      return whenHere(this.#file.read(store, fileStart, fileStart + end - start), (bytes) =>
        openPositions(
          decodeOnce(bytes, 0, () => withoutChecksum(bytes, source)),
          stored,
        ),
      )
    })
  }

  #sourceOf(what: string, { lane, block, i }: TermPlace): string {
    return `${this.#file.source}: ${what} of ${lane.lane} term "${block.term(i)}" of field ${lane.field}`
  }
}

/** Lists opened from a dictionary block, for as long as the block itself is remembered. */
const inlineLists = new WeakMap<TermBlock, (PostingList | undefined)[]>()

function keepInline(block: TermBlock, i: number, list: PostingList): PostingList {
  const lists = inlineLists.get(block) ?? []
  inlineLists.set(block, lists)
  lists[i] = list
  return list
}
