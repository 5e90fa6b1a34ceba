import type { Lane } from '../dictionary/lane.ts'
import type { Field, FieldValue } from './field.ts'
import type { BuildSetting, FieldBuilder, SideFileContents, WordTotals } from './field-builder.ts'
import type { FieldOption } from './field-option.ts'

/**
 * All that is particular to one kind of field. A new kind is one file with such a
 * record, and its line in the list of `kinds.ts`; nothing else asks for a kind by name.
 */
export type FieldKind = {
  /** As declarations, stored schemas and segments call it. */
  readonly type: string

  /** What a declaration may say besides the type, by name. */
  readonly options: Readonly<Record<string, FieldOption>>
  /** False: values are only stored. */
  readonly isIndexed: boolean
  /** Whether a field has a column unless its declaration says otherwise. */
  readonly hasColumn: boolean
  /** Which fields have a dictionary of exact values; their columns hold ordinals of it. */
  readonly keywords: 'always' | 'with a column' | 'never'
  /** Whether a value in a document makes a field of this kind, where the schema has no such field. Default: never. */
  readonly infers?: (value: unknown) => boolean

  /** What documents may hold, for error messages: `a number`. */
  readonly expected: string
  /** Whether an object is one value, or has fields in it. Default: it does not fit. */
  readonly objects?: 'values' | 'fields'
  /** Converts one JSON value of a document to what is indexed; undefined if it does not fit. Absent: anything fits, nothing is indexed. */
  readonly convert?: (field: Field, value: unknown) => FieldValue | undefined

  /** Converts a cell of a table, which is text, to the JSON of a document. Absent: it stays text. */
  readonly readCell?: (cell: string) => unknown

  /** How a word of a query is looked for: analysed, as a whole value, or only compared with numbers of a column. */
  readonly words: 'analysed' | 'whole' | 'none'
  /** What its values can be compared with, for error messages: `a number`. */
  readonly operand: string
  /**
   * Converts what a query or filter compares a field with. More is accepted than in documents,
   * since all of a query is text.
   *
   * @returns undefined if it cannot be compared with the field's values
   */
  readonly readOperand: (field: Field, value: unknown) => FieldValue | undefined
  /** The JSON of a value as segments hold it; undefined if no document can have made it. */
  readonly describe: (stored: number | bigint | string) => FieldJson | undefined

  /** Takes the values of a segment's documents, and writes what is kept of them. */
  readonly build: (field: Field, setting: BuildSetting) => FieldBuilder
  /** Writes what is left of a field of several segments, in the order in which `build` writes. */
  readonly merge: (merge: FieldMerge) => AsyncGenerator<Uint8Array, WordTotals | undefined>
  /** Goes through all that `build` wrote. */
  readonly scrub: (scrub: FieldScrub) => Promise<void>
}

/** A value as documents and answers have it. */
export type FieldJson = string | number | boolean

/** Merges parts of one field. A part that none of the segments has is left out. Yields bytes of the new segment. */
export type FieldMerge = {
  /** Analysed words with their positions, forms and lengths. */
  words(): AsyncGenerator<Uint8Array, WordTotals | undefined>
  /** The dictionary of exact values, and the column of their ordinals. */
  keywords(): AsyncGenerator<Uint8Array, undefined>
  /** A column of numbers. */
  numbers(): AsyncGenerator<Uint8Array, undefined>
  /** The field's files of one kind, one for each segment in turn; undefined where a segment has none. */
  files(kind: string): readonly (MergedFile | undefined)[]
  /** Puts a file of the new segment into the store while it is made. */
  file(file: SideFileContents<AsyncIterable<Uint8Array>>): Promise<void>
}

/** A side file of a segment that is merged. */
export type MergedFile = {
  readonly byteSize: number
  /** Per old docId the new one, or `TOMBSTONE`. */
  readonly docIds: Uint32Array
  read(range: { readonly start: number; readonly end: number }): Promise<Uint8Array>
}

/** Goes through parts of one field of one segment. A part that the segment does not have is in order. */
export type FieldScrub = {
  column(values: 'numbers' | 'ordinals'): Promise<void>
  lane(lane: Lane): Promise<void>
}
