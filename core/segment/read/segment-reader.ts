import type { Column, Zone } from '../../columns/column.ts'
import type { Lane } from '../../dictionary/lane.ts'
import type { FieldNumber } from '../../fields/field.ts'
import type { MaybePromise } from '../../maybe-promise.ts'
import type { DocId, PositionList, PostingList } from '../../postings/posting-list.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { Footer } from '../format/footer.ts'
import type { SegmentFile } from '../format/segment-entry.ts'
import type { Bitset } from '../format/tombstones.ts'

/** Names an entry of a segment's dictionary. */
export type TermKey = { readonly field: FieldNumber; readonly lane: Lane; readonly term: string }

/** An entry of a segment's dictionary: a term, an exact value, or a word as it was written. */
export type TermEntry = {
  readonly field: FieldNumber
  readonly lane: Lane
  readonly term: string
  /** Documents that contain it, deleted ones included. */
  readonly docFreq: number
  /** Text lane: somewhere the term was written just so; there is no entry in the form lane for that. */
  readonly ownForm: boolean
  /** Form lane: the term that the form is indexed under. Elsewhere the same as `term`. */
  readonly indexedTerm: string
  /** Where the postings are; only the reader that made the entry understands it. */
  readonly place: unknown
}

/** What an entry is called, as {@link TermEntry} has it. */
export type EntryName = Pick<TermEntry, 'term' | 'ownForm'>

/** The entries of a lane within a range, and of these the accepted ones; without `accepts` all. */
export type LaneScan = {
  readonly field: FieldNumber
  readonly lane: Lane
  readonly range: TermRange
  readonly accepts?: ((entry: EntryName) => boolean) | undefined
}

/** The lists of a term; positions where they were asked for. */
export type ListsOfTerm = { readonly list: PostingList; readonly positions: PositionList | undefined }

/** Which of a term's lists are wanted; positions never without postings. */
export type WantedLists = 'postings' | 'positions'

/** A term that {@link SegmentReader.lists} was asked for. */
export type AskedTerm = TermKey & { readonly want: WantedLists }

/** What {@link SegmentReader.lookup} shall bring along in the same round. */
export type LookupWant = 'stats' | WantedLists

/** Entries with `from` ≤ term < `to`, in UTF-8 byte order; to the end of the lane without `to`. */
export type TermRange = { readonly from: string; readonly to?: string | undefined }

/**
 * One immutable segment, opened: only its footer is in memory, and every method
 * with a `store` reads what else it needs in at most one round of parallel
 * requests unless it says otherwise. `store` is passed with each call so that
 * the cost is counted for whoever asks; all must show the same objects.
 *
 * Bytes are verified before they are believed: every method throws
 * `CorruptDataError` naming file, section, expected and found, and never
 * answers wrongly. The arrays it returns are shared: nobody may change them.
 * Those that every search needs of every segment answer at once where a cache has what they need.
 */
export interface SegmentReader {
  /** The file's key. */
  readonly source: string
  readonly file: SegmentFile
  readonly docCount: number
  /** What the file is made of, for people who want to see. */
  readonly footer: Footer

  /** Whether any document has an entry of this field and lane. */
  hasField(field: FieldNumber, lane: Lane): boolean

  /** Whether the footer lists the term, so that its document frequency costs no request. */
  isInFooter(key: TermKey): boolean

  /** The most documents that can contain a term, as far as the footer tells. */
  docFreqMax(key: TermKey): number

  /**
   * Looks entries up; undefined where there is none, and of the form lane only the
   * first of several with one form. What `want` asks for comes
   * in the same round for frequent terms, and with the dictionary for rare ones;
   * positions of rare terms need a second round.
   */
  lookup(store: ObjectStore, keys: readonly TermKey[], want: LookupWant): MaybePromise<(TermEntry | undefined)[]>

  /** All entries of a lane within `range`, in order. A form of several terms is an entry for each. */
  scan(store: ObjectStore, field: FieldNumber, lane: Lane, range: TermRange): MaybePromise<TermEntry[]>

