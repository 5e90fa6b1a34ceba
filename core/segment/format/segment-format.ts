import { assert } from '../../assert.ts'

/** Version of the segment format that is written. Readers refuse what they do not know. */
export const FORMAT_VERSION = 3

/** First and last four bytes of every segment file: "PRSM". */
export const MAGIC = 0x4d53_5250

/** Bytes before the first section: magic and format version. */
export const HEADER_BYTES = 8

/** Bytes at the very end: format version, footer size, CRC-32, magic. */
export const TRAILER_BYTES = 16

/** What a section holds. Numbers are part of the format: never reused, gaps are for vectors and graphs. */
export const SectionKind = {
  documents: 1,
  ids: 2,
  hashes: 3,
  bloom: 4,
  lengths: 5,
  column: 6,
  presence: 7,
  textTerms: 8,
  keywordTerms: 9,
  formTerms: 10,
  /** Posting lists that are not in the dictionary, by lane. */
  textPostings: 11,
  keywordPostings: 12,
  formPostings: 13,
  /** Position lists that are not in the dictionary. */
  positions: 14,
  /** Lengths of a text field without stop words. */
  contentLengths: 15,
  /** A hash of each value of a keyword dictionary, by ordinal. */
  valueHashes: 16,
  /** Short values of a text field as a whole, and their posting lists. */
  wholeTerms: 17,
  wholePostings: 18,
  /** Ready unions of the forms with one prefix of one or two letters, and their posting lists. */
  prefixTerms: 19,
  prefixPostings: 20,
  /** Which elements of arrays of objects the values of a column are of. */
  elements: 21,
} as const

export type SectionKind = (typeof SectionKind)[keyof typeof SectionKind]

/** Sections of a lane's dictionary blocks, and of its longer posting lists. */
export const LANE_SECTIONS = {
  text: { terms: SectionKind.textTerms, postings: SectionKind.textPostings },
  keyword: { terms: SectionKind.keywordTerms, postings: SectionKind.keywordPostings },
  form: { terms: SectionKind.formTerms, postings: SectionKind.formPostings },
  whole: { terms: SectionKind.wholeTerms, postings: SectionKind.wholePostings },
  prefix: { terms: SectionKind.prefixTerms, postings: SectionKind.prefixPostings },
} as const

/** Sections that a reader can do without: one that does not know them passes over them. */
export const OPTIONAL_SECTIONS: ReadonlySet<number> = new Set([
  SectionKind.contentLengths,
  SectionKind.valueHashes,
  SectionKind.wholeTerms,
  SectionKind.wholePostings,
  SectionKind.prefixTerms,
  SectionKind.prefixPostings,
  SectionKind.elements,
])

/** Names as errors and `prism inspect` show them. */
export const SECTION_NAMES: Readonly<Record<number, string>> = {
  [SectionKind.documents]: 'documents',
  [SectionKind.ids]: 'ids',
  [SectionKind.hashes]: 'hashes',
  [SectionKind.bloom]: 'bloom filter',
  [SectionKind.lengths]: 'lengths',
  [SectionKind.column]: 'column',
  [SectionKind.presence]: 'presence',
  [SectionKind.textTerms]: 'text terms',
  [SectionKind.keywordTerms]: 'keyword terms',
  [SectionKind.formTerms]: 'form terms',
  [SectionKind.textPostings]: 'text postings',
  [SectionKind.keywordPostings]: 'keyword postings',
  [SectionKind.formPostings]: 'form postings',
  [SectionKind.positions]: 'positions',
  [SectionKind.contentLengths]: 'lengths without stop words',
  [SectionKind.valueHashes]: 'value hashes',
  [SectionKind.wholeTerms]: 'whole values',
  [SectionKind.wholePostings]: 'postings of whole values',
  [SectionKind.prefixTerms]: 'prefixes',
  [SectionKind.prefixPostings]: 'postings of prefixes',
  [SectionKind.elements]: 'element numbers',
}

/** Sections of the whole segment rather than of one field have this as their field. */
export const NO_FIELD = -1

/**
 * A part of the file, and the piece of the footer that says how to find things in
 * it. A section of terms, postings or positions may be cut into several entries
 * of the table: together, in file order, they are one run of bytes.
 */
export type Section = {
  /** A {@link SectionKind}, or a number that a newer writer knows. */
  readonly kind: number
  readonly field: number
  /** Byte positions in the file. */
  readonly start: number
  readonly end: number
  /** How the section is encoded; 0 is the only one so far, of each kind. */
  readonly codec: number
  /** Whether a reader that does not know the kind must refuse the file. */
  readonly required: boolean
  /** CRC-32 of the whole section. Readers verify its parts by checksums of their own; this is for scrubbing. */
  readonly crc: number
  /** Where the parts of the section are; decoded when first needed. */
  readonly index: Uint8Array
}

/** What the footer keeps of a field, so that a segment can be understood without its schema. */
export type SegmentField = {
  readonly number: number
  readonly name: string
  readonly type: string
  /** The parameters of its kind, see `kindParametersOf`; empty if it has none. */
  readonly parameters: string
  /** Text: which analyzer made the terms, such as `english`, and its version; else empty and 0. */
  readonly analyzer: string
  readonly analyzerVersion: number
}

/** The version of the analyzers that made a segment's words, one for all of its fields; 0 if none of them has words. */
export function analyzerVersionOf(fields: readonly SegmentField[]): number {
  const versions = new Set(fields.flatMap(({ analyzerVersion: version }) => (version === 0 ? [] : [version])))
  assert(versions.size <= 1, 'all words of a segment are of one version of the analyzers')
  const [version = 0] = versions
  return version
}
