import type { EntryNames } from '../../dictionary/entry-names.ts'
import type { Lane } from '../../dictionary/lane.ts'
import type { FieldNumber } from '../../fields/field.ts'
import type { PositionList, PostingList } from '../../postings/posting-list.ts'
import type { MarkedDocuments } from './marked-documents.ts'

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

/** Which entries of a lane are looked for: those within any of the ranges, and of these the accepted ones; without `accepts` all. */
export type EntryScan = {
  readonly ranges: readonly TermRange[]
  readonly accepts?: ((names: EntryNames, i: number) => boolean) | undefined
}

/** Marks the documents of the entries that a scan finds. */
export type MarkingScan = EntryScan & { readonly into: MarkedDocuments }

/** The lists of a term; positions where they were asked for. */
export type ListsOfTerm = { readonly list: PostingList; readonly positions: PositionList | undefined }

/** Which of a term's lists are wanted; positions never without postings. */
export type WantedLists = 'postings' | 'positions'

/** Entries with `from` ≤ term < `to`, in UTF-8 byte order; to the end of the lane without `to`. */
export type TermRange = { readonly from: string; readonly to?: string | undefined }