  /** Adds the documents of all entries that a scan accepts to a set, deleted ones included. */
  markWithin(store: ObjectStore, scan: LaneScan, into: Bitset): MaybePromise<void>

  /**
   * The lists of terms, undefined where there is none: {@link lookup}, {@link postings} and {@link positions} in one.
   * Short ones are remembered, so that who asks again is answered from one map.
   *
   * @param want `positions`: only of terms of the text lane
   */
  lists(store: ObjectStore, keys: readonly TermKey[], want: WantedLists): MaybePromise<(ListsOfTerm | undefined)[]>

  /** No round for entries whose postings came with the dictionary. Same order as `entries`. */
  postings(store: ObjectStore, entries: readonly TermEntry[]): MaybePromise<PostingList[]>

  /** Only for the text lane. */
  positions(store: ObjectStore, entries: readonly TermEntry[]): MaybePromise<PositionList[]>

  /** Number of entries in a lane. An entry's rank is its ordinal, which is what columns of keywords hold. */
  laneSize(field: FieldNumber, lane: Lane): number

  /** The values of a keyword lane at these ordinals, in the order asked. */
  valuesAt(store: ObjectStore, field: FieldNumber, ordinals: ArrayLike<number>): Promise<string[]>

  /**
   * A column; only blocks whose zone `wanted` accepts are read. A field that has
   * no column here has undefined blocks only.
   */
  column(store: ObjectStore, field: FieldNumber, wanted?: (zone: Zone) => boolean): MaybePromise<Column>

  /** Per docId the text field's length in tokens + 1; 0 where the document has no such field. */
  lengths(store: ObjectStore, field: FieldNumber): Promise<Uint32Array>

  /** The documents that have at least one value of `field`, however it is indexed. */
  exists(store: ObjectStore, field: FieldNumber): Promise<Bitset>

  /** The documents as JSON in UTF-8, in the order asked. */
  documents(store: ObjectStore, docIds: ArrayLike<DocId>): MaybePromise<Uint8Array[]>

  ids(store: ObjectStore, docIds: ArrayLike<DocId>): MaybePromise<string[]>

  /**
   * DocId of each id, or -1. Two rounds: the Bloom filter, then only the id
   * blocks that it cannot rule out.
   *
   * @param ids ascending in UTF-8 byte order; a list that was asked for must not change
   */
  findIds(store: ObjectStore, ids: readonly string[]): Promise<Int32Array>

  /** The first docId whose id is greater than `id`; `docCount` if there is none. One round. */
  firstDocAfter(store: ObjectStore, id: string): Promise<DocId>

  /** 16 bytes a document, one after another in the order asked. */
  hashes(store: ObjectStore, docIds: ArrayLike<DocId>): Promise<Uint8Array>

  /** How many terms {@link askedTerms} gives, without making them. */
  readonly askedCount: number

  /** The terms that {@link lists} remembers. */
  askedTerms(): AskedTerm[]

  /**
   * Decodes all dictionaries, ids and documents ahead of the searches that ask for them, in steps of some 20 to 100 µs, and
   * keeps them until {@link letGo}: some three times the file's bytes. Then looks up what will be asked for.
   *
   * @param terms that are likely to be asked for, as they were of a segment like this one; asked after the decoding
   * @returns undefined if the file is not in memory: nothing is read for this
   * @throws {CorruptDataError} at a step whose part of the file is not as it was written
   */
  keepDecoded(store: ObjectStore, terms: () => readonly AskedTerm[]): Generator<void, void> | undefined

  /** Whether the whole file lies in memory, so that nothing of it has to be read. */
  isInMemory(store: ObjectStore): boolean

  /** The last part of {@link keepDecoded} alone, a term a step, for files of which searches need little. */
  lookUpAhead(store: ObjectStore, terms: () => readonly AskedTerm[]): Generator<void, void> | undefined

  /** What was kept is decoded again by whoever asks for it. */
  letGo(): void
}
