import type { EntryNames } from '../../dictionary/entry-names.ts'
import type { Lane } from '../../dictionary/lane.ts'
import type { FieldNumber } from '../../fields/field.ts'
import type { PositionList, PostingList } from '../../postings/posting-list.ts'
import type { MarkedDocuments } from './marked-documents.ts'

/** Identifies an entry of a segment's dictionaries. */
export type TermKey = { readonly field: FieldNumber; readonly lane: Lane; readonly term: string }

/** An entry of a segment's dictionaries, such as a term, an exact value, or a word as it was written. */
export type TermEntry = {
  readonly field: FieldNumber
  readonly lane: Lane
  readonly term: string
  /** Number of documents that contain it, including deleted ones. */
  readonly docFreq: number
  /** Text lane: whether the term is its own only form; the form lane then has no entry for it. */
  readonly ownForm: boolean
  /** Form lane: the term that the form is indexed under. Other lanes: the same as `term`. */
  readonly indexedTerm: string
  /** Where the postings are, for the reader that made the entry. */
  readonly place: unknown
}

/** Selects entries of a lane: those in any of the ranges that `accepts` accepts. Default: all in the ranges. */
export type EntryScan = {
  readonly ranges: readonly TermRange[]
  readonly accepts?: ((names: EntryNames, i: number) => boolean) | undefined
}

/** A scan, and the set to add the documents of its entries to. */
export type MarkingScan = EntryScan & { readonly into: MarkedDocuments }

/** The lists of a term; with positions if they were requested. */
export type ListsOfTerm = { readonly list: PostingList; readonly positions: PositionList | undefined }

/** Which lists of a term to read; `positions` reads both. */
export type WantedLists = 'postings' | 'positions'

/** Entries with `from` ≤ term < `to`, in UTF-8 byte order. Without `to`, up to the end of the lane. */
export type TermRange = { readonly from: string; readonly to?: string | undefined }
