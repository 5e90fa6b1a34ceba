import type { Lane } from '../../dictionary/lane.ts'
import type { FieldNumber } from '../../fields/field.ts'
import { FREQUENT_DOC_FREQ } from '../../postings/encode-postings.ts'
import type { PositionList, PostingList } from '../../postings/posting-list.ts'
import type { Footer } from '../format/footer.ts'
import { allRead, inChunks, type Plan, whenRead } from '../format/read-plan.ts'
import type { SegmentBytes } from '../format/segment-bytes.ts'
import { LANE_SECTIONS } from '../format/segment-format.ts'
import { LaneDictionary, type TermPlace } from './lane-dictionary.ts'
import { EntryMarker } from './mark-entries.ts'
import type { MarkedDocuments } from './marked-documents.ts'
import type { VisitEntry } from './scan-lane.ts'
import { scanLane } from './scan-lane.ts'
import type { EntryScan, ListsOfTerm, MarkingScan, TermEntry, TermKey, TermRange, WantedLists } from './term-entry.ts'
import { TermLists } from './term-lists.ts'

/** Terms that are looked up in one step. */
const STEP_TERMS = 256

const LANES = ['text', 'keyword', 'form', 'whole', 'prefix'] as const

/** The dictionaries of one segment, and the posting and position lists of their entries. */
export class TermReader {
  readonly #file: SegmentBytes
  readonly #footer: Footer
  readonly #lists: TermLists
  /** Dictionaries by field and lane: searches ask for these many times each. */
  readonly #lanes: (LaneDictionary | undefined)[] = []

  constructor(file: SegmentBytes, footer: Footer) {
    this.#file = file
    this.#footer = footer
    this.#lists = new TermLists(file, footer.docCount)
  }

  /** One dictionary, opened at its first use. @throws {CorruptDataError} for an index that no writer made */
  lane(field: FieldNumber, lane: Lane): LaneDictionary {
    const number = field * LANES.length + LANES.indexOf(lane)
    this.#lanes[number] ??= new LaneDictionary(this.#file, this.#footer, { field, lane })
    return this.#lanes[number]
  }

  /** Number of entries in a lane. An entry's rank is its ordinal, which is what columns of keywords hold. */
  laneSize(field: FieldNumber, lane: Lane): number {
    return this.lane(field, lane).size
  }

  /** Whether the footer lists the term, so that its document frequency costs no read. */
  isInFooter({ field, lane, term }: TermKey): boolean {
    return this.lane(field, lane).findFrequent(term) !== undefined
  }

  /** The most documents that can contain a term, as far as the footer says. */
  docFreqMax({ field, lane, term }: TermKey): number {
    const dictionary = this.lane(field, lane)
    if (dictionary.size === 0) return 0
    return dictionary.findFrequent(term)?.docFreq ?? Math.min(FREQUENT_DOC_FREQ, this.#footer.docCount)
  }

  /** Looks entries up; undefined where there is none, and of the form lane only the first of several with one form. One round. */
  lookup(keys: readonly TermKey[]): Plan<(TermEntry | undefined)[]> {
    return inChunks(keys, STEP_TERMS, (some) => this.#find(some, (entry) => entry))
  }

  /**
   * The lists of terms, undefined where there is none. One round: the lists of frequent terms come
   * in it, and those of rare ones with the dictionary; only long position lists of rare terms need a second one.
   *
   * @param want `positions`: only of terms of the text lane
   */
  lists(keys: readonly TermKey[], want: WantedLists): Plan<(ListsOfTerm | undefined)[]> {
    return inChunks(keys, STEP_TERMS, (some) => this.#listsOf(some, want))
  }

  #listsOf(keys: readonly TermKey[], want: WantedLists): Plan<(ListsOfTerm | undefined)[]> {
    const lists: (ListsOfTerm | undefined)[] = []
    const missing: number[] = []
    for (const { field, lane, term } of keys) {
      const here = this.lane(field, lane).listsHere(term, want, this.#footer.docCount)
      if (here === undefined) missing.push(lists.length)
      lists.push(here === 'absent' ? undefined : here)
    }
    if (missing.length === 0) return lists
    const asked = missing.map((k) => keys[k]!)
    const read = this.#find(asked, (entry, { field, lane, term }) => {
      if (entry !== undefined) return this.#lists.read(placeOf(entry), want)
      this.lane(field, lane).keepLists(term, undefined, 0)
      return undefined
    })
    return whenRead(read, (found) => {
      for (const [i, k] of missing.entries()) lists[k] = found[i]
      return lists
    })
  }

  /** Looks entries up and goes on with each: with frequent ones, which the footer lists, at once. */
  #find<T>(keys: readonly TermKey[], next: (entry: TermEntry | undefined, key: TermKey) => Plan<T>): Plan<T[]> {
    const results = new Array<T>(keys.length)
    const rare = new Map<LaneDictionary, number[]>()
    const pending: Plan<void>[] = []
    const goOn = (k: number, entry: TermEntry | undefined) =>
      whenRead(next(entry, keys[k]!), (result) => {
        results[k] = result
      })
    for (const [k, { field, lane, term }] of keys.entries()) {
      const dictionary = this.lane(field, lane)
      const frequent = dictionary.findFrequent(term)
      if (frequent !== undefined) pending.push(goOn(k, frequent))
      else if (rare.has(dictionary)) rare.get(dictionary)!.push(k)
      else rare.set(dictionary, [k])
    }
    for (const [dictionary, places] of rare) {
      const found = dictionary.find(places.map((k) => keys[k]!.term))
      pending.push(
        whenRead(found, (entries) => {
          const all = allRead(places.map((k, i) => goOn(k, entries[i])))
          return whenRead(all, () => undefined)
        }),
      )
    }
    return whenRead(allRead(pending), () => results)
  }

