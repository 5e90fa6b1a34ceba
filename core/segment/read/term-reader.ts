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

/** Terms that one step looks up. */
const STEP_TERMS = 256

const LANES = ['text', 'keyword', 'form', 'whole', 'prefix'] as const

/** Reads the dictionaries of one segment, and the posting and position lists of their entries. */
export class TermReader {
  readonly #file: SegmentBytes
  readonly #footer: Footer
  readonly #lists: TermLists
  /** Dictionaries by field and lane: a search needs each of them many times. */
  readonly #lanes: (LaneDictionary | undefined)[] = []

  constructor(file: SegmentBytes, footer: Footer) {
    this.#file = file
    this.#footer = footer
    this.#lists = new TermLists(file, footer.docCount)
  }

  /** The dictionary of a lane, which is opened at its first use. @throws {CorruptDataError} for an index that no writer made */
  lane(field: FieldNumber, lane: Lane): LaneDictionary {
    const number = field * LANES.length + LANES.indexOf(lane)
    this.#lanes[number] ??= new LaneDictionary(this.#file, this.#footer, { field, lane })
    return this.#lanes[number]
  }

  /** Number of entries in a lane. An entry's rank is its ordinal; columns of keywords hold ordinals. */
  laneSize(field: FieldNumber, lane: Lane): number {
    return this.lane(field, lane).size
  }

  /** Whether the footer lists the term, so that its doc frequency costs no read. */
  isInFooter({ field, lane, term }: TermKey): boolean {
    return this.lane(field, lane).findFrequent(term) !== undefined
  }

  /** An upper bound of a term's doc frequency, from the footer alone. */
  docFreqMax({ field, lane, term }: TermKey): number {
    const dictionary = this.lane(field, lane)
    if (dictionary.size === 0) return 0
    return dictionary.findFrequent(term)?.docFreq ?? Math.min(FREQUENT_DOC_FREQ, this.#footer.docCount)
  }

  /** Looks up entries; undefined for those that do not exist. In the form lane, finds the first of several entries of one form. One round. */
  lookup(keys: readonly TermKey[]): Plan<(TermEntry | undefined)[]> {
    return inChunks(keys, STEP_TERMS, (some) => this.#find(some, (entry) => entry))
  }

  /**
   * Reads the lists of terms; undefined for absent terms. One round: it reads the lists of frequent terms, and
   * the dictionary blocks with the lists of rare terms. Only long position lists of rare terms need a second round.
   *
   * @param want `positions` for terms of the text lane only
   */
  lists(keys: readonly TermKey[], want: WantedLists): Plan<(ListsOfTerm | undefined)[]> {
    return inChunks(keys, STEP_TERMS, (some) => this.#listsOf(some, want))
  }

  #listsOf(keys: readonly TermKey[], want: WantedLists): Plan<(ListsOfTerm | undefined)[]> {
    const lists: (ListsOfTerm | undefined)[] = []
    const missing: number[] = []
    for (const { field, lane, term } of keys) {
      const here = this.lane(field, lane).knownLists(term, want, this.#footer.docCount)
      if (here === undefined) missing.push(lists.length)
      lists.push(here === 'absent' ? undefined : here)
    }
    if (missing.length === 0) return lists
    const asked = missing.map((k) => keys[k]!)
    const read = this.#find(asked, (entry, { field, lane, term }) => {
      if (entry !== undefined) return this.#lists.read(placeOf(entry), want)
      this.lane(field, lane).cacheAbsence(term)
      return undefined
    })
    return whenRead(read, (found) => {
      for (const [i, k] of missing.entries()) lists[k] = found[i]
      return lists
    })
  }

  /** Looks up entries and continues with each: at once with frequent ones, which the footer lists. */
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

  /** Reads all entries of a lane in `range`, in order. A form of several terms has an entry for each term. One round. */
  scan(field: FieldNumber, lane: Lane, range: TermRange): Plan<TermEntry[]> {
    const entries: TermEntry[] = []
    const dictionary = this.lane(field, lane)
    const scanned = this.visit(field, lane, [{ ranges: [range] }], (_, names, i) =>
      entries.push(dictionary.entry(names.block, i, names.term(i))),
    )
    return whenRead(scanned, () => entries)
  }

  /** Calls `visit` with each entry that a scan finds, as {@link scanLane} does. */
  visit(field: FieldNumber, lane: Lane, scans: readonly EntryScan[], visit: VisitEntry): Plan<void> {
    return scanLane(this.lane(field, lane), scans, visit)
  }

  /** Adds the documents of all entries that each scan finds, including deleted ones. At most two rounds, unless the lane is large. */
  markScans(field: FieldNumber, lane: Lane, scans: readonly MarkingScan[]): Plan<void> {
    return this.#marker(field, lane).scans(scans)
  }

  /** Adds the documents of terms, which are in any order; includes deleted documents. One round. */
  markTerms(field: FieldNumber, lane: Lane, terms: readonly string[], into: MarkedDocuments): Plan<void> {
    return this.#marker(field, lane).terms(terms, into)
  }

  #marker(field: FieldNumber, lane: Lane): EntryMarker {
    const { docCount } = this.#footer
    return new EntryMarker(this.lane(field, lane), this.#lists, { docCount, source: this.#file.source })
  }

  /** Reads the posting lists of entries, in the order given. Lists in dictionary blocks need no read. */
  postings(entries: readonly TermEntry[]): Plan<PostingList[]> {
    return allRead(entries.map((entry) => this.#lists.cachedPostings(placeOf(entry))))
  }

  /** Reads the position lists of entries of the text lane, in the order given. */
  positions(entries: readonly TermEntry[]): Plan<PositionList[]> {
    const lists = entries.map((entry) => this.#lists.read(placeOf(entry), 'positions'))
    return whenRead(allRead(lists), (read) => read.map(({ positions }) => positions!))
  }

  /** Reads the values of a keyword lane with these ordinals, in the order given. One round. */
  valuesAt(field: FieldNumber, ordinals: ArrayLike<number>): Plan<string[]> {
    return this.lane(field, 'keyword').valuesAt(ordinals)
  }

  /** Decodes the dictionaries that searches use from the bytes of the whole file into the cache. A step is one block. */
  *decodeAll(whole: Uint8Array): Generator<void, void> {
    const lanes = new Set<LaneDictionary>()
    // Several sections may be pieces of one lane.
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
