import type { Field } from '../fields/field.ts'

/** A field name with its weight in a query. */
export type WeightedField = { readonly name: string; readonly boost: number }

/** One immutable version of a collection's schema. Versions are dense from 1. */
export type Schema = {
  readonly version: number
  readonly dynamic: boolean | 'strict'
  /** In field-number order. Of objects the leaves are listed; the object itself only if it was declared without any. */
  readonly fields: readonly Field[]
  /** Absent: every text field, boost 1. */
  readonly defaultFields: readonly WeightedField[] | undefined
}

/** Fields of a collection, those that documents added included. */
export const FIELDS_MAX = 1_000

/** Longest dotted name of a field. */
export const FIELD_NAME_BYTES_MAX = 256
