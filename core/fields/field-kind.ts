import type { Lane } from '../dictionary/lane.ts'
import type { Field, FieldValue } from './field.ts'
import type { BuildContext, FieldBuilder, SideFileContents, WordTotals } from './field-builder.ts'
import type { FieldOption } from './field-option.ts'

/**
 * Everything that is specific to one kind of field. A new kind is one file with such a record, and a line in the list
 * of `kinds.ts`. No other code refers to a kind by name.
 */
export type FieldKind = {
  /** The name of the kind in declarations, stored schemas and segments. */
  readonly type: string

  /** The options of a declaration, by name. */
  readonly options: Readonly<Record<string, FieldOption>>
  /** False if values are only stored. */
  readonly isIndexed: boolean
  /** Whether a field has a column unless its declaration says otherwise. */
  readonly hasColumn: boolean
  /** Which fields have a dictionary of exact values. The column of such a field holds ordinals of the dictionary. */
  readonly keywords: 'always' | 'with a column' | 'never'
  /** Whether a value of a field that the schema lacks makes a field of this kind. Default: never. */
  readonly infers?: (value: unknown) => boolean

  /** The values that documents may have, for error messages: `a number`. */
  readonly expected: string
  /** Whether an object is one value, or contains fields. Default: an object does not fit. */
  readonly objects?: 'values' | 'fields'
  /**
   * Converts a JSON value of a document to an indexable value; returns undefined if the value does not fit. If absent,
   * every value fits and none is indexed.
   */
  readonly convert?: (field: Field, value: unknown) => FieldValue | undefined

  /** Converts the text of a table cell to JSON for a document. If absent, the cell stays text. */
  readonly readCell?: (cell: string) => unknown

  /** How to search for a word of a query: analysed, as a whole value, or only compared with numbers of a column. */
  readonly words: 'analysed' | 'whole' | 'none'
  /** What the values can be compared with, for error messages: `a number`. */
  readonly operand: string
  /**
   * Converts an operand of a query or filter. Accepts more than `convert`, because everything in a query is text.
   *
   * @returns undefined if `value` cannot be compared with the values of the field
   */
  readonly readOperand: (field: Field, value: unknown) => FieldValue | undefined
  /** The JSON for a value that a segment holds; undefined if no document can have such a value. */
  readonly describe: (stored: number | bigint | string) => FieldJson | undefined

  /** Builds the sections of the field from the values of a segment's documents. */
  readonly build: (field: Field, context: BuildContext) => FieldBuilder
  /** Merges the field's sections of several segments, in the order in which `build` writes them. */
  readonly merge: (merge: FieldMerge) => AsyncGenerator<Uint8Array, WordTotals | undefined>
  /** Verifies everything that `build` writes. */
  readonly scrub: (scrub: FieldScrub) => Promise<void>
}

/** A value in a document or an answer. */
export type FieldJson = string | number | boolean

/** Merges the parts of one field and yields bytes of the new segment. Omits a part that none of the segments has. */
export type FieldMerge = {
  /** Merges analysed words with their positions, forms and lengths. */
  words(): AsyncGenerator<Uint8Array, WordTotals | undefined>
  /** Merges the dictionary of exact values and the column of their ordinals. */
  keywords(): AsyncGenerator<Uint8Array, undefined>
  /** Merges a column of numbers. */
  numbers(): AsyncGenerator<Uint8Array, undefined>
  /** The field's files of one kind, in the order of the segments; undefined for a segment without one. */
  files(kind: string): readonly (MergedFile | undefined)[]
  /** Streams a file of the new segment to the store. */
  file(file: SideFileContents<AsyncIterable<Uint8Array>>): Promise<void>
}

/** A side file of a segment that takes part in a merge. */
export type MergedFile = {
  readonly byteSize: number
  /** By old docId: the new docId, or `TOMBSTONE`. */
  readonly docIds: Uint32Array
  read(range: { readonly start: number; readonly end: number }): Promise<Uint8Array>
}

/** Verifies parts of one field of one segment. A part may be absent. */
export type FieldScrub = {
  column(values: 'numbers' | 'ordinals'): Promise<void>
  lane(lane: Lane): Promise<void>
}
