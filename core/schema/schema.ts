import type { Field } from '../fields/field.ts'

/** A field name with its weight in a query. */
export type WeightedField = { readonly name: string; readonly boost: number }

/** One immutable version of a collection's schema. Versions are dense from 1. */
export type Schema = {
  readonly version: number
  readonly dynamic: boolean | 'strict'
  /** In the order of field numbers. An object is listed by its leaves, or itself if it was declared without fields. */
  readonly fields: readonly Field[]
  /** If absent: every text field with boost 1. */
  readonly defaultFields: readonly WeightedField[] | undefined
}

/** Maximum fields of a collection, including those that documents added. */
export const FIELDS_MAX = 1_000

/** Maximum length of a dotted field name, in bytes of UTF-8. */
export const FIELD_NAME_BYTES_MAX = 256