  /** All entries of a lane within `range`, in order. A form of several terms is an entry for each. One round. */
  scan(field: FieldNumber, lane: Lane, range: TermRange): Plan<TermEntry[]> {
    const entries: TermEntry[] = []
    const dictionary = this.lane(field, lane)
    const scanned = this.visit(field, lane, [{ ranges: [range] }], (_, names, i) =>
      entries.push(dictionary.entry(names.block, i, names.term(i))),
    )
    return whenRead(scanned, () => entries)
  }

  /** Calls `visit` with each entry that a scan finds: as {@link scanLane} does. */
  visit(field: FieldNumber, lane: Lane, scans: readonly EntryScan[], visit: VisitEntry): Plan<void> {
    return scanLane(this.lane(field, lane), scans, visit)
  }

  /** Adds the documents of all entries that each of several scans finds, deleted ones included. At most two rounds, unless the lane is large. */
  markScans(field: FieldNumber, lane: Lane, scans: readonly MarkingScan[]): Plan<void> {
    return this.#marker(field, lane).scans(scans)
  }

  /** Adds the documents of terms, in any order, deleted ones included. One round. */
  markTerms(field: FieldNumber, lane: Lane, terms: readonly string[], into: MarkedDocuments): Plan<void> {
    return this.#marker(field, lane).terms(terms, into)
  }

  #marker(field: FieldNumber, lane: Lane): EntryMarker {
    const { docCount } = this.#footer
    return new EntryMarker(this.lane(field, lane), this.#lists, { docCount, source: this.#file.source })
  }

  /** The posting lists of entries, in their order. No read for entries whose postings came with the dictionary. */
  postings(entries: readonly TermEntry[]): Plan<PostingList[]> {
    return allRead(entries.map((entry) => this.#lists.kept(placeOf(entry))))
  }

  /** The position lists of entries of the text lane, in their order. */
  positions(entries: readonly TermEntry[]): Plan<PositionList[]> {
    const lists = entries.map((entry) => this.#lists.read(placeOf(entry), 'positions'))
    return whenRead(allRead(lists), (read) => read.map(({ positions }) => positions!))
  }

  /** The values of a keyword lane at these ordinals, in the order asked. One round. */
  valuesAt(field: FieldNumber, ordinals: ArrayLike<number>): Plan<string[]> {
    return this.lane(field, 'keyword').valuesAt(ordinals)
  }

  /** Decodes the dictionaries that searches use, out of the whole file, into the cache. A step is one block. */
  *decodeAll(whole: Uint8Array): Generator<void, void> {
    const lanes = new Set<LaneDictionary>()
    // A lane that lies in several pieces is one dictionary.
    for (const { kind, field } of this.#footer.sections) {
      const lane = LANES.find((one) => LANE_SECTIONS[one].terms === kind)
      if (lane !== undefined && lane !== 'whole') lanes.add(this.lane(field, lane))
    }
    for (const lane of lanes) for (const _ of lane.blocks.decodeAll(whole)) yield
  }
}

function placeOf({ place }: TermEntry): TermPlace {
  return place as TermPlace
}
