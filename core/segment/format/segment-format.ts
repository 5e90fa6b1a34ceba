import { assert } from '../../assert.ts'

/** Version of the segment format that writers write. Readers refuse other versions. */
export const FORMAT_VERSION = 3

/** First and last four bytes of every segment file: "PRSM". */
export const MAGIC = 0x4d53_5250

/** Bytes before the first section: magic and format version. */
export const HEADER_BYTES = 8

/** Bytes at the very end: format version, footer size, CRC-32, magic. */
export const TRAILER_BYTES = 16

/** What a section holds. The numbers are part of the format and never reused. */
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
  /** A hash of each value of a keyword dictionary, in the order of ordinals. */
  valueHashes: 16,
  /** Short whole values of a text field, and their posting lists. */
  wholeTerms: 17,
  wholePostings: 18,
  /** Prefixes of one or two letters, and for each the union of the posting lists of its forms. */
  prefixTerms: 19,
  prefixPostings: 20,
  /** For each value of a column the number of its element in an array of objects. */
  elements: 21,
} as const

export type SectionKind = (typeof SectionKind)[keyof typeof SectionKind]

/** The sections of each lane's dictionary blocks, and of its longer posting lists. */
export const LANE_SECTIONS = {
  text: { terms: SectionKind.textTerms, postings: SectionKind.textPostings },
  keyword: { terms: SectionKind.keywordTerms, postings: SectionKind.keywordPostings },
  form: { terms: SectionKind.formTerms, postings: SectionKind.formPostings },
  whole: { terms: SectionKind.wholeTerms, postings: SectionKind.wholePostings },
  prefix: { terms: SectionKind.prefixTerms, postings: SectionKind.prefixPostings },
} as const

/** Kinds of sections that a reader may skip if it does not know them. */
export const OPTIONAL_SECTIONS: ReadonlySet<number> = new Set([
  SectionKind.contentLengths,
  SectionKind.valueHashes,
  SectionKind.wholeTerms,
  SectionKind.wholePostings,
  SectionKind.prefixTerms,
  SectionKind.prefixPostings,
  SectionKind.elements,
])

/** Names of section kinds, as errors and `prism inspect` show them. */
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

/** The `field` of sections that belong to the whole segment. */
export const NO_FIELD = -1

/**
 * A part of the file, and its index, which is a part of the footer. A lane's terms,
 * postings or positions may take several sections: these are, in file order, the
 * pieces of one run of bytes.
 */
export type Section = {
  /** A {@link SectionKind}, or a number that only newer versions know. */
  readonly kind: number
  readonly field: number
  /** Byte positions in the file. */
  readonly start: number
  readonly end: number
  /** How the section is encoded. So far 0 is the only codec of every kind. */
  readonly codec: number
  /** Whether a reader that does not know the kind must refuse the file. */
  readonly required: boolean
  /** CRC-32 of the whole section, which scrub verifies. Searches verify the checksums of the section's parts. */
  readonly crc: number
  /** Says where the parts of the section are. It is decoded when first needed. */
  readonly index: Uint8Array
}

/** What the footer says about a field, so that a segment can be read without its schema. */
export type SegmentField = {
  readonly number: number
  readonly name: string
  readonly type: string
  /** The parameters of the field's kind, see `kindParametersOf`; empty if it has none. */
  readonly parameters: string
  /** Text: the analyzer that made the terms, such as `english`, and its version. Other types: empty and 0. */
  readonly analyzer: string
  readonly analyzerVersion: number
}

/** The version of the analyzers that made the words of a segment, the same for all fields; 0 if no field has words. */
export function analyzerVersionOf(fields: readonly SegmentField[]): number {
  const versions = new Set(fields.flatMap(({ analyzerVersion: version }) => (version === 0 ? [] : [version])))
  assert(versions.size <= 1, 'one version of the analyzers made all words of a segment')
  const [version = 0] = versions
  return version
}
